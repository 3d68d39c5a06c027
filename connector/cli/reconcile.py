"""``reconcile``: fetch the answers whose webhook never came, and look at every side."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.root import PERSON
from connector.cli.show import emit, progress, table

if TYPE_CHECKING:
    from connector.sources.reconcile import Found


@click.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="From this day on, instead of from the watermark.",
)
@click.option("--all", "whole", is_flag=True, help="All that the forms ever got.")
@click.option("--form", default="", help="One form only: its id or its mapping.")
@click.option("--dry-run", is_flag=True, help="Count what is missing; store nothing.")
@as_json
@at_desk
def reconcile(
    desk: Desk,
    since: datetime | None,
    whole: bool,
    form: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetch answers whose webhook never came, and take them in as any other.

    Each form is read from its watermark on, with an overlap; a form that was never read
    gives its whole history. What is stored already is left alone. Exit code 1 where a
    form could not be read.

    \b
    Example:
      vidensbro reconcile
      vidensbro reconcile --since 2026-09-01 --dry-run
    """
    from connector.processing import drain
    from connector.restored import go_on
    from connector.singleflight import PATIENCE_S, only_one
    from connector.sources.reconcile import Asked
    from connector.sources.reconcile import reconcile as look

    asked = Asked(_start(desk, since), whole, dry_run, form=form)
    forms = {one.form for one in desk.plan.bindings}
    with only_one(desk.service, "tend", patience_s=PATIENCE_S) as alone:
        if not alone:
            raise click.ClickException(
                "The worker is reconciling right now. Try again in a moment."
            )
        with progress("Looking at the forms", len(forms)) as tell:
            done: list[Found] = []

            def told(found: Found) -> None:
                done.append(found)
                tell(len(done))

            found = look(desk.service, desk.key, asked, told)
    new = sum(one.new for one in found)
    if new and not dry_run:
        with progress("Processing", new) as tell:
            drain(desk.service, told=tell)
    gone_on = [] if dry_run else go_on(desk.service, desk.key)
    if as_json:
        emit(found)
    else:
        _tell(found, dry_run)
        if gone_on:
            click.echo(f"All since the restore is here; going on: {', '.join(gone_on)}")
    if any(one.problem for one in found):
        raise click.exceptions.Exit(PERSON)


def _start(desk: Desk, since: datetime | None) -> datetime | None:
    """Return the first moment of that day in the programme's zone."""
    if since is None:
        return None
    day: date = since.date()
    return datetime.combine(day, time(), ZoneInfo(desk.plan.zone)).astimezone(UTC)


def _tell(found: list[Found], dry_run: bool) -> None:
    if not found:
        click.echo("No form can be read: no form tool has a token, or none is bound.")
        return
    table(
        ("tool", "form", "mapping", "language", "seen", "missing here", "problem"),
        [
            (
                one.provider,
                one.form,
                one.mapping,
                one.language,
                one.seen,
                one.new,
                one.problem,
            )
            for one in found
        ],
    )
    new = sum(one.new for one in found)
    if dry_run:
        click.echo(f"Missing here: {new}. Nothing was stored.")
    elif new:
        click.echo(f"Missing here: {new}. Now taken in.")
    elif not any(one.problem for one in found):
        click.echo("Nothing was missing.")
