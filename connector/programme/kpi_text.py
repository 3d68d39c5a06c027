"""Figures in words: the start screen's lines, a report's sentences, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.inbox import Delivery
from connector.programme.entities import Round
from connector.programme.figure import Book, Figure, in_language
from connector.programme.headcounts import Headcount, headcounts
from connector.programme.kpis import figures_of_round
from connector.programme.rules import RULES
from mappings.plan import ProgrammeMap

MONTHS = {
    "da": ["jan", "feb", "mar", "apr", "maj", "jun",
           "jul", "aug", "sep", "okt", "nov", "dec"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun",
           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}  # fmt: skip
FEWEST_FOR_PERCENT = 5


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Complete form answers: all, understood, still waiting, and needing a person."""

    received: int
    processed: int
    waiting: int
    needs_you: int


def delivery_counts(session: Session, programme: str) -> DeliveryCounts:
    """Count a programme's form answers by what became of them."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.programme == programme, Delivery.kind == "complete")
        .group_by(Delivery.state)
    )
    by_state: dict[str, int] = {row[0]: row[1] for row in rows}
    return DeliveryCounts(
        received=sum(by_state.values()),
        processed=by_state.get("processed", 0),
        waiting=by_state.get("received", 0),
        needs_you=by_state.get("parked", 0) + by_state.get("quarantined", 0),
    )


def screen_lines(
    session: Session,
    plan: ProgrammeMap,
    today: date,
    language: str = "en",
    shown_by: str = "",
) -> list[str]:
    """Return the start screen's lines: form answers, each round, its figures so far.

    ``shown_by`` is the command that shows what needs a person, named where it does.
    """
    words = SCREEN[language]
    counts = delivery_counts(session, plan.key)
    told = [
        f"{counts.received} {words['received']}",
        f"{counts.processed} {words['processed']}",
        *([f"{counts.waiting} {words['waiting']}"] if counts.waiting else []),
        f"{counts.needs_you} {words['needs_you']}",
    ]
    if counts.needs_you and shown_by:
        told[-1] += f": {shown_by}"
    lines = ["  " + " · ".join(told)]
    book = Book.open(session, plan, today)
    people = headcounts(session, plan.key, book.facts)
    for row in book.facts.rounds:
        title = round_title(plan, row, language)
        lines.append(f"  {title}: {_people(people[row.id], words)}")
        figures = [figure for figure in figures_of_round(book, row) if figure.answered]
        lines += _aligned(figures, language)
    return lines


SCREEN = {
    "en": {
        "received": "form answers received",
        "processed": "processed",
        "waiting": "waiting",
        "needs_you": "needs you",
        "mentors": "mentors",
        "mentees": "mentees",
        "matches": "matches",
        "applied": "applied",
        "answers": "{yes:>2} of {answered} answered yes",
        "target": "target {target:>2} of {population}",
        "met": "MET",
        "missed": "MISSED",
        "open": "OPEN",
        "undetermined": "UNDETERMINED",
    },
    "da": {
        "received": "besvarelser modtaget",
        "processed": "behandlet",
        "waiting": "venter",
        "needs_you": "kræver dig",
        "mentors": "mentorer",
        "mentees": "mentees",
        "matches": "match",
        "applied": "har søgt",
        "answers": "{yes:>2} af {answered} svarede ja",
        "target": "mål {target:>2} af {population}",
        "met": "NÅET",
        "missed": "IKKE NÅET",
        "open": "ÅBEN",
        "undetermined": "UAFKLARET",
    },
}


def months(starts: date, ends: date, language: str, *, years: bool = False) -> str:
    """Return a round's months: Jan–Apr; with years Jan–Apr 2016, Nov 2016–Mar 2017."""
    names = MONTHS[language]
    first, last = names[starts.month - 1], names[ends.month - 1]
    if years and starts.year != ends.year:
        first += f" {starts.year}"
    return f"{first}–{last} {ends.year}" if years else f"{first}–{last}"


def round_name(plan: ProgrammeMap, row: Round, language: str) -> str:
    """Return a round's name in a language, as its mapping file has it."""
    named = next((item.name for item in plan.rounds if item.key == row.key), {})
    return in_language(named, language) or row.name


def round_title(
    plan: ProgrammeMap, row: Round, language: str, *, years: bool = False
) -> str:
    """Return a round's name with its months, unless the name itself tells them."""
    name = round_name(plan, row, language)
    if "(" in name:
        return name
    return f"{name} ({months(row.starts, row.ends, language, years=years)})"


def _people(count: Headcount, words: Mapping[str, str]) -> str:
    told = [
        f"{number} {words[what]}"
        for what, number in (
            ("mentors", count.mentors),
            ("mentees", count.mentees),
            ("matches", count.matches),
        )
    ]
    if count.applicants:
        told.append(f"{count.applicants} {words['applied']}")
    return ", ".join(told)


def _aligned(figures: Iterable[Figure], language: str) -> list[str]:
    """Return one line a figure, its columns under one another."""
    words = SCREEN[language]
    rows = [
        (
            in_language(figure.labels, language),
            words["answers"].format(**asdict(figure)),
            words["target"].format(
                target=figure.target_count, population=figure.population
            ),
            words[figure.state] if figure.state else "",
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        told = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        lines.append(("  " + "   ".join(told)).rstrip())
    return lines


def percent(share: float, language: str) -> str:
    """Return a whole per cent as the language writes it (a space before it in da)."""
    space = "\N{NO-BREAK SPACE}" if language == "da" else ""
    # Half up, as people round; round() would take 62.5 to 62.
    return f"{int(share * 100 + 0.5)}{space}%"


def figure_dicts(
    figures: Iterable[Figure], language: str = "en"
) -> list[dict[str, Any]]:
    """Return figures as plain data for JSON, with the words of their rules."""
    return [_plain(figure, language) for figure in figures]


def _plain(figure: Figure, language: str) -> dict[str, Any]:
    told = asdict(figure)
    told["label"] = in_language(figure.labels, language)
    told["closes_on"] = figure.closes_on.isoformat() if figure.closes_on else None
    for name in ("population", "counting"):
        rule = told.pop(f"{name}_rule")
        told[f"{name}_rule"] = {"name": rule, "text": RULES[rule][language]}
    if figure.narrower is not None:
        told["narrower"] = _plain(figure.narrower, language)
    return told
