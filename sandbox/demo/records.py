"""What staff keep of the rounds: owners, meetings, notes, and a newsletter sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from sandbox.demo.acts import Card, Change, Meeting, Newsletter, Note
from sandbox.demo.cast import Cast
from sandbox.demo.people import Someone
from sandbox.demo.programme import ROUND_NAMES, Dates

# The sandbox's two members of staff who are there (sandbox.hubspot.owners).
OWNERS = ("880001", "880002")
SEGMENT = "Mentees"
CLICKS = 6
SESSIONS = (
    (14, 60, "They went through the CV line by line."),
    (16, 45, "A mock interview, and what to ask at the end of one."),
    (21, 90, "Whom to write to, and how to use a network."),
)


def owners(dates: Dates, who: Cast) -> tuple[Change, ...]:
    """Two members of staff share the mentees of the first round."""
    at = _at(dates.r1_starts, 2)
    half = len(who.mentees) // 2
    groups = (who.mentees[:half], who.mentees[half:])
    return tuple(
        Change(at, tuple(map(_card, group)), {"hubspot_owner_id": owner})
        for owner, group in zip(OWNERS, groups, strict=True)
    )


def meetings(dates: Dates, who: Cast) -> tuple[Meeting, ...]:
    """A kick-off for each round, the second one still to come, and three sessions."""
    came = (*who.mentors[:12], *who.mentees[:15])
    asked = (*who.next_mentors[:4], *who.next_mentees[:3])
    return (
        _kick_off(_at(dates.r1_starts, 3), "r1", "COMPLETED", came),
        _kick_off(_at(dates.r2_starts, 3), "r2", "SCHEDULED", asked),
        *_sessions(dates, who),
    )


def _kick_off(
    at: datetime, round_key: str, outcome: str, people: tuple[Someone, ...]
) -> Meeting:
    name = ROUND_NAMES[round_key]
    emails = tuple(one.email for one in people)
    title = f"Kick-off of {name}"
    return Meeting(at, name, title, "Everybody meets.", 120, outcome, emails)


def _sessions(dates: Dates, who: Cast) -> list[Meeting]:
    found = []
    for place, (days, minutes, body) in enumerate(SESSIONS):
        mentor, mentee = who.mentors[place], who.mentees[place]
        found.append(
            Meeting(
                at=_at(dates.r1_starts, days),
                on=_card(mentee),
                title=f"{mentee.first} and {mentor.first} meet",
                body=body,
                minutes=minutes,
                emails=(mentor.email, mentee.email),
            )
        )
    return found


def notes(who: Cast) -> tuple[Note, ...]:
    """What staff heard and saw: evidence beside two of the figures."""
    heard = "#interview #mentee_network She knows people in her own field now."
    seen = "#observation #mentor_network The mentors went on talking after the meeting."
    return (
        Note(_card(who.mentees[1]), heard),
        Note(ROUND_NAMES["r1"], seen),
    )


def newsletter(who: Cast, wants: Collection[str], left: str) -> Newsletter:
    """Mentees of the first round get a newsletter; ``wants`` are those who said yes."""
    read = [m.email for m in who.mentees if m.email in wants and m.email != left]
    return Newsletter(
        title="What your mentors say",
        segment=SEGMENT,
        clicks=tuple(read[:CLICKS]),
        leaves=read[CLICKS],
    )


def _at(day: date, days: int) -> datetime:
    return datetime.combine(day, time(15), UTC) + timedelta(days=days)


def _card(mentee: Someone) -> Card:
    return Card(mentee.name, "mentee", ROUND_NAMES["r1"])
