"""``trace``: one chain, from form to tools."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.show import cell, emit, progress, safe, table

if TYPE_CHECKING:
    from connector.deliveries import Shown
    from connector.trace import Field, Thing, Trace
    from connector.trace.shares import Share
    from connector.trace.tools import Remote


@click.command()
@click.argument("what")
@as_json
@at_desk
def trace(desk: Desk, what: str, as_json: bool) -> None:
    """Follow WHAT from form to tools: delivery, answers, claims, entity, tools.

    WHAT is a delivery's number, a person's id or e-mail address, any other entity's id,
    or the id of a record in a tool. Where several people share it, an address mostly,
    each is shown by name with their own chain. Holds personal data.

    \b
    Example:
      vidensbro trace anna@people.example
    """
    from connector.trace import trace as traced

    with progress("Following"):
        told = traced(desk.service, desk.key, what)
    if as_json:
        emit(told)
        return
    if told.people:
        _apart(told, desk.plan.locale)
    else:
        _chain(told.deliveries, told.entities, desk.plan.locale)


def _apart(told: Trace, locale: str) -> None:
    """Write the chain of each of the people who share it, under their name."""
    click.echo(safe(f"{told.what} is shared by {len(told.people)} people:"))
    for person in told.people:
        click.echo(_named(person))
    for person in told.people:
        click.echo(f"\n=== {_named(person).strip()} ===\n")
        _chain(
            [one for one in told.deliveries if one.summary.id in person.deliveries],
            [one for one in told.entities if one.id in person.entities],
            locale,
        )


def _named(person: Share) -> str:
    held = ", held back: vidensbro people review" if person.held_back else ""
    return safe(f"  {person.name or 'nobody by name'}  [{person.id}]{held}")


def _chain(answers: Iterable[Shown], things: Iterable[Thing], locale: str) -> None:
    from connector.cli.deliveries import write

    for delivery in answers:
        write(delivery, locale)
        click.echo()
    for thing in things:
        _thing(thing)


def _thing(thing: Thing) -> None:
    also = f" (with {', '.join(thing.reads)})" if thing.reads else ""
    click.echo(f"{thing.kind} {thing.id}{also}")
    for person in thing.who:
        click.echo(safe(f"  {person.role}: {person.name}  [{person.id}]"))
    for field in thing.fields:
        _field(field)
    for one in thing.consents:
        word = "yes" if one.given else "no"
        delivery = f", delivery {one.delivery}" if one.delivery else ""
        said = f"[{cell(one.at)} {one.source}{delivery}]"
        click.echo(f"  consent {one.purpose}: {word}  {said}")
    for remote in thing.remotes:
        _remote(remote)
    click.echo()


def _field(field: Field) -> None:
    click.echo(f"  {field.name} = {cell(field.value)}  ({field.policy})")
    for word in field.words:
        mark = "*" if word.decides else " " if word.stands else "x"
        source = f"{word.source} {word.origin}"
        delivery = f", delivery {word.delivery}" if word.delivery else ""
        value = "cleared" if word.value is None else cell(word.value)
        said = f"{cell(word.asserted_at)} {source}{delivery}"
        click.echo(safe(f"    {mark} {value}  [{said}]"))


def _remote(remote: Remote) -> None:
    what = " ".join(filter(None, (remote.object_type, remote.remote_id)))
    when = f", {cell(remote.pushed_at)}" if remote.pushed_at else ""
    click.echo(safe(f"  {remote.tool} {what}: {remote.state}{when}"))
    if remote.problem:
        click.echo(safe(f"    needs you: {remote.problem}"))
    if remote.fields:
        table(
            ("   ", "desired", "sent", "accepted", "pushed"),
            [
                (f"    {f.name}", f.desired, f.sent, f.accepted, f.pushed)
                for f in remote.fields
            ],
        )
