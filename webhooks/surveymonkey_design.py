"""A SurveyMonkey survey's design (``GET /surveys/{id}/details``), as answers need it.

Answers name questions, rows, columns and choices by id alone; what they mean stands
here. What was deleted in the editor stays in the design with ``visible: false``, so an
answer given before can still be read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from webhooks.strict_json import as_array, as_object, as_text
from webhooks.submission import Choice, Scale

# No "<" inside: a text of nothing but "<" would else be searched once for each.
_TAG = re.compile(r"<[^<>]*>")
_WHOLE = re.compile(r"(-?[0-9]{1,6})(?:\.0+)?")
# "0 - Not at all likely": the number that opens a text, and stands by itself.
_NUMBERED = re.compile(r"([0-9]{1,6})(?![\w.,])(?:.*\D)?", re.DOTALL)
_DRAWN = frozenset({"emoji", "star", "heart", "thumb", "smiley"})

_Spec = Mapping[str, Any]
_CHOICE: _Spec = dict.fromkeys(("id", "text", "weight", "is_na", "visible"))
_ANSWERS: _Spec = {
    "rows": dict.fromkeys(("id", "type", "text", "visible")),
    "choices": _CHOICE,
    "cols": {"id": None, "text": None, "visible": None, "choices": _CHOICE},
    "other": dict.fromkeys(
        ("id", "text", "visible", "is_answer_choice", "apply_all_rows")
    ),
}
_QUESTION: _Spec = {
    "id": None,
    "family": None,
    "subtype": None,
    "visible": None,
    "headings": {"heading": None, "random_assignment": {"id": None}},
    "validation": {"type": None, "min": None, "max": None},
    "display_options": {"display_type": None, "display_subtype": None},
    "answers": _ANSWERS,
}
_SURVEY: _Spec = {
    "id": None,
    "title": None,
    "language": None,
    "date_modified": None,
    "pages": {"id": None, "questions": _QUESTION},
}


@dataclass(frozen=True, slots=True)
class Part:
    """A row, a column or a choice; ``type`` is a contact row's ("email"), else empty.

    ``weight`` is None where the design states no whole number.
    """

    key: str
    text: str = ""
    type: str = ""
    weight: int | None = None
    is_na: bool = False
    visible: bool = True
    choices: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the design.

    ``replaces`` tells what the text field beside the choices is: one of the answers
    (true, also where the design no longer has the field) or a comment. ``points`` are
    the numbers that a rating's choices stand for and ``scale`` their ends; both are
    empty where the choices are words.
    """

    key: str
    family: str = ""
    subtype: str = ""
    display: str = ""
    validation: str = ""
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Part, ...] = ()
    cols: tuple[Part, ...] = ()
    choices: tuple[Part, ...] = ()
    other: Part | None = None
    replaces: bool = True
    points: Mapping[str, int] = field(default_factory=dict)
    scale: Scale | None = None

    @property
    def only_row(self) -> Part | None:
        """Return the row of a question that shows one: the question itself, really."""
        shown = [row for row in self.rows if row.visible]
        return shown[0] if len(shown) == 1 else None

    def shown_as(self, variable: str) -> Question:
        """Return the question with the text that this person saw.

        Several headings are shown at random; the response's ``variable_id`` names one.
        """
        return replace(self, title=self.titles.get(variable, self.title))


