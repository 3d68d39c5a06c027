"""How a rehearsal's difference is told: a line for each place, then field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from connector.cli.columns import say
from connector.cli.show import cell, emit, table

if TYPE_CHECKING:
    from connector.rehearsal import Change, Difference, Section

WIDEST = 60
NOTHING = "Nothing would change."
COLUMNS = ("what", "which", "becomes", "field", "now", "then", "")
ANYWAY = "at the next sync anyway"
WAITS = {
    "new": "its first sync has not been run",
    "paused": "paused: it waits until the connection is resumed",
    "stopped": "stopped: it waits until the connection is mended",
}
SHOWN_AS = {
    "held": "held back",
    "left": "left as it is",
    "parted": "stands alone again",
}
IN_HUBSPOT = {"person": "contact", "organisation": "company"}
PLURALS = {
    "person": "people",
    "company": "companies",
    "delivery": "deliveries",
    "match": "matches",
    "activity": "activities",
    "outreach": "outreach",
}
STAYS = {"staff": "set by staff", "newsletter": "set at the newsletter"}


def tell(difference: Difference, limit: int | None = None) -> None:
    """Print the difference: a summary, then each place's first ``limit`` things."""
    tell_summary(difference)
    for section in difference.sections:
        if section.changes:
            click.echo()
            _tell_section(section, limit)


def tell_summary(difference: Difference) -> None:
    """Print one line for each place: what becomes of how many things there."""
    if difference.nothing:
        click.echo(NOTHING)
    for _, line in summaries(difference):
        say(line)
    for line in waiting_lines(difference):
        say(line)


def summaries(difference: Difference) -> Iterator[tuple[Section, str]]:
    """Yield each place of which there is something to say, and that in a line."""
    for section in difference.sections:
        line = "; ".join(_summary(section))
        if line and (not difference.nothing or section.changes or section.stays):
            yield section, f"{section.label}: {line}"


def waiting_lines(difference: Difference) -> Iterator[str]:
    """Yield a line where answers that wait are processed along with it."""
    if difference.waiting:
        yield (
            f"Answers that wait to be processed and are part of this: "
            f"{difference.waiting}."
        )


def as_data(difference: Difference) -> None:
    """Print the whole difference as JSON."""
    emit(
        {
            "nothing": difference.nothing,
            "waiting": difference.waiting,
            "sections": difference.sections,
        }
    )


def _summary(section: Section) -> Iterator[str]:
    if section.state == "off":
        yield "off, nothing is written there"
        return
    yield _counts(section, section.caused) or "nothing changes"
    anyway = [one for one in section.changes if one.anyway]
    if anyway:
        yield f"{ANYWAY}: {_counts(section, anyway)}"
    for source, number in sorted(section.stays.items()):
        stay = "1 field stays" if number == 1 else f"{number} fields stay"
        yield f"{stay}: {STAYS.get(source, source)}"
    if section.state in WAITS and section.changes:
        yield WAITS[section.state]


def _counts(section: Section, changes: Sequence[Change]) -> str:
    counts = Counter(
        (kind_of(section, one), SHOWN_AS.get(one.word, one.word)) for one in changes
    )
    return ", ".join(
        f"{number} {kind if number == 1 else PLURALS.get(kind, f'{kind}s')} {word}"
        for (kind, word), number in sorted(counts.items())
    )


def kind_of(section: Section, change: Change) -> str:
    """Return what a thing is called in its place: HubSpot has words of its own."""
    if section.name == "hubspot":
        return IN_HUBSPOT.get(change.kind, change.kind)
    return change.kind.replace("_", " ")


def word_of(change: Change) -> str:
    """Return what becomes of a thing, and why where that is known."""
    word = SHOWN_AS.get(change.word, change.word)
    return f"{word} ({change.why})" if change.why else word


def _tell_section(section: Section, limit: int | None) -> None:
    click.echo(section.label)
    shown = section.changes[:limit]
    rows = (row for one in shown for row in _rows(kind_of(section, one), one))
    table(COLUMNS, list(rows))
    more = len(section.changes) - len(shown)
    if more:
        click.echo(f"and {more} more (--limit {len(section.changes)}, or --json)")


def _rows(kind: str, change: Change) -> Iterator[tuple[Any, ...]]:
    """Yield a line for each field; what the lines share is told once."""
    head: tuple[str, ...] = (kind, change.title, word_of(change))
    for one in change.fields:
        note = ANYWAY if one.anyway else ""
        yield (*head, one.field, short(one.before), short(one.after), note)
        head = ("", "", "")
    if not change.fields:
        yield (*head, "", "", "", ANYWAY if change.anyway else "")


def short(value: Any) -> str:
    """Return a value as a cell that is not too wide."""
    text = cell(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
