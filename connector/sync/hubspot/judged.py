"""What the full compare reads, and what it finds wrong with it; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.clients.hubspot import Record
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.drift import dressed, drifted, histories, owned
from connector.sync.hubspot.edits import edits_in
from connector.sync.hubspot.marks import mark_of
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.past import learn_sources, unsaid
from connector.sync.hubspot.side import Side

STREAM = "compare:"
"""Before a kind: the watermark up to which its history has been claimed."""


@dataclass
class Found:
    """One kind's records: there, back from the recycle bin, or missing (with ids)."""

    held: dict[Key, Record] = field(default_factory=dict)
    back: dict[Key, Record] = field(default_factory=dict)
    missing: dict[Key, str] = field(default_factory=dict)
    unread: int = 0


@dataclass
class Judged:
    """What is wrong with the records that are there.

    ``edited`` holds the fields that staff changed, ``overwritten`` the records of
    which the history alone tells more. ``drift`` is what stands on our own properties,
    ``dressed`` which of these are our values all the same. ``keyless`` lack our key.
    """

    edited: dict[Key, set[str]] = field(default_factory=dict)
    overwritten: set[Key] = field(default_factory=set)
    drift: dict[Key, dict[str, str]] = field(default_factory=dict)
    dressed: dict[Key, set[str]] = field(default_factory=dict)
    keyless: set[Key] = field(default_factory=set)

    def repaired(self) -> set[Key]:
        """Return the records on which something of ours is to be written again."""
        return {key for key, d in self.drift.items() if set(d) - self.dressed[key]}


def read_all(side: Side, kind: str, wanted: Mapping[Key, Desired]) -> Found:
    """Read every record of a kind that is linked, and what was gone once.

    One that is gone already is not asked for again singly.
    """
    with side.context.database.reading() as session:
        rows = {
            key: row
            for key, row in side.records(session, kind).items()
            if row.remote_id and row.state in {"linked", "gone"}
        }
    if not rows:
        return Found()
    names = {name for one in wanted.values() for name in owned(side, one)}
    answer = side.client.batch_read(
        side.kinds[kind].type,
        [str(row.remote_id) for row in rows.values()],
        [*side.names(kind), *sorted(names)],
        history=[ID, *side.read_back(kind)],
    )
    by_id = {record.id: record for record in answer.found}
    missing = set(answer.missing)
    found = Found(unread=len(answer.problems))
    for key, row in rows.items():
        remote_id = str(row.remote_id)
        if remote_id in by_id:
            there = found.back if row.state == "gone" else found.held
            there[key] = by_id[remote_id]
        elif row.state == "linked" and remote_id in missing:
            found.missing[key] = remote_id
    return found


def judge(side: Side, kind: str, found: Found, wanted: Mapping[Key, Desired]) -> Judged:
    """Hold each record against what was pushed, and against what was said of it."""
    learn_sources(side, found.held)
    judged = Judged()
    with side.context.database.reading() as session:
        rows = side.rows(session, found.held)
        mark = mark_of(session, side, f"{STREAM}{kind}")
        for key, record in found.held.items():
            if record.properties.get(ID) != key[1]:
                judged.keyless.add(key)
            edits = edits_in(side, rows[key], record)
            if edits:
                judged.edited[key] = edits
            said = unsaid(side, session, key, record, mark)
            if any(one.field not in edits for one in said):
                judged.overwritten.add(key)
            desired = wanted.get(key)
            drift = drifted(rows[key], record, desired, owned(side, desired))
            if drift:
                judged.drift[key] = drift
    names = {name for drift in judged.drift.values() for name in drift}
    past = histories(side, kind, {k: found.held[k] for k in judged.drift}, names)
    for key, drift in judged.drift.items():
        judged.dressed[key] = (
            dressed(side, rows[key], past[key], drift) if key in past else set()
        )
    return judged
