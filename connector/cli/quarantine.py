"""``quarantine``: answers of forms that no mapping knows yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.root import PERSON
from connector.cli.show import emit, table

if TYPE_CHECKING:
    from connector.quarantined import Unread

NONE = "Nothing waits in quarantine: every form that sends answers is read."
READS_ALL = (
    "They are kept as they came. Once a form is read, all of its answers are, too."
)


@click.group()
def quarantine() -> None:
    """Answers of forms that no mapping knows yet; they are kept, and count nowhere.

    \b
    Example:
      vidensbro quarantine list
    """


@quarantine.command("list")
@click.option(
    "--form", default="", metavar="FORM", help="Each answer of one form, by its id."
)
@as_json
@at_desk
def list_(desk: Desk, form: str, as_json: bool) -> None:
    """List the forms in quarantine: how many answers wait, and what to do.

    Exit code 1 where a form waits. With --form each of its answers is listed, newest
    first, without what was answered.

    \b
    Example:
      vidensbro quarantine list
      vidensbro quarantine list --form AbC123
    """
    if form:
        _answers(desk, form, as_json)
        return
    from connector.quarantined import unread_forms

    waiting = unread_forms(desk.service, desk.key)
    if as_json:
        emit(waiting)
    else:
        _tell(waiting)
    if waiting:
        click.get_current_context().exit(PERSON)


def _tell(waiting: list[Unread]) -> None:
    if not waiting:
        click.echo(NONE)
        return
    table(
        ("tool", "form", "title", "answers", "since", "last", "to have it read"),
        [
            (one.tool, one.form, one.title or "not known", one.answers, one.since,
             one.last, one.todo)
            for one in waiting
        ],
    )  # fmt: skip
    click.echo(READS_ALL)


def _answers(desk: Desk, form: str, as_json: bool) -> None:
    from connector.deliveries import Selection, list_deliveries

    chosen = Selection(form=form, state="quarantined")
    rows = list_deliveries(desk.service, desk.key, chosen, 1000)
    if as_json:
        emit(rows)
        return
    if not rows:
        click.echo(f"No answer of form {form} waits in quarantine.")
        return
    table(
        ("id", "received", "tool", "form"),
        [(r.id, r.received_at, r.provider, r.form) for r in rows],
    )
