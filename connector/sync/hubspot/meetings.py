"""Meetings in HubSpot: one-to-one sessions, and joint meetings with who came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.db import new_id, utcnow
from connector.programme.entities import Activity, Attendance, Match, Participation
from connector.programme.resolve import members, merged
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.logged import (
    Ends,
    begin,
    come_back,
    ends_of,
    entity_of,
    forget,
    plain,
    say_all,
    when,
)
from connector.sync.hubspot.side import Side
from mappings.matching import Choice, recognise

MEETING = "0-47"
MEETING_NAMES = [
    "hs_meeting_title",
    "hs_meeting_body",
    "hs_meeting_start_time",
    "hs_meeting_end_time",
    "hs_meeting_outcome",
    "hs_timestamp",
    "hs_lastmodifieddate",
]
KINDS = ("round", "participation", "person")
CALLED_OFF = {"CANCELED", "CANCELLED", "NO_SHOW"}
ATTENDANCE = {"held": "attended", "planned": "registered", "cancelled": "absent"}


@dataclass(frozen=True, slots=True)
class _Meeting:
    """One meeting as the CRM holds it. ``state``: held, planned, cancelled."""

    id: str
    title: str
    body: str
    state: str
    outcome: str
    day: str
    minutes: int | None
    at: datetime


def take_meetings(
    side: Side, seen: Mapping[str, Record], gone: Collection[str]
) -> None:
    """Take in what meetings say; those in ``gone`` no longer stand in the CRM."""
    ends = ends_of(side, MEETING, seen, KINDS) if seen else {k: {} for k in KINDS}
    touched: set[Key] = set()
    with side.context.database.writing() as session:
        for record in seen.values():
            if all(record.id in ends[kind] for kind in KINDS):
                touched |= _take(side, session, _read(side, record), ends)
        for record_id in gone:
            touched |= _take_back(side, session, record_id, utcnow())
            forget(side, session, MEETING, record_id)
        side.settle(session, touched)
    side.context.outcome.add("meetings", len(touched))


def _read(side: Side, record: Record) -> _Meeting:
    held = {name: record.properties.get(name) or "" for name in MEETING_NAMES}
    start = when(held["hs_meeting_start_time"] or held["hs_timestamp"])
    end = when(held["hs_meeting_end_time"])
    outcome = held["hs_meeting_outcome"].upper()
    length = int((end - start).total_seconds() // 60) if start and end else None
    return _Meeting(
        record.id,
        held["hs_meeting_title"],
        plain(held["hs_meeting_body"]),
        _state(outcome, start),
        outcome,
        start.astimezone(ZoneInfo(side.plan.zone)).date().isoformat() if start else "",
        length if length and length > 0 else None,
        when(held["hs_lastmodifieddate"]) or utcnow(),
    )


def _state(outcome: str, start: datetime | None) -> str:
    """Return how a meeting stands. One without an outcome was held once it is past.

    A meeting that was scheduled and never marked as completed is not counted as held:
    nobody has said that it took place.
    """
    if outcome in CALLED_OFF:
        return "cancelled"
    if outcome == "COMPLETED" or (not outcome and start and start <= utcnow()):
        return "held"
    return "planned"


def _take(side: Side, session: Session, meeting: _Meeting, ends: Ends) -> set[Key]:
    rounds = ends["round"][meeting.id]
    parts = ends["participation"][meeting.id]
    known = entity_of(side, session, MEETING, meeting.id)
    touched: set[Key] = set()
    if not rounds and not parts:
        return _take_back(side, session, meeting.id, meeting.at)
    if known is not None and known[0] != ("activity" if rounds else "session"):
        # It was moved from a participation to a round, or the other way round.
        touched = _take_back(side, session, meeting.id, meeting.at)
        forget(side, session, MEETING, meeting.id, for_good=True)
    come_back(side, session, MEETING, meeting.id)
    people = ends["person"][meeting.id]
    if rounds:
        return touched | _joint(side, session, meeting, rounds[0], people)
    return touched | _one_to_one(side, session, meeting, parts, people)


def _joint(
    side: Side, session: Session, meeting: _Meeting, round_id: str, people: list[str]
) -> set[Key]:
    known = entity_of(side, session, MEETING, meeting.id)
    if known is None:
        record = (MEETING, meeting.id)
        known = (
            "activity",
            begin(side, session, record, "activity", round_id=round_id),
        )
    values = {
        "kind": recognise(meeting.title, side.plan.activity_kinds) or None,
        "title": meeting.title,
        "held_on": meeting.day,
        "state": meeting.state,
    }
    touched = {known} if say_all(side, session, known, values, meeting.at) else set()
    return touched | _attendance(side, session, known[1], meeting, people)


def _attendance(
    side: Side, session: Session, activity_id: str, meeting: _Meeting, people: list[str]
) -> set[Key]:
    """Say who came: the contacts on the meeting who take part in its round."""
    activity = session.get(Activity, activity_id)
    assert activity is not None  # noqa: S101 - begun above
    state = ATTENDANCE[meeting.state]
    if meeting.state == "cancelled" and meeting.outcome != "NO_SHOW":
        state = ""  # it did not take place: nobody was absent
    taking_part = _taking_part(session, activity.round_id)
    wanted = {person: state for person in people if person in taking_part}
    rows = {
        row.person_id: row
        for row in session.scalars(
            select(Attendance).where(Attendance.activity_id == activity_id)
        )
    }
    touched: set[Key] = set()
    for person in sorted({*wanted, *rows}):
        row = rows.get(person)
        if row is None:
            row = Attendance(
                id=new_id(),
                programme=side.context.key,
                activity_id=activity_id,
                person_id=person,
            )
            session.add(row)
            session.flush()
        key = ("attendance", row.id)
        said = {"state": wanted.get(person, "")}
        if say_all(side, session, key, said, meeting.at):
            touched.add(key)
    return touched


def _taking_part(session: Session, round_id: str) -> set[str]:
    gone = merged(session)
    people = session.scalars(
        select(Participation.person_id).where(
            Participation.round_id == round_id, Participation.status.is_not(None)
        )
    )
    return {gone.get(person, person) for person in people}


def _one_to_one(
    side: Side,
    session: Session,
    meeting: _Meeting,
    parts: list[str],
    people: list[str],
) -> set[Key]:
    known = entity_of(side, session, MEETING, meeting.id)
    if known is None:
        known = ("session", begin(side, session, (MEETING, meeting.id), "session"))
    participation, match = _whose(session, parts, people)
    text = f"{meeting.title}\n{meeting.body}"
    values = {
        "participation_id": participation,
        "match_id": match,
        "state": meeting.state,
        "held_on": meeting.day,
        "minutes": meeting.minutes,
        "topics": _topics(text, side.plan.session_topics),
    }
    said = say_all(side, session, known, values, meeting.at)
    return {known} if said else set()


def _topics(text: str, known: Iterable[Choice]) -> list[str]:
    return [choice.code for choice in known if recognise(text, (choice,))]


def _whose(
    session: Session, parts: list[str], people: list[str]
) -> tuple[str, str | None]:
    """Return the participation that a session belongs to, the mentee's if it can be
    told, and the one match that it can be of.

    A mentee with several mentors: the one whose record or contact is on the meeting.
    """
    ids = members(session, parts)
    matches = session.scalars(
        select(Match)
        .where(or_(Match.mentee_id.in_(ids), Match.mentor_id.in_(ids)))
        .order_by(Match.id)
    ).all()
    linked = [one for one in matches if one.linked] or list(matches)
    both = [one for one in linked if _mentor_is_there(session, one, ids, people)]
    chosen = both if len(linked) > 1 else linked
    match = chosen[0] if len(chosen) == 1 else None
    if match is not None:
        gone = merged(session)
        return gone.get(match.mentee_id, match.mentee_id), match.id
    mentees = [
        part
        for part in parts
        if (row := session.get(Participation, part)) is not None
        and row.role == "mentee"
    ]
    return (mentees or parts)[0], None


def _mentor_is_there(
    session: Session, match: Match, ids: Mapping[str, str], people: list[str]
) -> bool:
    if match.mentor_id in ids and match.mentee_id in ids:
        return True
    ends = [session.get(Participation, e) for e in (match.mentor_id, match.mentee_id)]
    gone = merged(session)
    there = {gone.get(end.person_id, end.person_id) for end in ends if end is not None}
    return there <= set(people)


def _take_back(side: Side, session: Session, record_id: str, at: datetime) -> set[Key]:
    """Take back what a meeting said that is gone, or hangs on nothing of ours."""
    known = entity_of(side, session, MEETING, record_id)
    if known is None:
        return set()
    touched = {known} if say_all(side, session, known, {"state": ""}, at) else set()
    if known[0] == "activity":
        for row in session.scalars(
            select(Attendance).where(Attendance.activity_id == known[1])
        ).all():
            if say_all(side, session, ("attendance", row.id), {"state": ""}, at):
                touched.add(("attendance", row.id))
    return touched
