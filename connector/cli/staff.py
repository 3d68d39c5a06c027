"""What staff say by command: participations, matches, milestones, outreach."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from connector.cli.desk import DAY, Desk, at_desk
from connector.cli.root import USAGE, Ending
from connector.cli.show import cell

if TYPE_CHECKING:
    from connector.acts import Said

ROLES = click.Choice(("mentor", "mentee"))


def _tell(said: Said) -> None:
    told = ", ".join(f"{n} {cell(v)}" for n, v in said.now.items() if v is not None)
    click.echo(f"{said.kind} {said.id}: {told or 'nothing said'}")


@click.group()
def participation() -> None:
    """Say how somebody stands in a round.

    \b
    Example:
      vidensbro participation set anna@people.example r1 mentee --status active
    """


@participation.command("set")
@click.argument("person")
@click.argument("round_key", metavar="ROUND")
@click.argument("role", type=ROLES)
@click.option("--status", metavar="STATUS", help="applied, selected, active ...")
@click.option(
    "--reason", metavar="REASON", help="Why they withdrew: got_job, moved ..."
)
@click.option("--strike", is_flag=True, help="Staff's latest status was a mistake.")
@at_desk
def set_participation(  # noqa: PLR0913, PLR0917 - one argument an option
    desk: Desk,
    person: str,
    round_key: str,
    role: str,
    status: str | None,
    reason: str | None,
    strike: bool,
) -> None:
    """Say PERSON's status in a ROUND as ROLE, or take a mistaken one back.

    A struck move never counted: also not for the figures of who was ever active.

    \b
    Example:
      vidensbro participation set anna@people.example r1 mentee \\
          --status withdrawn --reason got_job
      vidensbro participation set anna@people.example r1 mentee --strike
    """
    from connector import acts

    part = (person, round_key, role)
    if strike == bool(status or reason):
        raise Ending("Say --status and/or --reason, or --strike.", USAGE)
    if strike:
        _tell(acts.strike_status(desk.service, desk.key, part))
        return
    _tell(
        acts.set_participation(
            desk.service, desk.key, part, status=status, reason=reason
        )
    )


@click.group()
def match() -> None:
    """Put a mentor and a mentee together, or apart.

    \b
    Example:
      vidensbro match set bo@havbro.example anna@people.example --round r1
    """


@match.command("set")
@click.argument("mentor")
@click.argument("mentee")
@click.option("--round", "round_key", required=True, metavar="ROUND", help="In which.")
@click.option("--end", is_flag=True, help="They are a match no longer.")
@at_desk
def set_match(desk: Desk, mentor: str, mentee: str, round_key: str, end: bool) -> None:
    """Put MENTOR and MENTEE of a round together; ids or e-mail addresses.

    \b
    Example:
      vidensbro match set bo@havbro.example anna@people.example --round r1 --end
    """
    from connector import acts

    pair = (mentor, mentee)
    _tell(acts.set_match(desk.service, desk.key, pair, round_key, linked=not end))


@click.group()
def milestone() -> None:
    """Say that a deliverable is done.

    \b
    Example:
      vidensbro milestone done material_published
    """


@milestone.command()
@click.argument("key")
@click.option("--on", type=DAY, help="The day it was done; today if not said.")
@click.option("--evidence", metavar="LINK", help="Where it can be seen.")
@at_desk
def done(desk: Desk, key: str, on: date | None, evidence: str | None) -> None:
    """Say that the milestone KEY is done.

    \b
    Example:
      vidensbro milestone done material_published --on 2017-06-12 \\
          --evidence https://programme.example/material
    """
    from connector import acts

    _tell(acts.finish_milestone(desk.service, desk.key, key, on=on, evidence=evidence))


@click.group()
def outreach() -> None:
    """Say which cities and partners were informed, and what they answered.

    \b
    Example:
      vidensbro outreach add "Havnby Kommune" --kind city --informed 2017-09-01
    """


@outreach.command()
@click.argument("organisation")
@click.option("--kind", type=click.Choice(("city", "partner")), help="What it is.")
@click.option("--informed", type=DAY, help="The day it was told of the results.")
@click.option("--channel", metavar="TEXT", help="How: meeting, letter, talk ...")
@click.option("--interested", type=DAY, help="The day it said it was interested.")
@click.option("--in", "interested_in", metavar="TEXT", help="In what part: all ...")
@at_desk
def add(desk: Desk, organisation: str, **said: str | date | None) -> None:
    """Say what became of a city or partner: its name, domain or id.

    What is not said again stands as it is known. A new organisation needs --kind.

    \b
    Example:
      vidensbro outreach add "Havnby Kommune" --kind city \\
          --informed 2017-09-01 --channel meeting
    """
    from connector import acts

    if not any(said.values()):
        raise Ending("Say at least --informed or --interested.", USAGE)
    reached = acts.Reached(**said)  # type: ignore[arg-type]  # click gives them typed
    _tell(acts.add_outreach(desk.service, desk.key, organisation, reached))
