"""What changed in HubSpot since the watermark: found by search, confirmed by reading.

Search lags some moments and may show a record as it was, so it only points: the
records that look changed are read in batch before anything is believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record, modified_property
from connector.db import utcnow
from connector.programme.entities import Organisation
from connector.programme.identity import find_organisation
from connector.programme.words import organisation_key
from connector.sync.hubspot.adopt import take_over
from connector.sync.hubspot.compare import edited
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.missing import look_into
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import Watermark

# "A few moments", HubSpot says of its search; a minute and a half is many.
LAG = timedelta(seconds=90)
FIRST_LOOK_BACK = timedelta(days=1)
DISSEMINATION = {"city", "partner"}
MERGED = "hs_merged_object_ids"


def pull(side: Side) -> None:
    """Take in what staff changed on contacts, companies and participations."""
    for kind in ("organisation", "person", "participation"):
        _pull_kind(side, kind)


def _pull_kind(side: Side, kind: str) -> None:
    since = _since(side, kind)
    object_type = side.kinds[kind].type
    stamp = modified_property(object_type)
    newest = since
    seen: dict[str, Record] = {}
    for record in side.client.search_modified(
        object_type, since - LAG, [*side.names(kind), MERGED]
    ):
        seen[record.id] = record
        newest = max(newest, _time(record.properties.get(stamp)) or newest)
    _follow_merges(side, kind, seen)
    _welcome_back(side, kind, seen)
    with side.context.database.reading() as session:
        suspects = _suspects(side, session, kind, seen)
    if suspects:
        answer = side.client.batch_read(
            object_type, list(suspects.values()), side.names(kind)
        )
        by_id = {record.id: record for record in answer.found}
        take_edits(side, kind, {k: by_id[i] for k, i in suspects.items() if i in by_id})
    if kind == "organisation":
        _new_targets(side, seen)
    _advance(side, kind, newest)


def _suspects(
    side: Side, session: Session, kind: str, seen: dict[str, Record]
) -> dict[Key, str]:
    names = set(side.read_back(kind))
    return {
        key: row.remote_id
        for key, row in side.records(session, kind).items()
        if row.state != "merged"  # its record is another's by now
        and row.remote_id in seen
        and edited(row, seen[row.remote_id].properties, names)
    }


def _follow_merges(side: Side, kind: str, seen: dict[str, Record]) -> None:
    """Follow staff's merges: the record that stayed names those that went into it."""
    away = {
        remote_id
        for record in seen.values()
        for remote_id in (record.properties.get(MERGED) or "").split(";")
        if remote_id
    }
    if not away:
        return
    with side.context.database.reading() as session:
        missing = {
            key: row.remote_id
            for key, row in side.records(session, kind).items()
            if row.remote_id in away and row.state != "merged"
        }
    look_into(side, kind, missing)


def _welcome_back(side: Side, kind: str, seen: dict[str, Record]) -> None:
    """A record that staff took out of the recycle bin is written again."""
    with side.context.database.reading() as session:
        back = [
            key
            for key, row in side.records(session, kind).items()
            if row.state == "gone" and row.remote_id in seen
        ]
        held = side.rows(session, back)
    if not back:
        return
    there = side.client.batch_read(
        side.kinds[kind].type, [str(r.remote_id) for r in held.values()], [ID]
    )
    with side.context.database.writing() as session:
        for row in side.rows(session, back).values():
            if row.remote_id in there.by_key:
                row.state, row.problem, row.problem_hash = "linked", "", ""


def _new_targets(side: Side, seen: dict[str, Record]) -> None:
    """A company that staff marked as city or partner joins the programme."""
    found = {
        record.id: record
        for record in seen.values()
        if record.properties.get("vidensbro_kind") in DISSEMINATION
        and not record.properties.get(ID)
    }
    if not found:
        return
    with side.context.database.writing() as session:
        known = side.records(session, "organisation")
        ours = {row.remote_id for row in known.values() if row.remote_id}
        linked = {key[1] for key, row in known.items() if row.remote_id}
        joining = {
            ("organisation", _organisation(side, session, record, linked)): record
            for remote_id, record in found.items()
            if remote_id not in ours
        }
    take_over(side, "organisation", joining)


def _organisation(
    side: Side, session: Session, record: Record, linked: set[str]
) -> str:
    """Return the organisation that a company of staff's is, a new one where none."""
    name = record.properties.get("name") or ""
    domain = (record.properties.get("domain") or "").lower() or None
    found = find_organisation(session, side.context.key, name, domain)
    if found in linked:  # that one has a record of its own
        row = Organisation(
            programme=side.context.key, name_key=organisation_key(name), details={}
        )
        session.add(row)
        session.flush()
        found = row.id
    linked.add(found)
    return found


def _since(side: Side, kind: str) -> datetime:
    with side.context.database.reading() as session:
        row = session.scalar(_watermark(side, kind))
        return row.at if row is not None else utcnow() - FIRST_LOOK_BACK


def _advance(side: Side, kind: str, at: datetime) -> None:
    with side.context.database.writing() as session:
        row = session.scalar(_watermark(side, kind))
        if row is None:
            session.add(
                Watermark(programme=side.context.key, tool=TOOL, stream=kind, at=at)
            )
        elif row.at < at:
            row.at = at


def _watermark(side: Side, kind: str):  # type: ignore[no-untyped-def]
    return select(Watermark).where(
        Watermark.programme == side.context.key,
        Watermark.tool == TOOL,
        Watermark.stream == kind,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
