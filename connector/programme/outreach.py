"""Spread to other cities and partners: what was said on the organisation, as a row."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import new_id
from connector.programme.entities import Organisation, Outreach

FIELDS = ("informed_on", "channel", "interested_on", "interested_in")


def mirror(session: Session, organisation: Organisation) -> None:
    """Bring the outreach row in line with what the organisation's claims say."""
    said: dict[str, Any] = {n: organisation.details.get(n) for n in FIELDS}
    row = session.scalar(
        select(Outreach).where(Outreach.organisation_id == organisation.id)
    )
    if row is None:
        if not any(said.values()):
            return
        row = Outreach(
            id=new_id(),
            programme=organisation.programme,
            organisation_id=organisation.id,
        )
        session.add(row)
    row.informed_on = _day(said["informed_on"])
    row.interested_on = _day(said["interested_on"])
    row.channel, row.interested_in = said["channel"], said["interested_in"]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
