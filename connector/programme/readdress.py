"""Whose answer it is once staff have put its address or its name right.

The person whom a mistyped address made is the same human being, so they stay: with the
right address, or, where somebody is known by it, read through that one from now on. A
person of whom other answers speak too stays theirs; the answer then finds its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme import identity
from connector.programme.claims import Claim
from connector.programme.doubts import DOUBT, doubts_about
from connector.programme.entities import (
    Address,
    Alias,
    DeliveryEntity,
    Person,
)
from connector.programme.merging import read_through, unmerge
from connector.programme.resolve import roots, same_one
from connector.programme.words import same_person

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What one response says of a person now. ``deliveries`` are its revisions.

    ``erased``: they were deleted for good in the CRM, so nobody is made of their answer
    who would be sent there. ``at`` is when staff say so, ``before`` when they put
    something of the response right before: what was settled then, they did not decide.
    """

    deliveries: tuple[int, ...]
    record: str
    email: str
    first_name: str
    at: datetime
    before: Collection[datetime] = ()
    erased: bool = False

    @property
    def mark(self) -> str:
        """Return what a merge is known by that follows from this response alone."""
        return f"correction:{min(self.deliveries)}"


def readdress(session: Session, programme: str, said: Said) -> set[Key]:
    """Find the person of a response anew; return what must be resolved.

    The caller then takes the response in again, which makes its claims.
    """
    person_id = session.scalar(
        select(DeliveryEntity.entity_id).where(
            DeliveryEntity.delivery_id.in_(said.deliveries),
            DeliveryEntity.record == said.record,
            DeliveryEntity.entity_kind == "person",
        )
    )
    if person_id is None:
        return set()
    parted = _part_again(session, person_id, said)
    touched = {("person", person_id)} | parted
    if said.email:
        # An address that they had by the merge alone says nothing about them.
        known = not parted and _has_address(session, person_id, said.email)
        touched |= _place(session, programme, person_id, said, known=known)
    _strike_addresses(session, person_id, said)
    return touched


def _part_again(session: Session, person_id: str, said: Said) -> set[Key]:
    """Undo the merge that an earlier correction of this response led to."""
    alias = session.get(Alias, person_id)
    if alias is None or alias.source != said.mark:
        return set()
    return unmerge(session, person_id)


def _place(
    session: Session, programme: str, person_id: str, said: Said, *, known: bool
) -> set[Key]:
    holders = _others(session, programme, person_id, said.email)
    same = next((one for one in holders if _fits(session, one, said)), None)
    alone = said.erased or _only_said_here(session, person_id, said)
    person = session.get(Person, person_id)
    doubtful = person is not None and person.provisional
    if same is not None and (doubtful or not known):
        if not alone:
            return _bind(session, said, same)
        _settle(session, person_id, said.at)
        return read_through(
            session, programme, "person", person_id, same, source=said.mark
        )
    if known:
        if doubtful and not holders:
            _firm(session, person_id, said.at)
        return set()
    if not alone:
        found = identity.find_person(session, programme, said.email, said.first_name)
        return _bind(session, said, found)
    identity.add_address(session, programme, said.email, person_id)
    if holders:
        if not _was_decided(session, person_id, said):
            _doubt(session, programme, person_id, holders[0])
    else:
        _firm(session, person_id, said.at)
    return set()


def known_elsewhere(
    session: Session, programme: str, person_id: str, said: Said
) -> bool:
    """Tell whether somebody else certainly goes by this address and this name."""
    holders = _others(session, programme, person_id, said.email)
    return any(_fits(session, one, said) for one in holders)


def _others(session: Session, programme: str, person_id: str, email: str) -> list[str]:
    """Return everybody else who is certainly known by an address."""
    found = identity.holders_of(session, programme, email)
    root = roots(session, [person_id, *found])
    firm = [
        root[one]
        for one in found
        if root[one] != root[person_id]
        and (row := session.get(Person, root[one])) is not None
        and not row.provisional
    ]
    return list(dict.fromkeys(firm))


def _fits(session: Session, person_id: str, said: Said) -> bool:
    names = identity.first_names(session, [person_id])
    return same_person(said.first_name, names.get(person_id, ()))


def _has_address(session: Session, person_id: str, email: str) -> bool:
    query = select(Address.id).where(
        Address.person_id == person_id,
        Address.email == email.lower(),
        Address.wrong_since.is_(None),
    )
    return session.scalar(query) is not None


def _only_said_here(session: Session, person_id: str, said: Said) -> bool:
    """Tell whether no other answer speaks of a person; staff may."""
    other = select(Claim.id).where(
        Claim.entity_id == person_id,
        Claim.delivery_id.is_not(None),
        Claim.delivery_id.not_in(said.deliveries),
        Claim.superseded_at.is_(None),
    )
    return session.scalar(other.limit(1)) is None


def _bind(session: Session, said: Said, person_id: str) -> set[Key]:
    """Say that the response speaks of somebody else; their parts are found anew."""
    ours = DeliveryEntity.delivery_id.in_(said.deliveries)
    session.execute(
        update(DeliveryEntity)
        .where(ours, DeliveryEntity.record == said.record)
        .values(entity_id=person_id)
    )
    session.execute(
        delete(DeliveryEntity).where(
            ours, DeliveryEntity.entity_kind.in_(("participation", "affiliation"))
        )
    )
    return {("person", person_id)}


def _strike_addresses(session: Session, person_id: str, said: Said) -> None:
    """Mark the addresses that only this response gave, and gives no more."""
    people = same_one(session, person_id)
    given = _emails(session, {person_id}, Claim.delivery_id.in_(said.deliveries))
    elsewhere = _emails(
        session,
        people,
        or_(Claim.delivery_id.is_(None), Claim.delivery_id.not_in(said.deliveries)),
        Claim.superseded_at.is_(None),
    )
    wrong = given - elsewhere - {said.email.lower()}
    session.execute(
        update(Address)
        .where(
            Address.person_id.in_(people),
            func.lower(Address.email).in_(wrong),
            Address.wrong_since.is_(None),
        )
        .values(wrong_since=utcnow())
    )


def _emails(
    session: Session, people: Iterable[str], *narrowed: ColumnElement[bool]
) -> set[str]:
    rows = session.scalars(
        select(Claim.value).where(
            Claim.entity_id.in_(people), Claim.field == "email", *narrowed
        )
    )
    return {str(value).lower() for value in rows if value}


def _was_decided(session: Session, person_id: str, said: Said) -> bool:
    """Tell whether staff said before that somebody is a person of their own."""
    person = session.get(Person, person_id)
    if person is None or person.provisional:
        return False
    items = doubts_about(session, person_id)
    return any(
        item.settled_at is not None and item.settled_at not in said.before
        for item in items
    )


def _doubt(session: Session, programme: str, person_id: str, other: str) -> None:
    """Hold somebody back who shares the right address with another name."""
    person = session.get(Person, person_id)
    if person is not None:
        person.provisional = True
    identity.flag(
        session, programme, DOUBT, "person", person_id, other,
        identity.TWO,
    )  # fmt: skip
    for item in doubts_about(session, person_id):
        item.settled_at = None if item.other == other else item.settled_at


def _firm(session: Session, person_id: str, at: datetime) -> None:
    person = session.get(Person, person_id)
    if person is not None and person.provisional:
        person.provisional = False
        _settle(session, person_id, at)


def _settle(session: Session, person_id: str, at: datetime) -> None:
    for item in doubts_about(session, person_id):
        item.settled_at = item.settled_at or at
