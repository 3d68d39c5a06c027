"""Merge fields: what may stand in them, and how a write changes a member's."""

import re
from typing import Any

from sandbox.mailchimp.problems import INVALID, ProblemError

Doc = dict[str, Any]
TEXT_BYTES = 255
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}/\d{2}/\d{4}")
_BIRTHDAY = re.compile(r"\d{2}/\d{2}")
_ADDRESS_PARTS = ("addr1", "city", "state", "zip")


def clip(text: str) -> str:
    """The text cut at 255 bytes, never inside a character."""
    raw = text.encode()
    return text if len(raw) <= TEXT_BYTES else raw[:TEXT_BYTES].decode(errors="ignore")


def _check_number(value: Any, _field: Doc) -> str | None:
    try:
        float(value)
    except (TypeError, ValueError):
        return "Please enter a number"
    return None


def _check_date(value: Any, _field: Doc) -> str | None:
    return None if _DAY.fullmatch(str(value)) else "Please enter the date"


def _check_birthday(value: Any, _field: Doc) -> str | None:
    return None if _BIRTHDAY.fullmatch(str(value)) else "Please enter a month and day"


def _check_choice(value: Any, field: Doc) -> str | None:
    allowed = field.get("options", {}).get("choices", [])
    return None if str(value) in allowed else "Value must be one of the choices"


def _check_address(value: Any, _field: Doc) -> str | None:
    whole = isinstance(value, dict) and all(value.get(p) for p in _ADDRESS_PARTS)
    return None if whole else "Please enter a complete address"


_CHECKS = {
    "number": _check_number,
    "date": _check_date,
    "birthday": _check_birthday,
    "radio": _check_choice,
    "dropdown": _check_choice,
    "address": _check_address,
}


def _stored(value: Any, field: Doc) -> Any:
    if isinstance(value, dict):
        return value
    if field["type"] == "number" and value != "":
        try:
            return int(value) if float(value).is_integer() else float(value)
        except (TypeError, ValueError):
            return clip(str(value))
    return clip(str(value))


def _wrong(value: Any, field: Doc) -> str | None:
    if value in ("", None):
        return "Please enter a value" if field["required"] else None
    check = _CHECKS.get(field["type"])
    return check(value, field) if check else None


def merged(
    current: Doc, sent: object, fields: list[Doc], *, skip_checks: bool
) -> dict[str, Any]:
    """A member's merge fields after a write.

    Recorded: keys not sent stay, "" clears, unknown keys are passed over without a
    word. `skip_checks` is `skip_merge_validation`, which lets any string through.
    """
    values: Doc = sent if isinstance(sent, dict) else {}
    result: Doc = {}
    errors = []
    for field in fields:
        tag = field["tag"]
        value = values.get(tag)
        if value is None:
            value = current.get(tag, field["default_value"])
        message = None if skip_checks else _wrong(value, field)
        if message:
            errors.append({"field": tag, "message": message})
        result[tag] = _stored(value, field)
    if errors:
        raise ProblemError(400, INVALID, "Your merge fields were invalid.", errors)
    return result
