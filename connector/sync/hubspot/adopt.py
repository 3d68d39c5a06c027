"""Records that stand in HubSpot already are taken over instead of doubled.

Our key cannot be upserted onto them (HubSpot would try to create, and answer 409), so
it is written once by record id. What they hold counts as said by staff, at the time in
their property history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.boundaries import reached
from connector.clients.hubspot import Problem, Record, Write
from connector.programme.resolve import merged
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.existing import find_existing
from connector.sync.hubspot.given_links import keep_links
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.review import CLASH, UNKEYED, hold, hold_one
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteRecord


def adopt(side: Side, kind: str, fresh: Sequence[Desired]) -> set[Key]:
    """Find and take over what exists; return the entities whose record was found."""
    if not fresh:
        return set()
    found = find_existing(side, kind, fresh, holding=True)
    return take_over(side, kind, _settle_clashes(side, kind, found)) if found else set()


def take_over(side: Side, kind: str, ours: Mapping[Key, Record]) -> set[Key]:
    """Put our key on these records and take in what they hold; return those taken."""
    if not ours:
        return set()
    foreign = {key: r for key, r in ours.items() if r.properties.get(ID) != key[1]}
    side.reborn |= {key for key, r in ours.items() if r.properties.get(ID)}
    reached("hubspot.adopt.before_call")
    problems = write_keys(side, kind, foreign)
    reached("hubspot.adopt.accepted")
    taken = {key: r for key, r in ours.items() if key[1] not in problems}
    with side.context.database.writing() as session:
        known = side.rows(session, ours)
        for key, record in taken.items():
            row = known.get(key) or side.begin(session, key)
            row.remote_id = record.id
            row.problem = row.problem_hash = ""
            _keyed(row)
        if kind == "participation":
            keep_links(side, session, taken)
    reached("hubspot.adopt.after_commit")
    hold(side, kind, set(ours) - set(taken), UNKEYED)
    side.context.outcome.add("adopted", len(foreign) - len(problems))
    take_edits(side, kind, taken)
    return set(taken)


def restore_keys(side: Side, kind: str, held: Mapping[Key, Record]) -> set[Key]:
    """Put our key back where it is missing; return the records concerned.

    Staff may have cleared it, or a merge has left it behind. An upsert on a key that
    is not there would make a second record.
    """
    lost = {key: r for key, r in held.items() if r.properties.get(ID) != key[1]}
    if not lost:
        return set()
    clear = _settle_clashes(side, kind, lost)
    problems = write_keys(side, kind, clear)
    hold(side, kind, {key for key in clear if key[1] in problems}, UNKEYED)
    with side.context.database.writing() as session:
        for key, row in side.rows(session, clear).items():
            if key[1] not in problems:
                _keyed(row)
    return set(lost)


def write_keys(
    side: Side, kind: str, records: Mapping[Key, Record]
) -> dict[str, Problem]:
    """Write our key on records by their own ids; return the problems by entity id."""
    if not records:
        return {}
    writes = [
        Write(record.id, {ID: key[1]}, trace=key[1]) for key, record in records.items()
    ]
    return side.client.batch_update(side.kinds[kind].type, writes).problems


def _keyed(row: RemoteRecord) -> None:
    row.accepted = {**row.accepted, ID: row.entity_id}
    row.pushed = {**row.pushed, ID: row.entity_id}
    row.sent = {name: value for name, value in row.sent.items() if name != ID}


def _settle_clashes(
    side: Side, kind: str, found: Mapping[Key, Record]
) -> dict[Key, Record]:
    """Keep the clear cases; put a record that two entities claim on the review list."""
    ours: dict[Key, Record] = {}
    with side.context.database.writing() as session:
        known = side.records(session, kind)
        gone = merged(session)
        holders = {row.remote_id: key for key, row in known.items() if row.remote_id}
        taken: set[str] = set()
        for key, record in found.items():
            others = _others(key, record, known, holders)
            former = {other for other in others if gone.get(other[1]) == key[1]}
            if others == former and record.id not in taken:
                ours[key] = record
                taken.add(record.id)
                for other in former:  # merged into this one: its record comes along
                    known[other].state, known[other].remote_id = "merged", None
                continue
            row = known.get(key) or side.begin(session, key)
            hold_one(
                side, session, row, CLASH, next((o[1] for o in sorted(others)), "")
            )
    return ours


def _others(
    key: Key,
    record: Record,
    known: Mapping[Key, RemoteRecord],
    holders: Mapping[str, Key],
) -> set[Key]:
    """Return the other entities of ours that a record belongs to, by id or by key."""
    by_key = (key[0], record.properties.get(ID) or "")
    claimed = {holders.get(record.id), by_key if by_key in known else None}
    return {other for other in claimed if other is not None and other != key}
