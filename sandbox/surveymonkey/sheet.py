"""A survey as a page with fields: what to show, and what was written in them.

A field is named by the ids of its question, row and column, joined by bars; that of
other text ends in `other`.
"""

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from sandbox.surveymonkey.design import heading

Doc = dict[str, Any]
_BAR = "|"
_OTHER = "other"
_DAYS = {"date_only": "date", "time_only": "time", "both": "datetime-local"}


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `kind` is an input's type, or area, select, choices."""

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()


def fields_of(question: Doc) -> list[Field]:
    """The fields of a question; none where there is nothing to answer."""
    if question["family"] == "presentation":
        return []
    answers = question.get("answers", {})
    rows = [one for one in answers.get("rows", []) if one["visible"]]
    fields = [
        field
        for row in rows or [None]
        for field in _of_row(question, row, answers.get("cols", []))
    ]
    if answers.get("other"):
        name = _BAR.join((question["id"], _OTHER))
        fields.append(Field(name, answers["other"]["text"], "text"))
    return fields


def _of_row(question: Doc, row: Doc | None, columns: list[Doc]) -> list[Field]:
    name, label = question["id"], ""
    if row is not None:
        name, label = _BAR.join((name, row["id"])), row["text"]
    if columns:
        return [
            Field(
                _BAR.join((name, one["id"])),
                f"{label}, {one['text']}",
                "select",
                _offered(one.get("choices", [])),
            )
            for one in columns
        ]
    choices = _offered(question.get("answers", {}).get("choices", []))
    return [Field(name, label, _kind(question, row), choices)]


def _kind(question: Doc, row: Doc | None) -> str:
    family, subtype = question["family"], question["subtype"]
    if family == "multiple_choice" or (family, subtype) == ("matrix", "multi"):
        return "choices"
    if family in ("single_choice", "matrix"):
        return "select"
    if family == "datetime":
        return _DAYS[subtype]
    mail = (question.get("validation") or {}).get("type") == "email"
    if mail or (row or {}).get("type") == "email":
        return "email"
    return "area" if subtype == "essay" else "text"


def _offered(choices: list[Doc]) -> tuple[tuple[str, str], ...]:
    """By id and text; a star has no text, only its number."""
    return tuple(
        (one["id"], one["text"] or str(one.get("weight", one["position"])))
        for one in choices
        if one["visible"]
    )


def title_of(question: Doc) -> str:
    """What stands above the fields."""
    return heading(question)


def answers_of(questions: list[Doc], filled: MultiDict[str, str]) -> Doc:
    """The answers by question id, as `submit.respond` takes them."""
    known = {one["id"]: one for one in questions}
    answers: Doc = {}
    for name, texts in filled.lists():
        key, *path = name.split(_BAR)
        given = [one for one in texts if one.strip()]
        question = known.get(key)
        if question is None or not given:
            continue
        several = _kind(question, None) == "choices"
        value: Any = given if several else given[0]
        answers[key] = _placed(question, answers.get(key), path, value)
    return answers


def _placed(question: Doc, so_far: Any, path: list[str], value: Any) -> Any:
    """The question's value with this one in it, below its row and column."""
    whole: Doc = so_far or {}
    if path == [_OTHER]:
        return whole | {_OTHER: value[0] if isinstance(value, list) else value}
    if not path:
        plural = "choices" if question["family"] == "multiple_choice" else "choice"
        return whole | {plural: value} if question.get("answers") else value
    if len(path) == 1:
        return whole | {path[0]: value}
    row, column = path[:2]
    return whole | {row: whole.get(row, {}) | {column: value}}
