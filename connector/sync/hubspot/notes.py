"""Notes in HubSpot that are evidence beside a figure.

A note on a round's or a participation's record is one. On a company or a contact,
where all sorts of notes stand, only one with a hashtag is: ``#evidence``, ``#evidens``,
a kind (``#interview``, ``#observation``) or an indicator's key (``#mentee_network``).
Its text stays here: free text leaves for no tool.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.db import utcnow
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.logged import (
    Ends,
    begin,
    come_back,
    ends_of,
    entity_of,
    forget,
    plain,
    say_all,
    when,
)
from connector.sync.hubspot.side import Side

NOTE = "0-46"
NOTE_NAMES = ["hs_note_body", "hs_timestamp", "hs_lastmodifieddate"]
OWN = ("participation", "round")
TAGGED = ("organisation", "person")
EVIDENCE = {"evidence", "evidens"}
NOTE_KINDS = {"interview", "observation"}
HASHTAG = re.compile(r"#(\w+)")
LONGEST = 20_000


def take_notes(side: Side, seen: Mapping[str, Record], gone: Collection[str]) -> None:
    """Take in what notes say; those in ``gone`` no longer stand in the CRM."""
    kinds = (*OWN, *TAGGED)
    ends = ends_of(side, NOTE, seen, kinds) if seen else {k: {} for k in kinds}
    touched: set[Key] = set()
    with side.context.database.writing() as session:
        for record in seen.values():
            if all(record.id in ends[kind] for kind in kinds):
                touched |= _take(side, session, record, ends)
        for record_id in gone:
            touched |= _take_back(side, session, record_id, utcnow())
            forget(side, session, NOTE, record_id)
        side.settle(session, touched)
    side.context.outcome.add("notes", len(touched))


def _take(side: Side, session: Session, record: Record, ends: Ends) -> set[Key]:
    text = plain(record.properties.get("hs_note_body") or "")[:LONGEST]
    tags = {tag.lower() for tag in HASHTAG.findall(text)}
    about = _about(record.id, ends, is_tagged=_is_tagged(side, tags))
    at = when(record.properties.get("hs_lastmodifieddate")) or utcnow()
    if about is None or not text:
        return _take_back(side, session, record.id, at)
    known = entity_of(side, session, NOTE, record.id)
    if known is None:
        kind = "evidence_note"
        known = (kind, begin(side, session, (NOTE, record.id), kind))
    come_back(side, session, NOTE, record.id)
    noted = when(record.properties.get("hs_timestamp")) or at
    values = {
        "kind": next(iter(sorted(tags & NOTE_KINDS)), "note"),
        "noted_on": noted.astimezone(ZoneInfo(side.plan.zone)).date().isoformat(),
        "about": ":".join(about),
        "text": text,
        "indicator": next((k for k in side.plan.indicators if k in tags), None),
    }
    return {known} if say_all(side, session, known, values, at) else set()


def _is_tagged(side: Side, tags: set[str]) -> bool:
    return bool(tags & (EVIDENCE | NOTE_KINDS | set(side.plan.indicators)))


def _about(record_id: str, ends: Ends, *, is_tagged: bool) -> tuple[str, str] | None:
    """Return (kind, id) of what a note is about, None where it is no evidence."""
    for kind in (*OWN, *(TAGGED if is_tagged else ())):
        if ends[kind][record_id]:
            return kind, ends[kind][record_id][0]
    return None


def _take_back(side: Side, session: Session, record_id: str, at: datetime) -> set[Key]:
    known = entity_of(side, session, NOTE, record_id)
    if known is None:
        return set()
    said = say_all(side, session, known, {"text": ""}, at)
    return {known} if said else set()
