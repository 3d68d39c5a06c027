"""``deliveries``: what came in, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.desk import Desk, agree, as_json, at_desk, yes
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import cell, emit, progress, table

if TYPE_CHECKING:
    from connector.deliveries import Shown

STATES = (
    "received", "processed", "parked", "quarantined", "partial", "test", "discarded",
)  # fmt: skip

by_form = click.option(
    "--form", default="", metavar="FORM", help="A form's id or its mapping's name."
)
by_state = click.option(
    "--state", type=click.Choice(STATES), help="Only in this state."
)


@click.group()
def deliveries() -> None:
    """What came in, and what became of it.

    \b
    Example:
      vidensbro deliveries list --state parked
    """


@deliveries.command("list")
@by_form
@by_state
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@click.option("--events", is_flag=True, help="Also what holds no answers.")
@as_json
@at_desk
def list_(
    desk: Desk, form: str, state: str | None, limit: int, events: bool, as_json: bool
) -> None:
    """List deliveries, newest first, without what was answered.

    \b
    Example:
      vidensbro deliveries list --state quarantined --form mentee_application
    """
    from connector.deliveries import Selection, list_deliveries

    chosen = Selection(form=form, state=state or "", events=events)
    rows = list_deliveries(desk.service, desk.key, chosen, limit)
    if as_json:
        emit(rows)
        return
    table(
        ("id", "received", "form", "kind", "state", "times", "reasons"),
        [
            (r.id, r.received_at, r.mapping or f"{r.provider} {r.form}", r.kind,
             r.state, r.sightings, r.reasons or "")
            for r in rows
        ],
    )  # fmt: skip


@deliveries.command()
@click.argument("number", type=int)
@as_json
@at_desk
def show(desk: Desk, number: int, as_json: bool) -> None:
    """Show a delivery: its answers, and why it is parked. Holds personal data.

    \b
    Example:
      vidensbro deliveries show 118
    """
    from connector.deliveries import show as shown

    told = shown(desk.service, desk.key, number)
    if as_json:
        emit(told)
        return
    write(told, desk.plan.locale)


def write(told: Shown, language: str) -> None:
    """Write a delivery for a person to read."""
    one = told.summary
    click.echo(
        f"Delivery {one.id}: {one.mapping or one.form} from {one.provider}, "
        f"{one.kind}, {one.state}, received {cell(one.received_at)}, "
        f"seen {one.sightings} time{'s' if one.sightings != 1 else ''}"
    )
    for reason in told.reasons:
        message = reason["message"]
        said = message.get(language) or message.get("en", reason["code"])
        place = ".".join(filter(None, (reason["record"], reason["field"])))
        click.echo(f"  needs you: {place}: {said}")
    for note in told.notes:
        click.echo(f"  note: {note}")
    table(("question", "title", "answer"), told.answers)
    if told.hidden:
        table(("hidden field", "value"), sorted(told.hidden.items()))


@deliveries.command()
@click.argument("numbers", type=int, nargs=-1)
@by_form
@click.option(
    "--state", type=click.Choice(("processed", "parked", "quarantined", "discarded")),
    help="Only in this state.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every delivery.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@yes
@at_desk
def replay(  # noqa: PLR0913, PLR0917 - one argument an option
    desk: Desk,
    numbers: tuple[int, ...],
    form: str,
    state: str | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Send deliveries through today's mapping again. Counts first, then asks.

    What staff said stands. A discarded delivery that is named by number counts again.

    \b
    Example:
      vidensbro deliveries replay --state parked
      vidensbro deliveries replay 118 119 --yes
    """
    from connector import deliveries as service

    if not (numbers or form or state or everything):
        raise Ending("Say which: numbers, --form, --state or --all.", USAGE)
    chosen = service.Selection(numbers, form, state or "")
    counts = service.replay_counts(desk.service, desk.key, chosen)
    total = counts.total()
    if not total:
        raise Ending("No delivery fits.", PERSON)
    table(("would be", "deliveries"), sorted(counts.items()))
    if dry_run:
        return
    agree(f"Replay {total}?", yes, "vidensbro deliveries replay ...")
    with progress("Replaying", total) as told:
        done = service.replay(desk.service, desk.key, chosen, told)
    click.echo(f"Replayed {done}.")


@deliveries.command()
@click.argument("number", type=int)
@yes
@at_desk
def discard(desk: Desk, number: int, yes: bool) -> None:
    """Say that a delivery does not count: what it claimed is taken back.

    It stays stored, and `deliveries replay NUMBER` makes it count again.

    \b
    Example:
      vidensbro deliveries discard 118
    """
    from connector import deliveries as service

    one = service.show(desk.service, desk.key, number).summary
    click.echo(f"Delivery {one.id}: {one.mapping or one.form}, {one.state}")
    agree("Discard it?", yes, f"vidensbro deliveries discard {number}")
    done = service.discard(desk.service, desk.key, number)
    click.echo(f"Discarded: {done.claims} claims on {done.entities} changed entities.")
