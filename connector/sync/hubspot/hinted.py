"""Where HubSpot's webhooks say to look: read by id with the rest, then settled.

A hint is never believed: the records that it names are read in batch, and what became
of one that is missing is found out singly, whatever order the events came in. Hints of
records that are none of ours are settled without a call. Those of meetings and notes
are left to whoever reads these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connector import hints
from connector.boundaries import reached
from connector.db import utcnow
from connector.hints import Hint
from connector.sync.hubspot.meetings import MEETING
from connector.sync.hubspot.notes import NOTE
from connector.sync.hubspot.side import TOOL, Side

NUMBERS = {"contacts": "0-1", "companies": "0-2"}
ELSEWHERE = {MEETING, NOTE}
PATIENCE = timedelta(days=1)
"""A contact that is said to be erased and still reads is looked at again this long."""

Place = tuple[str, str]
"""(entity kind, record id)."""


@dataclass
class Told:
    """What the waiting hints point to.

    ``records`` leads from a hint's id to the places to look at, none where nothing is
    to be read. ``links`` are the hints of associations. ``erased`` are the contacts
    said to be deleted for good, and when. The hints of ``unread`` places wait on.
    """

    records: dict[int, frozenset[Place]] = field(default_factory=dict)
    links: set[int] = field(default_factory=set)
    erased: dict[str, datetime] = field(default_factory=dict)
    unread: set[Place] = field(default_factory=set)

    def ids(self, kind: str) -> set[str]:
        """Return the records of one kind that are to be read."""
        places = frozenset().union(*self.records.values())
        return {record_id for named, record_id in places if named == kind}

    def not_yet(self, kind: str, ids: Iterable[str]) -> None:
        """Let the hints of these records wait for the next sync."""
        self.unread |= {(kind, one) for one in ids}

    def looked_into(self) -> set[int]:
        """Return the hints of records that have been looked into."""
        return {one for one, at in self.records.items() if not at & self.unread}


def listen(side: Side) -> Told:
    """Return what the hints that wait now point to; nothing is settled yet."""
    told = Told()
    with side.context.database.reading() as session:
        waiting = [
            hint
            for hint in hints.waiting(session, side.context.key, TOOL)
            if hint.kind not in ELSEWHERE
        ]
        ours = _ours(side, session) if waiting else {}
    for hint in waiting:
        if hint.topic.endswith(".associationChange") and not _is_echo(side, hint):
            told.links.add(hint.id)
            continue
        echo = _is_echo(side, hint)
        told.records[hint.id] = frozenset() if echo else _places(side, hint, ours)
        if hint.topic.endswith(".privacyDeletion") and told.records[hint.id]:
            told.erased[hint.subject] = hint.at or hint.noted_at
    return told


def settle(side: Side, ids: Iterable[int]) -> None:
    """Say that hints have been looked into; what they led to is committed already."""
    ids = set(ids)
    reached("hubspot.hints.before_settle")
    if not ids:
        return
    with side.context.database.writing() as session:
        hints.settle(session, ids)
    side.context.outcome.add("hints", len(ids))


def may_wait(said_at: datetime) -> bool:
    """Tell whether what was said may still come true."""
    return utcnow() - said_at < PATIENCE


def _ours(side: Side, session: Session) -> Mapping[Place, str]:
    """Return our records there that may still change: place -> state."""
    return {
        (kind, row.remote_id): row.state
        for (kind, _), row in side.records(session).items()
        if row.remote_id and row.state in {"linked", "review", "gone"}
    }


def _places(side: Side, hint: Hint, ours: Mapping[Place, str]) -> frozenset[Place]:
    """Return the records to look at: ours, and companies that may become ours.

    A merge names those that are no more; the one they went into may be nobody's yet.
    """
    named = [hint.subject, hint.facts.get("new", "")]
    named += str(hint.facts.get("merged", "")).split(";")
    places = {
        (kind, record_id)
        for kind, found in side.kinds.items()
        if NUMBERS.get(found.type, found.type) == hint.kind
        for record_id in named
        if record_id
    }
    return frozenset(p for p in places if p in ours or p[0] == "organisation")


def _is_echo(side: Side, hint: Hint) -> bool:
    """Tell whether our own write came back: by our app's id, or the event's own."""
    source = hint.facts.get("source_id")
    own = {side.app_id, hint.facts.get("app")}
    return bool(
        source and hint.facts.get("change_source") == "INTEGRATION" and source in own
    )
