"""The script of the demo: pure data, the same for the same seed and first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sandbox.demo.acts import Answer, Card, Change, Correction, Place, Script
from sandbox.demo.cast import Cast, applications, cast
from sandbox.demo.evaluations import evaluations
from sandbox.demo.people import PLACES, Someone
from sandbox.demo.programme import ROUND_NAMES, SURVEYS, Dates
from sandbox.demo.records import meetings, newsletter, notes, owners

SEED = 2015
# Mentee -> why they left before the end; who got a job must stay in the figures.
LEFT = {13: "got_job", 14: "got_job", 17: "moved"}
LEFT_MENTOR = 18
INFORMED, INTERESTED = 11, 4
CORRECTED_PHONE = "+447700900999"


def write_script(today: date, seed: int = SEED) -> Script:
    """Return everything that happens in the demo, each part in order of its times."""
    dates, who = Dates(today), cast(seed)
    told = _in_order(applications(seed, dates, who))
    leaves = _leaves(told, who)
    return Script(
        applications=told,
        repeated=_repeated(told),
        course=tuple(_course(dates, who)),
        pairs=tuple(
            (mentor.email, _card(mentee, "mentee"))
            for mentor, mentee in zip(who.mentors, who.mentees, strict=True)
        ),
        places=tuple(_places(dates)),
        corrections=(_corrected(dates, who),),
        ending=tuple(_ending(dates, who)),
        evaluations=_in_order(evaluations(seed, dates, who)),
        unsubscribes=leaves,
        owners=owners(dates, who),
        meetings=meetings(dates, who),
        notes=notes(who),
        newsletter=newsletter(who, _wanting(told), leaves),
    )


def _repeated(told: Sequence[Answer]) -> Answer:
    """Return the one of the first few that Typeform sends twice."""
    return next(a for a in told[5::-1] if (a.form, a.language) not in SURVEYS)


def _wanting(told: Sequence[Answer]) -> set[str]:
    return {
        str(answer.answers["email"])
        for answer in told
        if answer.answers["consent_newsletter"]
    }


def _leaves(told: Sequence[Answer], who: Cast) -> str:
    """Return one mentee's address who said yes to the newsletter."""
    mentees = {one.email for one in who.mentees}
    return next(
        str(answer.answers["email"])
        for answer in told
        if answer.answers["consent_newsletter"] and answer.answers["email"] in mentees
    )


def _in_order(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    return tuple(sorted(answers, key=lambda one: (one.at, one.token)))


def _at(day: date, days: int = 0) -> datetime:
    return datetime.combine(day, time(9, 30), UTC) + timedelta(days=days)


def _card(one: Someone, role: str, round_key: str = "r1") -> Card:
    return Card(one.name, role, ROUND_NAMES[round_key])


def _corrected(dates: Dates, who: Cast) -> Correction:
    at, email = _at(dates.r1_starts, 9), who.mentees[2].email
    return Correction(at, email, {"phone": CORRECTED_PHONE})


def _course(dates: Dates, who: Cast) -> list[Change]:
    """Staff choose whom to take, and the round begins."""
    chosen = (
        *(_card(one, "mentor") for one in who.mentors),
        *(_card(one, "mentee") for one in who.mentees),
    )
    declined = tuple(_card(one, "mentee") for one in who.turned_down)
    waiting = _card(who.next_mentees[3], "mentee", "r2")
    next_ones = (
        *(_card(one, "mentor", "r2") for one in who.next_mentors[:4]),
        *(_card(one, "mentee", "r2") for one in who.next_mentees[:3]),
    )
    return [
        Change(_at(dates.r1_starts, -10), chosen, {"status": "selected"}),
        Change(_at(dates.r1_starts, -10), declined, {"status": "declined"}),
        Change(_at(dates.r1_starts), chosen, {"status": "active"}),
        Change(_at(dates.today, -1), next_ones, {"status": "selected"}),
        Change(_at(dates.today, -1), (waiting,), {"status": "waitlisted"}),
    ]


def _ending(dates: Dates, who: Cast) -> list[Change]:
    """Some leave early, the others complete; of a few staff know whether they work."""
    leaving = [
        Change(
            _at(dates.r1_ends, -40 + place),
            (_card(who.mentees[place], "mentee"),),
            {"status": "withdrawn", "vidensbro_withdrawal_reason": reason},
        )
        for place, reason in LEFT.items()
    ]
    busy = Change(
        _at(dates.r1_ends, -30),
        (_card(who.mentors[LEFT_MENTOR], "mentor"),),
        {"status": "withdrawn", "vidensbro_withdrawal_reason": "time"},
    )
    stayed = (
        *(_card(o, "mentor") for i, o in enumerate(who.mentors) if i != LEFT_MENTOR),
        *(_card(o, "mentee") for i, o in enumerate(who.mentees) if i not in LEFT),
    )
    done = Change(_at(dates.r1_ends), stayed, {"status": "completed"})
    return [*leaving, busy, done, *_known_to_staff(dates, who)]


def _known_to_staff(dates: Dates, who: Cast) -> list[Change]:
    known = {"yes": (0, 13, 14), "no": (15,)}
    at = max(_at(dates.follow_up_opens), _at(dates.today, -1))
    return [
        Change(
            at,
            tuple(_card(who.mentees[place], "mentee") for place in places),
            {"vidensbro_employed_6m_staff": word},
        )
        for word, places in known.items()
    ]


def _places(dates: Dates) -> list[Place]:
    found = []
    for place, (name, host, kind) in enumerate(PLACES):
        day = dates.r1_ends + timedelta(days=20 + 7 * place)
        interested = (day + timedelta(days=30)).isoformat()
        found.append(
            Place(
                at=_at(day),
                name=name,
                domain=f"{host}.example",
                kind=kind,
                informed_on=day.isoformat() if place < INFORMED else "",
                interested_on=interested if place < INTERESTED else "",
            )
        )
    return found
