"""When two values are the same, and whose value stands in HubSpot.

HubSpot returns values normalised (addresses in lower case, phone numbers, dates), so
what came back is kept beside what was sent, and either counts as ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connector.sync.state import RemoteRecord

PHONE_MARKS = re.compile(r"[\s().-]")


def text(value: Any) -> str:
    """Return a value as HubSpot takes it: text; yes and no as true and false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(text(part) for part in value)
    return str(value)


def same(one: str | None, other: str | None) -> bool:
    """Tell whether two values are one, whatever way HubSpot writes them."""
    return _plain(one) == _plain(other)


def _plain(value: str | None) -> str:
    value = (value or "").strip().replace("\r\n", "\n")
    if "@" in value:
        return value.lower()
    if value.startswith("+") and PHONE_MARKS.sub("", value)[1:].isdigit():
        return PHONE_MARKS.sub("", value)
    if ";" in value:  # several options of one list: their order says nothing
        return ";".join(sorted(part for part in value.split(";") if part))
    if value.endswith(".0") and value[:-2].isdigit():
        return value[:-2]
    return value


def differences(record: RemoteRecord, desired: Mapping[str, str]) -> dict[str, str]:
    """Return what HubSpot does not hold yet: property -> value to send.

    A value is owed until the remote accepted it: one still in ``sent`` went out and
    nobody knows whether it arrived, so it goes again.
    """
    owed = {}
    for name, value in desired.items():
        if name in record.sent:
            owed[name] = value
        elif name in record.accepted:
            if not same(value, record.accepted[name]):
                owed[name] = value
        elif not same(value, record.pushed.get(name)):
            owed[name] = value
    return owed


def edited(
    record: RemoteRecord, held: Mapping[str, str | None], names: set[str]
) -> dict[str, str]:
    """Return the properties that hold neither what we sent nor what was returned."""
    changed = {}
    for name in names & set(held):
        value = held[name]
        ours = [
            said[name]
            for said in (record.pushed, record.accepted, record.sent)
            if name in said
        ]
        if not value and name not in record.pushed and name not in record.accepted:
            continue  # it was empty before us, and what we sent did not arrive
        if not any(same(value, known) for known in ours):
            changed[name] = value or ""
    return changed


def absorb(record: RemoteRecord, name: str, value: str | None) -> None:
    """Take what HubSpot holds as its own: nothing of ours stands in that property."""
    record.pushed = {**record.pushed, name: value or ""}
    record.accepted = {k: v for k, v in record.accepted.items() if k != name}
    record.sent = {k: v for k, v in record.sent.items() if k != name}


def settle(record: RemoteRecord, name: str, value: str) -> None:
    """Take what was sent as accepted: it stands there as ``value``."""
    record.accepted = {**record.accepted, name: record.sent[name]}
    record.pushed = {**record.pushed, name: value}
    record.sent = {k: v for k, v in record.sent.items() if k != name}


def pass_over(record: RemoteRecord, name: str, value: str) -> None:
    """Leave a value that says nothing to us where it is, until ours changes."""
    ours = (record.sent, record.accepted, record.pushed)
    stood = next((said[name] for said in ours if name in said), "")
    record.accepted = {**record.accepted, name: stood}
    record.pushed = {**record.pushed, name: value}
    record.sent = {k: v for k, v in record.sent.items() if k != name}
