"""SurveyMonkey's ``GET /surveys/{id}/details`` as a ``LiveForm``.

Questions are named as ``webhooks.surveymonkey_answers`` names their answers. What was
deleted in the editor stays in the details with ``visible: false``; it is left out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mappings.live_form import Family, LiveChoice, LiveForm, LiveQuestion
from webhooks.strict_json import as_array, as_object, as_text
from webhooks.surveymonkey_design import Part, Question, plain_text, read_survey

_CHECKED: Mapping[str, Family] = {
    "decimal": "number",
    "email": "email",
    "integer": "number",
}
_CONTACT: Mapping[str, Family] = {"email": "email", "phone": "phone"}


def surveymonkey_survey(details: Mapping[str, Any]) -> LiveForm:
    """Return the survey as its responses name its questions, rows and choices."""
    known = read_survey(details)
    variables = details.get("custom_variables")
    return LiveForm(
        provider="surveymonkey",
        form=as_text(details.get("id")),
        title=plain_text(details.get("title")),
        language=as_text(details.get("language")),
        modified=as_text(details.get("date_modified")),
        questions=tuple(
            live
            for given in _shown(details)
            for live in _live(known[as_text(given.get("id"))], given)
        ),
        hidden=tuple(variables) if isinstance(variables, dict) else (),
    )


def _shown(details: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for page in map(as_object, as_array(details.get("pages"))):
        for question in map(as_object, as_array(page.get("questions"))):
            if as_text(question.get("id")) and question.get("visible") is not False:
                yield question


def _live(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    """Yield what a question asks: itself, or each of its rows."""
    reader = _READERS.get(question.family)
    if reader is not None:
        yield from reader(question, given)


def _choosing(family: Family) -> _Reader:
    def read(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
        offered = [*question.choices]
        if question.other is not None and question.replaces:
            offered.append(question.other)
        yield _question(question, given, family, choices=_choices(offered))

    return read


def _open(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    """One field, or (subtypes multi and numerical) one for each row."""
    family = _CHECKED.get(question.validation, "text")
    if question.subtype == "numerical" or question.display == "slider":
        family = "number"
    if question.display == "file_upload":
        family = "file"
    yield from _rows(question, given, family)


def _contact(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    """The contact block: a row is named by its type, its text is only a label."""
    rows = as_array(as_object(given.get("answers")).get("rows"))
    for part, row in zip(question.rows, map(as_object, rows), strict=True):
        if part.visible:
            yield LiveQuestion(
                key=question.key,
                row=part.type or part.key,
                title=_titled(question, part.text or part.type),
                kind=_CONTACT.get(part.type, "text"),
                required=row.get("required") is True,
            )


def _moment(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    timed = question.subtype == "time_only"
    yield from _rows(question, given, "text" if timed else "date")


def _matrix(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    if question.subtype == "ranking":
        yield _question(question, given, "ranking", choices=_choices(question.rows))
    elif question.subtype == "menu":
        yield from _menus(question, given)
    elif question.points and question.subtype != "multi":
        yield from _rows(question, given, "scale")
    else:
        family: Family = "choices" if question.subtype == "multi" else "choice"
        yield from _rows(question, given, family, _choices(question.choices))


def _menus(question: Question, given: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    """A drop-down a row and column; its choices stand inside the column."""
    for row in (r for r in question.rows if r.visible):
        for column in (c for c in question.cols if c.visible):
            words = ", ".join(filter(None, (row.text, column.text)))
            yield _question(
                question,
                given,
                "choice",
                choices=_choices(column.choices),
                row=f"{row.key}/{column.key}",
                title=_titled(question, words),
            )


def _rows(
    question: Question,
    given: Mapping[str, Any],
    family: Family,
    choices: tuple[LiveChoice, ...] = (),
) -> Iterator[LiveQuestion]:
    """Yield a question's rows; the only one is the question itself."""
    rows = [row for row in question.rows if row.visible]
    if len(rows) < 2:
        yield _question(question, given, family, choices=choices)
        return
    for row in rows:
        yield _question(
            question,
            given,
            family,
            choices=choices,
            row=row.key,
            title=_titled(question, row.text),
        )


def _question(
    question: Question, given: Mapping[str, Any], family: Family, **more: Any
) -> LiveQuestion:
    ends = question.scale if family == "scale" else None
    return LiveQuestion(
        **{
            "key": question.key,
            "title": question.title,
            "kind": family,
            "low": ends.low if ends else None,
            "high": ends.high if ends else None,
            "required": bool(given.get("required")),
            **more,
        }
    )


def _titled(question: Question, part: str) -> str:
    return " / ".join(filter(None, (question.title, part)))


def _choices(parts: Iterable[Part]) -> tuple[LiveChoice, ...]:
    """Return what can be picked; "not applicable" is no answer."""
    shown = (part for part in parts if part.visible and not part.is_na)
    return tuple(LiveChoice(part.key, "", part.text) for part in shown)


_Reader = Callable[[Question, Mapping[str, Any]], Iterator[LiveQuestion]]
_READERS: Mapping[str, _Reader] = {
    "datetime": _moment,
    "demographic": _contact,
    "matrix": _matrix,
    "multiple_choice": _choosing("choices"),
    "open_ended": _open,
    "single_choice": _choosing("choice"),
}