def trimmed(design: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a survey's details what reading its responses takes."""
    kept: dict[str, Any] = _trim(dict(design), _SURVEY)
    return kept


def read_survey(design: object) -> Mapping[str, Question]:
    """Return the questions in ``design`` by id; an absent or odd one has none."""
    found: dict[str, Question] = {}
    for page in map(as_object, as_array(as_object(design).get("pages"))):
        for question in map(as_object, as_array(page.get("questions"))):
            if key := as_text(question.get("id")):
                found.setdefault(key, _question(key, question))
    return found


def plain_text(text: object) -> str:
    """Return a heading or label without its HTML, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", as_text(text))).split())


def find(parts: Sequence[Part], key: str) -> Part | None:
    """Return the part of that id; None for one that the design does not have."""
    return next((part for part in parts if part.key == key), None)


def choice_of(part: Part) -> Choice:
    """Return a choice (or a ranked row) as an answer names it."""
    return Choice(key=part.key, label=part.text)


def points_of(choices: Sequence[Part], *, drawn: bool = False) -> dict[str, int]:
    """Return the number that each choice of a rating stands for; empty for words.

    The number in the text is what people saw, so it goes before the weight: stars have
    no text, and the recommendation question's weights may be those of its score (-100,
    0, 100; unverified). Only the ends may carry words beside their number. ``drawn``
    ratings are read by weight, whatever stands under the pictures. "Not applicable"
    weighs 0 and is no point.
    """
    points = [choice for choice in choices if not choice.is_na]
    last = len(points) - 1
    numbers = [
        part.weight
        if drawn or not part.text
        else _number(part.text, worded=index in {0, last} and last > 1)
        for index, part in enumerate(points)
    ]
    known = [number for number in numbers if number is not None]
    if len(points) < 2 or len({*known}) < len(points):
        return {}
    return dict(zip((part.key for part in points), known, strict=True))


def _number(text: str, *, worded: bool) -> int | None:
    found = (_NUMBERED if worded else _WHOLE).fullmatch(text)
    return int(found.group(1)) if found else None


def _trim(value: Any, spec: _Spec | None) -> Any:
    if spec is None:
        return value
    if isinstance(value, list):
        return [_trim(each, spec) for each in value]
    if isinstance(value, dict):
        return {n: _trim(value[n], inner) for n, inner in spec.items() if n in value}
    return None


def _question(key: str, question: dict[str, Any]) -> Question:
    answers = as_object(question.get("answers"))
    display = as_object(question.get("display_options"))
    kinds = {as_text(display.get(f"display_{name}")) for name in ("type", "subtype")}
    titles = _titles(question)
    choices = _parts(answers.get("choices"))
    other = _first_object(answers.get("other"))
    # Documented for both; of a matrix it is the comment unless the design says so.
    replaces = other.get("is_answer_choice", question.get("family") != "matrix")
    points = points_of([c for c in choices if c.visible], drawn=bool(kinds & _DRAWN))
    return Question(
        key=key,
        family=as_text(question.get("family")),
        subtype=as_text(question.get("subtype")),
        display=as_text(display.get("display_type")),
        validation=as_text(as_object(question.get("validation")).get("type")),
        title=next(iter(titles.values()), ""),
        titles=titles,
        rows=_parts(answers.get("rows")),
        cols=_parts(answers.get("cols")),
        choices=choices,
        other=_part(other) if other else None,
        replaces=replaces is True,
        points=points,
        scale=Scale(min(points.values()), max(points.values())) if points else None,
    )


def _titles(question: dict[str, Any]) -> dict[str, str]:
    titles: dict[str, str] = {}
    for heading in map(as_object, as_array(question.get("headings"))):
        variable = as_text(as_object(heading.get("random_assignment")).get("id"))
        titles.setdefault(variable, plain_text(heading.get("heading")))
    return titles


def _first_object(value: object) -> dict[str, Any]:
    """Return an object that is documented bare, should it come in a list as well."""
    listed = as_array(value)
    return as_object(listed[0] if listed else value)


def _parts(parts: object) -> tuple[Part, ...]:
    return tuple(_part(part) for part in map(as_object, as_array(parts)))


def _part(part: dict[str, Any]) -> Part:
    weight = _WHOLE.fullmatch(str(part.get("weight")))
    inner = as_array(part.get("choices"))
    return Part(
        key=as_text(part.get("id")),
        text=plain_text(part.get("text")),
        type=as_text(part.get("type")),
        weight=int(weight.group(1)) if weight else None,
        is_na=part.get("is_na") is True,
        visible=part.get("visible") is not False,
        # One level: nothing nests deeper than a drop-down's choices in a column.
        choices=tuple(_part({**as_object(each), "choices": None}) for each in inner),
    )
