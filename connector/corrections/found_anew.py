"""Of whom a response speaks that counts again after it was discarded."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connector.corrections.two_contacts import ask_for_merge
from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Address, Alias, DeliveryEntity
from connector.programme.readdress import Said, known_elsewhere, readdress
from connector.programme.resolve import same_one


def find_people_anew(session: Session, programme: str, told: Sequence[int]) -> None:
    """Look anew for whom a response speaks of: meanwhile another answer may know them.

    An address that was marked with the discard is theirs again.
    """
    found: set[str] = set()
    for bound in _people_bound(session, told):
        if session.get(Alias, bound.entity_id) is not None:
            _lift(session, bound.entity_id, told)
            continue
        said = _said(session, bound, told)
        if known_elsewhere(session, programme, bound.entity_id, said):
            touched = readdress(session, programme, said)
            found |= {one for kind, one in touched if kind == "person"}
        else:
            _lift(session, bound.entity_id, told)
    ask_for_merge(session, programme, found)


def _people_bound(session: Session, told: Sequence[int]) -> Sequence[DeliveryEntity]:
    rows = session.scalars(
        select(DeliveryEntity)
        .where(
            DeliveryEntity.delivery_id.in_(told),
            DeliveryEntity.entity_kind == "person",
        )
        .order_by(DeliveryEntity.id)
    )
    return list({row.record: row for row in rows}.values())


def _said(session: Session, bound: DeliveryEntity, told: Sequence[int]) -> Said:
    email, first_name = (
        _last_said(session, bound.entity_id, told, field)
        for field in ("email", "first_name")
    )
    return Said(tuple(told), bound.record, email, first_name, utcnow())


def _last_said(
    session: Session, person_id: str, told: Sequence[int], field: str
) -> str:
    value = session.scalar(
        select(Claim.value)
        .where(
            Claim.entity_id == person_id,
            Claim.delivery_id.in_(told),
            Claim.field == field,
        )
        .order_by(Claim.id.desc())
    )
    return str(value or "")


def _lift(session: Session, person_id: str, told: Sequence[int]) -> None:
    session.execute(
        update(Address)
        .where(
            Address.person_id.in_(same_one(session, person_id)),
            func.lower(Address.email).in_(emails_given(session, told)),
        )
        .values(wrong_since=None)
    )


def emails_given(session: Session, ids: Sequence[int]) -> set[str]:
    """Return every address that deliveries ever gave, in lower case."""
    rows = session.scalars(
        select(Claim.value).where(Claim.delivery_id.in_(ids), Claim.field == "email")
    )
    return {str(value).lower() for value in rows if value}
