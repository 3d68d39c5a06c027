"""``kpi``: the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.show import emit, table

if TYPE_CHECKING:
    from connector.programme.figure import Figure

COLUMNS = (
    "figure", "yes", "answered", "of", "don't know", "interval", "possible", "target",
    "state", "may change until",
)  # fmt: skip


@click.group()
def kpi() -> None:
    """The programme's figures, exactly as their rules say.

    \b
    Example:
      vidensbro kpi show
    """


@kpi.command()
@click.option(
    "--round", "round_key", metavar="ROUND", default="", help="Only this one."
)
@as_json
@at_desk
def show(desk: Desk, round_key: str, as_json: bool) -> None:
    """Show every figure: counts, 95 % interval, what is still possible, and state.

    \b
    Example:
      vidensbro kpi show --round r1 --json
    """
    found = _figures(desk, round_key)
    if as_json:
        from connector.programme.kpi_text import figure_dicts

        emit({name: figure_dicts(figures) for name, figures in found.items()})
        return
    for number, (name, figures) in enumerate(found.items()):
        if number:
            click.echo()
        click.echo(name)
        table(COLUMNS, [_row(figure) for figure in figures])


def _figures(desk: Desk, round_key: str) -> dict[str, list[Figure]]:
    """Return figures by round key, and under ``programme`` those of the whole."""
    from connector import lookup
    from connector.programme.figure import Book, local_day
    from connector.programme.kpis import figures_of_programme, figures_of_round

    with desk.service.database.reading() as session:
        chosen = [lookup.round_(session, desk.key, round_key)] if round_key else None
        book = Book.open(session, desk.plan, local_day(desk.plan))
        found = {
            row.key: figures_of_round(book, row)
            for row in chosen or list(book.facts.rounds)
        }
        if chosen is None:
            found["programme"] = figures_of_programme(book)
    return found


def _row(figure: Figure) -> tuple[Any, ...]:
    interval = figure.interval
    shares = f"{interval[0]:.0%}-{interval[1]:.0%}" if interval else ""
    target = figure.target_text
    if figure.target_count is not None and str(figure.target_count) != target:
        target = f"{target} ({figure.target_count})"
    return (
        f"{figure.label} {figure.year or ''}".strip(),
        figure.yes,
        figure.answered,
        figure.population,
        figure.dont_know,
        shares,
        f"{figure.lowest}-{figure.highest}",
        target,
        figure.state,
        figure.closes_on,
    )
