"""Typeform's ``GET /forms/{id}`` as a ``LiveForm``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mappings.live_form import Family, LiveChoice, LiveForm, LiveQuestion
from webhooks.strict_json import as_array, as_object, as_text

_FAMILIES: Mapping[str, Family] = {
    "checkbox": "choices",
    "date": "date",
    "dropdown": "choice",
    "email": "email",
    "file_upload": "file",
    "legal": "yes_no",
    "long_text": "text",
    "multiple_choice": "choice",
    "nps": "scale",
    "number": "number",
    "opinion_scale": "scale",
    "phone_number": "phone",
    "picture_choice": "choice",
    "ranking": "ranking",
    "rating": "scale",
    "short_text": "text",
    "website": "text",
    "yes_no": "yes_no",
}
# What holds other questions or none, and is never answered itself.
_NO_QUESTION = frozenset({"contact_info", "group", "inline_group", "statement"})


def typeform_form(form: Mapping[str, Any]) -> LiveForm:
    """Return the form as a webhook would name its questions."""
    settings = as_object(form.get("settings"))
    modified = form.get("last_updated_at") or form.get("published_at")
    return LiveForm(
        provider="typeform",
        form=as_text(form.get("id")),
        title=as_text(form.get("title")),
        language=as_text(settings.get("language")),
        modified=as_text(modified),
        questions=tuple(_questions(form)),
        hidden=tuple(filter(None, map(as_text, as_array(form.get("hidden"))))),
    )


def _questions(parent: Mapping[str, Any]) -> Iterator[LiveQuestion]:
    for field in map(as_object, as_array(parent.get("fields"))):
        kind = as_text(field.get("type"))
        properties = as_object(field.get("properties"))
        if kind == "matrix":
            yield from _rows(field, properties)
        elif kind in _NO_QUESTION or as_array(properties.get("fields")):
            yield from _questions(properties)
        else:
            yield _question(field)


def _rows(
    matrix: Mapping[str, Any], properties: Mapping[str, Any]
) -> Iterator[LiveQuestion]:
    """Yield a matrix's rows; each has choices of its own, with own ids and refs."""
    for field in map(as_object, as_array(properties.get("fields"))):
        row = as_text(field.get("ref")) or as_text(field.get("id"))
        title = f"{as_text(matrix.get('title'))} / {as_text(field.get('title'))}"
        yield _question({**field, "title": title}, matrix, row)


def _question(
    field: Mapping[str, Any], named: Mapping[str, Any] | None = None, row: str = ""
) -> LiveQuestion:
    """Return a field as a question, named as ``named`` is (itself, or its matrix)."""
    who = field if named is None else named
    properties = as_object(field.get("properties"))
    low, high = _ends(as_text(field.get("type")), properties)
    return LiveQuestion(
        key=as_text(who.get("id")),
        ref=as_text(who.get("ref")),
        row=row,
        title=as_text(field.get("title")),
        kind=_family(field, properties),
        choices=tuple(map(_choice, as_array(properties.get("choices")))),
        low=low,
        high=high,
        required=as_object(field.get("validations")).get("required") is True,
    )


def _family(field: Mapping[str, Any], properties: Mapping[str, Any]) -> Family:
    family = _FAMILIES.get(as_text(field.get("type")), "other")
    several = properties.get("allow_multiple_selection") is True
    return "choices" if family == "choice" and several else family


def _choice(choice: object) -> LiveChoice:
    said = as_object(choice)
    names = (as_text(said.get(name)) for name in ("id", "ref", "label"))
    return LiveChoice(*names)


def _ends(kind: str, properties: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return a scale's ends; an opinion scale starts at 0 unless it says otherwise."""
    if kind == "nps":
        return 0, 10
    steps = properties.get("steps")
    if kind not in {"opinion_scale", "rating"} or not isinstance(steps, int):
        return None, None
    low = 1 if kind == "rating" or properties.get("start_at_one") is True else 0
    return low, low + steps - 1
