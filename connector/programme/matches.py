"""Matches: a mentor and a mentee of one round, as staff put them together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import new_id
from connector.programme.claims import Claim
from connector.programme.entities import Match, Participation
from connector.programme.resolve import members, merged

TOOK_PART = {"active", "completed"}


def say_linked(
    session: Session, mentor: Participation, mentee: Participation, *, linked: bool,
    at: datetime, origin: str,
) -> Match:  # fmt: skip
    """Claim that staff put the two together (or apart) at ``at``; return the match.

    Several matches may read as one after a merge: parting the two ends them all.
    """
    known = _between(session, mentor, mentee)
    if not known:
        known = [_begin(session, mentor, mentee)]
    spoken_of = [m for m in known if m.linked] if not linked else known[:1]
    for match in spoken_of or known[:1]:
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
    return (spoken_of or known)[0]


def _between(
    session: Session, mentor: Participation, mentee: Participation
) -> list[Match]:
    """Return the matches that read as these two, their own first."""
    ids = members(session, [mentor.id, mentee.id])
    found = session.scalars(
        select(Match).where(Match.mentor_id.in_(ids), Match.mentee_id.in_(ids))
    ).all()
    pair = (mentor.id, mentee.id)
    read = [m for m in found if (ids[m.mentor_id], ids[m.mentee_id]) == pair]
    return sorted(read, key=lambda m: ((m.mentor_id, m.mentee_id) != pair, m.id))


def _begin(session: Session, mentor: Participation, mentee: Participation) -> Match:
    match = Match(
        id=new_id(),
        programme=mentee.programme,
        round_id=mentee.round_id,
        mentor_id=mentor.id,
        mentee_id=mentee.id,
    )
    session.add(match)
    session.flush()
    return match


def settle_states(session: Session, programme: str) -> set[str]:
    """Bring every match's state in line with its participations; return the changed.

    Linked is proposed until both take part, then active; no longer linked is ended.
    """
    gone = merged(session)
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
