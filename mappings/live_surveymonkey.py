"""SurveyMonkey's ``GET /surveys/{id}/details`` as a ``LiveForm``.

Questions, rows and choices that were deleted in the editor stay in the details with
``visible: false``; they are left out here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mappings.live_form import Family, LiveChoice, LiveForm, LiveQuestion
from webhooks.strict_json import as_array, as_object, as_text

Json = Mapping[str, Any]

_TAG = re.compile(r"<[^>]*>")
_CHECKED: Mapping[str, Family] = {
    "decimal": "number",
    "email": "email",
    "integer": "number",
}
_CONTACT: Mapping[str, Family] = {"email": "email", "phone": "phone"}


def surveymonkey_survey(details: Json) -> LiveForm:
    """Return the survey as its responses name its questions, rows and choices."""
    variables = details.get("custom_variables")
    return LiveForm(
        provider="surveymonkey",
        form=as_text(details.get("id")),
        title=plain_heading(details.get("title")),
        language=as_text(details.get("language")),
        modified=as_text(details.get("date_modified")),
        questions=tuple(
            live
            for page in map(as_object, as_array(details.get("pages")))
            for question in _visible(page.get("questions"))
            for live in _questions(question)
        ),
        hidden=tuple(variables) if isinstance(variables, dict) else (),
    )


def plain_heading(heading: object) -> str:
    """Return a heading without its HTML, on one line."""
    text = html.unescape(_TAG.sub(" ", as_text(heading)))
    return " ".join(text.split())


def _visible(items: object) -> Iterator[dict[str, Any]]:
    for item in map(as_object, as_array(items)):
        if item.get("visible") is not False:
            yield item


def _questions(question: Json) -> Iterator[LiveQuestion]:
    reader = _READERS.get(as_text(question.get("family")))
    if reader is not None:
        yield from reader(question)


def _single(question: Json) -> Iterator[LiveQuestion]:
    yield _live(question, "choice", choices=_choices(question))


def _multiple(question: Json) -> Iterator[LiveQuestion]:
    yield _live(question, "choices", choices=_choices(question))


def _open(question: Json) -> Iterator[LiveQuestion]:
    """One field, or (subtypes multi and numerical) one for each row."""
    subtype = as_text(question.get("subtype"))
    validation = as_object(question.get("validation"))
    display = as_object(question.get("display_options")).get("display_type")
    family = _CHECKED.get(as_text(validation.get("type")), "text")
    if subtype in {"multi", "numerical"}:
        yield from _rows(question, "number" if subtype == "numerical" else family)
    elif display == "file_upload":
        yield _live(question, "file")
    elif display == "slider":
        low, high = _whole(validation.get("min")), _whole(validation.get("max"))
        yield _live(question, "number", ends=(low, high))
    else:
        yield _live(question, family)


def _contact(question: Json) -> Iterator[LiveQuestion]:
    """The contact block: a row is named by its type, its text is only a label."""
    for row in _visible(as_object(question.get("answers")).get("rows")):
        kind = as_text(row.get("type"))
        name = {**row, "id": kind, "text": as_text(row.get("text")) or kind}
        required = row.get("required") is True
        live = _live(question, _CONTACT.get(kind, "text"), row=name)
        yield _with(live, required=required)


def _moment(question: Json) -> Iterator[LiveQuestion]:
    timed = question.get("subtype") == "time_only"
    yield from _rows(question, "other" if timed else "date")


def _matrix(question: Json) -> Iterator[LiveQuestion]:
    subtype = as_text(question.get("subtype"))
    if subtype == "ranking":
        rows = _visible(as_object(question.get("answers")).get("rows"))
        yield _live(question, "ranking", choices=tuple(map(_choice, rows)))
    elif subtype == "menu":
        yield from _menus(question)
    else:
        ends = _weights(question)
        family: Family = "choices" if subtype == "multi" else "choice"
        if ends is not None:
            yield from _rows(question, "scale", ends)
        else:
            yield from _rows(question, family, choices=_choices(question))


def _menus(question: Json) -> Iterator[LiveQuestion]:
    """A drop-down a row and column: the choices stand inside the columns."""
    answers = as_object(question.get("answers"))
    for row in _visible(answers.get("rows")):
        for column in _visible(answers.get("cols")):
            words = (plain_heading(part.get("text")) for part in (row, column))
            name = {
                "id": f"{as_text(row.get('id'))}/{as_text(column.get('id'))}",
                "text": ", ".join(filter(None, words)),
            }
            choices = tuple(map(_choice, _visible(column.get("choices"))))
            yield _live(question, "choice", row=name, choices=choices)


def _rows(
    question: Json,
    family: Family,
    ends: tuple[int | None, int | None] = (None, None),
    choices: tuple[LiveChoice, ...] = (),
) -> Iterator[LiveQuestion]:
    rows: list[Json | None] = [
        *_visible(as_object(question.get("answers")).get("rows"))
    ]
    for row in rows or [None]:
        live = _live(question, family, row=row, choices=choices, ends=ends)
        yield _with(live, alone=row is not None and len(rows) == 1)


def _weights(question: Json) -> tuple[int, int] | None:
    """Return the ends of what is rated by points; None for choices with words.

    Stars and smileys have no text at all, the recommendation scale its number. "Not
    applicable" weighs nothing and is no point of the scale.
    """
    answers = as_object(question.get("answers"))
    points = [c for c in _visible(answers.get("choices")) if not c.get("is_na")]
    texts = [plain_heading(c.get("text")) for c in points]
    # Only the ends may carry words beside their points: "0 - Not at all likely".
    ends, inner = {*texts[:1], *texts[-1:]}, texts[1:-1]
    if not all(t[:1].isdigit() for t in ends if t) or not all(
        t.isdigit() for t in inner if t
    ):
        return None
    weights = [_whole(c.get("weight")) for c in points]
    said = [_whole(t) if t else w for t, w in zip(texts, weights, strict=True)]
    whole = [w for w in (weights if None not in weights else said) if w is not None]
    return (min(whole), max(whole)) if len(whole) == len(points) > 1 else None


def _live(
    question: Json,
    family: Family,
    *,
    row: Json | None = None,
    choices: tuple[LiveChoice, ...] = (),
    ends: tuple[int | None, int | None] = (None, None),
) -> LiveQuestion:
    title = _heading(question)
    label = plain_heading(row.get("text")) if row else ""
    return LiveQuestion(
        key=as_text(question.get("id")),
        row=as_text(row.get("id")) if row else "",
        title=" / ".join(filter(None, (title, label))),
        kind=family,
        choices=choices,
        low=ends[0],
        high=ends[1],
        required=bool(question.get("required")),
    )


def _with(
    live: LiveQuestion, required: bool | None = None, alone: bool = False
) -> LiveQuestion:
    kept = live.required if required is None else required
    return replace(live, required=kept, alone=alone)


def _heading(question: Json) -> str:
    """Return the first text of a question; more of them are shown at random."""
    headings = [*map(as_object, as_array(question.get("headings")))]
    return plain_heading(headings[0].get("heading")) if headings else ""


def _choices(question: Json) -> tuple[LiveChoice, ...]:
    """Return the fixed choices; what a person writes beside them has no id here."""
    answers = as_object(question.get("answers"))
    return tuple(map(_choice, _visible(answers.get("choices"))))


def _choice(choice: Json) -> LiveChoice:
    return LiveChoice(as_text(choice.get("id")), "", plain_heading(choice.get("text")))


def _whole(value: object) -> int | None:
    """Return a whole number; some of SurveyMonkey's stand in quotes."""
    found = re.fullmatch(r"(-?\d{1,6})(?:\.0+)?", str(value).strip())
    return int(found.group(1)) if found else None


_READERS: Mapping[str, Callable[[Json], Iterator[LiveQuestion]]] = {
    "datetime": _moment,
    "demographic": _contact,
    "matrix": _matrix,
    "multiple_choice": _multiple,
    "open_ended": _open,
    "single_choice": _single,
}
