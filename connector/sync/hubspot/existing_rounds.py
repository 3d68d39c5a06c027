"""Rounds that stand in HubSpot already: a machine that was lost had made them.

A round has no address. It is found by our key, by its name, and where staff renamed it
by the participations that hang on it. It counts as ours where it bears a key of the
service or our dates: a course of staff's that is only called so is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector.clients.hubspot import Record
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side
from connector.sync.hubspot.values import day_of

_Fitting = dict[Key, list[Record]]


def existing_rounds(side: Side, fresh: Sequence[Desired]) -> _Fitting:
    """Return the records that may be these rounds, none where there is none."""
    fitting: _Fitting = {}
    for look in (_by_key, _by_name, _by_parts):
        rest = [d for d in fresh if ("round", d.entity_id) not in fitting]
        if rest:
            fitting |= look(side, rest)
    return fitting


def _by_key(side: Side, fresh: Sequence[Desired]) -> _Fitting:
    answer = side.client.batch_read(
        side.kinds["round"].type,
        [d.entity_id for d in fresh],
        _names(side),
        id_property=ID,
    )
    return {("round", key): [record] for key, record in answer.by_key.items()}


def _by_name(side: Side, fresh: Sequence[Desired]) -> _Fitting:
    kind = side.kinds["round"]
    called = {
        d.properties[kind.name].strip().casefold(): d
        for d in fresh
        if d.properties.get(kind.name)
    }
    if not called:
        return {}
    names = sorted(d.properties[kind.name] for d in called.values())
    found = side.client.search_values(kind.type, kind.name, names, _names(side))
    return _ours(
        side,
        (
            (called.get((one.properties.get(kind.name) or "").strip().casefold()), one)
            for one in found
        ),
    )


def _by_parts(side: Side, fresh: Sequence[Desired]) -> _Fitting:
    """Find the rounds of what the service made and titled after these."""
    part, kind = side.kinds["participation"], side.kinds["round"]
    titles = _titles(side, fresh)
    found = side.client.search_values(part.type, part.name, sorted(titles), [ID])
    parts = {
        one.id: titles.get(one.properties.get(part.name) or "")
        for one in found
        if one.properties.get(ID)
    }
    held = side.client.associations(part.type, kind.type, sorted(parts))
    ids = sorted({one for several in held.values() for one in several})
    if not ids:
        return {}
    answer = side.client.batch_read(kind.type, ids, _names(side))
    records = {one.id: one for one in answer.found}
    return _ours(
        side,
        (
            (parts[one], records[other])
            for one, several in held.items()
            for other in several
            if other in records
        ),
    )


def _titles(side: Side, fresh: Sequence[Desired]) -> dict[str, Desired]:
    """Return what the participations in these rounds are titled -> the round."""
    rounds = {d.entity_id: d for d in fresh}
    with side.context.database.reading() as session:
        target = side.wanted(session)
    name = side.kinds["participation"].name
    return {
        target.records["participation", part].properties[name]: rounds[held]
        for part, held in target.links["participation", "round"]
        if held in rounds
    }


def _ours(side: Side, pairs: Iterable[tuple[Desired | None, Record]]) -> _Fitting:
    """Return what of this is ours, and no round's of ours already."""
    with side.context.database.reading() as session:
        held = {row.remote_id for row in side.records(session).values()}
    dates = _dates(side)
    fitting: _Fitting = {}
    for desired, record in pairs:
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


def _dates(side: Side) -> list[str]:
    return [side.property_of("round", name) for name in ("starts", "ends")]


def _names(side: Side) -> list[str]:
    return [*side.names("round"), *_dates(side)]
