"""People whom only a person can tell apart: the review list, merging and undoing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector import lookup
from connector.db import utcnow
from connector.programme.doubts import DOUBT, tend_doubts
from connector.programme.entities import (
    ENTITY_TABLES,
    Address,
    Organisation,
    Person,
    ReviewItem,
)
from connector.programme.matches import settle_states
from connector.programme.merging import merge, unmerge
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from connector.programme.reviews import in_words
from connector.service import Service
from mappings.plan import ProgrammeMap

ORIGIN = "command"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Face:
    """Enough of an entity to recognise it by."""

    id: str
    name: str
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """One thing on the review list. ``other`` is who or what it may be."""

    item: int
    kind: str
    entity_kind: str
    text: str
    one: Face
    other: Face | None
    since: datetime

    @property
    def are_people(self) -> bool:
        """Tell whether it is about two people, and not about one and something else."""
        other = self.other
        known = other is not None and bool(other.name or other.emails)
        return self.entity_kind == "person" and known


def review(service: Service, key: str) -> list[Review]:
    """Return what waits for a person's decision, oldest first."""
    locale = service.programme(key).locale
    with service.database.reading() as session:
        items = session.scalars(
            select(ReviewItem)
            .where(ReviewItem.programme == key, ReviewItem.settled_at.is_(None))
            .order_by(ReviewItem.created_at, ReviewItem.id)
        ).all()
        return [
            Review(
                item.id,
                item.kind,
                item.entity_kind,
                in_words(item.kind, item.text, locale),
                _face(session, item.entity_kind, item.entity_id),
                _face(session, item.entity_kind, item.other) if item.other else None,
                item.created_at,
            )
            for item in items
        ]


@dataclass(frozen=True, slots=True)
class Joined:
    """What a merge, or undoing one, is about: who, into whom, and which doubts."""

    one: str
    into: str
    doubts: tuple[ReviewItem, ...]


def merge_people(service: Service, key: str, who: str, into: str) -> str:
    """Read one person through another from now on; return who stays."""
    plan = service.programme(key)
    with service.database.writing() as session:
        return join(session, plan, who, into).into


def join(session: Session, plan: ProgrammeMap, who: str, into: str) -> Joined:
    """Merge inside a session; the doubts between the two are settled by it."""
    one = lookup.person(session, plan.key, who)
    other = lookup.person(session, plan.key, into)
    touched = merge(session, plan, "person", one.id, other.id, source=ORIGIN)
    _follow(session, plan, touched)
    doubts = [
        item
        for item in _between(session, plan.key, one.id, other.id)
        if item.settled_at is None
    ]
    for item in doubts:
        item.settled_at = utcnow()
    return Joined(one.id, other.id, tuple(doubts))


def undo_merge(service: Service, key: str, person_id: str) -> None:
    """Undo a merge of a person; what was in doubt about them is in doubt again."""
    plan = service.programme(key)
    with service.database.writing() as session:
        part(session, plan, person_id)


def part(session: Session, plan: ProgrammeMap, person_id: str) -> Joined:
    """Undo a merge inside a session; the doubts between the two wait again."""
    known = session.get(Person, person_id)
    if known is None or known.programme != plan.key:
        raise lookup.NothingFound(
            "To undo a merge, name the person who was merged away by id; "
            "vidensbro trace shows it."
        )
    touched = unmerge(session, person_id)
    _follow(session, plan, touched)
    others = [one for kind, one in touched if kind == "person" and one != person_id]
    doubts = [
        item
        for other in others
        for item in _between(session, plan.key, person_id, other)
    ]
    for item in doubts:
        item.settled_at = None
        doubtful = session.get(Person, item.entity_id)
        if doubtful is not None and item.kind == DOUBT:
            doubtful.provisional = True
    tend_doubts(session, touched)
    return Joined(person_id, others[0] if others else "", tuple(doubts))


def _follow(session: Session, plan: ProgrammeMap, touched: set[Key]) -> None:
    resolve(session, policy_of(plan), touched)
    settle_states(session, plan.key)


def settle(service: Service, key: str, item_id: int) -> None:
    """Take what is dealt with off the list; whether two are one must be said."""
    with service.database.writing() as session:
        item = _waiting(session, key, item_id)
        if getattr(_about(session, item), "provisional", False):
            raise lookup.NothingFound(
                f"Number {item_id} asks whether they are one or two. Say: "
                "vidensbro people merge PERSON INTO, or people review --apart ITEM"
            )
        item.settled_at = utcnow()


def keep_apart(service: Service, key: str, item_id: int) -> str:
    """Settle a doubt: they are two people. The doubtful one is held back no more."""
    with service.database.writing() as session:
        item = _waiting(session, key, item_id)
        item.settled_at = utcnow()
        row = _about(session, item)
        if isinstance(row, Person | Organisation):
            row.provisional = False
        return item.entity_id


def _waiting(session: Session, key: str, item_id: int) -> ReviewItem:
    item = session.get(ReviewItem, item_id)
    if item is None or item.programme != key or item.settled_at is not None:
        raise lookup.NothingFound(f"Nothing waits under number {item_id}.")
    return item


def _about(session: Session, item: ReviewItem) -> object:
    return session.get(ENTITY_TABLES[item.entity_kind], item.entity_id)


def _between(session: Session, key: str, one: str, other: str) -> list[ReviewItem]:
    return list(
        session.scalars(
            select(ReviewItem).where(
                ReviewItem.programme == key,
                or_(
                    (ReviewItem.entity_id == one) & (ReviewItem.other == other),
                    (ReviewItem.entity_id == other) & (ReviewItem.other == one),
                ),
            )
        )
    )


def _face(session: Session, kind: str, entity_id: str) -> Face:
    table = ENTITY_TABLES.get(kind)
    row = session.get(table, entity_id) if table else None
    if isinstance(row, Person):
        name = " ".join(n for n in (row.first_name, row.last_name) if n)
        emails = session.scalars(
            select(Address.email)
            .where(Address.person_id == entity_id)
            .order_by(Address.id)
        )
        return Face(entity_id, name, tuple(emails))
    return Face(entity_id, str(getattr(row, "name", "") or ""))
