"""A rehearsal's difference on one screen: which records, and the values that matter.

Where few fields become otherwise each is shown. Where there are many, those are that a
person is known and written to by; the others are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from connector.cli import rehearsed
from connector.cli.columns import folded, width
from connector.cli.show import cell

if TYPE_CHECKING:
    from connector.rehearsal import Change, Difference, FieldChange, Section

SCREEN = 24
KEPT = 3
"""Lines of a screen that are left for what is hidden, and for the question."""
FEW = 8
MATTERS: Mapping[str, frozenset[str]] = {
    "programme": frozenset(
        {"email", "first_name", "last_name", "name", "said", "status"}
    ),
    "hubspot": frozenset(
        {"email", "firstname", "lastname", "name", "vidensbro_newsletter"}
    ),
    "mailchimp": frozenset({"email", "FNAME", "LNAME", "status"}),
}
FIRST = ("person", "member", "consent", "participation", "organisation")
"""The records that are shown first where not all have room."""
NOBODY = "nothing"


@dataclass(frozen=True, slots=True)
class _Record:
    """A record's lines, and of how many fields they show how many."""

    kind: str
    lines: Sequence[str]
    shown: int
    fields: int


def tell(difference: Difference, before: Sequence[str]) -> None:
    """Print a difference below the lines ``before``, all of it on one screen."""
    wide = width()
    heads = {s.name: folded(text, wide) for s, text in rehearsed.summaries(difference)}
    after = list(rehearsed.waiting_lines(difference))
    records = {s.name: _records(difference, s, wide) for s in difference.sections}
    used = [*before, *after, *(line for lines in heads.values() for line in lines)]
    shown = _fitting(records, SCREEN - KEPT - len(used))
    if difference.nothing:
        click.echo(rehearsed.NOTHING)
    for section in difference.sections:
        lines = heads.get(section.name, [])
        told = [line for one in shown[section.name] for line in one.lines]
        for line in (*lines, *told):
            click.echo(line)
    for line in after:
        click.echo(line)
    for line in _hidden(records, shown, wide):
        click.echo(line)


def _records(difference: Difference, section: Section, wide: int) -> list[_Record]:
    sections = difference.sections
    every = sum(len(c.fields) for s in sections for c in s.changes) <= FEW
    return [_record(section, one, wide, every=every) for one in section.changes]


def _record(section: Section, change: Change, wide: int, *, every: bool) -> _Record:
    matters = MATTERS.get(section.name, frozenset())
    chosen = [one for one in change.fields if every or one.field in matters]
    number = len(change.fields)
    count = f", {number} field{'s' if number != 1 else ''}" if number else ""
    what = f"{rehearsed.kind_of(section, change)} {rehearsed.word_of(change)}{count}"
    told = ", ".join(_values(change, chosen))
    end = f" ({rehearsed.ANYWAY})" if change.anyway else ""
    text = f"{what}: {change.title}{f'; {told}' if told else ''}{end}"
    lines = folded(text, wide, "  ", "    ")
    return _Record(change.kind, lines, len(chosen), number)


def _values(change: Change, chosen: Sequence[FieldChange]) -> Iterator[str]:
    """Yield what becomes of each field, but for what the record's title says."""
    whole = change.word in {"created", "vanished"}
    for one in chosen:
        before, after = rehearsed.short(one.before), rehearsed.short(one.after)
        if whole and cell(before or after) in change.title:
            continue
        now = f"{before or NOBODY} -> {after or NOBODY}"
        yield f"{one.field} {(before or after) if whole else now}"


def _fitting(
    records: Mapping[str, Sequence[_Record]], room: int
) -> Mapping[str, Sequence[_Record]]:
    """Return what has room: of each place in turn, what matters most there first."""
    waiting = {name: sorted(every, key=_rank) for name, every in records.items()}
    chosen: set[int] = set()
    while any(waiting.values()):
        for every in waiting.values():
            one = every.pop(0) if every else None
            if one is not None and len(one.lines) <= room:
                room -= len(one.lines)
                chosen.add(id(one))
    return {
        name: [one for one in sorted(every, key=_rank) if id(one) in chosen]
        for name, every in records.items()
    }


def _rank(one: _Record) -> int:
    return FIRST.index(one.kind) if one.kind in FIRST else len(FIRST)


def _hidden(
    records: Mapping[str, Sequence[_Record]],
    shown: Mapping[str, Sequence[_Record]],
    wide: int,
) -> Sequence[str]:
    """Say how much is not shown, and how to see it; nothing where all is."""
    every = [one for some in records.values() for one in some]
    told = [one for some in shown.values() for one in some]
    fields, seen = sum(one.fields for one in every), sum(one.shown for one in told)
    if len(told) == len(every) and seen == fields:
        return []
    return folded(
        f"Shown: {len(told)} of {len(every)} records, {seen} of {fields} fields. "
        "The whole list: --all-fields",
        wide,
    )
