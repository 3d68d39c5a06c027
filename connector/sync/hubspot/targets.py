"""Companies that staff marked as city or partner join the programme."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.programme.entities import Organisation
from connector.programme.identity import find_organisation
from connector.programme.words import organisation_key
from connector.sync.hubspot.adopt import take_over
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side

KIND = "vidensbro_kind"
DISSEMINATION = {"city", "partner"}


def new_targets(side: Side, seen: Mapping[str, Record]) -> int:
    """Take those in that are nobody's yet; return how many."""
    found = candidates(side, seen)
    if not found:
        return 0
    with side.context.database.writing() as session:
        known = side.records(session, "organisation")
        linked = {key[1] for key, row in known.items() if row.remote_id}
        joining = {
            ("organisation", _organisation(side, session, record, linked)): record
            for record in found.values()
        }
    return len(take_over(side, "organisation", joining))


def candidates(side: Side, seen: Mapping[str, Record]) -> dict[str, Record]:
    """Return the companies marked as city or partner that do not bear our key."""
    found = {
        record.id: record
        for record in seen.values()
        if record.properties.get(KIND) in DISSEMINATION
        and not record.properties.get(ID)
    }
    if not found:
        return {}
    with side.context.database.reading() as session:
        known = side.records(session, "organisation")
    ours = {row.remote_id for row in known.values() if row.remote_id}
    return {one: record for one, record in found.items() if one not in ours}


def marked(side: Side) -> dict[str, Record]:
    """Return all companies that staff ever marked so, also long before we came."""
    names = side.names("organisation")
    search = side.client.search_values("companies", KIND, sorted(DISSEMINATION), names)
    return {record.id: record for record in search}


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
