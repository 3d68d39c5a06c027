"""The tree of commands: where each stands, and how its errors end."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click


class Place(NamedTuple):
    """Where a command stands, and its line in the list: read without importing it."""

    module: str
    name: str
    line: str


COMMANDS: Mapping[str, Place] = {
    "init": Place("init", "init", "The first questions; writes the settings."),
    "up": Place("up", "up", "Start everything there is to run."),
    "web": Place("running", "web", "Serve webhooks and pages."),
    "worker": Place("running", "worker", "Process deliveries and sync the tools."),
    "db": Place("running", "db", "Prepare the database."),
    "doctor": Place("doctor", "doctor", "What is wrong, and how to mend it."),
    "backup": Place("backup", "backup", "Write a backup while everything runs."),
    "restore": Place("backup", "restore", "Make the database from a backup."),
    "setup": Place("setup", "setup", "Prepare the hosted tools."),
    "sync": Place("sync", "sync", "Bring the tools in step with the programme."),
    "reconcile": Place("reconcile", "reconcile", "Fetch what no webhook brought."),
    "connection": Place("connection", "connection", "Pause, resume or probe a tool."),
    "forms": Place("forms", "forms", "The forms that are read, and how they changed."),
    "deliveries": Place("deliveries", "deliveries", "List, replay, discard answers."),
    "quarantine": Place("quarantine", "quarantine", "Answers that nothing reads yet."),
    "mapping": Place("mapping", "mapping", "Check and try the mapping files."),
    "people": Place("people", "people", "Decide who is who."),
    "participation": Place("staff", "participation", "Say a status in a round."),
    "match": Place("staff", "match", "Put a mentor and a mentee together, or apart."),
    "milestone": Place("staff", "milestone", "Say that a deliverable is done."),
    "outreach": Place("staff", "outreach", "Say what cities and partners know."),
    "digest": Place("digest", "digest", "What the weekly e-mail says."),
    "kpi": Place("kpi", "kpi", "The programme's figures."),
    "trace": Place("trace", "trace", "Follow one thing from form to tools."),
    "sandbox": Place("sandbox", "sandbox", "Serve the local stand-ins of the tools."),
    "apply": Place("apply", "apply", "Send an application to the demo."),
}  # fmt: skip

USAGE, PERSON = 2, 1
UNSAID = "The database cannot be used now. Is it there, and free? (DATABASE_URL)"

# What ends in a sentence instead of a traceback: exit code, and the sentence where the
# error's own text may hold somebody's data. By name, so that nothing is imported.
ENDINGS: Mapping[str, tuple[int, str]] = {
    "connector.settings.ConfigError": (USAGE, ""),
    "mappings.faults.MappingError": (USAGE, ""),
    "connector.acts.WrongWord": (USAGE, ""),
    "connector.backup.faults.BackupFault": (PERSON, ""),
    "connector.connections.NotConnected": (USAGE, ""),
    "sqlalchemy.exc.OperationalError": (USAGE, UNSAID),
    "connector.lookup.NothingFound": (PERSON, ""),
    "connector.rehearsal.copying.CannotRehearse": (PERSON, ""),
    "connector.digest.post.PostError": (PERSON, ""),
    "connector.programme.merging.CannotMerge": (PERSON, ""),
    "connector.sync.mailchimp.probe.ProbeRefusedError": (PERSON, ""),
    "connector.clients.errors.RemoteError": (PERSON, ""),
}


class Ending(click.ClickException):
    """A sentence on standard error, and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        # click declares it on the class, and reads it from the instance.
        self.exit_code = code  # type: ignore[misc]


def ending_of(error: BaseException) -> Ending | None:
    """Return how an error ends a command; None for one that nobody foresaw."""
    for cls in type(error).__mro__:
        known = ENDINGS.get(f"{cls.__module__}.{cls.__qualname__}")
        if known is not None:
            code, sentence = known
            more = getattr(error, "message", "")
            return Ending(sentence or " ".join(filter(None, (str(error), more))), code)
    return None


class Root(click.Group):
    """Loads a command when it is called, not when its name is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they are told."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(f"connector.cli.{place.module}")
        command = getattr(module, place.name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table says so
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the list from the table alone."""
        rows: Sequence[tuple[str, str]] = [(n, p.line) for n, p in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; name the nearest for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"There is no command {args[0]}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what was foreseen ends in a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            ending = ending_of(error)
            if ending is None:
                raise
            raise ending from error


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
def root() -> None:
    """Vidensbro keeps a mentoring programme's forms, CRM and newsletter in step.

    Exit codes: 0 all is well, 1 something needs a person, 2 wrong use or settings.

    \b
    Example:
      vidensbro kpi show --round r1
    """
