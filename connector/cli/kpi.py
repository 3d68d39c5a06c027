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


@kpi.command()
@as_json
@at_desk
def activities(desk: Desk, as_json: bool) -> None:
    """Show joint meetings with who came, and the sessions of each round's matches.

    \b
    Example:
      vidensbro kpi activities
    """
    from connector.programme.activities import joint_meetings, sessions

    with desk.service.database.reading() as session:
        joint = joint_meetings(session, desk.key)
        held = sessions(session, desk.key)
    if as_json:
        emit({"joint_meetings": joint, "sessions": held})
        return
    table(
        ("round", "day", "joint meeting", "state", "attended", "registered", "absent"),
        [
            (m.round, m.held_on, m.title or m.kind, m.state, m.attended, m.registered,
             m.absent)
            for m in joint
        ],
    )  # fmt: skip
    click.echo()
    table(
        ("round", "sessions held", "minutes", "without length", "planned", "no match",
         "matches that met", "of"),
        [
            (s.round, s.held, s.minutes, s.without_length, s.planned, s.unmatched,
             s.matches_that_met, s.matches)
            for s in held
        ],
    )  # fmt: skip


@kpi.command()
@click.option("--indicator", default="", help="Only what speaks to this indicator.")
@as_json
@at_desk
def notes(desk: Desk, indicator: str, as_json: bool) -> None:
    """Show the evidence notes beside the figures. Holds personal data.

    \b
    Example:
      vidensbro kpi notes --indicator mentee_network
    """
    from connector.programme.activities import notes as found_notes

    with desk.service.database.reading() as session:
        found = found_notes(session, desk.key, indicator)
    if as_json:
        emit(found)
        return
    table(
        ("day", "kind", "indicator", "about", "note"),
        [(n.noted_on, n.kind, n.indicator, n.about, n.text) for n in found],
    )


@kpi.command()
@as_json
@at_desk
def newsletters(desk: Desk, as_json: bool) -> None:
    """Show what was sent: to how many, how many clicked, how many left by it.

    \b
    Example:
      vidensbro kpi newsletters
    """
    from connector.programme.communications import communications

    with desk.service.database.reading() as session:
        found = list(communications(session, desk.key))
    if as_json:
        emit(found)
        return
    table(
        ("day", "title", "audience", "sent to", "clicked", "unsubscribed", "link"),
        [
            (c.sent_on, c.title, c.audience, c.reach, c.clicks, c.unsubscribed, c.link)
            for c in found
        ],
    )


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
