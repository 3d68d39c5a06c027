"""``forms``: the forms that the programme reads, at whichever tool."""

from __future__ import annotations

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.root import PERSON
from connector.cli.show import emit, table


@click.group()
def forms() -> None:
    """The forms that the programme reads.

    \b
    Example:
      vidensbro forms status
    """


@forms.command()
@as_json
@at_desk
def status(desk: Desk, as_json: bool) -> None:
    """Show up to when each form is read. Exit code 1 where one cannot be read.

    \b
    Example:
      vidensbro forms status --json
    """
    from connector.sources.standing import callers_without_mapping, standing

    found = standing(desk.service, desk.key)
    strangers = callers_without_mapping(desk.service, desk.key)
    if as_json:
        emit({"forms": found, "without_mapping": strangers})
    else:
        table(
            ("tool", "form", "mapping", "language", "answers", "there", "read up to",
             "looked", "again", "changed", "problem"),
            [
                (f.provider, f.form, f.mapping, f.language, f.stored, f.total,
                 f.read_up_to, f.looked_at if f.watched else "never", f.next_look_at,
                 f.findings or "", f.problem)
                for f in found
            ],
        )  # fmt: skip
        for provider, form in strangers:
            click.echo(
                f"{provider} {form} sends webhooks, but no mapping reads it. Its "
                "answers stay there until it is bound in programme.toml."
            )
    if strangers or any(one.problem for one in found):
        raise click.exceptions.Exit(PERSON)
