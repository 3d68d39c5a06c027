"""Watermarks of HubSpot's streams: up to which time of its clock each was read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import Watermark


def mark_of(session: Session, side: Side, stream: str) -> datetime | None:
    """Return up to which time a stream was read, None where it never was."""
    row = _row(session, side, stream)
    return row.at if row is not None else None


def advance(session: Session, side: Side, stream: str, at: datetime) -> None:
    """Move a watermark on; it never goes back. The caller commits."""
    row = _row(session, side, stream)
    if row is None:
        session.add(
            Watermark(programme=side.context.key, tool=TOOL, stream=stream, at=at)
        )
    elif row.at < at:
        row.at = at


def _row(session: Session, side: Side, stream: str) -> Watermark | None:
    return session.scalar(
        select(Watermark).where(
            Watermark.programme == side.context.key,
            Watermark.tool == TOOL,
            Watermark.stream == stream,
        )
    )
