"""``setup``: prepare the tools; a plan first, then its steps."""

from __future__ import annotations

import click

from connector.cli.desk import Desk, agree, at_desk, yes
from connector.cli.root import PERSON
from connector.cli.show import progress

STOPPED = "What was added stays. What is still missing: vidensbro setup"


@click.command()
@yes
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
