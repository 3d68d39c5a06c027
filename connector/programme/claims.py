"""Claims: who said what about a field, and when; and the value that follows.

Claims are only ever added; one that no longer counts (a replay with today's mapping, a
mistaken move struck by staff) is marked ``superseded_at`` and stays readable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, utcnow


class Claim(Base):
    """One statement about one field of one entity.

    ``source`` is form, staff or service; ``origin`` says where exactly (the form's
    tool and id, ``hubspot``, ``command``). ``asserted_at`` is the source's own time,
    ``tie`` orders equal times (the response id). A ``value`` of None is "cleared".
    ``rank`` is the evidence rank where the field's policy is evidence.
    """

    __tablename__ = "claim"
    __table_args__ = (Index("claim_entity", "entity_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    entity_kind: Mapped[str]
    entity_id: Mapped[str]
    field: Mapped[str]
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    source: Mapped[str]
    origin: Mapped[str]
    asserted_at: Mapped[datetime]
    tie: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=0)
    delivery_id: Mapped[int | None] = mapped_column(
        ForeignKey("delivery.id"), index=True
    )
    mapping_hash: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    superseded_at: Mapped[datetime | None]
