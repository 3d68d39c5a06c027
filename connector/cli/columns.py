"""Records beside one another, or below one another where the terminal is narrow."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest

import click

from connector.cli.show import safe

MARK = "\N{NOT EQUAL TO}"
WIDEST = 100
"""As wide as it gets, and where there is no terminal."""
NARROWEST = 24
"""A column with less than this is read by nobody: they stack."""
GAP = 2

Values = Mapping[str, Sequence[str]]


def width() -> int:
    """Return how many characters a line has here."""
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)


def side_by_side(
    columns: Sequence[tuple[str, Values]],
    fields: Mapping[str, str],
    marked: Collection[str],
    wide: int,
) -> list[str]:
    """Return the lines of records: (heading, field -> lines) each.

    ``fields`` gives each field's label, and their order; a field that no record has is
    left out. ``marked`` ones get a mark. No line is longer than ``wide``. Where there
    is no room for more than two, the others follow below; where there is none for two,
    each stands alone.
    """
    shown = [one for one in fields if any(values.get(one) for _, values in columns)]
    label = max((len(fields[one]) for one in shown), default=0) + GAP
    each = (wide - label - GAP) // max(len(columns), 1) - GAP
    if each < NARROWEST and len(columns) > 2:
        pair, rest = columns[:2], columns[2:]
        first = side_by_side(pair, fields, marked, wide)
        return [*first, "", *side_by_side(rest, fields, marked, wide)]
    if each < NARROWEST:
        return _stacked(columns, fields, shown, marked, wide)
    lines = _row("", "", [[heading] for heading, _ in columns], label, each)
    for one in shown:
        cells = [values.get(one, ()) for _, values in columns]
        lines += _row(_sign(one, marked), fields[one], cells, label, each)
    return lines


def _row(
    sign: str, label: str, cells: Sequence[Sequence[str]], left: int, each: int
) -> list[str]:
    wrapped = [_wrapped(cell, each) for cell in cells]
    lines = []
    for number, parts in enumerate(zip_longest(*wrapped, fillvalue="")):
        first = (
            f"{sign if not number else '':<{GAP}}{label if not number else '':<{left}}"
        )
        told = (" " * GAP).join(part.ljust(each) for part in parts)
        lines.append((first + told).rstrip())
    return lines


def _stacked(
    columns: Sequence[tuple[str, Values]],
    fields: Mapping[str, str],
    shown: Sequence[str],
    marked: Collection[str],
    wide: int,
) -> list[str]:
    lines: list[str] = []
    for heading, values in columns:
        lines += ["", heading] if lines else [heading]
        for one in shown:
            if not values.get(one):
                continue
            lines.append(f"{_sign(one, marked):<{GAP}}{fields[one]}")
            told = _wrapped(values[one], max(wide - 2 * GAP, 1))
            lines += [" " * 2 * GAP + line for line in told]
    return lines


def _sign(field: str, marked: Collection[str]) -> str:
    return MARK if field in marked else ""


def _wrapped(lines: Sequence[str], wide: int) -> list[str]:
    return [
        part
        for line in lines
        for part in textwrap.wrap(safe(" ".join(line.split())), wide)
    ]


def folded(text: str, wide: int, first: str = "", others: str = "  ") -> list[str]:
    """Return a text in lines that are no longer than ``wide``, words kept whole.

    ``first`` stands before the first line, ``others`` before those below.
    """
    told = safe(" ".join(text.split()))
    return textwrap.wrap(
        told, wide, initial_indent=first, subsequent_indent=others,
        break_on_hyphens=False,
    )  # fmt: skip


def say(text: str, first: str = "", others: str = "  ") -> None:
    """Print a text; a terminal would tear its words where a line ends, so fold it."""
    if not sys.stdout.isatty():
        click.echo(first + safe(text))
        return
    for line in folded(text, width(), first, others):
        click.echo(line)
