"""What is whose, where several people share an address: their parts and answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.faces import name_of
from connector.programme.claims import Claim
from connector.programme.entities import (
    Attendance,
    DeliveryEntity,
    Match,
    MeetingSession,
    Participation,
    Person,
)
from connector.programme.resolve import members, roots

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Share:
    """One of several people with one address: their answers and what they are part of.

    ``deliveries`` are numbers, ``entities`` ids; what concerns two stands at both.
    ``held_back``: nobody has said yet whether they are somebody of their own.
    """

    id: str
    name: str
    held_back: bool
    deliveries: tuple[int, ...]
    entities: tuple[str, ...]


def shares(session: Session, keys: Iterable[Key]) -> tuple[Share, ...]:
    """Tell apart what is whose; nothing where fewer than two people are concerned.

    Who is certainly somebody of their own comes first, then who was known first.
    """
    people = session.scalars(
        select(Person)
        .where(Person.id.in_([one for kind, one in keys if kind == "person"]))
        .order_by(Person.provisional, Person.created_at, Person.id)
    ).all()
    return tuple(_share(session, one) for one in people) if len(people) > 1 else ()


def _share(session: Session, person: Person) -> Share:
    mine = rooted(session, {("person", person.id), *parts_of(session, person.id)})
    return Share(
        person.id,
        name_of(session, person.id),
        person.provisional,
        tuple(deliveries_of(session, mine)),
        tuple(one for _, one in mine),
    )


def parts_of(session: Session, person_id: str) -> set[Key]:
    """Return a person's participations, and the matches and meetings they are in."""
    reach = members(session, [roots(session, [person_id])[person_id]])
    parts = set(
        session.scalars(
            select(Participation.id).where(Participation.person_id.in_(reach))
        )
    )
    joined = {
        "match": select(Match.id).where(
            Match.mentor_id.in_(parts) | Match.mentee_id.in_(parts)
        ),
        "session": select(MeetingSession.id).where(
            MeetingSession.participation_id.in_(parts)
        ),
        "attendance": select(Attendance.id).where(Attendance.person_id.in_(reach)),
    }
    found = {("participation", one) for one in parts}
    for kind, query in joined.items():
        found |= {(kind, one) for one in session.scalars(query)}
    return found


ORDER = ("person", "organisation", "affiliation", "participation", "match")


def rooted(session: Session, found: Iterable[Key]) -> list[Key]:
    """Return the entities that are read, each once, people first."""
    wanted = list(found)
    root = roots(session, [one for _, one in wanted])
    place = {kind: number for number, kind in enumerate(ORDER)}
    keys = {(kind, root[one]) for kind, one in wanted}
    return sorted(keys, key=lambda k: (place.get(k[0], len(place)), k))


def deliveries_of(session: Session, keys: Iterable[Key]) -> list[int]:
    """Return the numbers of the deliveries that speak of these entities."""
    reach = members(session, [one for _, one in keys])
    said = select(Claim.delivery_id.label("number")).where(
        Claim.entity_id.in_(reach), Claim.delivery_id.is_not(None)
    )
    bound = select(DeliveryEntity.delivery_id.label("number")).where(
        DeliveryEntity.entity_id.in_(reach)
    )
    return sorted({row[0] for row in session.execute(said.union(bound)) if row[0]})
