"""How commands show things: a rich table on a terminal, else plain text, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click


def emit(data: Any) -> None:
    """Print data as JSON."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    click.echo(orjson.dumps(data, default=str, option=options).decode())


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table."""
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

    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        # Text, not str: what a person wrote is never read as markup.
        made.add_row(*(Text(text) for text in row))
    Console().print(made)


def cell(value: Any) -> str:
    """Return a value as a cell: one line, empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "strftime") and hasattr(value, "hour"):
        return str(value.strftime("%Y-%m-%d %H:%M:%SZ"))
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
