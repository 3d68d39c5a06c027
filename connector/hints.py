"""Hints: what webhooks said has happened, kept until somebody has looked.

A hint says where to look, never what to believe. One that is lost costs time alone:
polling finds the same change. A repeat is counted on the hint it repeats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow
from webhooks.events import Event

AT_ONCE = 500
KEPT = timedelta(days=30)
"""Settled hints, and the event deliveries they came in, are forgotten after this."""


class Hint(Base):
    """One event of a webhook, as ``webhooks.events.Event`` describes it."""

    __tablename__ = "hint"
    __table_args__ = (
        UniqueConstraint("programme", "provider", "key"),
        Index("hint_waiting", "programme", "provider", "settled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    provider: Mapped[str]
    key: Mapped[str]
    topic: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime | None]
    delivery_id: Mapped[int | None]
    sightings: Mapped[int] = mapped_column(default=1)
    noted_at: Mapped[datetime] = mapped_column(default=utcnow)
    settled_at: Mapped[datetime | None]


def note(
    session: Session,
    programme: str,
    provider: str,
    events: Iterable[Event],
    delivery_id: int | None = None,
) -> int:
    """Keep events as hints; return how many are new. The caller commits."""
    given = {event.key: event for event in events}
    known = {
        row.key: row
        for part in _parts(sorted(given))
        for row in session.scalars(
            select(Hint).where(
                Hint.programme == programme,
                Hint.provider == provider,
                Hint.key.in_(part),
            )
        )
    }
    for key, event in given.items():
        if key in known:
            known[key].sightings += 1
            continue
        session.add(
            Hint(
                programme=programme,
                provider=provider,
                key=key,
                topic=event.topic,
                kind=event.kind,
                subject=event.subject,
                facts=dict(event.facts),
                at=event.at,
                delivery_id=delivery_id,
            )
        )
    return len(given) - len(known)


def waiting(
    session: Session, programme: str, provider: str, kinds: Collection[str] = ()
) -> Sequence[Hint]:
    """Return the hints that nobody has looked into yet, oldest first."""
    query = select(Hint).where(
        Hint.programme == programme,
        Hint.provider == provider,
        Hint.settled_at.is_(None),
    )
    if kinds:
        query = query.where(Hint.kind.in_(kinds))
    return session.scalars(query.order_by(Hint.id)).all()


def settle(session: Session, ids: Iterable[int]) -> None:
    """Say that these hints have been looked into. The caller commits."""
    for part in _parts(sorted(ids)):
        session.execute(
            update(Hint).where(Hint.id.in_(part)).values(settled_at=utcnow())
        )


def count_waiting(session: Session, programme: str, provider: str) -> int:
    """Return how many hints wait."""
    query = select(func.count()).where(
        Hint.programme == programme,
        Hint.provider == provider,
        Hint.settled_at.is_(None),
    )
    return session.scalar(query) or 0


def forget_old(session: Session, programme: str) -> int:
    """Delete what was settled long ago; return how many."""
    before = utcnow() - KEPT
    old = session.execute(
        delete(Hint)
        .where(Hint.programme == programme, Hint.settled_at < before)
        .returning(Hint.id)
    )
    return len(old.all())


def forget_unread(session: Session, programme: str, provider: str) -> int:
    """Delete hints that nothing has looked into for long; return how many.

    For form tools alone: a form that is bound later gives its whole history anyway.
    """
    old = session.execute(
        delete(Hint)
        .where(
            Hint.programme == programme,
            Hint.provider == provider,
            Hint.settled_at.is_(None),
            Hint.noted_at < utcnow() - KEPT,
        )
        .returning(Hint.id)
    )
    return len(old.all())


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[i : i + AT_ONCE] for i in range(0, len(values), AT_ONCE))
