"""``sync``: how the tools stand, and one cycle by hand, the first one with a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import Desk, agree, as_json, at_desk, yes
from connector.cli.root import PERSON, Ending, ending_of
from connector.cli.show import emit, progress, table

if TYPE_CHECKING:
    from connector.connections import Status
    from connector.sync.context import Outcome

SHOWN_PROBLEMS = 20


@click.group()
def sync() -> None:
    """Bring the tools in step with the programme.

    \b
    Example:
      vidensbro sync status
    """


@sync.command()
@as_json
@at_desk
def status(desk: Desk, as_json: bool) -> None:
    """Show how every tool stands. Exit code 1 where syncing waits for a person.

    \b
    Example:
      vidensbro sync status --json
    """
    from connector import connections

    found = connections.statuses(desk.service, desk.key)
    if as_json:
        emit(found)
    else:
        _tell(found)
    if any(one.needs_you for one in found):
        raise click.exceptions.Exit(PERSON)


def _tell(found: list[Status]) -> None:
    table(
        ("tool", "state", "account", "last sync", "records", "refused"),
        [
            (
                one.label,
                one.state,
                one.account,
                one.last_success_at,
                ", ".join(f"{n} {word}" for word, n in sorted(one.records.items())),
                len(one.problems) or "",
            )
            for one in found
        ],
    )
    for one in found:
        if one.reason:
            click.echo(f"{one.label}: {one.reason}")
        for problem in one.problems[:SHOWN_PROBLEMS]:
            click.echo(f"{one.label}: {problem.kind} {problem.entity}: {problem.text}")


@sync.command()
@yes
@at_desk
def run(desk: Desk, yes: bool) -> None:
    """Run one cycle now. The first one with an account shows counts, then asks.

    \b
    Example:
      vidensbro sync run
      vidensbro sync run --yes
    """
    from connector.service import check_apart
    from connector.singleflight import only_one
    from connector.sync.cycle import TOOLS

    with desk.service.database.reading() as session:
        check_apart(session, desk.key, desk.service.settings)
    with only_one(desk.service, "sync") as alone:
        if not alone:
            raise Ending("Another sync is under way. Try again in a moment.", PERSON)
        well = [_apart(desk, name, yes) for name in TOOLS]
    if not all(well):
        raise click.exceptions.Exit(PERSON)


def _apart(desk: Desk, name: str, yes: bool) -> bool:
    """Sync one tool; what is wrong with it is said, and holds up no other."""
    try:
        return _run(desk, name, yes)
    except Exception as error:
        ending = error if isinstance(error, Ending) else ending_of(error)
        if ending is None or ending.exit_code != PERSON:
            raise
        ending.show()
        return False


def _run(desk: Desk, name: str, yes: bool) -> bool:
    """Sync one tool; return whether all went well."""
    from connector.connections import statuses
    from connector.sync.cycle import TOOLS, sync_tool

    tool = TOOLS[name]
    before = _status(statuses(desk.service, desk.key), name)
    if before.state == "off":
        click.echo(f"{tool.label}: off")
        return True
    if before.state == "new":
        _first(desk, name, yes)
    with progress(f"Syncing {tool.label}"):
        outcome = sync_tool(desk.service, desk.key, name, tool)
    after = _status(statuses(desk.service, desk.key), name)
    if outcome is not None:
        click.echo(f"{tool.label}: {_counts(outcome)}")
        for problem in outcome.problems:
            click.echo(problem, err=True)
    if after.state != "active":
        click.echo(f"{tool.label}: {after.state}. {after.reason}", err=True)
    return after.state == "active" and outcome is not None and not outcome.problems


def _status(found: list[Status], name: str) -> Status:
    return next(one for one in found if one.tool == name)


def _counts(outcome: Outcome) -> str:
    told = ", ".join(f"{n} {word}" for word, n in sorted(outcome.counts.items()))
    return told or "nothing to do"


def _first(desk: Desk, name: str, yes: bool) -> None:
    """Show what a first sync would do; activate the connection on a yes."""
    from connector.sync.context import Context
    from connector.sync.cycle import TOOLS, change, same_account
    from connector.sync.setup import plan_all

    tool = TOOLS[name]
    with progress(f"Looking at what {tool.label} still lacks"):
        lacking = any(s.tool == name for s in plan_all(desk.service, desk.key).steps)
    if lacking:
        raise click.ClickException(
            f"{tool.label} is not prepared yet. Nothing was written. First: "
            "vidensbro setup"
        )
    client = tool.connect(desk.service, desk.key)
    with progress(f"Looking at {tool.label}"):
        account = tool.account(client)
        look = tool.preview(Context(desk.service, desk.plan), client)
    click.echo(f"First sync with {tool.label}, account {account}:")
    table(("what", "would", "how many", "for example"), list(_rows(look)))
    agree(f"Sync {tool.label}?", yes, "vidensbro sync run")
    if same_account(desk.service, desk.key, name, account):
        change(desk.service, desk.key, name, "active")


def _rows(look: Any) -> Iterator[tuple[str, str, int, str]]:
    """Yield (thing, word, count, examples) of a preview, whatever its depth."""
    for name, count in look.counts.items():
        if isinstance(count, Mapping):
            for word, number in count.items():
                examples = look.examples.get(f"{name}: {word}", ())
                yield name, word, number, ", ".join(examples)
        else:
            yield "member", name, count, ", ".join(look.examples.get(name, ()))
