"""``setup``: prepare the tools; a plan first, then its steps."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import WAITS, Command, Desk, agree, at_desk, yes
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import progress

if TYPE_CHECKING:
    from connector.accounts import Accounts

STOPPED = "What was added stays. What is still missing: vidensbro setup"
NO_TOOL = (
    "No tool is connected, so there is nothing to prepare. Connect one: vidensbro init"
)


def tool_before_database(command: Command) -> Command:
    """Ask for no database while no tool is connected: ``init`` makes it with one."""

    @functools.wraps(command)
    def told(**arguments: Any) -> Any:
        from connector.settings import load_settings

        try:
            return command(**arguments)
        except Ending as ending:
            if ending.message != WAITS or any(
                _is_any_on(each) for each in load_settings().accounts.values()
            ):
                raise
            raise Ending(NO_TOOL, USAGE) from ending

    return told


def _is_any_on(accounts: Accounts) -> bool:
    from connector.sync.setup.words import LABELS

    return any(getattr(accounts, tool) is not None for tool in LABELS)


@click.command()
@yes
@tool_before_database
@at_desk
def setup(desk: Desk, yes: bool) -> None:
    """Prepare HubSpot, Mailchimp, Typeform and SurveyMonkey. Shows its plan first.

    A second run plans nothing. Nothing that was there before is deleted.

    \b
    Example:
      vidensbro setup
    """
    from connector.cli.questions import stoppable
    from connector.sync.setup import apply_all, plan_all

    _check_connected(desk)
    plan = plan_all(desk.service, desk.key)
    for step in plan.steps:
        click.echo(f"  {step.what}")
    if plan.steps:
        with stoppable(lambda: STOPPED):
            agree(f"Do these {len(plan.steps)} steps?", yes, "vidensbro setup")
            with progress("Preparing", len(plan.steps)) as told:
                done = apply_all(plan, lambda step: told(plan.steps.index(step)))
        click.echo(f"Done: {len(done)} of {len(plan.steps)}.")
    elif not plan.notes:
        click.echo("Everything is prepared.")
    for remark in plan.remarks:
        click.echo(remark)
    for note in plan.notes:
        click.echo(f"needs you: {note}", err=True)
    if plan.notes:
        raise click.exceptions.Exit(PERSON)


def _check_connected(desk: Desk) -> None:
    """End where nothing of this programme is connected."""
    settings = desk.service.settings
    if not _is_any_on(settings.accounts[desk.key]):
        first = desk.key == settings.programmes[0]
        raise Ending(NO_TOOL + ("" if first else f" --programme {desk.key}"), USAGE)
