"""Meetings and notes that staff log in HubSpot: sessions, attendance, evidence.

=============================================  ========================================
a meeting on a round's record                  a joint meeting; its contacts who take
                                               part in that round are its attendance
a meeting on a participation's record          a session, with its day and minutes
a note on a round's or participation's record  an evidence note; on another record of
                                               ours only with a hashtag (notes.py)
=============================================  ========================================

Everything else that a sales team logs is left alone. What stands in the CRM is compared
with what stands here, so reading a meeting twice says nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from connector import hints
from connector.boundaries import reached
from connector.clients import RemoteRefused, RemoteUnauthorised
from connector.clients.hubspot import Record
from connector.db import has_passed, utcnow
from connector.sync.hubspot.marks import advance, mark_of
from connector.sync.hubspot.meetings import MEETING, MEETING_NAMES, take_meetings
from connector.sync.hubspot.notes import NOTE, NOTE_NAMES, take_notes
from connector.sync.hubspot.pull import LAG
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteRecord

EVERY = timedelta(minutes=5)
LOOKED = "hubspot.activities_at"
MODIFIED = "hs_lastmodifieddate"
_TAKERS = {
    MEETING: (MEETING_NAMES, take_meetings),
    NOTE: (NOTE_NAMES, take_notes),
}
NO_SCOPE = (
    "HubSpot does not let us read {what} ({error}). Sessions, attendance and evidence "
    "notes wait; all else goes on. Give the key the scope to read contacts' activities."
)
_WHAT = {MEETING: "meetings", NOTE: "notes"}


def pull_activities(side: Side, *, now: bool = False) -> None:
    """Take in what was logged since the last look, at most every five minutes.

    At once where a webhook named a meeting or a note, or with ``now``.
    """
    named = _named(side)
    if not (now or any(named.values()) or _is_due(side)):
        return
    for object_type in _TAKERS:
        try:
            _pull(side, object_type, named[object_type])
        except (RemoteUnauthorised, RemoteRefused) as error:
            said = NO_SCOPE.format(what=_WHAT[object_type], error=error)
            side.context.outcome.problems.append(said)
    side.context.facts[LOOKED] = utcnow().isoformat()


def recheck_activities(side: Side) -> dict[str, int]:
    """Read every meeting and note of ours again; return how many are gone there.

    Searching shows no archived record, so this is how a deleted meeting is found. Nor
    does putting one on a record of ours move its date: so what hangs there is read too.
    """
    gone = {}
    for object_type in _TAKERS:
        known = _known(side, object_type) | _hanging(side, object_type)
        gone[_WHAT[object_type]] = (
            _read(side, object_type, sorted(known)) if known else 0
        )
    return gone


def _known(side: Side, object_type: str) -> set[str]:
    with side.context.database.reading() as session:
        rows = session.scalars(
            select(RemoteRecord).where(
                RemoteRecord.programme == side.context.key,
                RemoteRecord.tool == TOOL,
                RemoteRecord.object_type == object_type,
                RemoteRecord.state == "linked",
            )
        )
        return {str(row.remote_id) for row in rows}


def _hanging(side: Side, object_type: str) -> set[str]:
    """Return what hangs on a round or on a participation."""
    found: set[str] = set()
    for kind in ("round", "participation"):
        with side.context.database.reading() as session:
            rows = side.records(session, kind).values()
            ids = [row.remote_id for row in rows if row.remote_id]
        if not ids:
            continue
        there = side.client.associations(side.kinds[kind].type, object_type, ids)
        found.update(*there.values())
    return found


def _is_due(side: Side) -> bool:
    looked = side.context.facts.get(LOOKED)
    if not isinstance(looked, str):
        return True
    return has_passed(EVERY, datetime.fromisoformat(looked))


def _named(side: Side) -> Mapping[str, dict[str, list[int]]]:
    """Return the meetings and notes that webhooks named: id -> hints, by type."""
    found: dict[str, dict[str, list[int]]] = {each: {} for each in _TAKERS}
    with side.context.database.reading() as session:
        for hint in hints.waiting(session, side.context.key, TOOL, tuple(_TAKERS)):
            found[hint.kind].setdefault(hint.subject, []).append(hint.id)
    return found


def _pull(side: Side, object_type: str, named: Mapping[str, list[int]]) -> None:
    names, take = _TAKERS[object_type]
    with side.context.database.reading() as session:
        since = mark_of(session, side, object_type) or _beginning(side)
    newest = since
    seen: dict[str, Record] = {}
    for record in side.client.search_modified(object_type, since - LAG, names):
        seen[record.id] = record
        newest = max(newest, _modified(record) or newest)
    more = sorted(set(named) - set(seen))
    if more:
        _read(side, object_type, more)
    if seen:
        take(side, seen, gone=())
    with side.context.database.writing() as session:
        advance(session, side, object_type, newest)
        hints.settle(session, [one for ids in named.values() for one in ids])
        reached("hubspot.activities.before_commit")


def _read(side: Side, object_type: str, ids: Iterable[str]) -> int:
    """Read these records and take in what they say; return how many are gone."""
    names, take = _TAKERS[object_type]
    answer = side.client.batch_read(object_type, list(ids), names)
    found = {record.id: record for record in answer.found}
    take(side, found, gone=tuple(answer.missing))
    return len(answer.missing)


def _beginning(side: Side) -> datetime:
    """Return the programme's first day: nothing before it is of ours."""
    period = side.plan.period
    if period is None:
        return utcnow() - timedelta(days=365)
    zone = ZoneInfo(side.plan.zone)
    return datetime.combine(period.opens, time(), zone).astimezone(UTC)


def _modified(record: Record) -> datetime | None:
    text = record.properties.get(MODIFIED)
    return datetime.fromisoformat(text) if text else None
