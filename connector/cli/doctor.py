"""``doctor``: what is wrong, and how to mend it."""

from __future__ import annotations

import click

from connector.cli.desk import as_json
from connector.cli.show import emit

SIGNS = {"well": "ok", "warning": "look", "fault": "FAULT"}


@click.command()
@click.option("--programme", "of_programme", metavar="KEY", default="",
              help="Which programme; all of them if not said.")  # fmt: skip
@as_json
def doctor(of_programme: str, as_json: bool) -> None:
    """Look at everything that must be right, and say how to mend what is not.

    Exit codes: 0 all is well, 1 a person should look, 2 something does not work.

    \b
    Example:
      vidensbro doctor
    """
    from connector.cli.desk import programme_key
    from connector.doctor import examine
    from connector.findings import worst
    from connector.service import Service
    from connector.settings import load_settings

    service = Service.open(load_settings())
    known = service.settings.programmes
    keys = [programme_key(known, of_programme)] if of_programme else list(known)
    found = [one for key in keys for one in examine(service, key)]
    if as_json:
        emit(found)
    else:
        for one in found:
            click.echo(f"{SIGNS[one.level]:<6}{one.check}: {one.what}")
            if one.remedy:
                click.echo(f"      {one.remedy}")
    raise click.exceptions.Exit(worst(found))
