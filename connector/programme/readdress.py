"""Whose answer it is once staff have put its address or its name right.

The person whom a mistyped address made is the same human being, so they stay: with the
right address, or, where somebody is known by it, read through that one from now on. A
person of whom other answers speak too stays theirs; the answer then finds its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
from connector.programme.merging import merge, unmerge
from connector.programme.resolve import roots, same_one
from connector.programme.words import same_person
from mappings.plan import ProgrammeMap

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What one response says of a person now. ``deliveries`` are its revisions."""

    deliveries: tuple[int, ...]
    record: str
    email: str
    first_name: str

    @property
    def mark(self) -> str:
        """Return what a merge is known by that follows from this response alone."""
        return f"correction:{min(self.deliveries)}"


def readdress(session: Session, plan: ProgrammeMap, said: Said) -> set[Key]:
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
    touched = {("person", person_id)} | _part_again(session, plan, person_id, said)
    if said.email:
        touched |= _place(session, plan, person_id, said)
        _theirs_after_all(session, person_id, said.email)
    _strike_addresses(session, person_id, said)
    return touched


def _part_again(
    session: Session, plan: ProgrammeMap, person_id: str, said: Said
) -> set[Key]:
    """Undo the merge that an earlier correction of this response led to."""
    alias = session.get(Alias, person_id)
    if alias is None or alias.source != said.mark:
        return set()
    return unmerge(session, plan, person_id)


def _place(
    session: Session, plan: ProgrammeMap, person_id: str, said: Said
) -> set[Key]:
    holders = _others(session, plan.key, person_id, said.email)
    same = next((one for one in holders if _fits(session, one, said)), None)
    alone = _only_said_here(session, person_id, said)
    known = _has_address(session, person_id, said.email)
    person = session.get(Person, person_id)
    doubtful = person is not None and person.provisional
    if same is not None and (doubtful or not known):
        if not alone:
            return _bind(session, said, same)
        _settle(session, person_id)
        return merge(session, plan, "person", person_id, same, source=said.mark)
    if known:
        if doubtful and not holders:
            _firm(session, person_id)
        return set()
    if not alone:
        found = identity.find_person(session, plan.key, said.email, said.first_name)
        return _bind(session, said, found)
    identity.add_address(session, plan.key, said.email, person_id)
    if holders:
        _doubt(session, plan.key, person_id, holders[0])
    else:
        _firm(session, person_id)
    return set()


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


def _theirs_after_all(session: Session, person_id: str, email: str) -> None:
    """Lift the mark on an address of this person."""
    session.execute(
        update(Address)
        .where(Address.person_id == person_id, Address.email == email.lower())
        .values(wrong_since=None)
    )


def _strike_addresses(session: Session, person_id: str, said: Said) -> None:
    """Mark the addresses that only this response gave, and gives no more."""
    given = _emails(session, {person_id}, Claim.delivery_id.in_(said.deliveries))
    elsewhere = _emails(
        session,
        same_one(session, person_id),
        or_(Claim.delivery_id.is_(None), Claim.delivery_id.not_in(said.deliveries)),
        Claim.superseded_at.is_(None),
    )
    wrong = given - elsewhere - {said.email.lower()}
    session.execute(
        update(Address)
        .where(
            Address.person_id == person_id,
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


def _doubt(session: Session, programme: str, person_id: str, other: str) -> None:
    """Hold somebody back who shares the right address with another name."""
    person = session.get(Person, person_id)
    if person is not None:
        person.provisional = True
    identity.flag(
        session, programme, DOUBT, "person", person_id, other,
        "Two names with one e-mail address: one person or two?",
    )  # fmt: skip
    for item in doubts_about(session, person_id):
        item.settled_at = None if item.other == other else item.settled_at


def _firm(session: Session, person_id: str) -> None:
    person = session.get(Person, person_id)
    if person is not None and person.provisional:
        person.provisional = False
        _settle(session, person_id)


def _settle(session: Session, person_id: str) -> None:
    for item in doubts_about(session, person_id):
        item.settled_at = item.settled_at or utcnow()
