"""What the commands share: an opened service, a programme's key, dates, a yes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.root import PERSON, USAGE, Ending

if TYPE_CHECKING:
    from connector.service import Service
    from mappings.plan import ProgrammeMap

Command = Callable[..., Any]
WAITS = "The database waits for: vidensbro db upgrade"
ELSEWHERE = (
    "There is no .env in this folder ({folder}), and no database. Go to the folder "
    "that vidensbro init was run in; or begin here: vidensbro init"
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes = click.option("--yes", is_flag=True, help="Do it without asking.")


@dataclass(frozen=True)
class Desk:
    """An opened service and the programme that a command is about."""

    service: Service
    key: str

    @property
    def plan(self) -> ProgrammeMap:
        """Return the programme's mapping."""
        return self.service.programme(self.key)


def at_desk(command: Command) -> Command:
    """Give a command ``--programme`` and, as its first argument, an opened desk."""

    @click.option(
        "--programme", "of_programme", metavar="KEY", default="",
        help="Which programme; the first of PROGRAMMES if not said.",
    )  # fmt: skip
    @functools.wraps(command)
    def opened(of_programme: str, **arguments: Any) -> Any:
        return command(open_desk(of_programme), **arguments)

    return opened


def open_desk(key: str = "") -> Desk:
    """Open the service at a database that is ready, on one of its programmes."""
    from connector import logs

    service = open_service()
    logs.configure(own_level(service.settings.log_level))
    desk = Desk(service, programme_key(service.settings.programmes, key))
    _use_zone(desk)
    return desk


def _use_zone(desk: Desk) -> None:
    from zoneinfo import ZoneInfo

    from connector.cli.show import use_zone
    from mappings.faults import MappingError

    # A command that needs no mapping also works while a mapping file has a fault.
    with suppress(MappingError):
        use_zone(ZoneInfo(desk.plan.zone))


def own_level(level: str) -> str:
    """Return the level for a command: its words are its output, the log only warns."""
    return "DEBUG" if level == "DEBUG" else "WARNING"


def programme_key(known: tuple[str, ...], key: str) -> str:
    """Return the key of a programme that is served here."""
    if key and key not in known:
        raise Ending(f"There is no programme {key}. Known: {', '.join(known)}", USAGE)
    return key or known[0]


def open_service() -> Service:
    """Open the service; refuse a database that has not been prepared."""
    from connector.schema import is_current
    from connector.service import Service
    from connector.settings import load_settings

    service = Service.open(load_settings())
    click.get_current_context().call_on_close(service.database.engine.dispose)
    path = service.database.engine.url.database
    if service.database.url.startswith("sqlite") and path and not Path(path).exists():
        at_home = Path(".env").exists() or "PROGRAMMES" in os.environ
        folder = Path.cwd().name
        raise Ending(WAITS if at_home else ELSEWHERE.format(folder=folder), USAGE)
    if not is_current(service.database):
        raise Ending(WAITS, USAGE)
    return service


class Day(click.ParamType[date]):
    """A day in the programme's zone, as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day; say how it is written where it cannot be read."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is no day; write it as 2026-03-31", param, ctx)


DAY = Day()


def agree(question: str, yes: bool, command: str) -> None:
    """Return when somebody says yes; end the command where nobody can, or says no."""
    if yes:
        return
    if not somebody_there():
        raise Ending(f"Nothing was done. To do it: {command} --yes", PERSON)
    asked = f"{question} [y/N]"
    if not click.prompt(asked, value_proc=_is_yes, default="n", show_default=False):
        click.echo("Nothing was done.", err=True)
        raise click.exceptions.Exit(PERSON)


def _is_yes(said: str) -> bool:
    """Tell a yes from a no, in English or Danish."""
    word = said.strip().lower()
    if word in {"n", "no", "nej"}:
        return False
    if word not in {"y", "yes", "j", "ja"}:
        raise click.UsageError("Say y or n (or ja, nej).")
    return True


def somebody_there() -> bool:
    """Tell whether a question would be answered by a person."""
    return sys.stdin.isatty()
