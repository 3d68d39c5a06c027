"""A figure: one indicator in counts, bounds, interval and state, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from connector.programme.populations import Facts, load_facts
from connector.programme.statistics import (
    State,
    count_state,
    least_yes,
    needed,
    state,
    wilson,
)
from connector.programme.tally import Tally
from mappings.plan import Indicator, ProgrammeMap


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator, for one round or (``round`` None) the whole programme.

    ``target`` is a share, a count or None; ``target_count`` what it comes to in this
    population. ``lowest`` and ``highest`` are the counts of yes that the unanswered
    still leave possible. ``closes_on`` is the last day on which it may change.
    ``population_rule`` and ``counting_rule`` name entries of ``rules.RULES``.
    ``narrower`` is the same figure for those who completed. ``year`` is set only for
    what is counted by programme year.
    """

    key: str
    label: str
    labels: Mapping[str, str]
    round: str | None
    kind: str
    population: int
    answered: int
    yes: int
    no: int
    dont_know: int
    unanswered: int
    target_text: str
    target: tuple[int, int] | int | None
    target_count: int | None
    interval: tuple[float, float] | None
    lowest: int
    highest: int
    state: State | None
    closes_on: date | None
    population_rule: str
    counting_rule: str
    narrower: Figure | None = None
    needed: tuple[int, int] | None = None
    year: str | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """What figures are made of: the rules, the facts and the day."""

    plan: ProgrammeMap
    facts: Facts
    today: date

    @classmethod
    def open(cls, session: Session, plan: ProgrammeMap, today: date) -> Book:
        """Read a programme's facts."""
        return cls(plan, load_facts(session, plan.key), today)

    def passed(self, day: date | None) -> bool:
        """Tell whether a closing date is over; the day itself still counts."""
        return day is not None and self.today > day


def local_day(plan: ProgrammeMap, now: datetime | None = None) -> date:
    """Return today in the programme's own time zone."""
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(plan.zone)).date()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure speaks of: an indicator in one round, or (None) the programme."""

    book: Book
    indicator: Indicator
    round: str | None
    closes: date | None


def bare(scope: Scope, tally: Tally, rules: tuple[str, str]) -> Figure:
    """Return the counts alone, with no state: the ground of every figure."""
    indicator, target = scope.indicator, scope.indicator.target
    return Figure(
        key=indicator.key,
        label=in_language(indicator.label, scope.book.plan.locale),
        labels=dict(indicator.label),
        round=scope.round,
        kind=indicator.kind,
        population=tally.population,
        answered=tally.answered,
        yes=tally.yes,
        no=tally.no,
        dont_know=tally.dont_know,
        unanswered=tally.unanswered,
        target_text=target_text(target),
        target=target,
        target_count=target if isinstance(target, int) else None,
        interval=None,
        lowest=tally.yes,
        highest=tally.yes,
        state=None,
        closes_on=scope.closes,
        population_rule=rules[0],
        counting_rule=rules[1],
    )


def share(
    scope: Scope, tally: Tally, rules: tuple[str, str], narrower: Figure | None = None
) -> Figure:
    """Return a share's figure; an indicator that aims at a number counts its yes."""
    figure, target = bare(scope, tally, rules), scope.indicator.target
    if not isinstance(target, tuple):
        return number(figure, scope)
    sums = (tally.yes, tally.unanswered, tally.population, target)
    word = state(*sums, scope.book.passed(scope.closes))
    return replace(
        figure,
        target_count=least_yes(tally.population, target),
        interval=wilson(tally.yes, tally.answered) if tally.answered else None,
        highest=tally.yes + tally.unanswered,
        state=word,
        narrower=narrower,
        needed=needed(*sums) if word == "open" and tally.population else None,
    )


def number(figure: Figure, scope: Scope) -> Figure:
    """Hold a figure's yes against a number; what is only shown has no state."""
    target = scope.indicator.target
    if scope.indicator.kind == "shown" or not isinstance(target, int):
        return figure
    word = count_state(figure.yes, target, scope.book.passed(scope.closes))
    return replace(figure, state=word)


def target_text(target: tuple[int, int] | int | None) -> str:
    """Return a target as it is written in every language."""
    if target is None:
        return ""
    return f"≥ {target[0]}/{target[1]}" if isinstance(target, tuple) else str(target)


def in_language(text: Mapping[str, str], language: str) -> str:
    """Return a text in a language, in any other where that one is missing."""
    return text.get(language) or next(iter(text.values()), "")
