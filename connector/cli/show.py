"""How commands show things: a rich table on a terminal, else plain text, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Any

import click

_zone: tzinfo = UTC


def use_zone(zone: tzinfo) -> None:
    """Show times in this zone from now on; JSON keeps UTC."""
    global _zone  # noqa: PLW0603 - one command, one programme
    _zone = zone


def emit(data: Any) -> None:
    """Print data as JSON."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    click.echo(orjson.dumps(data, default=str, option=options).decode())


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; on a terminal without the columns that hold nothing."""
    told = [[cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _rich(columns, told)
        return
    lines = [list(columns), *told]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        parts = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        click.echo("  ".join(parts).rstrip())


def _rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    told = [i for i in range(len(columns)) if not rows or any(row[i] for row in rows)]
    columns = [columns[i] for i in told]
    rows = [[row[i] for i in told] for row in rows]
    widths = [_longest_word([name, *(row[i] for row in rows)])
              for i, name in enumerate(columns)]  # fmt: skip
    if sum(widths) + 2 * (len(widths) - 1) > console.width:
        _stacked(columns, rows)
        return
    made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    lines = [columns, *rows]
    whole = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    room = console.width - 2 * (len(columns) - 1)
    for column, width in zip(columns, _shared(room, widths, whole), strict=True):
        made.add_column(column, overflow="fold", width=width)
    for row in rows:
        # Text, not str: what a person wrote is never read as markup.
        made.add_row(*(Text(text) for text in row))
    console.print(made)


def _shared(room: int, least: Sequence[int], whole: Sequence[int]) -> list[int]:
    """Give each column its longest word, then what is left, a letter at a time.

    Left to itself rich narrows a column below its least, and cuts the last ones off.
    """
    widths = list(least)
    for _ in range(min(room, sum(whole)) - sum(least)):
        short = [i for i, width in enumerate(widths) if width < whole[i]]
        widths[min(short, key=widths.__getitem__)] += 1
    return widths


def _longest_word(texts: Sequence[str]) -> int:
    return max(len(word) for text in texts for word in (text.split() or [""]))


def _stacked(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows one below the other: a word torn in two cannot be read or copied."""
    wide = max(len(column) for column in columns)
    for number, row in enumerate(rows):
        if number:
            click.echo()
        for column, text in zip(columns, row, strict=True):
            if text:
                click.echo(f"{column.ljust(wide)}  {text}")


def cell(value: Any) -> str:
    """Return a value as a cell: one line, empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "strftime") and hasattr(value, "hour"):
        return str(value.astimezone(_zone).strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    return safe(" ".join(str(value).split()))


def safe(text: str) -> str:
    """Take out what would steer a terminal: an answer is shown, never obeyed."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far something has come, on a terminal only; give what to tell it."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
