"""The worker's pulse: when it was last seen at work, for whoever asks if it runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow

WORKER = "worker"
EVERY_S = 20.0
STALE = timedelta(seconds=90)
"""Whoever has not beaten for so long is not there: four beats were missed."""


class Pulse(Base):
    """When a part of the service was last at work."""

    __tablename__ = "pulse"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def beat(session: Session, name: str) -> None:
    """Say that ``name`` is at work now. The caller commits."""
    session.merge(Pulse(name=name, at=utcnow()))


def is_alive(at: datetime) -> bool:
    """Tell whether who beat then is there now; a beat of tomorrow says nothing."""
    return abs(utcnow() - at) < STALE


def last(session: Session, name: str) -> datetime | None:
    """Return when ``name`` was last at work; None if it never was."""
    row = session.get(Pulse, name)
    return row.at if row is not None else None
