"""Who is who: finding the person or organisation that a record speaks of.

A person is one over all addresses known. The same address with a clashing name (couples
share mailboxes) makes a provisional person, held back from every push until staff have
looked. Nothing is merged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from connector.db import new_id
from connector.programme.claims import Claim
from connector.programme.doubts import DOUBT
from connector.programme.entities import (
    Address,
    Affiliation,
    Entity,
    Organisation,
    Participation,
    Person,
    ReviewItem,
)
from connector.programme.resolve import same_one
from connector.programme.words import organisation_key, same_person

Made = TypeVar("Made", bound=Entity)
TWO = "Two names with one e-mail address: one person or two?"


def find_person(
    session: Session, programme: str, email: str | None, first_name: str
) -> str:
    """Return the person's id, a new one where nobody known fits."""
    holders = holders_of(session, programme, email)
    if not holders:
        return _new_person(session, programme, email, provisional=False)
    names = first_names(session, holders)
    for person_id in holders:
        if same_person(first_name, names.get(person_id, ())):
            return person_id
    person_id = _new_person(session, programme, email, provisional=True)
    flag(
        session, programme, DOUBT, "person", person_id, holders[0], TWO,
    )  # fmt: skip
    return person_id


def add_address(session: Session, programme: str, email: str, person_id: str) -> bool:
    """Remember one more address of a person, or that one is theirs after all.

    Return whether it is new to them.
    """
    known = session.scalar(
        select(Address).where(
            Address.programme == programme,
            Address.email == email.lower(),
            Address.person_id == person_id,
        )
    )
    fresh = known is None or known.wrong_since is not None
    if known is not None:
        known.wrong_since = None
    else:
        session.add(
            Address(programme=programme, email=email.lower(), person_id=person_id)
        )
        session.flush()
    return fresh


def ask_who(session: Session, programme: str, email: str, person_id: str) -> None:
    """Ask staff about somebody whose new address is another's already.

    Who is held back was asked about before.
    """
    ours = same_one(session, person_id)
    holders = {
        one: session.get(Person, one) for one in holders_of(session, programme, email)
    }
    others = [
        one
        for one, row in holders.items()
        if one not in ours and row is not None and not row.provisional
    ]
    person = session.get(Person, person_id)
    if others and person is not None and not person.provisional:
        flag(session, programme, DOUBT, "person", person_id, others[0], TWO)


def holders_of(session: Session, programme: str, email: str | None) -> list[str]:
    """Return everybody with an address, whoever goes by it before who only has it too.

    A contact of the CRM keeps both addresses after a merge was undone: what is answered
    from the second one is still the second person's, a "no" above all.
    """
    if not email:
        return []
    goes_by_it = func.lower(Person.email) == email.lower()
    rows = session.execute(
        select(Address.person_id, Person.provisional)
        .join(Person, Person.id == Address.person_id)
        .where(
            Address.programme == programme,
            Address.email == email.lower(),
            Address.wrong_since.is_(None),
        )
        .order_by(
            Person.provisional,
            case((goes_by_it, 0), else_=1),
            Person.created_at,
            Person.id,
        )
    ).all()
    return [row[0] for row in rows]


def first_names(session: Session, ids: Iterable[str]) -> Mapping[str, set[str]]:
    """Return every first name that anybody ever gave for each person."""
    names: dict[str, set[str]] = {}
    for person_id, value in session.execute(
        select(Claim.entity_id, Claim.value).where(
            Claim.entity_kind == "person",
            Claim.field == "first_name",
            Claim.entity_id.in_(list(ids)),
        )
    ):
        if isinstance(value, str):
            names.setdefault(person_id, set()).add(value)
    return names


def _new_person(
    session: Session, programme: str, email: str | None, *, provisional: bool
) -> str:
    person = Person(
        id=new_id(), programme=programme, provisional=provisional, details={}
    )
    _keep(session, person)
    if email:
        session.add(
            Address(programme=programme, email=email.lower(), person_id=person.id)
        )
    return person.id


def find_organisation(
    session: Session, programme: str, name: str, domain: str | None
) -> str:
    """Return the organisation's id: by domain, then by name; else a new one."""
    key = organisation_key(name)
    if domain and (found := _organisation_by(session, programme, domain=domain)):
        _doubt_twins(session, programme, key, found[0].id)
        return found[0].id
    for organisation in (
        _organisation_by(session, programme, name_key=key) if key else ()
    ):
        if not (domain and organisation.domain) or organisation.domain == domain:
            _hold(session, organisation)
            return organisation.id
    organisation = Organisation(
        id=new_id(), programme=programme, name_key=key, details={}
    )
    return _keep(session, organisation).id


def _doubt_twins(session: Session, programme: str, key: str, found: str) -> None:
    """Ask staff about one of the same name that has no domain yet."""
    for twin in _organisation_by(session, programme, name_key=key) if key else ():
        if twin.id != found and not twin.domain:
            flag(
                session, programme, "same_name", "organisation", twin.id, found,
                "Two organisations of one name, one without a domain: are they one?",
            )  # fmt: skip


def _organisation_by(
    session: Session, programme: str, **wanted: str
) -> Sequence[Organisation]:
    return session.scalars(
        select(Organisation)
        .filter_by(programme=programme, **wanted)
        .order_by(Organisation.created_at, Organisation.id)
    ).all()


def _keep(session: Session, row: Made) -> Made:
    """Add a new entity and hold on to it."""
    session.add(row)
    session.flush()
    _hold(session, row)
    return row


def _hold(session: Session, row: Entity) -> None:
    """Hold on to a row that is wanted again when claims are resolved.

    A session itself holds its rows only weakly and would read it anew.
    """
    session.info.setdefault("held", []).append(row)


def affiliation(
    session: Session,
    programme: str,
    person_id: str,
    organisation_id: str,
    function: str,
) -> str:
    """Return the id of what a person is to an organisation, made where missing."""
    found = session.scalar(
        select(Affiliation.id).where(
            Affiliation.person_id == person_id,
            Affiliation.organisation_id == organisation_id,
            Affiliation.function == function,
        )
    )
    if found:
        return found
    row = Affiliation(
        id=new_id(),
        programme=programme,
        person_id=person_id,
        organisation_id=organisation_id,
        function=function,
    )
    return _keep(session, row).id


def participation(
    session: Session, programme: str, person_id: str, round_id: str, role: str
) -> str:
    """Return the id of a person's part in a round, made where missing."""
    found = session.scalar(
        select(Participation.id).where(
            Participation.person_id.in_(same_one(session, person_id)),
            Participation.round_id == round_id,
            Participation.role == role,
        )
    )
    if found:
        return found
    row = Participation(
        id=new_id(),
        programme=programme,
        person_id=person_id,
        round_id=round_id,
        role=role,
        details={},
    )
    return _keep(session, row).id


def flag(  # noqa: PLR0913, PLR0917 - one row, one argument a column
    session: Session,
    programme: str,
    kind: str,
    entity_kind: str,
    entity_id: str,
    other: str,
    text: str,
) -> None:
    """Put something on the review list, once."""
    known = session.scalar(
        select(ReviewItem.id).where(
            ReviewItem.programme == programme,
            ReviewItem.kind == kind,
            ReviewItem.entity_id == entity_id,
            ReviewItem.other == other,
        )
    )
    if known is None:
        session.add(
            ReviewItem(
                programme=programme,
                kind=kind,
                entity_kind=entity_kind,
                entity_id=entity_id,
                other=other,
                text=text,
            )
        )
        session.flush()
