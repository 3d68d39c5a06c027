"""What took place in a round: joint meetings with who came, sessions, notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import (
    Activity,
    Attendance,
    EvidenceNote,
    Match,
    MeetingSession,
    Participation,
    Round,
)
from connector.programme.resolve import merged


@dataclass(frozen=True, slots=True)
class JointMeeting:
    """One joint meeting and how many came. ``kind`` is empty for an unknown one."""

    round: str
    kind: str
    title: str
    held_on: date | None
    state: str
    attended: int
    registered: int
    absent: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """The one-to-one meetings of one round: held ones, their minutes, their matches.

    ``without_length`` were held, but nobody said how long; ``unmatched`` belong to no
    match. ``matches`` is how many matches the round has (or had).
    """

    round: str
    held: int
    minutes: int
    without_length: int
    planned: int
    unmatched: int
    matches: int
    matches_that_met: int


@dataclass(frozen=True, slots=True)
class Note:
    """One evidence note. ``text`` is free text about a person: not for a report."""

    noted_on: date | None
    kind: str
    indicator: str
    about: str
    text: str


def joint_meetings(session: Session, programme: str) -> list[JointMeeting]:
    """Return the joint meetings that stand in the CRM, oldest first."""
    came = Counter(
        session.execute(
            select(Attendance.activity_id, Attendance.state).where(
                Attendance.programme == programme, Attendance.state.is_not(None)
            )
        )
        .tuples()
        .all()
    )
    rows = session.execute(
        select(Activity, Round.key)
        .join(Round, Round.id == Activity.round_id)
        .where(Activity.programme == programme, Activity.state.is_not(None))
        .order_by(Activity.held_on, Activity.id)
    ).all()
    return [
        JointMeeting(
            key,
            row.kind or "",
            row.title or "",
            row.held_on,
            row.state or "",
            came[row.id, "attended"],
            came[row.id, "registered"],
            came[row.id, "absent"],
        )
        for row, key in rows
    ]


def sessions(session: Session, programme: str) -> list[Sessions]:
    """Return the one-to-one meetings of each round, by the rounds' order."""
    round_of = _round_of_participations(session, programme)
    held = session.scalars(
        select(MeetingSession).where(
            MeetingSession.programme == programme, MeetingSession.state.is_not(None)
        )
    ).all()
    matches = session.scalars(select(Match).where(Match.programme == programme)).all()
    rounds = session.scalars(
        select(Round).where(Round.programme == programme).order_by(Round.starts)
    )
    return [
        _of_round(
            row,
            [one for one in held if round_of.get(one.participation_id or "") == row.id],
            [one.id for one in matches if one.round_id == row.id],
        )
        for row in rounds
    ]


def _of_round(row: Round, logged: list[MeetingSession], matches: list[str]) -> Sessions:
    held = [one for one in logged if one.state == "held"]
    return Sessions(
        round=row.key,
        held=len(held),
        minutes=sum(one.minutes or 0 for one in held),
        without_length=sum(one.minutes is None for one in held),
        planned=sum(one.state == "planned" for one in logged),
        unmatched=sum(one.match_id is None for one in held),
        matches=len(matches),
        matches_that_met=len({one.match_id for one in held if one.match_id}),
    )


def _round_of_participations(session: Session, programme: str) -> dict[str, str]:
    gone = merged(session)
    rows = {
        row[0]: row[1]
        for row in session.execute(
            select(Participation.id, Participation.round_id).where(
                Participation.programme == programme
            )
        )
    }
    return {one: rows[gone.get(one, one)] for one in rows if gone.get(one, one) in rows}


def notes(session: Session, programme: str, indicator: str = "") -> list[Note]:
    """Return the evidence notes, newest first; with ``indicator`` only its own."""
    query = select(EvidenceNote).where(
        EvidenceNote.programme == programme, EvidenceNote.text.is_not(None)
    )
    if indicator:
        query = query.where(EvidenceNote.indicator == indicator)
    rows = session.scalars(
        query.order_by(EvidenceNote.noted_on.desc(), EvidenceNote.id)
    )
    return [
        Note(
            row.noted_on,
            row.kind or "",
            row.indicator or "",
            row.about or "",
            row.text or "",
        )
        for row in rows
    ]
