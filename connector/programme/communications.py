"""What was sent or said in public, and how far it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import Alias, Communication


@dataclass(frozen=True, slots=True)
class Sent:
    """One communication; None is what nobody said."""

    id: str
    kind: str | None
    title: str | None
    sent_on: date | None
    audience: str | None
    reach: int | None
    clicks: int | None
    unsubscribed: int | None
    link: str | None


def communications(session: Session, programme: str) -> Sequence[Sent]:
    """Return a programme's communications, the newest first, undated ones last."""
    rows = session.scalars(
        select(Communication).where(
            Communication.programme == programme,
            Communication.id.not_in(select(Alias.entity_id)),
        )
    ).all()
    ordered = sorted(
        rows,
        key=lambda row: (row.sent_on or date.min, row.created_at, row.id),
        reverse=True,
    )
    return [
        Sent(
            row.id, row.kind, row.title, row.sent_on, row.audience, row.reach,
            row.clicks, row.unsubscribed, row.link,
        )
        for row in ordered
    ]  # fmt: skip
