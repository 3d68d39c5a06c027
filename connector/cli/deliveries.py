"""``deliveries``: what came in, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli import put_right, rehearsed
from connector.cli.columns import say
from connector.cli.desk import DAY, Desk, agree, as_json, at_desk, yes
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import cell, emit, progress, table

if TYPE_CHECKING:
    from datetime import date

    from connector.corrections.shown import Corrected
    from connector.deliveries import Selection, Shown
    from connector.rehearsal import Difference

STATES = (
    "received", "processed", "parked", "quarantined", "partial", "test", "discarded",
)  # fmt: skip

INSIDE = ("  ", "    ")

by_form = click.option(
    "--form", default="", metavar="FORM", help="A form's id or its mapping's name."
)
by_state = click.option(
    "--state", type=click.Choice(STATES), help="Only in this state."
)


all_fields = click.option(
    "--all-fields", is_flag=True, help="Show every field that becomes otherwise."
)


@click.group()
def deliveries() -> None:
    """What came in, and what became of it.

    \b
    Example:
      vidensbro deliveries list --state parked
    """


@deliveries.command("list")
@by_form
@by_state
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@click.option("--events", is_flag=True, help="Also what holds no answers.")
@as_json
@at_desk
def list_(
    desk: Desk, form: str, state: str | None, limit: int, events: bool, as_json: bool
) -> None:
    """List deliveries, newest first, without what was answered.

    \b
    Example:
      vidensbro deliveries list --state quarantined --form mentee_application
    """
    from connector.deliveries import Selection, list_deliveries

    chosen = Selection(form=form, state=state or "", events=events)
    rows = list_deliveries(desk.service, desk.key, chosen, limit)
    if as_json:
        emit(rows)
        return
    table(
        ("id", "received", "form", "kind", "state", "times", "reasons"),
        [
            (r.id, r.received_at, r.mapping or f"{r.provider} {r.form}", r.kind,
             r.state, r.sightings, r.reasons or "")
            for r in rows
        ],
    )  # fmt: skip


@deliveries.command()
@click.argument("number", type=int)
@as_json
@at_desk
def show(desk: Desk, number: int, as_json: bool) -> None:
    """Show a delivery: its answers, and why it is parked. Holds personal data.

    \b
    Example:
      vidensbro deliveries show 118
    """
    from connector.deliveries import show as shown

    told = shown(desk.service, desk.key, number)
    if as_json:
        emit(told)
        return
    write(told, desk.plan.locale)


def write(told: Shown, language: str) -> None:
    """Write a delivery for a person to read."""
    one = told.summary
    say(
        f"Delivery {one.id}: {one.mapping or one.form} from {one.provider}, "
        f"{one.kind}, {one.state}, received {cell(one.received_at)}, "
        f"seen {one.sightings} time{'s' if one.sightings != 1 else ''}"
    )
    for reason in told.reasons:
        message = reason["message"]
        said = message.get(language) or message.get("en", reason["code"])
        place = ".".join(filter(None, (reason["record"], reason["field"])))
        word = "settled by staff" if one.state == "processed" else "needs you"
        say(f"{word}: {place}: {said}", *INSIDE)
    for note in told.notes:
        say(f"note: {note}", *INSIDE)
    for correction in told.corrections:
        say(_correction(correction), *INSIDE)
    _answers(told)
    if told.hidden:
        table(("hidden field", "value"), sorted(told.hidden.items()))


def _correction(one: Corrected) -> str:
    """Return a correction, or a discard, as one line."""
    what = (
        f"{one.question}: {cell(one.given) or 'no answer'} -> "
        f"{cell(one.meant) or 'no answer'}" if one.question else "this answer"
    )  # fmt: skip
    word = "corrected" if one.question else "discarded"
    end = "" if one.counts else (
        f"; undone {cell(one.undone_at)}" if one.undone_at
        else "; counts no more: a later word stands"
    )  # fmt: skip
    return f"{word} {cell(one.made_at)}: {what} ({cell(one.reason)}{end})"


def _answers(told: Shown) -> None:
    """Write the answers as they were given, and beside them what staff meant."""
    meant = {one.name: one for one in told.corrections if one.question and one.counts}
    if not meant:
        table(("question", "title", "answer"), told.answers)
        return
    rows = [
        (*one, (meant[one[0]].meant or "(no answer)") if one[0] in meant else "")
        for one in told.answers
    ]
    added = [
        (one.question, one.title, "", one.meant)
        for one in told.corrections if one.counts and one.question and not one.name
    ]  # fmt: skip
    table(("question", "title", "answer", "counts as"), [*rows, *added])


@deliveries.command()
@click.argument("numbers", type=int, nargs=-1)
@by_form
@click.option(
    "--state", type=click.Choice(("processed", "parked", "quarantined", "discarded")),
    help="Only in this state.",
)  # fmt: skip
@click.option(
    "--since", type=DAY, metavar="DAY", help="Only what came in on that day or later."
)
@click.option("--all", "everything", is_flag=True, help="Every delivery.")
@click.option("--dry-run", is_flag=True, help="Show the difference; write nothing.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=1),
    help="How many things of each place a dry run shows.",
)  # fmt: skip
@as_json
@yes
@at_desk
def replay(  # noqa: PLR0913, PLR0917 - one argument an option
    desk: Desk,
    numbers: tuple[int, ...],
    form: str,
    state: str | None,
    since: date | None,
    everything: bool,
    dry_run: bool,
    limit: int,
    as_json: bool,
    yes: bool,
) -> None:
    """Send deliveries through today's mapping again. Shows first, then asks.

    What staff said stands. A discarded delivery that is named by number counts again.
    With --dry-run the difference is shown field by field: in the programme, its
    figures, HubSpot and Mailchimp. It holds personal data.

    \b
    Example:
      vidensbro deliveries replay --form mentee_application --since 2026-03-01 --dry-run
      vidensbro deliveries replay 118 119 --yes
    """
    from connector import deliveries as service

    if not (numbers or form or state or since or everything):
        raise Ending("Say which: numbers, --form, --state, --since or --all.", USAGE)
    if as_json and not dry_run:
        raise Ending("--json shows a dry run: say --dry-run, too.", USAGE)
    chosen = service.Selection(numbers, form, state or "", since=since)
    counts = service.replay_counts(desk.service, desk.key, chosen)
    if not counts:
        raise Ending("No delivery fits.", PERSON)
    difference = _rehearsed(desk, chosen, counts.total())
    if as_json:
        rehearsed.as_data(difference)
        return
    table(("would be", "deliveries"), sorted(counts.items()))
    if dry_run:
        rehearsed.tell(difference, limit)
        return
    rehearsed.tell_summary(difference)
    agree(f"Replay {counts.total()}?", yes, "vidensbro deliveries replay ...")
    with progress("Replaying", counts.total()) as told:
        done = service.replay(desk.service, desk.key, chosen, told)
    click.echo(f"Replayed {done}.")


def _rehearsed(desk: Desk, chosen: Selection, total: int) -> Difference:
    """Replay on a copy; return what differs afterwards."""
    from connector import deliveries as service
    from connector.rehearsal import rehearse

    with progress("Rehearsing", total) as told:
        return rehearse(
            desk.service,
            desk.key,
            lambda copy: service.replay(copy, desk.key, chosen, told),
        )


@deliveries.command()
@click.argument("number", type=int)
@click.argument("question")
@click.argument("values", metavar="[VALUE]...", nargs=-1)
@click.option("--reason", default="", help="Why; it is kept and shown.")
@click.option("--row", default="", help="The row, where the question has rows.")
@click.option("--undo", is_flag=True, help="Take the last correction of it back.")
@all_fields
@yes
@at_desk
def correct(  # noqa: PLR0913, PLR0917 - one argument an option
    desk: Desk,
    number: int,
    question: str,
    values: tuple[str, ...],
    reason: str,
    row: str,
    undo: bool,
    all_fields: bool,
    yes: bool,
) -> None:
    """Let an answer count otherwise than it was given. Shows first, then asks.

    QUESTION is as `deliveries show` names it; its title or a field's name will do.
    VALUE is read as an answer is: yes or no, 2026-03-31, choices by code or label with
    commas between; "" is no answer. What was given stays stored, and is shown beside
    it. Holds personal data.

    \b
    Example:
      vidensbro deliveries correct 118 email anna@people.example --reason "A slip"
      vidensbro deliveries correct 118 email --undo
    """
    from connector.corrections.correcting import Wish

    if undo == bool(values):
        raise Ending('Say a VALUE ("" for no answer), or --undo.', USAGE)
    if not undo and not reason.strip():
        raise Ending("Say why with --reason; it is kept and shown.", USAGE)
    wish = Wish(number, question, values, reason.strip(), row, undo)
    put_right.ask(desk, wish, yes, all_fields=all_fields)
    put_right.do(desk, wish)


@deliveries.command()
@click.argument("number", type=int)
@click.option("--reason", default="", help="Why; it is kept and shown.")
@all_fields
@yes
@at_desk
def discard(desk: Desk, number: int, reason: str, all_fields: bool, yes: bool) -> None:
    """Say that an answer does not count: what it claimed is taken back.

    Shows first, on one screen or with --all-fields field by field, then asks. A "no"
    that it carried stays. It stays stored, and `deliveries replay NUMBER` makes it
    count again. Holds personal data.

    \b
    Example:
      vidensbro deliveries discard 118 --reason "A try of our own"
    """
    if not reason.strip():
        raise Ending("Say why with --reason; it is kept and shown.", USAGE)
    put_right.ask_discard(desk, number, reason.strip(), yes, all_fields=all_fields)
    put_right.do_discard(desk, number, reason.strip())
