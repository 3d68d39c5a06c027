"""``people``: who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.root import USAGE, Ending
from connector.cli.show import emit, table

if TYPE_CHECKING:
    from connector.people import Face


@click.group()
def people() -> None:
    """Decide who is who: nothing is merged without you.

    \b
    Example:
      vidensbro people review
    """


HINTS = """
They are one:              vidensbro people merge PERSON INTO
They are two:              vidensbro people review --apart ITEM
It is dealt with, or yes:  vidensbro people review --settle ITEM"""


@people.command()
@click.option("--apart", type=int, metavar="ITEM", help="They are two people.")
@click.option("--settle", type=int, metavar="ITEM", help="It is dealt with.")
@as_json
@at_desk
def review(desk: Desk, apart: int | None, settle: int | None, as_json: bool) -> None:
    """List what only a person can decide. Holds personal data.

    Two are one: `people merge`. They are two: `--apart ITEM`, and the one who was held
    back is sent to the tools. Anything else that is dealt with: `--settle ITEM`; where
    the item asks whether somebody may have a contact again, that is the yes.

    \b
    Example:
      vidensbro people review
      vidensbro people review --apart 3
      vidensbro people review --settle 4
    """
    from connector import people as service

    if apart is not None and settle is not None:
        raise Ending("Say one or the other: --apart or --settle.", USAGE)
    if apart is not None:
        service.keep_apart(desk.service, desk.key, apart)
        click.echo("They are two.")
        return
    if settle is not None:
        service.settle(desk.service, desk.key, settle)
        click.echo("It waits for you no longer.")
        return
    waiting = service.review(desk.service, desk.key)
    if as_json:
        emit(waiting)
        return
    if not waiting:
        click.echo("Nothing waits for you.")
        return
    table(
        ("item", "question", "who", "and"),
        [(r.item, r.text, _who(r.one), _who(r.other)) for r in waiting],
    )
    click.echo(HINTS)


def _who(face: Face | None) -> str:
    if face is None:
        return ""
    return " ".join(filter(None, (face.name, *face.emails, f"[{face.id}]")))


@people.command()
@click.argument("person")
@click.argument("into", required=False)
@click.option("--undo", is_flag=True, help="Undo the merge of PERSON (an id).")
@at_desk
def merge(desk: Desk, person: str, into: str | None, undo: bool) -> None:
    """Read PERSON through INTO from now on. Ids or e-mail addresses.

    What was said about either stays theirs, so that a merge can be undone.

    \b
    Example:
      vidensbro people merge 5f0c1d anna@people.example
      vidensbro people merge 5f0c1d --undo
    """
    from connector import people as service

    if undo == bool(into):
        raise Ending("Say two people, or one person and --undo.", USAGE)
    if undo:
        service.undo_merge(desk.service, desk.key, person)
        click.echo("They are two again.")
        return
    stays = service.merge_people(desk.service, desk.key, person, into or "")
    click.echo(f"They are one: {stays}")
