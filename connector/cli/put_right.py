"""How a correction and a discard are shown, asked for and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from connector.cli import in_short, rehearsed
from connector.cli.columns import folded, say, width
from connector.cli.desk import Desk, agree
from connector.cli.root import USAGE, Ending
from connector.cli.show import cell, progress

if TYPE_CHECKING:
    from connector.corrections.correcting import Outcome, Wish
    from connector.service import Service

STAYS = (
    "The participation keeps the status that staff gave it, and counts as such. If it "
    "is not to: vidensbro participation set PERSON ROUND ROLE --strike"
)


def ask(desk: Desk, wish: Wish, yes: bool, *, all_fields: bool) -> None:
    """Show what a correction would change everywhere; end where nobody says yes.

    On one screen; with ``all_fields`` field by field.
    """
    from connector.corrections.correcting import correct
    from mappings.correcting import WrongCorrection

    told: list[Outcome] = []
    try:
        _rehearse(desk, lambda copy: told.append(correct(copy, desk.key, wish)),
                  lambda: _answer(told[0]), all_fields=all_fields)  # fmt: skip
    except WrongCorrection as error:
        raise Ending(str(error), USAGE) from error
    command = f"vidensbro deliveries correct {wish.number} ..."
    agree("Undo the correction?" if wish.undo else "Correct it?", yes, command)


def do(desk: Desk, wish: Wish) -> None:
    """Correct an answer, and tell how its delivery stands now."""
    from connector.corrections.correcting import correct

    done = correct(desk.service, desk.key, wish)
    click.echo(f"{'Undone' if wish.undo else 'Corrected'}. Delivery {wish.number} is "
               f"{done.state}.")  # fmt: skip
    for reason in done.reasons:
        message = reason["message"]
        said = message.get(desk.plan.locale) or message.get("en", reason["code"])
        place = ".".join(filter(None, (reason["record"], reason["field"])))
        settled = done.state == "processed"
        word = "settled by staff" if settled else "still needs you"
        say(f"{word}: {place}: {said}", "  ", "    ")


def _answer(told: Outcome) -> Iterator[str]:
    before, after = cell(told.before) or "no answer", cell(told.after) or "no answer"
    yield f"{told.question} ({cell(told.title)}): {before} -> {after}"
    yield from told.notes


def ask_discard(
    desk: Desk, number: int, reason: str, yes: bool, *, all_fields: bool
) -> None:
    """Show what a discard takes back and what stays; end where nobody says yes.

    On one screen; with ``all_fields`` field by field.
    """
    from connector import deliveries as service
    from connector.corrections.discarding import Discarded, discard

    one = service.show(desk.service, desk.key, number).summary
    told: list[Discarded] = []

    def stays() -> Iterator[str]:
        yield f"Delivery {one.id}: {one.mapping or one.form}, {one.state}"
        if told[0].refusals:
            yield f'{told[0].refusals} times "no" stays: it is never taken back.'
        if told[0].parts:
            yield STAYS

    def act(copy: Service) -> None:
        told.append(discard(copy, desk.key, number, reason))

    _rehearse(desk, act, stays, all_fields=all_fields)
    agree("Discard it?", yes, f"vidensbro deliveries discard {number} --reason ...")


def do_discard(desk: Desk, number: int, reason: str) -> None:
    """Discard a delivery, and say how much went."""
    from connector.corrections.discarding import discard

    done = discard(desk.service, desk.key, number, reason)
    click.echo(
        f"Discarded: {done.claims} claims on {done.entities} changed entities. "
        f"To let it count again: vidensbro deliveries replay {number}"
    )


def _rehearse(
    desk: Desk,
    act: Callable[[Service], Any],
    tell: Callable[[], Iterator[str]],
    *,
    all_fields: bool,
) -> None:
    from connector.rehearsal import rehearse

    with progress("Looking at what would change"):
        difference = rehearse(desk.service, desk.key, act)
    first = [line for text in tell() for line in folded(text, width(), others="")]
    for line in first:
        click.echo(line)
    if all_fields:
        rehearsed.tell(difference)
    else:
        in_short.tell(difference, first)
