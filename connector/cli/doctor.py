"""``doctor``: what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from connector.cli.columns import say
from connector.cli.desk import as_json
from connector.cli.show import emit

if TYPE_CHECKING:
    from connector.findings import Finding

SIGNS = {"fault": "FAULT", "warning": "look", "well": "ok"}


@click.command()
@click.option("--programme", "of_programme", metavar="KEY", default="",
              help="Which programme; all of them if not said.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Ask no tool, and nothing on the network.")
@click.option("--all", "every", is_flag=True, help="List what is well, too.")
@as_json
def doctor(of_programme: str, quick: bool, every: bool, as_json: bool) -> None:
    """Look at everything that must be right, and say how to mend what is not.

    Nothing is written at any tool. Exit codes: 0 all is well, 1 a person should look,
    2 something does not work.

    \b
    Example:
      vidensbro doctor
      vidensbro doctor --quick
    """
    from connector.findings import worst

    found = _look(of_programme, quick=quick)
    if as_json:
        emit(found)
    else:
        _tell(found, every=every)
    raise click.exceptions.Exit(worst(found))


def _look(of_programme: str, *, quick: bool) -> list[Finding]:
    from connector import logs
    from connector.cli.desk import programme_key
    from connector.doctor import examine
    from connector.doctor.keys import unreadable
    from connector.doctor.values import unopenable
    from connector.doctor.written import in_the_file
    from connector.service import Service
    from connector.settings import ConfigError, EnvFileError, load_settings

    try:
        settings = load_settings()
    except EnvFileError:
        return in_the_file()
    except ConfigError as error:
        return [*in_the_file(), *unreadable(error)]
    # What goes wrong in a check is a finding: the log would only say it again.
    logs.configure("DEBUG" if settings.log_level == "DEBUG" else "CRITICAL")
    try:
        service = Service.open(settings)
    except ConfigError:
        return [*in_the_file(), unopenable()]
    click.get_current_context().call_on_close(service.database.engine.dispose)
    known = settings.programmes
    keys = [programme_key(known, of_programme)] if of_programme else list(known)
    return examine(service, keys, quick=quick)


def _tell(found: Sequence[Finding], *, every: bool) -> None:
    for level, sign in SIGNS.items():
        for one in found:
            if one.level != level or (level == "well" and not every):
                continue
            say(f"{one.check}: {one.what}", f"{sign:<6}", " " * 6)
            if one.remedy:
                say(one.remedy, f"{'':<6}-> ", " " * 9)
    well = sum(one.level == "well" for one in found)
    rest = len(found) - well
    click.echo(f"All is well: {well} things looked at." if not rest
               else f"{rest} to look at; {well} are well.")  # fmt: skip
