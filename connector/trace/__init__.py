"""One chain, end to end: delivery, answers, claims, entity, and what the tools hold.

Begins anywhere: at a delivery's number, at the id or e-mail address of a person, at any
other entity's id, or at the id of a record in a tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import deliveries, lookup
from connector.faces import name_of
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import (
    ENTITY_TABLES,
    Consent,
    DeliveryEntity,
    Entity,
    Match,
    Participation,
    Round,
)
from connector.programme.policies import policy_of
from connector.programme.resolve import members, order, roots, winner
from connector.service import Service
from connector.sync.state import NewsletterMember, RemoteRecord
from connector.trace.shares import (
    Share,
    deliveries_of,
    parts_of,
    rooted,
    shares,
)
from connector.trace.tools import Remote, remotes_of

Key = tuple[str, str]
TABLES: dict[str, type[Entity]] = {**ENTITY_TABLES, "round": Round}


@dataclass(frozen=True, slots=True)
class Word:
    """One claim. ``decides``: the field's value is this one; not ``stands``: it was
    replaced by a replay, or struck.
    """

    value: Any
    source: str
    origin: str
    asserted_at: datetime
    delivery: int | None
    stands: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity: what it is, by which policy, and all that was said."""

    name: str
    value: Any
    policy: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """One word of a person about one purpose; the newest counts."""

    purpose: str
    given: bool
    at: datetime
    source: str
    delivery: int | None


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a role (mentor, mentee), by name; their address if they gave none."""

    role: str
    name: str
    id: str


@dataclass(frozen=True, slots=True)
class Thing:
    """One entity. ``reads`` are the ids that were merged into it.

    ``consents`` are a person's, oldest first. ``who`` tells of a match and of a
    participation whose it is, by role.
    """

    kind: str
    id: str
    reads: tuple[str, ...]
    fields: tuple[Field, ...]
    remotes: tuple[Remote, ...] = ()
    consents: tuple[Agreed, ...] = ()
    who: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole chain that begins at ``what``.

    ``people`` are those who share it, an address mostly, and what is whose; nobody
    where it is one person's alone.
    """

    what: str
    deliveries: tuple[deliveries.Shown, ...] = ()
    entities: tuple[Thing, ...] = field(default_factory=tuple)
    people: tuple[Share, ...] = ()


def trace(service: Service, key: str, what: str) -> Trace:
    """Return the chain of a delivery, a person, an entity or a remote record."""
    with service.database.reading() as session:
        delivery = _delivery(session, key, what)
        found = _of_delivery(session, delivery) if delivery else set()
        found |= _named(session, key, what)
        if not found and delivery is None:
            raise lookup.NothingFound(
                f"Nothing here is called {what}: no delivery, no person, no entity "
                "and no record in a tool."
            )
        keys = rooted(session, found)
        remotes = remotes_of(session, service, key, keys)
        things = tuple(_thing(session, service, key, one, remotes) for one in keys)
        numbers = [delivery] if delivery else deliveries_of(session, keys)
        people = () if delivery else shares(session, keys)
    shown = tuple(deliveries.show(service, key, number) for number in numbers)
    return Trace(what, shown, things, people)


def _delivery(session: Session, key: str, what: str) -> int | None:
    if not what.isascii() or not what.isdigit():
        return None
    return session.scalar(
        select(Delivery.id).where(Delivery.programme == key, Delivery.id == int(what))
    )


def _of_delivery(session: Session, delivery: int) -> set[Key]:
    rows = session.execute(
        select(DeliveryEntity.entity_kind, DeliveryEntity.entity_id)
        .where(DeliveryEntity.delivery_id == delivery)
        .union(
            select(Claim.entity_kind, Claim.entity_id).where(
                Claim.delivery_id == delivery
            )
        )
    )
    return {(row[0], row[1]) for row in rows}


def _named(session: Session, key: str, what: str) -> set[Key]:
    """Return what bears this name: by address or id, here or in a tool."""
    people = set(lookup.people_of(session, key, what))
    found = {("person", one) for one in people}
    for kind, table in TABLES.items():
        row = session.get(table, what)
        if row is not None and row.programme == key:
            found.add((kind, what))
    found |= _in_tools(session, key, what)
    for one in [one for kind, one in found if kind == "person"]:
        found |= parts_of(session, one)
    return found


def _in_tools(session: Session, key: str, what: str) -> set[Key]:
    records = session.execute(
        select(RemoteRecord.entity_kind, RemoteRecord.entity_id).where(
            RemoteRecord.programme == key, RemoteRecord.remote_id == what
        )
    )
    found = {(row[0], row[1]) for row in records}
    emails = session.scalars(
        select(NewsletterMember.email).where(
            NewsletterMember.programme == key, NewsletterMember.contact_id == what
        )
    ).all()
    for email in emails:
        found |= {("person", one) for one in lookup.people_of(session, key, email)}
    return found


def _thing(
    session: Session,
    service: Service,
    key: str,
    entity: Key,
    remotes: dict[Key, list[Remote]],
) -> Thing:
    kind, entity_id = entity
    reach = members(session, [entity_id])
    claims: dict[str, list[Claim]] = {}
    for claim in session.scalars(
        select(Claim).where(Claim.entity_kind == kind, Claim.entity_id.in_(reach))
    ):
        claims.setdefault(claim.field, []).append(claim)
    row = session.get(TABLES[kind], entity_id)
    policy = policy_of(service.programme(key))
    return Thing(
        kind,
        entity_id,
        tuple(sorted(set(reach) - {entity_id})),
        tuple(
            _field(row, name, said, policy(kind, name))
            for name, said in sorted(claims.items())
        ),
        tuple(remotes.get(entity, ())),
        _consents(session, reach) if kind == "person" else (),
        tuple(_who(session, row)),
    )


def _who(session: Session, row: Entity | None) -> Iterator[Who]:
    parts = (row.mentor_id, row.mentee_id) if isinstance(row, Match) else ()
    mine = row if isinstance(row, Participation) else None
    for part in (*(session.get(Participation, one) for one in parts), mine):
        if part is not None:
            person = roots(session, [part.person_id])[part.person_id]
            yield Who(part.role, name_of(session, person), person)


def _consents(session: Session, reach: Iterable[str]) -> tuple[Agreed, ...]:
    rows = session.scalars(
        select(Consent)
        .where(Consent.person_id.in_(set(reach)))
        .order_by(Consent.at, Consent.id)
    )
    return tuple(
        Agreed(row.purpose, row.given, row.at, row.source, row.delivery_id)
        for row in rows
    )


def _field(row: Any, name: str, said: list[Claim], policy: str) -> Field:
    best = winner(said, policy)
    columns = row.__table__.columns if row is not None else ()
    details = getattr(row, "details", {})
    value = getattr(row, name) if name in columns else details.get(name)
    words = tuple(
        Word(
            claim.value,
            claim.source,
            claim.origin,
            claim.asserted_at,
            claim.delivery_id,
            claim.superseded_at is None,
            claim is best,
        )
        for claim in sorted(said, key=order)
    )
    return Field(name, value, policy, words)
