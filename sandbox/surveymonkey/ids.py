"""Ids, times and addresses as they look at SurveyMonkey."""

from datetime import UTC, datetime
from typing import Any

from sandbox.box import Box
from sandbox.surveymonkey.errors import SurveyMonkeyError

_FIRST = 13_376_313_000
_STRIDE = 37
USER = "900001"
# Recorded: the addresses in one and the same answer name different hosts.
_HREF_HOST = "https://api.surveymonkey-net.example/v3"
_LINK_HOST = "https://api.surveymonkey.example/v3"
SITE = "https://www.surveymonkey.example"


def new_id(box: Box) -> str:
    """A number no other thing here has: decimal text, too large for 32 bits."""
    return str(_FIRST + _STRIDE * box.store.next_number("surveymonkey.id"))


def href(box: Box, path: str) -> str:
    """The address of a thing. Option `surveymonkey.links_base` puts it elsewhere."""
    return f"{box.option('surveymonkey.links_base', _HREF_HOST)}{path}"


def link(box: Box, path: str) -> str:
    """The address of a page of a list."""
    return f"{box.option('surveymonkey.links_base', _LINK_HOST)}{path}"


def survey_time(at: datetime) -> str:
    """A survey's time: UTC in whole seconds, and no offset that says so (recorded)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def response_time(at: datetime) -> str:
    """A response's time: UTC in whole seconds with its offset (recorded)."""
    return survey_time(at) + "+00:00"


def moment(text: Any, refusal: SurveyMonkeyError) -> datetime:
    """A time in ISO 8601, UTC unless it says otherwise; else raises `refusal`."""
    try:
        # A "+" that was sent as it is arrives as a blank.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (TypeError, ValueError):
        raise refusal from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
