"""Which week's e-mail was sent: written before it is, so that none goes out twice."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow


class DigestSent(Base):
    """One week's e-mail of one programme. ``week`` is its Monday.

    ``taken_at`` is when the mail server took it: None while that is not known.
    ``problem`` is what a person should know of it, without anybody's address.
    """

    __tablename__ = "digest_sent"
    __table_args__ = (UniqueConstraint("programme", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    week: Mapped[date]
    begun_at: Mapped[datetime] = mapped_column(default=utcnow)
    taken_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")


def sent(session: Session, key: str, week: date) -> DigestSent | None:
    """Return what is known of a week's e-mail; None where none was begun."""
    return session.scalar(
        select(DigestSent).where(DigestSent.programme == key, DigestSent.week == week)
    )
