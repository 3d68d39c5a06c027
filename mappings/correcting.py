"""What staff say that an answer should have been, laid over the answers as they came.

A correction names a canonical question of the form (``hidden:NAME`` for a hidden field)
and says one text, as ``correct_values`` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from mappings.conversion import Question
from mappings.matching import folded, same
from mappings.plan import FormMap
from mappings.reading import called, names_of, read
from webhooks.submission import Answer, AnswerKind, Scale, Submission
from webhooks.submission import Choice as Picked

HIDDEN = "hidden:"
OTHER = "other"
OWN_WORDS = f"{OTHER}: "
YES, NO = "yes", "no"


class WrongCorrection(Exception):  # noqa: N818 - named by what happened
    """A question or a value that the form does not know; the text says what it does."""


@dataclass(frozen=True, slots=True)
class Target:
    """What can be corrected on a form: its key, and its title in each language."""

    key: str
    title: Mapping[str, str]


def targets(form_map: FormMap) -> list[Target]:
    """Return all that can be corrected on a form, in its own order."""
    asked = [Target(key, form_map.questions[key].title) for key in form_map.asks]
    return asked + [Target(HIDDEN + name, {}) for name in form_map.hidden]


def target_named(
    form_map: FormMap, submission: Submission, name: str, row: str = ""
) -> str:
    """Return the key of what ``name`` means; raise ``WrongCorrection`` otherwise.

    A key, ref or id is surest, then a title, then the name of a field or of a consent.
    """
    wanted = f"{name}/{row}" if row else name
    for found in (
        _by_name(form_map, wanted),
        _by_title(form_map, submission, wanted),
        _by_field(form_map, wanted),
    ):
        if len(found) == 1:
            return found.pop()
        if found:
            several = ", ".join(sorted(found))
            raise WrongCorrection(f"'{wanted}' may mean several: {several}. Name one.")
    raise WrongCorrection(_unknown(form_map, submission, wanted))


def _by_name(form_map: FormMap, name: str) -> set[str]:
    names = names_of(form_map)
    hidden = {HIDDEN + one for one in form_map.hidden}
    if name in names:
        return {names[name]}
    return {one for one in (name, HIDDEN + name) if one in hidden}


def _by_title(form_map: FormMap, submission: Submission, title: str) -> set[str]:
    found = {
        key
        for key in form_map.asks
        if any(same(one, title) for one in form_map.questions[key].title.values())
    }
    asked = {
        key
        for answer in submission.answers
        if (key := key_of(form_map, answer)) and same(answer.title, title)
    }
    return asked or found


def _by_field(form_map: FormMap, name: str) -> set[str]:
    fields = {
        (said, field.question)
        for record in form_map.records
        for field in record.fields
        for said in (field.name, f"{record.name}.{field.name}")
        if field.question
    }
    consents = {(plan.purpose, plan.question) for plan in form_map.consents}
    return {question for said, question in fields | consents if said == name}


def _unknown(form_map: FormMap, submission: Submission, name: str) -> str:
    for answer in submission.answers:
        said = {*called(answer.ref, answer.question, answer.row), answer.title}
        if name in said and key_of(form_map, answer) is None:
            return (
                f"The mapping {form_map.name} does not read '{name}': it counts "
                "nowhere, so there is nothing to correct."
            )
    known = [one.key for one in targets(form_map)]
    near = get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"This form has no question '{name}'.{hint} It has: {', '.join(known)}"


def key_of(form_map: FormMap, answer: Answer) -> str | None:
    """Return the canonical question that an answer belongs to, None for none."""
    names = names_of(form_map)
    said = called(answer.ref, answer.question, answer.row)
    return next((names[one] for one in said if one in names), None)


def answer_to(form_map: FormMap, submission: Submission, key: str) -> Answer | None:
    """Return the answer that counts for a key, None where it was not answered."""
    if key.startswith(HIDDEN):
        value = submission.hidden.get(key.removeprefix(HIDDEN))
        return Answer(key, "text", str(value)) if value else None
    return read(form_map, submission).answers.get(key)


def same_answer(one: Answer | None, other: Answer | None) -> bool:
    """Tell whether two answers say the same, whatever their labels look like now."""
    return _substance(one) == _substance(other)


def _substance(answer: Answer | None) -> tuple[object, ...] | None:
    if answer is None:
        return None
    picked = tuple(one.key or one.ref or folded(one.label) for one in answer.choices)
    return (answer.value, picked, answer.other, answer.raw)


def overlay(
    form_map: FormMap, submission: Submission, values: Mapping[str, str]
) -> Submission:
    """Return a submission in which these keys say these texts; "" is no answer.

    Keys that the mapping does not read any more change nothing.
    """
    known = {one.key for one in targets(form_map)}
    for key in sorted(values.keys() & known):
        submission = _laid_over(form_map, submission, key, values[key])
    return submission


def _laid_over(
    form_map: FormMap, submission: Submission, key: str, value: str
) -> Submission:
    if key.startswith(HIDDEN):
        hidden = {**submission.hidden, key.removeprefix(HIDDEN): value}
        return replace(submission, hidden={k: v for k, v in hidden.items() if v})
    given = answer_to(form_map, submission, key)
    answers = [one for one in submission.answers if key_of(form_map, one) != key]
    if value:
        at = submission.answers.index(given) if given in submission.answers else None
        place = len(answers) if at is None else min(at, len(answers))
        answers.insert(place, _answer(form_map, key, value, given))
    return replace(submission, answers=tuple(answers))


def _answer(form_map: FormMap, key: str, value: str, given: Answer | None) -> Answer:
    """Return an answer that says ``value``, in the place of the one given."""
    question = form_map.questions[key]
    title = question.title.get(form_map.language, key)
    place = given or Answer("", "text", ref=key, title=title)
    blank = Answer(
        place.question, "text", ref=place.ref, row=place.row, title=place.title
    )
    if question.converter == "yes_no":
        return replace(blank, kind="boolean", value=value == YES)
    if question.choices:
        return _chosen(form_map, question, value, blank)
    if question.converter == "scale":
        scale = scale_of(question, given)
        return replace(blank, kind="scale", value=_whole(value), scale=scale)
    return replace(blank, kind=_KINDS.get(question.converter, "text"), value=value)


_KINDS: Mapping[str, AnswerKind] = {
    "email": "email", "phone": "phone", "url": "url", "domain": "url", "date": "date",
}  # fmt: skip


def _chosen(form_map: FormMap, question: Question, value: str, blank: Answer) -> Answer:
    named, _, own = value.partition(OWN_WORDS)
    codes = [one for one in named.split(", ") if one]
    labels = {one.code: one.label.get(form_map.language, one.code)
              for one in question.choices}  # fmt: skip
    picked = tuple(
        Picked(ref=code, label=labels.get(code, code))
        for code in codes
        if not (own and code == OTHER)
    )
    kind: AnswerKind = "choices" if question.converter == "choices" else "choice"
    return replace(blank, kind=kind, choices=picked, other=own)


def scale_of(question: Question, given: Answer | None) -> Scale:
    """Return the ends of the scale that an answer was given on."""
    if given is not None and given.scale is not None:
        return given.scale
    return Scale(question.low, question.high)


def _whole(value: str) -> int:
    return int(value) if value.lstrip("-").isdigit() else 0
