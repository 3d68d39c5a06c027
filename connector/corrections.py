"""What staff put right in a delivery's answers: the bytes stay as they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow


class Correction(Base):
    """One answer that counts otherwise than it was given.

    ``question`` and ``row`` are the answer's keys at its form; ``value`` is what is
    meant, as text. One that was undone counts no more, and is kept.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    question: Mapped[str]
    row: Mapped[str] = mapped_column(default="")
    value: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
    undone_at: Mapped[datetime | None]


def corrections_of(session: Session, delivery_id: int) -> Sequence[Correction]:
    """Return every correction of a delivery, the undone ones too, oldest first."""
    query = select(Correction).where(Correction.delivery_id == delivery_id)
    return session.scalars(query.order_by(Correction.id)).all()
