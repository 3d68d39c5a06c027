"""Records as staff know them: enough of each to tell two people apart, side by side.

Everything is read from our own rows; no tool is called. It is personal data, and made
for the screen of the command that asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.faces.sources import Reader, first_heard, in_hubspot, links
from connector.faces.words import words_of
from connector.programme.consents import newsletter_word
from connector.programme.entities import (
    ENTITY_TABLES,
    Address,
    Affiliation,
    Entity,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.programme.resolve import members, roots
from connector.sync.state import NewsletterMember

ALONE = frozenset({"id", "seen", "from", "hubspot"})
"""What differs between any two records, and so tells nothing."""

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Card:
    """One record. ``values`` is field -> lines; ``links`` lead to it in the CRM."""

    kind: str
    id: str
    name: str
    values: Values
    links: tuple[str, ...] = ()


def card(reader: Reader, kind: str, entity_id: str) -> Card:
    """Return an entity's card, read through merges; of what is none, its text alone."""
    root = roots(reader.session, [entity_id])[entity_id]
    table = ENTITY_TABLES.get(kind)
    row = reader.session.get(table, root) if table is not None else None
    if row is None:
        return Card("", "", entity_id, {"name": (entity_id,)})
    values: dict[str, tuple[str, ...]] = {}
    for read in OF_KIND.get(kind, (_named,)):
        values |= read(reader, row)
    reach = members(reader.session, [root])
    values |= {
        "seen": (reader.day(row.created_at),),
        "from": first_heard(reader, reach),
        "hubspot": in_hubspot(reader, kind, reach),
        "id": (root,),
    }
    told = {name: lines for name, lines in values.items() if lines}
    name = " ".join(values.get("name", ()))
    return Card(kind, root, name, told, links(reader, kind, reach))


def differing(cards: Iterable[Card]) -> set[str]:
    """Return the fields in which cards say different things."""
    every = list(cards)
    fields = {name for one in every for name in one.values} - ALONE
    return {
        name
        for name in fields
        if len({frozenset(one.values.get(name, ())) for one in every}) > 1
    }


# --- people ---------------------------------------------------------------------------
def _person(reader: Reader, row: Entity) -> Values:
    if not isinstance(row, Person):
        return {}
    reach = members(reader.session, [row.id])
    said = words_of(reader.plan.locale)
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    return {
        "name": (name,) if name else (),
        "email": _addresses(reader, row, reach),
        "phone": (row.phone,) if row.phone else (),
        "organisation": _organisations(reader, reach),
        "rounds": _parts(reader, reach),
        "held": (said["held_back"],) if row.provisional else (),
        "newsletter": _newsletter(reader, row, reach),
    }


def _addresses(reader: Reader, row: Person, reach: Iterable[str]) -> tuple[str, ...]:
    """Return every address, the one that they go by first."""
    every = reader.session.scalars(
        select(Address.email)
        .where(Address.person_id.in_(set(reach)), Address.wrong_since.is_(None))
        .order_by(Address.id)
    ).all()
    first = (row.email or "").lower()
    return tuple(dict.fromkeys(sorted(every, key=lambda email: email != first)))


def _organisations(reader: Reader, reach: Iterable[str]) -> tuple[str, ...]:
    """Return what they are to which organisation, by affiliation and by part."""
    people = set(reach)
    bound = reader.session.execute(
        select(Affiliation.organisation_id, Affiliation.function)
        .where(Affiliation.person_id.in_(people))
        .order_by(Affiliation.created_at, Affiliation.id)
    ).all()
    parts = reader.session.execute(
        select(Participation.organisation_id, Participation.role)
        .where(
            Participation.person_id.in_(people),
            Participation.organisation_id.is_not(None),
        )
        .order_by(Participation.created_at, Participation.id)
    ).all()
    told = {str(row[0]): reader.choice("participation.role", row[1]) for row in parts}
    told |= {row[0]: reader.choice("affiliation.function", row[1]) for row in bound}
    return tuple(
        dict.fromkeys(f"{_called(reader, one)} ({what})" for one, what in told.items())
    )


def _called(reader: Reader, organisation_id: str) -> str:
    root = roots(reader.session, [organisation_id])[organisation_id]
    held = reader.session.get(Organisation, root)
    return (held.name if held is not None else "") or root


def _parts(reader: Reader, reach: Iterable[str]) -> tuple[str, ...]:
    rows = reader.session.scalars(
        select(Participation)
        .where(Participation.person_id.in_(set(reach)))
        .order_by(Participation.created_at, Participation.id)
    ).all()
    root = roots(reader.session, [row.id for row in rows])
    found = (reader.session.get(Participation, one) for one in root.values())
    told = [_part(reader, row) for row in found if row is not None]
    return tuple(dict.fromkeys(told))


def _part(reader: Reader, row: Participation) -> str:
    course = reader.session.get(Round, row.round_id)
    role = reader.choice("participation.role", row.role)
    status = reader.choice("participation.status", row.status)
    return f"{course.key if course else row.round_id} {role}: {status or '-'}"


def _newsletter(reader: Reader, row: Person, reach: Iterable[str]) -> tuple[str, ...]:
    """Return their own last word, and how each of their addresses stands there."""
    said = words_of(reader.plan.locale)
    word = newsletter_word(reader.session, reader.plan.key).get(row.id)
    told = []
    if word is not None:
        given = said["said_yes" if word.given else "said_no"]
        told.append(f"{given}, {reader.day(word.at)}")
    held = reader.session.scalars(
        select(NewsletterMember)
        .where(
            NewsletterMember.programme == reader.plan.key,
            NewsletterMember.email.in_(_addresses(reader, row, reach)),
        )
        .order_by(NewsletterMember.email)
    )
    told += [f"{one.email}: {one.status}" for one in held if one.status]
    return tuple(told)


# --- organisations, and the rest ------------------------------------------------------
def _organisation(reader: Reader, row: Entity) -> Values:
    if not isinstance(row, Organisation):
        return {}
    reach = set(members(reader.session, [row.id]))
    people = reader.session.scalars(
        select(Affiliation.person_id).where(Affiliation.organisation_id.in_(reach))
    ).all()
    said = words_of(reader.plan.locale)
    return {
        "name": (row.name,) if row.name else (),
        "kind": (reader.choice("organisation.kind", row.kind),) if row.kind else (),
        "domain": (row.domain,) if row.domain else (),
        "city": (row.city,) if row.city else (),
        "people": (str(len(set(roots(reader.session, people).values()))),),
        "held": (said["held_back"],) if row.provisional else (),
    }


def _participation(reader: Reader, row: Entity) -> Values:
    if not isinstance(row, Participation):
        return {}
    person = roots(reader.session, [row.person_id])[row.person_id]
    return {
        "name": (name_of(reader.session, person),),
        "rounds": (_part(reader, row),),
    }


def _named(_reader: Reader, row: Entity) -> Values:
    name = getattr(row, "name", None) or getattr(row, "title", None)
    return {"name": (str(name),) if name else ()}


def name_of(session: Session, person_id: str) -> str:
    """Return a person's name, their address where they gave none; "" for nobody."""
    row = session.get(Person, person_id)
    if row is None:
        return ""
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    return name or row.email or ""


OF_KIND: Mapping[str, tuple[Callable[[Reader, Entity], Values], ...]] = {
    "person": (_person,),
    "organisation": (_organisation,),
    "participation": (_participation,),
}
