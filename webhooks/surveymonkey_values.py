"""What SurveyMonkey writes as text, where it is a number, a day, a time or an id."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime

from webhooks.strict_json import as_number, as_text

_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp][Mm])?"
_MOMENT = re.compile(
    rf"(?:(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})/(?P<year>[0-9]{{4}}))?"
    rf"\s*(?P<time>{_TIME})?"
)


def said(value: object) -> str:
    """Return what was written; a number that came as one in its own digits."""
    number = as_number(value)
    return as_text(value) if isinstance(value, str) or number is None else str(number)


def read_number(text: str) -> int | float | None:
    """Return the number that a text is; a decimal comma is left to the mapping."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    return float(found.group()) if found.group(1) else int(found.group())


def read_date(text: str) -> tuple[str, str]:
    """Return the day as YYYY-MM-DD and the time as written; both empty if unreadable.

    SurveyMonkey writes ``01/30/2000 01:01 PM``, American, also where the question
    demands the day first (recorded): so the month stands first, or it is no day.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return "", ""
    time = found.group("time") or ""
    if found.group("year") is None:
        return "", time
    year, month, day = (int(found.group(n)) for n in ("year", "month", "day"))
    try:
        return date(year, month, day).isoformat(), time
    except ValueError:
        return "", ""


def identified(value: object) -> str:
    """Return an id; anything longer or stranger is none."""
    text = as_text(value)
    return text if _IDENTIFIER.fullmatch(text) else ""


def read_time(given: object) -> datetime | None:
    """Read an ISO time; a response's carry ``+00:00`` (recorded), none means UTC."""
    try:
        moment = datetime.fromisoformat(as_text(given))
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def hashed(body: bytes) -> str:
    """Return what a body is called that names itself by nothing."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
