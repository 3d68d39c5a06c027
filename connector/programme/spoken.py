"""Of whom deliveries ever spoke."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.claims import Claim
from connector.programme.entities import DeliveryEntity


def spoken_of(session: Session, delivery_ids: Iterable[int]) -> set[tuple[str, str]]:
    """Return (kind, id) of every entity that these deliveries ever spoke of."""
    ids = list(delivery_ids)
    bound = select(DeliveryEntity.entity_kind, DeliveryEntity.entity_id).where(
        DeliveryEntity.delivery_id.in_(ids)
    )
    said = select(Claim.entity_kind, Claim.entity_id).where(Claim.delivery_id.in_(ids))
    return {(row[0], row[1]) for row in session.execute(bound.union(said))}
