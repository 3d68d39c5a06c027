"""What HubSpot makes of a property's value: refused, or a string in its own form.

Sources: HubSpot's guides on properties and objects (dates as ISO day or epoch
milliseconds at midnight UTC, `a;b` for several options with a leading `;` to add,
strings up to 65 536 characters). Where a code is not documented, the nearest that
integrations report is used: clients should look at the status, not at the code.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.hubspot.errors import property_error
from sandbox.hubspot.kinds import Definition

LONGEST = 65_536
_EMAIL = re.compile(r"[^@\s\"<>(),:;]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")
_DAY_MS = 86_400_000


def as_text(value: Any) -> str:
    """The string form of a JSON value; null and "" both clear."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def instant(moment: datetime) -> str:
    """A time as HubSpot writes it, to the millisecond, UTC."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def email(value: str) -> str:
    """The address in lower case; INVALID_EMAIL for what is none."""
    address = value.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise property_error(
            "email", "INVALID_EMAIL", f"Email address {value} is invalid"
        )
    return address


def normalise(definition: Definition, value: Any, current: str) -> str:
    """The value as it will be returned; HubError when it does not fit the type."""
    text = as_text(value)
    if text == "":
        return ""
    reader = _READERS.get(definition["type"])
    return reader(definition, text, current) if reader else _string(definition, text)


def _string(definition: Definition, text: str) -> str:
    if len(text) > LONGEST:
        name = definition["name"]
        message = f"{name} is longer than {LONGEST} characters"
        raise property_error(name, "INVALID_STRING_LENGTH", message)
    return text


def _number(definition: Definition, text: str, _current: str) -> str:
    name = definition["name"]
    try:
        good = Decimal(text.strip()).is_finite()
    except InvalidOperation:
        good = False
    if not good:
        raise property_error(name, "INVALID_NUMBER", f"{text} was not a valid number.")
    return text.strip()


def _bool(definition: Definition, text: str, _current: str) -> str:
    if text.lower() not in ("true", "false"):
        raise _missing_option(definition, text, ["true", "false"])
    return text.lower()


def _date(definition: Definition, text: str, _current: str) -> str:
    try:
        if re.fullmatch(r"-?\d{6,}", text):
            days, rest = divmod(int(text), _DAY_MS)
            if rest:
                raise ValueError("not midnight UTC")
            return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError("not a day")
        return date.fromisoformat(text).isoformat()
    except (ValueError, OverflowError) as error:
        message = f"{text} is not a valid date at midnight UTC"
        raise property_error(definition["name"], "INVALID_DATE", message) from error


def _datetime(definition: Definition, text: str, _current: str) -> str:
    try:
        if re.fullmatch(r"-?\d+", text):
            moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        name = definition["name"]
        raise property_error(
            name, "INVALID_LONG", f"{text} was not a valid long."
        ) from error
    return instant(moment).replace(".000Z", "Z")


def _enumeration(definition: Definition, text: str, current: str) -> str:
    allowed = [option["value"] for option in definition["options"]]
    if definition["fieldType"] != "checkbox":
        if text not in allowed:
            raise _missing_option(definition, text, allowed)
        return text
    chosen = [part for part in text.split(";") if part]
    if text.startswith(";"):
        chosen = [part for part in current.split(";") if part] + chosen
    for part in chosen:
        if part not in allowed:
            raise _missing_option(definition, part, allowed)
    return ";".join(dict.fromkeys(chosen))


def _missing_option(definition: Definition, text: str, allowed: list[str]) -> Exception:
    message = f"{text} was not one of the allowed options: [{', '.join(allowed)}]"
    return property_error(definition["name"], "INVALID_OPTION", message)


_READERS = {
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "enumeration": _enumeration,
}
