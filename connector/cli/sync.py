"""``sync``: how the tools stand, a cycle or a compare by hand, a first sync's look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import Desk, agree, as_json, at_desk, yes
from connector.cli.root import PERSON, Ending, ending_of
from connector.cli.show import emit, progress, safe, table

if TYPE_CHECKING:
    from connector.comparing import Compared
    from connector.connections import Status
    from connector.sync.context import Outcome

SHOWN_PROBLEMS = 20
STOPPED = "What was not written yet waits. Go on with: vidensbro sync run"


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
    """Show how every tool stands, and what its last compare found.

    Exit code 1 where a person is needed: a tool waits, a record was refused or is held
    for review, a chore has a problem.

    \b
    Example:
      vidensbro sync status --json
    """
    from connector import connections
    from connector.matters.aside import set_aside
    from connector.matters.waiting import open_matters

    found = connections.statuses(desk.service, desk.key)
    chores = connections.troubles(desk.service, desk.key)
    waiting = open_matters(desk.service, desk.key)
    doubts = sum(one.kind == "review" for one in waiting)
    aside = set_aside(desk.service, desk.key)
    if as_json:
        emit({"tools": found, "chores": chores, "review": doubts, "aside": aside})
    else:
        _tell(found)
        for one in chores:
            click.echo(f"{one.chore}: {one.problem}")
        if doubts:
            click.echo(f"On the review list: {doubts}. See: vidensbro people review")
        for matter in aside:
            when = f"{matter.at:%Y-%m-%d}"
            click.echo(f"Set aside {when}: {matter.key}: {safe(matter.reason)}")
    if chores or doubts or any(one.needs_you for one in found):
        raise click.exceptions.Exit(PERSON)


def _tell(found: list[Status]) -> None:
    table(
        (
            "tool", "state", "account", "last sync", "records", "refused", "hints",
            "last compare",
        ),
        [
            (
                one.label,
                one.state,
                one.account,
                one.last_success_at,
                _words(one.records),
                len(one.problems) or "",
                one.hints or "",
                one.compared_at,
            )
            for one in found
        ],
    )  # fmt: skip
    for one in found:
        for kind, words in one.drift.items():
            click.echo(f"{one.label}, last compare: {kind}: {_words(words)}")
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
    from connector.cli.questions import stoppable
    from connector.service import check_apart
    from connector.singleflight import PATIENCE_S, only_one
    from connector.sync.cycle import TOOLS

    with desk.service.database.reading() as session:
        check_apart(session, desk.key, desk.service.settings)
    with only_one(desk.service, "sync", patience_s=PATIENCE_S) as alone:
        if not alone:
            raise Ending("Another sync is under way. Try again in a moment.", PERSON)
        with stoppable(lambda: STOPPED):
            well = [_apart(desk, name, yes) for name in TOOLS]
    if not (_tend_tasks(desk) and all(well)):
        raise click.exceptions.Exit(PERSON)


def _tend_tasks(desk: Desk) -> bool:
    """Bring the CRM's tasks in line; return whether all went well."""
    from connector.chores import run as run_chore
    from connector.timetable import CHORES

    name = "hubspot.tasks"
    problem = run_chore(desk.service, desk.key, name, CHORES[name])
    if problem:
        click.echo(problem, err=True)
    return not problem


def _apart(desk: Desk, name: str, yes: bool) -> bool:
    """Sync one tool; what is wrong with it is said, and holds up no other."""
    try:
        return _run(desk, name, yes)
    except Exception as error:
        ending = error if isinstance(error, Ending) else ending_of(error)
        if ending is None or ending.exit_code != PERSON:
            raise
        ending.show()
        if ending is not error:
            click.echo("What is wrong, and how to mend it: vidensbro doctor", err=True)
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
    return _words(outcome.counts) or "nothing to do"


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))


@sync.command()
@click.option("--dry-run", is_flag=True, help="Count only; change and keep nothing.")
@as_json
@at_desk
def compare(desk: Desk, dry_run: bool, as_json: bool) -> None:
    """Compare all records with the programme now, as every night, and repair.

    Finds what a sync cannot see: what was archived, merged, overwritten, or changed by
    hand in a property of ours. Exit code 1 where a person is needed: something is
    missing or was archived, or a tool could not be read.

    \b
    Example:
      vidensbro sync compare --dry-run
      vidensbro sync compare --json
    """
    from connector.singleflight import PATIENCE_S, only_one

    with only_one(desk.service, "sync", patience_s=PATIENCE_S) as alone:
        if not alone:
            raise Ending("A sync is under way. Try again in a moment.", PERSON)
        found = _compare(desk, dry_run)
    if as_json:
        emit(found)
    else:
        _tell_compared(found, dry_run)
    if any(one.needs_you for one in found):
        raise click.exceptions.Exit(PERSON)


def _compare(desk: Desk, dry_run: bool) -> list[Compared]:
    """Compare each tool that has a key; what is wrong with one holds up no other."""
    from connector.comparing import compare_tool
    from connector.connections import is_on
    from connector.sync.cycle import TOOLS

    tools = [name for name in TOOLS if is_on(desk.service, desk.key, name)]
    found = []
    with progress("Comparing the tools", len(tools)) as tell:
        for done, name in enumerate(tools, 1):
            found.append(compare_tool(desk.service, desk.key, name, dry_run=dry_run))
            tell(done)
    return found


def _tell_compared(found: list[Compared], dry_run: bool) -> None:
    from connector.comparing import drift, how_many

    table(
        ("tool", "record type", "records", "not as it should be"),
        [
            (
                one.label,
                kind,
                how_many(words),
                _words(drift(one.counts).get(kind, {})),
            )
            for one in found
            for kind, words in one.counts.items()
        ],
    )
    for one in found:
        if one.problem:
            click.echo(one.problem, err=True)
    if dry_run:
        click.echo("Nothing was changed.")
    elif not any(drift(one.counts) or one.problem for one in found):
        click.echo("Everything is as it should be.")


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
    rows = [row for row in _rows(look) if row[2]]
    if rows:
        table(("what", "would", "how many", "for example"), rows)
    else:
        click.echo("There is nothing to write yet.")
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
