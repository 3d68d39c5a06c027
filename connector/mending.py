"""Answers that could not be read, and what staff wrote on the record instead.

Where staff know the right answer they write it on the record, mostly in the CRM, and
that is enough. A reason is mended while the last word of staff about its field, spoken
after the answer was given, is a value; a delivery all of whose reasons are mended waits
for nobody and is ``processed``, its reasons kept as settled by staff. When staff clear
the value it waits again. Claims and figures are as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from connector import inbox
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import DeliveryEntity
from connector.programme.resolve import order, roots, same_one
from connector.service import Service
from webhooks.registry import PROVIDERS
from webhooks.submission import Unreadable

ORIGINS = ("hubspot", "command")
"""Where staff write on a record: what they say in the newsletter tool is no answer."""
_PLACE = ("record", "field", "question")

Reasons = Sequence[Mapping[str, Any]]


def tend_mended(service: Service, key: str) -> None:
    """Let deliveries wait no more that staff mended, and again those they unmended."""
    with service.database.reading() as session:
        waiting = parked(session, key)
        settled = {row.id: row.state for row, reasons in waiting if not reasons}
        cleared = {
            row.id: row.state
            for row in _cleared(session, key)
            if row.state != _state(session, row)
        }
        found = settled | cleared
    if not found:
        return
    with service.database.writing() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.id.in_(found)).with_for_update()
        ).all()
        for row in rows:
            if row.state == found[row.id]:
                row.state = _state(session, row)


def state_of(
    session: Session, delivery_id: int, reasons: Reasons, given_at: datetime
) -> inbox.State:
    """Return whether a delivery that was read waits for a person."""
    waits = unmended(session, delivery_id, reasons, given_at)
    return "parked" if waits else "processed"


def parked(session: Session, key: str) -> list[tuple[Delivery, Reasons]]:
    """Return every parked delivery with its reasons that staff have not mended yet.

    Of most of them staff said nothing: these are not read again, however many wait.
    """
    rows = session.scalars(
        select(Delivery).where(Delivery.programme == key, Delivery.state == "parked")
    ).all()
    spoken = _spoken_of(
        session, key, {one.get("field", "") for r in rows for one in r.reasons}
    )
    return [
        (row, left(session, row) if row.id in spoken else list(row.reasons))
        for row in rows
    ]


def _spoken_of(session: Session, key: str, fields: Collection[str]) -> set[int]:
    """Return the parked deliveries on whose records staff wrote one of these fields."""
    said = session.scalars(
        select(Claim.entity_id)
        .where(
            Claim.programme == key,
            Claim.field.in_(fields),
            Claim.source == "staff",
            Claim.origin.in_(ORIGINS),
            Claim.superseded_at.is_(None),
        )
        .distinct()
    ).all()
    bound = session.execute(
        select(DeliveryEntity.delivery_id, DeliveryEntity.entity_id)
        .join(Delivery, Delivery.id == DeliveryEntity.delivery_id)
        .where(Delivery.programme == key, Delivery.state == "parked")
    ).all()
    known = set(roots(session, said).values())
    root = roots(session, {row.entity_id for row in bound})
    return {row.delivery_id for row in bound if root[row.entity_id] in known}


def left(session: Session, row: Delivery) -> list[Mapping[str, Any]]:
    """Return a delivery's reasons that staff have not mended yet."""
    if not any(_is_of_one_answer(one) for one in row.reasons):
        return list(row.reasons)
    try:
        given_at = PROVIDERS[row.provider].parse(row.body).submitted_at
    except Unreadable:
        return list(row.reasons)
    return unmended(session, row.id, row.reasons, given_at)


def unmended(
    session: Session, delivery_id: int, reasons: Reasons, given_at: datetime
) -> list[Mapping[str, Any]]:
    """Return the reasons of an answer given at a time that staff have not mended."""
    entities = _entities(session, delivery_id) if reasons else {}
    return [
        one
        for one in reasons
        if not _is_of_one_answer(one)
        or one["record"] not in entities
        or not _is_mended(session, entities[one["record"]], one["field"], given_at)
    ]


def _state(session: Session, row: Delivery) -> inbox.State:
    return "parked" if left(session, row) else "processed"


def _is_of_one_answer(reason: Mapping[str, Any]) -> bool:
    return all(reason.get(name) for name in _PLACE)


def _entities(session: Session, delivery_id: int) -> dict[str, str]:
    rows = session.scalars(
        select(DeliveryEntity).where(DeliveryEntity.delivery_id == delivery_id)
    )
    return {row.record: row.entity_id for row in rows}


def _is_mended(
    session: Session, entity_id: str, field: str, given_at: datetime
) -> bool:
    said = session.scalars(
        select(Claim).where(
            Claim.entity_id.in_(same_one(session, entity_id)),
            Claim.field == field,
            Claim.source == "staff",
            Claim.origin.in_(ORIGINS),
            Claim.asserted_at > given_at,
            Claim.superseded_at.is_(None),
        )
    ).all()
    return bool(said) and max(said, key=order).value is not None


def _cleared(session: Session, key: str) -> list[Delivery]:
    """Return what was settled, of records on which staff cleared something."""
    cleared = select(Claim.entity_id).where(
        Claim.programme == key,
        Claim.source == "staff",
        Claim.value.is_(null()),
        Claim.superseded_at.is_(None),
    )
    ids = {one for entity in set(session.scalars(cleared)) for one in
           same_one(session, entity)}  # fmt: skip
    touched = select(DeliveryEntity.delivery_id).where(
        DeliveryEntity.entity_id.in_(ids)
    )
    rows = session.scalars(
        select(Delivery).where(
            Delivery.id.in_(touched),
            Delivery.programme == key,
            Delivery.state == "processed",
        )
    )
    return [row for row in rows if row.reasons]
