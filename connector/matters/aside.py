"""What staff set aside with a reason, and still stands, for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.matters import MatterRow
from connector.programme.entities import Programme
from connector.service import Service

SAID = "Set aside in HubSpot on {day}: {reason}"


@dataclass(frozen=True, slots=True)
class Aside:
    """One matter that asks no more. ``key`` names it (``delivery:118``)."""

    key: str
    kind: str
    reason: str
    at: datetime


def set_aside(service: Service, key: str) -> list[Aside]:
    """Return what staff set aside and still stands, the latest first."""
    with service.database.reading() as session:
        return [_aside(row) for row in _rows(session, key)]


def said_of(session: Session, key: str, matter: str) -> tuple[str, ...]:
    """Return the sentence that one matter was set aside, none where it was not."""
    return tuple(
        SAID.format(day=_day(session, row), reason=row.reason)
        for row in _rows(session, key)
        if row.key == matter
    )


def _day(session: Session, row: MatterRow) -> str:
    """Return the day in the programme's zone on which a matter was set aside."""
    programme = session.get(Programme, row.programme)
    zone = ZoneInfo(programme.zone) if programme is not None else UTC
    return (row.set_aside_at or row.opened_at).astimezone(zone).strftime("%Y-%m-%d")


def _rows(session: Session, key: str) -> Sequence[MatterRow]:
    query = select(MatterRow).where(
        MatterRow.programme == key,
        MatterRow.set_aside_at.is_not(None),
        MatterRow.settled_at.is_(None),
    )
    return session.scalars(query.order_by(MatterRow.set_aside_at.desc())).all()


def _aside(row: MatterRow) -> Aside:
    return Aside(row.key, row.kind, row.reason, row.set_aside_at or row.opened_at)
