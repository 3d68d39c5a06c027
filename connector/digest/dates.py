"""Which dates of the programme come within the next weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.digest.words import EVALUATIONS, word, words_of
from connector.programme.entities import Milestone
from connector.programme.figure import in_language
from mappings.plan import ProgrammeMap, RoundPlan, Window

AHEAD_WEEKS = 5


@dataclass(frozen=True, slots=True)
class Coming:
    """One day, and what falls on it, in the programme's language."""

    day: date
    what: str


def coming(session: Session, plan: ProgrammeMap, today: date) -> tuple[Coming, ...]:
    """Return what falls on today or within the next weeks, soonest first.

    A milestone that is done is not among it.
    """
    last = today + timedelta(weeks=AHEAD_WEEKS)
    every = [*_of_rounds(plan), *_of_programme(plan), *_milestones(session, plan)]
    return tuple(
        sorted(
            (one for one in every if today <= one.day <= last),
            key=lambda one: (one.day, one.what),
        )
    )


def _of_rounds(plan: ProgrammeMap) -> Iterator[Coming]:
    said = words_of(plan.locale)
    for item in plan.rounds:
        name = in_language(item.name, plan.locale)
        yield Coming(item.starts, f"{name} {said['starts']}")
        yield Coming(item.ends, f"{name} {said['ends']}")
        yield from _window(plan, f"{name}, {said['recruiting']}", item.recruiting)
        yield from _evaluations(plan, name, item)


def _evaluations(plan: ProgrammeMap, name: str, item: RoundPlan) -> Iterator[Coming]:
    for kind, window in item.evaluations.items():
        what = word(EVALUATIONS, plan.locale, kind)
        yield from _window(plan, f"{name}, {what}", window)


def _of_programme(plan: ProgrammeMap) -> Iterator[Coming]:
    for kind, window in plan.evaluations.items():
        what = word(EVALUATIONS, plan.locale, kind)
        yield from _window(plan, what[:1].upper() + what[1:], window)


def _window(plan: ProgrammeMap, what: str, window: Window) -> Iterator[Coming]:
    said = words_of(plan.locale)
    yield Coming(window.opens, f"{what} {said['opens']}")
    yield Coming(window.closes, f"{what}, {said['closes']}")


def _milestones(session: Session, plan: ProgrammeMap) -> Iterator[Coming]:
    said = words_of(plan.locale)
    rows = session.scalars(
        select(Milestone).where(
            Milestone.programme == plan.key, Milestone.done_on.is_(None)
        )
    )
    for row in rows:
        yield Coming(row.due, f"{row.title}, {said['due']}")
