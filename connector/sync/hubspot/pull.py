"""What changed in HubSpot since the watermark: found by search, confirmed by reading.

Search lags some moments and may show a record as it was, so it only points: the
records that look changed are read in batch before anything is believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record, Write, modified_property
from connector.db import utcnow
from connector.programme.entities import Organisation
from connector.programme.words import organisation_key
from connector.sync.hubspot.compare import edited
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import Watermark

# "A few moments", HubSpot says of its search; a minute and a half is many.
LAG = timedelta(seconds=90)
FIRST_LOOK_BACK = timedelta(days=1)
DISSEMINATION = {"city", "partner"}


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
        object_type, since - LAG, side.names(kind)
    ):
        seen[record.id] = record
        newest = max(newest, _time(record.properties.get(stamp)) or newest)
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
        _write_keys(side)
    _advance(side, kind, newest)


def _suspects(
    side: Side, session: Session, kind: str, seen: dict[str, Record]
) -> dict[Key, str]:
    names = set(side.read_back(kind))
    return {
        key: row.remote_id
        for key, row in side.records(session, kind).items()
        if row.remote_id in seen and edited(row, seen[row.remote_id].properties, names)
    }


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
    held: dict[Key, Record] = {}
    with side.context.database.writing() as session:
        known = {
            row.remote_id for row in side.records(session, "organisation").values()
        }
        for remote_id, record in found.items():
            if remote_id in known:
                continue
            row = Organisation(
                programme=side.context.key,
                name_key=organisation_key(record.properties.get("name") or ""),
                details={},
            )
            session.add(row)
            session.flush()
            begun = side.begin(session, ("organisation", row.id))
            begun.remote_id = remote_id
            held["organisation", row.id] = record
    take_edits(side, "organisation", held)


def _write_keys(side: Side) -> None:
    """Put our key on companies that staff made: else the push would make a second one.

    Looked for at every pull, so that a crash before the call costs nothing.
    """
    kind = "organisation"
    with side.context.database.reading() as session:
        ours = {
            key: row.remote_id
            for key, row in side.records(session, kind).items()
            if row.remote_id and row.state == "linked" and ID not in row.accepted
        }
    if not ours:
        return
    writes = [Write(remote, {ID: key[1]}, trace=key[1]) for key, remote in ours.items()]
    problems = side.client.batch_update(side.kinds[kind].type, writes).problems
    with side.context.database.writing() as session:
        known = side.records(session, kind)
        for key in ours:
            row, problem = known[key], problems.get(key[1])
            if problem is not None:
                row.state, row.problem = "review", f"{problem.code}: {problem.message}"
                continue
            row.accepted = {**row.accepted, ID: key[1]}
            row.pushed = {**row.pushed, ID: key[1]}


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
