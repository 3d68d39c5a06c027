"""Simple values a person would give, made into the answers Typeform sends.

One small function a field type. A choice is named by label, ref or id; own text is
`"other:..."`; a matrix and a contact block are objects, keyed by row or part.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sandbox.typeform.errors import TypeformError, bad_field
from sandbox.typeform.forms import NESTED, every_field

Doc = dict[str, Any]
_OTHER = "other:"
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+\d{6,15}")


def answers_of(form: Doc, values: Doc) -> list[Doc]:
    """The answers, in the form's order; what is None or "" was not answered."""
    fields = list(every_field(form["fields"]))
    unknown = set(values) - {one["ref"] for one in fields}
    if unknown:
        raise bad_field(sorted(unknown)[0], "the form has no field with this ref")
    given = dict(values)
    for one in fields:
        if one["type"] in NESTED and given.get(one["ref"]) is not None:
            given |= _spread(one, given[one["ref"]])
    return [
        _answer(one, given[one["ref"]])
        for one in fields
        if one["type"] not in NESTED and given.get(one["ref"]) not in (None, "", [])
    ]


def _spread(field: Doc, value: Any) -> Doc:
    """Values by ref for the parts of a matrix, contact block or group."""
    if not isinstance(value, dict):
        raise _wrong(field, "an object with a value for each part")
    parts: Doc = {}
    for one in field["properties"].get("fields", []):
        for name in (one["ref"], one.get("subfield_key"), one["title"]):
            parts.setdefault(name, one["ref"])
    unknown = set(value) - set(parts)
    if unknown:
        raise _wrong(field, f"parts of this field, not {sorted(unknown)[0]}")
    return {parts[name]: one for name, one in value.items()}


def _wrong(field: Doc, wanted: str) -> TypeformError:
    return bad_field(field["ref"], f"a {field['type']} takes {wanted}")


def _answer(field: Doc, value: Any) -> Doc:
    make = _MAKERS.get(field["type"])
    if make is None:
        raise bad_field(field["ref"], f"the sandbox cannot fill in {field['type']}")
    kind, typed = make(field, value)
    about = {"id": field["id"], "type": field["type"], "ref": field["ref"]}
    return {"type": kind, kind: typed, "field": about}


Made = tuple[str, Any]


def _text(field: Doc, value: Any) -> Made:
    if not isinstance(value, str):
        raise _wrong(field, "text")
    return "text", value


def _matching(kind: str, pattern: re.Pattern[str], wanted: str) -> Callable[..., Made]:
    def make(field: Doc, value: Any) -> Made:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _wrong(field, wanted)
        return kind, value

    return make


def _number(field: Doc, value: Any) -> Made:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(field, "a number")
    low, high = steps_of(field)
    if low is not None and not low <= value <= high:
        raise _wrong(field, f"a number from {low} to {high}")
    return "number", value


def steps_of(field: Doc) -> tuple[int | None, int]:
    """The steps a respondent can click; an opinion scale starts at 0 unless told."""
    properties = field["properties"]
    if field["type"] == "rating":
        return 1, properties.get("steps", 5)
    if field["type"] == "nps":
        return 0, 10
    if field["type"] == "opinion_scale":
        low = 1 if properties.get("start_at_one") else 0
        return low, low + properties.get("steps", 11) - 1
    return None, 0


def _boolean(field: Doc, value: Any) -> Made:
    if not isinstance(value, bool):
        raise _wrong(field, "true or false")
    return "boolean", value


def _date(field: Doc, value: Any) -> Made:
    try:
        return "date", date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise _wrong(field, "a date, YYYY-MM-DD") from None


def _own_text(field: Doc, value: Any) -> str | None:
    if not isinstance(value, str) or not value.startswith(_OTHER):
        return None
    if not field["properties"].get("allow_other_choice"):
        raise _wrong(field, "one of its choices only")
    return value.removeprefix(_OTHER)


def _pick(field: Doc, value: Any) -> Doc:
    for choice in field["properties"].get("choices", []):
        if value in (choice["ref"], choice["label"], choice["id"]):
            return {name: choice[name] for name in ("id", "label", "ref")}
    raise _wrong(field, f"one of its choices, not {value!r}")


def _choice(field: Doc, value: Any) -> Made:
    if field["properties"].get("allow_multiple_selection"):
        return _choices(field, value if isinstance(value, list) else [value])
    own = _own_text(field, value)
    return "choice", _pick(field, value) if own is None else {"other": own}


def _choices(field: Doc, value: Any) -> Made:
    if not isinstance(value, list):
        raise _wrong(field, "a list of choices")
    own = [text for text in (_own_text(field, one) for one in value) if text]
    rest = [one for one in value if _own_text(field, one) is None]
    picked = [_pick(field, one) for one in rest]
    typed: Doc = {f"{name}s": [p[name] for p in picked] for name in ("id", "label")}
    typed["refs"] = [one["ref"] for one in picked]
    if own:
        typed["other"] = own[0]
    return "choices", typed


def _checkbox(field: Doc, value: Any) -> Made:
    """The second documented shape of `choices`: an array of objects."""
    if not isinstance(value, list):
        raise _wrong(field, "a list of choices")
    return "choices", [_pick(field, one) for one in value]


def _payment(field: Doc, value: Any) -> Made:
    told = value if isinstance(value, dict) else {"amount": value}
    if "amount" not in told:
        raise _wrong(field, "an amount")
    usual = {"last4": "4242", "name": "Test Payer", "success": True}
    return "payment", usual | told | {"amount": str(told["amount"])}


_anything = re.compile(r"\S+")
_MAKERS: dict[str, Callable[[Doc, Any], Made]] = {
    "short_text": _text,
    "long_text": _text,
    "email": _matching("email", _MAIL, "an e-mail address"),
    "phone_number": _matching("phone_number", _PHONE, "a number such as +4512345678"),
    "website": _matching("url", _anything, "an address"),
    "calendly": _matching("url", _anything, "an address"),
    "file_upload": _matching("file_url", _anything, "an address"),
    "number": _number,
    "rating": _number,
    "opinion_scale": _number,
    "nps": _number,
    "yes_no": _boolean,
    "legal": _boolean,
    "date": _date,
    "multiple_choice": _choice,
    "picture_choice": _choice,
    "dropdown": _choice,
    "ranking": _choices,
    "checkbox": _checkbox,
    "payment": _payment,
}
