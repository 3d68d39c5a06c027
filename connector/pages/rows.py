"""A figure as a row of the page: its sentences in one language, its drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from connector.pages.svg import drawing
from connector.pages.words import SHAPES, WORDS
from connector.programme.figure import Figure, in_language
from connector.programme.kpi_text import FEWEST_FOR_PERCENT, MONTHS, percent
from connector.programme.rules import RULES


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of the page says. ``lead`` comes first, ``details`` below it."""

    label: str
    lead: str
    details: tuple[str, ...]
    goal: str
    goal_details: tuple[str, ...]
    state: str
    state_word: str
    shape: str
    rules: tuple[str, ...]
    svg: Markup


def make_row(figure: Figure, language: str) -> Row:
    """Return a figure's row; counts come first, percent after, none when n < 5."""
    words = WORDS[language]
    lead, details = _result(figure, words, language)
    state = figure.state or "shown"
    return Row(
        label=in_language(figure.labels, language),
        lead=lead,
        details=tuple(details),
        goal=_goal(figure, words),
        goal_details=tuple(_until(figure, words, language)),
        state=state,
        state_word=words[state],
        shape=SHAPES.get(state, ""),
        rules=(
            RULES[figure.population_rule][language],
            RULES[figure.counting_rule][language],
        ),
        svg=drawing(figure),
    )


def day_text(day: date, language: str) -> str:
    """Return a day as people write it: 24. nov. 2026, 24 Nov 2026."""
    month = MONTHS[language][day.month - 1]
    if language == "da":
        return f"{day.day}. {month}{'' if month == 'maj' else '.'} {day.year}"
    return f"{day.day} {month} {day.year}"


def _result(
    figure: Figure, words: Mapping[str, str], language: str
) -> tuple[str, list[str]]:
    if figure.kind == "milestone":
        done = "done" if figure.yes else "not_done" if figure.no else "not_yet"
        return words[done], []
    if figure.year is not None:
        year = words["year"].format(year=figure.year)
        return words["counted_year"].format(yes=figure.yes), [year]
    numbers = {"yes": figure.yes, "population": figure.population}
    if not isinstance(figure.target, tuple):
        return words["counted"].format(**numbers), []
    if not figure.population:
        return words["nobody"], []
    if figure.round is None and figure.counting_rule == "by_the_deadline":
        part = _part(figure.yes, figure.population, language)
        return words["interested"].format(**numbers, percent=part), []
    return _answers(figure, words, language)


def _answers(
    figure: Figure, words: Mapping[str, str], language: str
) -> tuple[str, list[str]]:
    numbers = {
        name: getattr(figure, name)
        for name in ("yes", "answered", "population", "lowest", "highest")
    }
    part = _part(figure.yes, figure.answered, language)
    lead = words["yes_of_answered" if figure.answered else "no_answer"]
    details = []
    if figure.answered:
        details.append(words["asked"].format(**numbers))
    if figure.dont_know:
        details[0] += ", " + words["dont_know"].format(n=figure.dont_know)
    if figure.unanswered:
        details.append(words["bounds"].format(**numbers))
    if figure.interval is not None and figure.answered >= FEWEST_FOR_PERCENT:
        low, high = (percent(end, language) for end in figure.interval)
        details.append(words["interval"].format(low=low, high=high))
    if figure.narrower is not None:
        details.append(_completed_only(figure.narrower, words))
    return lead.format(**numbers, percent=part), details


def _completed_only(figure: Figure, words: Mapping[str, str]) -> str:
    if not figure.population:
        return words["narrower_none"]
    return words["narrower"].format(
        yes=figure.yes, answered=figure.answered, population=figure.population
    )


def _part(yes: int, whole: int, language: str) -> str:
    """Return the per cent that follows a count, nothing where n is too small."""
    if whole < FEWEST_FOR_PERCENT:
        return ""
    return f" ({percent(yes / whole, language)})"


def _goal(figure: Figure, words: Mapping[str, str]) -> str:
    if isinstance(figure.target, tuple):
        share = f"{figure.target[0]}/{figure.target[1]}"
        if not figure.population:
            return words["target_count"].format(count=share)
        return words["target_share"].format(
            share=share, count=figure.target_count, population=figure.population
        )
    if figure.target is None:
        return ""
    name = "target_shown" if figure.kind == "shown" else "target_count"
    return words[name].format(count=figure.target)


def _until(figure: Figure, words: Mapping[str, str], language: str) -> list[str]:
    told = []
    by_answers = figure.counting_rule != "by_the_deadline"
    if figure.needed is not None and by_answers:
        more, outstanding = figure.needed
        told.append(words["needed"].format(more=more, outstanding=outstanding))
    if figure.closes_on is not None:
        day = day_text(figure.closes_on, language)
        if not by_answers:
            told.append(words["target_by"].format(day=day))
        elif figure.state == "open":
            told.append(words["closes"].format(day=day))
    return told
