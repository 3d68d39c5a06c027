"""What a property's text says in the programme's own words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from connector.sync.hubspot.pipelines import Stages
from mappings.plan import FieldRule

UNKNOWN = object()
"""A stage, an option or a value that is not ours to understand."""

_EPOCH = date(1970, 1, 1)


def claim_value(stages: Stages, rule: FieldRule, value: str) -> Any:
    """Return a property's text as the programme keeps it; UNKNOWN where it can't be.

    Staff may add stages and options of their own in HubSpot: those are left alone.
    """
    assert rule.hubspot is not None  # noqa: S101 - only rules with a property come here
    if rule.field == "status":
        return stages.status_of(value) or UNKNOWN
    if not value:
        return None
    try:
        said = _typed(rule.hubspot.type, rule.hubspot.field_type, value)
    except (ValueError, OverflowError):
        return UNKNOWN
    codes = {choice.code for choice in rule.choices}
    named = said if isinstance(said, list) else [said]
    return said if not codes or codes.issuperset(named) else UNKNOWN


def _typed(type_: str, field_type: str, value: str) -> Any:
    if field_type == "checkbox":
        return [part for part in value.split(";") if part]
    if type_ == "number":
        number = float(value)
        return int(number) if number.is_integer() else number
    if type_ == "bool":
        return value == "true"
    if type_ == "date":
        return _day(value)
    return value


def day_of(value: str) -> str:
    """Return the day that a date property holds, "" for none or none that is one."""
    try:
        return _day(value) if value else ""
    except (ValueError, OverflowError):
        return ""


def _day(value: str) -> str:
    """Return an ISO day; HubSpot also writes dates as milliseconds at midnight UTC."""
    if value.lstrip("-").isdigit():
        return (_EPOCH + timedelta(milliseconds=int(value))).isoformat()
    return date.fromisoformat(value[:10]).isoformat()
