"""``connection``: pause, resume, probe or rebind a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from connector.cli.desk import Desk, agree, at_desk, yes
from connector.cli.root import USAGE, Ending


class ToolName(click.ParamType[str]):
    """A tool that is synced with."""

    name = "tool"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the tool's name; name the known ones for another."""
        from connector.sync.cycle import TOOLS

        if value not in TOOLS:
            self.fail(f"{value} is not one of: {', '.join(TOOLS)}", param, ctx)
        return str(value)


TOOL = ToolName()
tool_argument = click.argument("tool", type=TOOL)


@click.group()
def connection() -> None:
    """Pause, resume or probe a tool.

    \b
    Example:
      vidensbro connection resume hubspot
    """


@connection.command()
@tool_argument
@at_desk
def pause(desk: Desk, tool: str) -> None:
    """Stop writing to TOOL until it is resumed. Nothing is lost; changes wait.

    \b
    Example:
      vidensbro connection pause mailchimp
    """
    from connector import connections

    connections.pause(desk.service, desk.key, tool)
    click.echo(f"{tool} is paused.")


WAITS = {
    "new": ": its first sync waits for vidensbro sync run",
    "paused": ": every answer since the backup is fetched first, then it goes on by "
    "itself. To go on without what cannot be fetched, resume it again",
}


@connection.command()
@click.argument("tool", type=TOOL, required=False)
@at_desk
def resume(desk: Desk, tool: str | None) -> None:
    """Go on with TOOL (or with all that stand still), and try again what it refused.

    \b
    Example:
      vidensbro connection resume hubspot
    """
    from connector import connections

    still = _in_state(desk, {"paused", "stopped"})
    if not tool and not still:
        click.echo("Nothing stands still.")
    for name in [tool] if tool else still:
        state = connections.resume(desk.service, desk.key, name)
        click.echo(f"{name} is {state}{WAITS.get(state, '')}.")


@connection.command()
@click.argument("tool", type=TOOL, required=False)
@yes
@at_desk
def rebind(desk: Desk, tool: str | None, yes: bool) -> None:
    """Take the account of the present key as this programme's, instead of the former.

    TOOL, or every one that stopped. What we know of the former account's records is
    forgotten; claims, people and consents stay. The next sync is a first one: it shows
    counts and waits for a yes.

    \b
    Example:
      vidensbro connection rebind hubspot
    """
    from connector import connections

    chosen = [tool] if tool else _in_state(desk, {"stopped"})
    if not chosen:
        click.echo("Nothing has stopped.")
        return
    named = " and ".join(chosen)
    question = f"Forget the records of the former account at {named}?"
    agree(question, yes, f"vidensbro connection rebind {' '.join(chosen[:1])}")
    for name in chosen:
        connections.rebind(desk.service, desk.key, name)
        click.echo(f"{name} is new. See what a first sync would do: vidensbro sync run")


def _in_state(desk: Desk, states: set[str]) -> list[str]:
    from connector import connections

    found = connections.statuses(desk.service, desk.key)
    return [one.tool for one in found if one.state in states]


@connection.command()
@tool_argument
@click.argument("address")
@at_desk
def probe(desk: Desk, tool: str, address: str) -> None:
    """Try with an own test ADDRESS what TOOL's documentation leaves open.

    The address must belong to nobody in the programme. What is seen is remembered, and
    may make later syncs take fewer calls.

    \b
    Example:
      vidensbro connection probe mailchimp test@programme.example
    """
    from connector import connections

    if tool not in PROBES:
        raise Ending(f"There is nothing to probe at {tool}. Known: "
                     f"{', '.join(PROBES)}", USAGE)  # fmt: skip
    facts = PROBES[tool](desk, address)
    connections.remember(desk.service, desk.key, tool, facts)
    for name, seen in facts.items():
        click.echo(f"{name}: {'yes' if seen else 'no'}")


def _mailchimp(desk: Desk, address: str) -> Mapping[str, bool]:
    from connector.connections import NotConnected
    from connector.sync.context import Context
    from connector.sync.cycle import TOOLS
    from connector.sync.mailchimp import probe as look

    client = TOOLS["mailchimp"].connect(desk.service, desk.key)
    if client is None:
        raise NotConnected("Mailchimp is off: no key is set for it.")
    return look(Context(desk.service, desk.plan), client, address)


PROBES: Mapping[str, Callable[[Desk, str], Mapping[str, bool]]] = {
    "mailchimp": _mailchimp
}
