"""Values of ours that were changed by hand on properties that the service owns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connector.clients.hubspot import Record
from connector.sync.hubspot.compare import absorb, pass_over, same
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteRecord

CLOCK_SKEW = timedelta(seconds=5)


def owned(side: Side, desired: Desired | None) -> list[str]:
    """Return the properties that we alone write.

    Not the pipeline: a card that staff moved to a board of their own stays there.
    """
    if desired is None:
        return []
    theirs = {ID, desired.object.pipeline, *side.read_back(desired.entity_kind)}
    return sorted(set(desired.properties) - theirs)


def drifted(
    row: RemoteRecord, record: Record, desired: Desired | None, names: list[str]
) -> dict[str, str]:
    """Return property -> what stands there instead of what HubSpot took from us.

    What is owed anyway is none of it: the next push writes it.
    """
    if desired is None:
        return {}
    found = {}
    for name in names:
        ours = [said[name] for said in (row.pushed, row.accepted) if name in said]
        value = record.properties.get(name) or ""
        if name in row.sent or not ours or name not in record.properties:
            continue
        if not any(same(value, one) for one in (*ours, desired.properties[name])):
            found[name] = value
    return found


def histories(
    side: Side, kind: str, records: Mapping[Key, Record], names: set[str]
) -> dict[Key, Record]:
    """Read how these records came to hold what they hold."""
    if not records:
        return {}
    answer = side.client.batch_read(
        side.kinds[kind].type,
        [record.id for record in records.values()],
        sorted(names),
        history=sorted(names),
    )
    by_id = {record.id: record for record in answer.found}
    return {k: by_id[r.id] for k, r in records.items() if r.id in by_id}


def dressed(
    side: Side, row: RemoteRecord, past: Record, drift: Mapping[str, str]
) -> set[str]:
    """Return the properties that hold our own value, only in HubSpot's clothes.

    Otherwise a value that HubSpot always writes its own way would be repaired every
    night.
    """
    until = row.pushed_at
    return {
        name
        for name in drift
        if until is not None
        and (entries := past.history.get(name))
        and side.is_ours(entries[0])
        and entries[0].at <= until + CLOCK_SKEW
    }


def mark_drift(row: RemoteRecord, drift: Mapping[str, str], ours: set[str]) -> bool:
    """See to it that the next push writes ours again; return whether it has to."""
    for name, value in drift.items():
        if name in ours:
            pass_over(row, name, value)
        else:
            absorb(row, name, value)
    return bool(set(drift) - ours)
