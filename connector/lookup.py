"""Finding what staff name: a person, a round, a participation, an organisation."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import (
    Address,
    Milestone,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.programme.resolve import members, roots
from connector.programme.words import organisation_key


class NothingFound(Exception):  # noqa: N818 - named by what happened
    """Nothing, or not one thing alone, bears that name; the text says what to try."""


def person(session: Session, key: str, who: str) -> Person:
    """Return the person of an id or an e-mail address, read through merges.

    A doubtful person who shares an address is found by id alone.
    """
    ids = people_of(session, key, who)
    found = [p for p in (session.get(Person, i) for i in ids) if p is not None]
    firm = [p for p in found if not p.provisional] or found
    if len(firm) == 1:
        return firm[0]
    if firm:
        named = ", ".join(p.id for p in firm)
        raise NothingFound(f"Several people share this address. Name one: {named}")
    raise NothingFound(
        "Nobody in this programme has that id or e-mail address. "
        "See the ids with: vidensbro trace ADDRESS"
    )


def people_of(session: Session, key: str, who: str) -> list[str]:
    """Return the ids of everybody with that id or e-mail address, merges followed."""
    if "@" in who:
        known = session.scalars(
            select(Address.person_id)
            .where(Address.programme == key, Address.email == who.strip().lower())
            .order_by(Address.id)
        ).all()
    else:
        known = session.scalars(
            select(Person.id).where(Person.programme == key, Person.id == who)
        ).all()
    root = roots(session, known)
    return list(dict.fromkeys(root[one] for one in known))


def round_(session: Session, key: str, name: str) -> Round:
    """Return the round of that key."""
    rows = session.scalars(
        select(Round).where(Round.programme == key).order_by(Round.starts)
    ).all()
    for row in rows:
        if row.key == name:
            return row
    known = ", ".join(row.key for row in rows) or "none (vidensbro db upgrade)"
    raise NothingFound(f"There is no round {name}. Rounds: {known}")


def participation(
    session: Session, key: str, who: str, round_key: str, role: str
) -> Participation:
    """Return a person's part in a round, the one that merged ones are read through."""
    one, course = person(session, key, who), round_(session, key, round_key)
    found = session.scalars(
        select(Participation.id).where(
            Participation.person_id.in_(members(session, [one.id])),
            Participation.round_id == course.id,
            Participation.role == role,
        )
    ).all()
    root = roots(session, found)
    for part_id in found:
        row = session.get(Participation, root[part_id])
        if row is not None:
            return row
    raise NothingFound(f"This person is no {role} in round {round_key}.")


def organisation(session: Session, key: str, name: str) -> Organisation | None:
    """Return the organisation of an id, a domain or a name; None where none fits."""
    rows = session.scalars(
        select(Organisation)
        .where(Organisation.programme == key)
        .order_by(Organisation.created_at, Organisation.id)
    ).all()
    root = roots(session, [row.id for row in rows])
    wanted = organisation_key(name)
    for row in rows:
        if name in {row.id, row.domain} or (wanted and row.name_key == wanted):
            return session.get(Organisation, root[row.id])
    return None


def milestone(session: Session, key: str, name: str) -> Milestone:
    """Return the milestone of that key."""
    rows = session.scalars(select(Milestone).where(Milestone.programme == key)).all()
    for row in rows:
        if row.key == name:
            return row
    known = ", ".join(sorted(row.key for row in rows)) or "none"
    raise NothingFound(f"There is no milestone {name}. Milestones: {known}")
