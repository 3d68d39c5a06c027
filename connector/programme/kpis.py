"""The figures of a round and of the programme, exactly as their rules say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from connector.programme.entities import Round
from connector.programme.figure import (
    Book,
    Figure,
    Scope,
    bare,
    local_day,
    share,
)
from connector.programme.populations import Facts, Part, load_facts
from connector.programme.statistics import State
from connector.programme.tally import Tally, by_organisation, count, verdict
from mappings.plan import Indicator, ProgrammeMap
from mappings.records import Verdict

__all__ = [
    "Book",
    "Figure",
    "local_day",
    "participation_answers",
    "programme_figures",
    "round_figures",
]

ROUND_ROLES = {
    "round_mentors": "mentor",
    "round_mentees": "mentee",
    "sending_organisations": "mentee",
}
YEAR_ROLES = {"programme_year_mentors": "mentor", "programme_year_mentees": "mentee"}
YEAR_BEGINS = 11  # a programme year runs November to October


def round_figures(
    session: Session, plan: ProgrammeMap, round_row: Round, today: date
) -> list[Figure]:
    """Return the figures of one round, in the order of the mapping files."""
    return figures_of_round(Book.open(session, plan, today), round_row)


def programme_figures(
    session: Session, plan: ProgrammeMap, today: date
) -> list[Figure]:
    """Return the whole programme's figures: its rounds together, then its own."""
    return figures_of_programme(Book.open(session, plan, today))


def round_indicators(plan: ProgrammeMap) -> list[Indicator]:
    """Return the indicators that are counted round by round."""
    return [i for i in plan.indicators.values() if i.population in ROUND_ROLES]


def figures_of_round(book: Book, round_row: Round) -> list[Figure]:
    """Return one round's figures from facts already read."""
    return [
        _over_rounds(book, indicator, [round_row], round_row.key)
        for indicator in round_indicators(book.plan)
    ]


def figures_of_programme(book: Book) -> list[Figure]:
    """Return the whole programme's figures from facts already read."""
    made: list[Figure] = []
    for indicator in book.plan.indicators.values():
        if indicator.population in ROUND_ROLES:
            made.append(_over_rounds(book, indicator, book.facts.rounds, None))
        elif indicator.population in YEAR_ROLES:
            made += _by_year(book, indicator)
        else:
            made.append(OWN[indicator.population](book, indicator))
    return made


def tally_of(facts: Facts, indicator: Indicator, parts: Sequence[Part]) -> Tally:
    """Count a round indicator over some of its people."""
    if indicator.population == "sending_organisations":
        return count(by_organisation(facts, indicator, parts).values())
    return count(verdict(facts, indicator, part) for part in parts)


def _over_rounds(
    book: Book, indicator: Indicator, rounds: Sequence[Round], key: str | None
) -> Figure:
    role = ROUND_ROLES[indicator.population]
    parts = book.facts.taking_part(role, [row.id for row in rounds])
    completed = [part for part in parts if part.completed]
    closes = _closes(book.plan, indicator, {row.key for row in rounds})
    companies = indicator.population == "sending_organisations"
    counting = "best_evidence" if indicator.field else "newest_answer"
    broad = ("ever_active", counting)
    narrow = ("completed", counting)
    if companies:
        broad = ("sending_organisations", "all_answers_yes")
        narrow = ("sending_organisations_completed", "all_answers_yes")
    scope = Scope(book, indicator, key, closes)
    narrower = share(scope, tally_of(book.facts, indicator, completed), narrow)
    figure = share(scope, tally_of(book.facts, indicator, parts), broad, narrower)
    if key is None and any(row.ends >= book.today for row in rounds):
        # People may still join: nothing said of the whole programme is final.
        return replace(figure, state="open")
    return figure


