"""A survey as a page with fields: what to show, and what was written in them.

A field is named by the ids of its question, row and column, joined by bars; that of
other text ends in `other`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2.filters import do_striptags
from werkzeug.datastructures import MultiDict

from sandbox.filling import WORDS, Asked, Control, Sheet, other
from sandbox.surveymonkey.design import heading

Doc = dict[str, Any]
_BAR = "|"
_OTHER = "other"
_DAYS = {"date_only": "date", "time_only": "time", "both": "datetime-local"}
_CONTACT = {"email": "email", "phone": "tel"}
_NUMBERS = ("integer", "decimal")
_MENUS = (("single_choice", "menu"), ("matrix", "ranking"))


def sheet_of(survey: Doc) -> Sheet:
    """The survey as a page in its own language."""
    plain = Sheet(survey["title"], survey["language"], ())
    words = WORDS[plain.spoken]
    pages = (
        (
            page["title"],
            tuple(_asked(one, words) for one in page["questions"] if one["visible"]),
        )
        for page in survey["pages"]
    )
    return Sheet(survey["title"], survey["language"], tuple(pages))


def _asked(question: Doc, words: Mapping[str, str]) -> Asked:
    # Editors write headings as HTML.
    title = do_striptags(heading(question))
    return Asked(title, tuple(_controls(question, words)))


def _controls(question: Doc, words: Mapping[str, str]) -> Iterator[Control]:
    """The fields of a question; none where there is nothing to answer."""
    if question["family"] == "presentation":
        return
    answers = question.get("answers", {})
    rows = [one for one in answers.get("rows", []) if one["visible"]]
    for row in rows or [None]:
        yield from _of_row(question, row, answers.get("cols", []))
    if answers.get("other"):
        yield other(words, question["id"], answers["other"]["text"])


def _of_row(question: Doc, row: Doc | None, columns: list[Doc]) -> Iterator[Control]:
    name, label = question["id"], ""
    if row is not None:
        name, label = _BAR.join((name, row["id"])), row["text"]
    must = _must(question, row)
    for one in columns:
        yield Control(
            _BAR.join((name, one["id"])),
            f"{label}, {one['text']}",
            "select",
            _offered(one.get("choices", [])),
            **must,
        )
    if not columns:
        choices = _offered(question.get("answers", {}).get("choices", []))
        yield Control(name, label, _kind(question, row), choices, **must)


def _must(question: Doc, row: Doc | None) -> Doc:
    """Whether a field must be filled in, and what the survey says to who does not.

    In a contact block each row says so itself.
    """
    told = question["required"]
    if row is not None and question["family"] == "demographic":
        told = told if row.get("required") else None
    said = told.get("text") if isinstance(told, dict) else ""
    valid = (question.get("validation") or {}).get("text")
    return {"required": bool(told), "missing": said or "", "wanted": valid or ""}


def _kind(question: Doc, row: Doc | None) -> str:
    family, subtype = question["family"], question["subtype"]
    if family in ("open_ended", "demographic"):
        return _written(question, row)
    if family == "datetime":
        return _DAYS[subtype]
    if (family, subtype) in _MENUS:
        return "select"
    several = family == "multiple_choice" or subtype == "multi"
    return "checkbox" if several else "radio"


def _written(question: Doc, row: Doc | None) -> str:
    """The kind of a field for words of one's own."""
    checked = (question.get("validation") or {}).get("type")
    if checked in _NUMBERS or question["subtype"] == "numerical":
        return "number"
    part = str((row or {}).get("type", checked))
    area = question["subtype"] == "essay"
    return _CONTACT.get(part) or ("area" if area else "text")


def _offered(choices: list[Doc]) -> tuple[tuple[str, str], ...]:
    """By id and text; a star has no text, only its number."""
    return tuple(
        (one["id"], one["text"] or str(one.get("weight", one["position"])))
        for one in choices
        if one["visible"]
    )


def typed_in(control: Control, filled: MultiDict[str, str]) -> MultiDict[str, str]:
    """What is in a field; other text is judged with the rest of its question."""
    key, _, place = control.name.partition(_BAR)
    whole = place == _OTHER
    return MultiDict(
        (name, one)
        for name, one in filled.items(multi=True)
        if name == control.name or (whole and name.split(_BAR)[0] == key)
    )


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
        several = _kind(question, None) == "checkbox"
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
