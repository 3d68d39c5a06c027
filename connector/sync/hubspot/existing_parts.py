"""Participations that stand in HubSpot already: found by contact, round and role.

A machine that was lost, or a database that was begun anew, made them with another key.
Nothing but the associations leads to the record; and to one that was never associated,
because the machine was lost in between, nothing but its title.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.programme.entities import Participation
from connector.programme.resolve import merged
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.given_links import link_properties
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side


@dataclass(frozen=True, slots=True)
class _Part:
    """A participation here, and the records there that it hangs on.

    ``round`` is "" where its round has no record of its own yet.
    """

    key: Key
    role: str
    title: str
    person: Key
    contact: str
    round: str
    applied_at: datetime | None


@dataclass
class _Fitting:
    """What was found for whom; ``several`` are those that more than one record fits."""

    found: dict[Key, Record] = field(default_factory=dict)
    several: set[Key] = field(default_factory=set)

    def open(self, parts: Sequence[_Part]) -> list[_Part]:
        """Return the parts that nothing was decided about."""
        decided = self.several | set(self.found)
        return [one for one in parts if one.key not in decided]


# In this order: the record that bears our key, the one that the service made and titled
# so, one that staff titled so, one that the service made, any.
_RANKS: tuple[Callable[[_Part, Record, str], bool], ...] = (
    lambda part, record, _: record.properties.get(ID) == part.key[1],
    lambda part, record, title: bool(record.properties.get(ID)) and title == part.title,
    lambda part, _, title: title == part.title,
    lambda _, record, __: bool(record.properties.get(ID)),
    lambda _, __, ___: True,
)


def existing_parts(
    side: Side, fresh: Sequence[Desired]
) -> tuple[dict[Key, Record], set[Key]]:
    """Return the records for these participations, and those that several fit.

    Nothing is asked about somebody whose contact was made in this very sync.
    """
    with side.context.database.reading() as session:
        parts = [one for one in _parts(side, session, fresh) if one.contact]
    fitting = _Fitting()
    if parts:
        _by_contact(side, parts, fitting)
        lone = [one for one in fitting.open(parts) if _may_lack_links(side, one)]
        if lone:
            _by_title(side, lone, fitting)
    return fitting.found, fitting.several


def _by_contact(side: Side, parts: Sequence[_Part], fitting: _Fitting) -> None:
    kind = side.kinds["participation"]
    held = side.client.associations(
        side.kinds["person"].type, kind.type, sorted({one.contact for one in parts})
    )
    records = _read(side, {one for ids in held.values() for one in ids})
    if not records:
        return
    rounds = side.client.associations(
        kind.type, side.kinds["round"].type, sorted(records)
    )
    candidates = {
        part.key: [
            record
            for one in held.get(part.contact, ())
            if (record := records.get(one)) is not None
            and _is_of_round(side, part, record, rounds.get(one))
        ]
        for part in parts
    }
    _choose(side, parts, candidates, fitting)


def _is_of_round(
    side: Side, part: _Part, record: Record, rounds: Sequence[str] | None
) -> bool:
    """Tell by the round's record; by the title where neither knows of one."""
    if rounds and part.round:
        return part.round in rounds
    return _title(side, record) == part.title


def _by_title(side: Side, parts: Sequence[_Part], fitting: _Fitting) -> None:
    """Find what the service had made and not associated with anybody yet."""
    kind = side.kinds["participation"]
    titles = sorted({one.title for one in parts})
    found = side.client.search_values(kind.type, kind.name, titles, [ID])
    records = _read(side, {one.id for one in found if one.properties.get(ID)})
    if not records:
        return
    people = side.client.associations(
        kind.type, side.kinds["person"].type, sorted(records)
    )
    alone = [one for one in records.values() if people.get(one.id) == []]
    candidates = {
        part.key: [one for one in alone if _title(side, one) == part.title]
        for part in parts
    }
    _choose(side, parts, candidates, fitting)


def _choose(
    side: Side,
    parts: Sequence[_Part],
    candidates: Mapping[Key, Sequence[Record]],
    fitting: _Fitting,
) -> None:
    """Let the surest go first: a mentor's contact is on the mentee's record, too."""
    role = side.property_of("participation", "role")
    for rank in _RANKS:
        taken = {record.id for record in fitting.found.values()}
        for part in fitting.open(parts):
            fit = [
                record
                for record in candidates[part.key]
                if record.id not in taken
                and record.properties.get(role) == part.role
                and rank(part, record, _title(side, record))
            ]
            if len(fit) == 1:
                fitting.found[part.key] = fit[0]
            elif fit:
                fitting.several.add(part.key)


def _title(side: Side, record: Record) -> str:
    return record.properties.get(side.kinds["participation"].name) or ""


def _read(side: Side, ids: set[str]) -> dict[str, Record]:
    """Read those of these records that belong to no participation of ours."""
    kind = side.kinds["participation"]
    with side.context.database.reading() as session:
        held = side.records(session, "participation")
    linked = {key[1]: row.remote_id for key, row in held.items() if row.remote_id}
    ids = ids - set(linked.values())
    if not ids:
        return {}
    role = side.property_of("participation", "role")
    more = [kind.name, role, *link_properties(side).values()]
    answer = side.client.batch_read(
        kind.type, sorted(ids), [*side.names("participation"), *more]
    )
    return {
        record.id: record
        for record in answer.found
        if record.properties.get(ID) not in linked
    }


def _parts(side: Side, session: Session, fresh: Sequence[Desired]) -> list[_Part]:
    gone = merged(session)
    wanted = {one.entity_id: one for one in fresh}
    people = side.records(session, "person")
    rounds = side.records(session, "round")
    found = []
    for part_id, desired in wanted.items():
        row = session.get(Participation, part_id)
        if row is None:
            continue
        person = ("person", gone.get(row.person_id, row.person_id))
        contact = people.get(person)
        known = contact is not None and person not in side.made
        course = rounds.get(("round", row.round_id))
        found.append(
            _Part(
                ("participation", part_id),
                row.role,
                desired.properties[side.kinds["participation"].name],
                person,
                (contact.remote_id or "") if contact is not None and known else "",
                (course.remote_id or "") if course is not None else "",
                row.applied_at,
            )
        )
    return found


def _may_lack_links(side: Side, part: _Part) -> bool:
    """Tell whether a lost machine can have stopped just before it associated.

    Only for who was made by one, or applied before one was restored: nobody else costs
    a search.
    """
    if part.person in side.reborn:
        return True
    at = part.applied_at
    return at is not None and any(at <= ends for _, ends in side.lost.windows)