def _closes(
    plan: ProgrammeMap, indicator: Indicator, round_keys: set[str]
) -> date | None:
    """Return the last day of the last round's evaluation; None while one has none."""
    if not indicator.evaluation:
        return indicator.deadline
    days: list[date] = []
    for item in plan.rounds:
        if item.key in round_keys:
            window = item.evaluations.get(
                indicator.evaluation, plan.evaluations.get(indicator.evaluation)
            )
            if window is None:
                return None
            days.append(window.closes)
    return max(days, default=None)


def _by_year(book: Book, indicator: Indicator) -> list[Figure]:
    """Return one figure a programme year, counting each person once in it."""
    rounds: dict[int, list[str]] = defaultdict(list)
    for row in book.facts.rounds:
        first = row.starts.year - (row.starts.month < YEAR_BEGINS)
        rounds[first].append(row.id)
    scope = Scope(book, indicator, None, None)
    made = []
    for first, ids in sorted(rounds.items()):
        parts = book.facts.taking_part(YEAR_ROLES[indicator.population], ids)
        people = len({part.person_id for part in parts})
        figure = bare(scope, Tally(people, people), ("programme_year", "taking_part"))
        made.append(replace(figure, year=f"{first}/{(first + 1) % 100:02}"))
    return made


def _in_time(book: Book, day: date | None, deadline: date | None) -> bool:
    """Tell whether a day has come and was no later than the deadline."""
    return day is not None and day <= min(deadline or day, book.today)


def _informed(book: Book, indicator: Indicator) -> Figure:
    spread, deadline = book.facts.spread, indicator.deadline
    reached = sum(_in_time(book, place.informed_on, deadline) for place in spread)
    scope = Scope(book, indicator, None, deadline)
    rules = ("cities_and_partners", "by_the_deadline")
    return share(scope, Tally(len(spread), reached), rules)


def _interested(book: Book, indicator: Indicator) -> Figure:
    deadline = indicator.deadline
    informed = [p for p in book.facts.spread if _in_time(book, p.informed_on, deadline)]
    yes = sum(_in_time(book, place.interested_on, deadline) for place in informed)
    # No word is no "no" before the deadline; after it, it is one.
    no = len(informed) - yes if book.passed(deadline) else 0
    scope = Scope(book, indicator, None, deadline)
    rules = ("informed_cities_and_partners", "by_the_deadline")
    # All the informed are counted, nobody is sampled: no interval.
    return replace(share(scope, Tally(len(informed), yes, no), rules), interval=None)


def _milestone(book: Book, indicator: Indicator) -> Figure:
    row = book.facts.milestones.get(indicator.key)
    deadline = indicator.deadline or (row.due if row is not None else None)
    done_on = row.done_on if row is not None else None
    yes = _in_time(book, done_on, deadline)
    late = not yes and book.passed(deadline)
    figure = bare(
        Scope(book, indicator, None, deadline),
        Tally(1, int(yes), int(late)),
        ("milestone", "by_the_deadline"),
    )
    word: State = "met" if yes else "missed" if late else "open"
    return replace(figure, state=word)


OWN: Mapping[str, Callable[[Book, Indicator], Figure]] = {
    "cities_and_partners": _informed,
    "informed_cities_and_partners": _interested,
    "milestone": _milestone,
}


def participation_answers(
    session: Session, plan: ProgrammeMap, ids: Iterable[str]
) -> dict[str, dict[str, Verdict]]:
    """Return each participation's verdicts by indicator; what is unanswered is absent.

    A participation that was merged into another has that one's verdicts.
    """
    facts = load_facts(session, plan.key)
    return {
        part_id: answers_of(facts, plan, facts.parts[facts.part_of[part_id]])
        for part_id in ids
        if part_id in facts.part_of
    }


def answers_of(facts: Facts, plan: ProgrammeMap, part: Part) -> dict[str, Verdict]:
    """Return the verdicts that one participation has given or been given."""
    said = {
        indicator.key: verdict(facts, indicator, part)
        for indicator in round_indicators(plan)
        if ROUND_ROLES[indicator.population] == part.row.role
    }
    return {key: value for key, value in said.items() if value is not None}
