"""Rounds that stand in HubSpot already: a machine that was lost had made them.

A round has no address. It is found by its name, and counts as ours where it bears a
key of the service or our dates: a course of staff's that is only called so is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.clients.hubspot import Record
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side
from connector.sync.hubspot.values import day_of


def existing_rounds(side: Side, fresh: Sequence[Desired]) -> dict[Key, list[Record]]:
    """Return the records that may be these rounds, none where there is none."""
    kind = side.kinds["round"]
    called = {
        d.properties[kind.name].strip().casefold(): d
        for d in fresh
        if d.properties.get(kind.name)
    }
    if not called:
        return {}
    dates = [side.property_of("round", name) for name in ("starts", "ends")]
    with side.context.database.reading() as session:
        held = {row.remote_id for row in side.records(session).values()}
    fitting: dict[Key, list[Record]] = {}
    for record in side.client.search_values(
        kind.type,
        kind.name,
        sorted(d.properties[kind.name] for d in called.values()),
        [*side.names("round"), *dates],
    ):
        name = (record.properties.get(kind.name) or "").strip().casefold()
        desired = called.get(name)
        if (
            desired is not None
            and record.id not in held
            and _is_ours(desired, record, dates)
        ):
            fitting.setdefault(("round", desired.entity_id), []).append(record)
    return fitting


def _is_ours(desired: Desired, record: Record, dates: Sequence[str]) -> bool:
    said = [day_of(record.properties.get(name) or "") for name in dates]
    wanted = [desired.properties.get(name) or "" for name in dates]
    if record.properties.get(ID):
        return all(one in ("", other) for one, other in zip(said, wanted, strict=True))
    return said == wanted
