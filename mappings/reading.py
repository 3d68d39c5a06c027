"""A submission read through a form's mapping: answers by canonical question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from mappings.conversion import Context, ConversionProblem, Question
from mappings.matching import plain
from mappings.messages import MESSAGES
from mappings.plan import FieldPlan, FormMap
from mappings.records import Unmapped, Value
from webhooks.submission import Answer, Submission

Outcome = tuple[Value | None, str | None, Mapping[str, str]]
NOTHING: Outcome = (None, None, {})


@dataclass(frozen=True, slots=True)
class Reading:
    """A submission's answers by canonical question, and the form they belong to."""

    form_map: FormMap
    submission: Submission
    answers: Mapping[str, Answer]
    unmapped: tuple[Unmapped, ...]

    @property
    def language(self) -> str:
        """Return the hidden field's language, else the form's."""
        said = (self.hidden("lang") or "").lower()
        return said if said in self.form_map.languages else self.form_map.language

    @property
    def token(self) -> str | None:
        return self.hidden("token")

    @property
    def day(self) -> date:
        """Return the day of submission in the programme's zone."""
        submitted_at = self.submission.submitted_at
        try:
            return submitted_at.astimezone(ZoneInfo(self.form_map.zone)).date()
        except OverflowError:  # the first or last hours of all time
            return submitted_at.date()

    def hidden(self, name: str) -> str | None:
        """Return a hidden field, None when absent, empty or left as a placeholder.

        A link that was shared without filling it in carries ``xxxxx``: Typeform's
        own placeholder in the address it offers for copying.
        """
        value = str(self.submission.hidden.get(name) or "").strip()
        return value if value.strip("x") else None

    def answered(self, question: str) -> bool:
        """Tell whether a question was answered with anything but blanks."""
        answer = self.answers.get(question)
        return answer is not None and bool(plain(answer).strip())

    def value(self, field: FieldPlan) -> Outcome:
        """Return a field's value, the code of a problem and its words.

        All are empty where nothing was answered.
        """
        if field.given:
            return self._given(field.given), None, {}
        if field.hidden:
            said = self.hidden(field.hidden)
            question = Question(field.hidden, {}, field.converter)
            answer = Answer(field.hidden, "text", said)
            return self._convert(field, answer, question) if said else NOTHING
        if not self.answered(field.question):
            return NOTHING
        answer = self.answers[field.question]
        question = self.form_map.questions[field.question]
        if field.part == "other":
            answer = Answer(answer.question, "text", answer.other)
        return self._convert(field, answer, question) if plain(answer) else NOTHING

    def _given(self, name: str) -> Value:
        if name == "language":
            return self.language
        return self.day.isoformat()

    def _convert(self, field: FieldPlan, answer: Answer, question: Question) -> Outcome:
        context = Context(self.form_map.country, question, self.language)
        try:
            value = self.form_map.converters[field.converter](answer, context)
        except ConversionProblem as problem:
            return None, problem.code, problem.message
        # A city's own function may fail in any way; its other records must not be
        # lost, and its error text may hold the answer.
        except Exception:  # noqa: BLE001
            return None, "converter_failed", MESSAGES["converter_failed"]
        value = field.codes.get(value, value) if isinstance(value, str) else value
        return (value, None, {}) if value not in ("", []) else NOTHING


def read(form_map: FormMap, submission: Submission) -> Reading:
    """Sort a submission's answers by the question they answer.

    A ref goes before an id. What stands in a row (of a matrix, of SurveyMonkey's
    contact block) is named ``question/row``. Of two answers to one question the first
    counts.
    """
    names = names_of(form_map)
    answers: dict[str, Answer] = {}
    unmapped: list[Unmapped] = []
    for answer in submission.answers:
        said = called(answer.ref, answer.question, answer.row)
        key = next((names[n] for n in said if n in names), None)
        if key is None:
            unmapped.append(Unmapped(answer.question, answer.ref, answer.title))
        else:
            answers.setdefault(key, answer)
    return Reading(form_map, submission, answers, tuple(unmapped))


def names_of(form_map: FormMap) -> dict[str, str]:
    """Return question keys by all that a form may call them; refs win over ids."""
    names: dict[str, str] = {}
    for key in form_map.asks:
        for said in (key, *form_map.questions[key].refs):
            names[said] = key
    for key in form_map.asks:
        for said in form_map.questions[key].ids:
            names.setdefault(said, key)
    return names


def called(ref: str, question: str, row: str = "") -> tuple[str, ...]:
    """Return what an answer's question is called, the surest name first."""
    names = tuple(n for n in (ref, question) if n)
    return tuple(f"{n}/{row}" for n in names) if row else names
