"""Matches: a mentor and a mentee of one round, as staff put them together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import new_id
from connector.programme.claims import Claim
from connector.programme.entities import Match, Participation
from connector.programme.resolve import merged

TOOK_PART = {"active", "completed"}


def say_linked(
    session: Session, mentor: Participation, mentee: Participation, *, linked: bool,
    at: datetime, origin: str,
) -> Match:  # fmt: skip
    """Claim that staff put the two together (or apart) at ``at``; return the match."""
    match = session.scalar(
        select(Match).where(Match.mentor_id == mentor.id, Match.mentee_id == mentee.id)
    )
    if match is None:
        match = Match(
            id=new_id(),
            programme=mentee.programme,
            round_id=mentee.round_id,
            mentor_id=mentor.id,
            mentee_id=mentee.id,
        )
        session.add(match)
        session.flush()
    session.add(
        Claim(
            programme=mentee.programme,
            entity_kind="match",
            entity_id=match.id,
            field="linked",
            value=linked,
            source="staff",
            origin=origin,
            asserted_at=at,
        )
    )
    match.linked = linked
    return match


def settle_states(session: Session, programme: str) -> set[str]:
    """Bring every match's state in line with its participations; return the changed.

    Linked is proposed until both take part, then active; no longer linked is ended.
    """
    gone = merged(session, programme)
    status = {
        row.id: row.status
        for row in session.scalars(
            select(Participation).where(Participation.programme == programme)
        )
    }
    changed = set()
    for match in session.scalars(select(Match).where(Match.programme == programme)):
        both = (gone.get(end, end) for end in (match.mentor_id, match.mentee_id))
        state = "ended"
        if match.linked:
            state = (
                "active" if all(status[e] in TOOK_PART for e in both) else "proposed"
            )
        if match.state != state:
            match.state = state
            changed.add(match.id)
    return changed
