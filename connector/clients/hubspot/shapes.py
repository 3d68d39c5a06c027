"""HubSpot's records, writes and errors as plain values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.clients.door import Explained
from connector.clients.errors import RemoteRefused, without_addresses
from connector.clients.settling import UNANSWERED, Problem

_EXISTING = re.compile(r"existing id:\s*(\d+)", re.IGNORECASE)
_BURST_S = 10.0
_DAILY_S = 3600.0


@dataclass(frozen=True)
class Past:
    """One value that a property had, and who set it when.

    ``source_label`` is what HubSpot calls an integration in its pages, where it says.
    """

    value: str | None
    at: datetime
    source_type: str
    source_id: str | None = None
    source_label: str = ""


@dataclass(frozen=True)
class Record:
    """A CRM record as HubSpot returned it.

    `new` says that our upsert created it. `history` is newest first. `archived` ones
    come only from reads that ask for them.
    """

    id: str
    properties: Mapping[str, str | None]
    history: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    archived: bool = False
    new: bool = False
    url: str = ""


@dataclass(frozen=True)
class Owner:
    """Who a record can belong to: a user of the account, or a queue without address.

    `id` is what `hubspot_owner_id` holds; a webhook's `sourceId` names `user` instead.
    `archived` ones have left the account, and records may still name them.
    """

    id: str
    email: str
    name: str
    user: str
    archived: bool


@dataclass(frozen=True)
class Write:
    """One record to write: `id` is the value of the id property, or the record's id.

    `trace` comes back with the result or the problem; it must be unique in a call.
    None as a value clears the property.
    """

    id: str
    properties: Mapping[str, str | None]
    trace: str


@dataclass(frozen=True)
class BatchAnswer:
    """What a batch read found.

    `by_key` leads from what was asked for to the record. `missing` were asked for
    and are surely not there under that key; `problems` could not be read.
    """

    found: list[Record] = field(default_factory=list)
    by_key: dict[str, Record] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteAnswer:
    """What became of each write, by its trace: a result or a problem."""

    results: dict[str, Record] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)


def record(raw: Mapping[str, Any]) -> Record:
    """Read one record of an answer."""
    history = raw.get("propertiesWithHistory") or {}
    return Record(
        id=str(raw["id"]),
        properties=dict(raw.get("properties") or {}),
        history={name: [_past(one) for one in past] for name, past in history.items()},
        archived=bool(raw.get("archived", False)),
        new=bool(raw.get("new", False)),
        url=raw.get("url") or "",
    )


def owner(raw: Mapping[str, Any]) -> Owner:
    """Read one owner of an answer; one who left has only a former user's id."""
    names = (str(raw.get(part) or "") for part in ("firstName", "lastName"))
    return Owner(
        id=str(raw["id"]),
        email=str(raw.get("email") or ""),
        name=" ".join(part for part in names if part),
        user=str(raw.get("userId") or raw.get("userIdIncludingInactive") or ""),
        archived=bool(raw.get("archived", False)),
    )


def _past(raw: Mapping[str, Any]) -> Past:
    return Past(
        value=raw.get("value"),
        at=datetime.fromisoformat(raw["timestamp"]),
        source_type=str(raw.get("sourceType") or ""),
        source_id=raw.get("sourceId"),
        source_label=str(raw.get("sourceLabel") or ""),
    )


def problem(raw: Mapping[str, Any], status: int = 0) -> Problem:
    """Read one entry of a batch's `errors`, or a whole error body."""
    details = [one for one in raw.get("errors") or () if isinstance(one, Mapping)]
    words = [str(raw.get("message") or "")]
    words += [str(one.get("message") or "") for one in details]
    text = " ".join(word for word in words if word)
    code = next((str(one["code"]) for one in details if one.get("code")), "")
    existing = _EXISTING.search(text)
    return Problem(
        code=code or str(raw.get("category") or raw.get("errorType") or "refused"),
        message=without_addresses(text),
        status=status,
        existing_id=existing.group(1) if existing else None,
    )


def problem_of(error: RemoteRefused | None) -> Problem:
    """The problem of an item that stood alone when it was refused or passed over."""
    if error is None:
        return UNANSWERED
    existing = _EXISTING.search(error.message)
    return Problem(
        error.code or "refused",
        error.message,
        error.status,
        existing.group(1) if existing else None,
    )


def named(error: Mapping[str, Any], *keys: str) -> list[str]:
    """The values that an error's contexts, its own and its details', hold for keys."""
    parts = [error, *(error.get("errors") or ())]
    contexts = [part.get("context") or {} for part in parts if isinstance(part, dict)]
    values: list[str] = []
    for context in contexts:
        for key in keys:
            held = context.get(key) or ()
            values += [held] if isinstance(held, str) else [str(one) for one in held]
    return values


def explain(status: int, data: Any) -> Explained:
    """Read a HubSpot error body: `{status, message, category, errors[...]}`.

    All of it is optional. A 429 has no Retry-After documented: ten seconds pass the
    rolling window, and the daily one is asked again after an hour.
    """
    if not isinstance(data, dict):
        return Explained(retry_after_s=_BURST_S if status == 429 else None)
    said = problem(data, status)
    daily = data.get("policyName") == "DAILY"
    wait_s = (_DAILY_S if daily else _BURST_S) if status == 429 else None
    errors = [one for one in data.get("errors") or () if isinstance(one, dict)]
    if data.get("context"):
        errors.append({"context": data["context"]})
    return Explained(said.code, said.message, tuple(errors), retry_after_s=wait_s)
