"""``digest``: all well, or these things."""

from __future__ import annotations

import click

from connector.cli.desk import Desk, at_desk


@click.command()
@at_desk
def digest(desk: Desk) -> None:
    """Show what the weekly e-mail would say now.

    \b
    Example:
      vidensbro digest
    """
    from connector.waiting import open_matters

    for matter in open_matters(desk.service, desk.key):
        click.echo(f"{matter.title}\n  {matter.happened} {matter.safe}\n  {matter.do}")
