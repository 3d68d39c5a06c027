"""``people``: who is who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from connector.cli.desk import Desk, agree, as_json, at_desk, yes
from connector.cli.root import USAGE, Ending
from connector.cli.show import emit

if TYPE_CHECKING:
    from connector.faces import Card
    from connector.faces.side_by_side import Change, Doubt, Settled
    from connector.people import Face, Review

SHOWN_WHOLE = 5
"""More than these are listed, and each is shown by its number."""
INDENT = " " * 6
DEEPER = " " * 8
COMMANDS: Mapping[str, str] = {
    "each": "vidensbro people review {item}",
    "is_one": "vidensbro people merge {one} {other}",
    "are_two": "vidensbro people review --apart {item}",
    "dealt": "vidensbro people review --settle {item}",
}


@click.group()
def people() -> None:
    """Decide who is who: nothing is merged without you.

    \b
    Example:
      vidensbro people review
    """


@people.command()
@click.argument("item", type=int, required=False)
@click.option("--apart", type=int, metavar="ITEM", help="They are two people.")
@click.option("--settle", type=int, metavar="ITEM", help="It is dealt with.")
@as_json
@at_desk
def review(
    desk: Desk, item: int | None, apart: int | None, settle: int | None, as_json: bool
) -> None:
    """Show what only a person can decide, both records side by side.

    ITEM shows one of them alone; where more than a few wait, the others are listed.
    Holds personal data.

    Two are one: `people merge`. They are two: `--apart ITEM`, and the one who was held
    back is sent to the tools. Anything else that is dealt with: `--settle ITEM`; where
    the item asks whether somebody may have a contact again, that is the yes.

    \b
    Example:
      vidensbro people review
      vidensbro people review 3
      vidensbro people review --apart 3
      vidensbro people review --settle 4
    """
    if sum(one is not None for one in (item, apart, settle)) > 1:
        raise Ending("Say one of them: ITEM, --apart or --settle.", USAGE)
    if apart is not None or settle is not None:
        _settle(desk, apart, settle)
        return
    from connector.faces.side_by_side import Doubt, doubts
    from connector.people import review as listed

    waiting = listed(desk.service, desk.key)
    if as_json:
        emit(waiting if item is None else doubts(desk.service, desk.key, item)[0])
    elif item is not None or len(waiting) <= SHOWN_WHOLE:
        _tell(desk, doubts(desk.service, desk.key, item), whole=True)
    else:
        _tell(desk, [Doubt(one, ()) for one in waiting], whole=False)


def _settle(desk: Desk, apart: int | None, settle: int | None) -> None:
    from connector import people as service
    from connector.faces.words import words_of

    said = words_of(desk.plan.locale)
    if apart is not None:
        service.keep_apart(desk.service, desk.key, apart)
        click.echo(said["two"])
    elif settle is not None:
        service.settle(desk.service, desk.key, settle)
        click.echo(said["settled"])


def _tell(desk: Desk, found: Sequence[Doubt], *, whole: bool) -> None:
    from connector.cli.columns import MARK
    from connector.faces.words import headings_of, words_of

    said = words_of(desk.plan.locale)
    if not found:
        click.echo(said["nothing"])
        return
    for doubt in found:
        _line(desk, doubt.review)
        if whole:
            kinds = [one.kind for one in doubt.cards]
            _show(desk, headings_of(desk.plan.locale, kinds), doubt.cards)
            click.echo()
        else:
            _whom(doubt.review)
    if not whole:
        click.echo()
    elif any(len(one.cards) > 1 for one in found):
        click.echo(said["marks"].format(mark=MARK))
    _hints([*([] if whole else ["each"]), *_fitting(found)], said, found)


def _fitting(found: Sequence[Doubt]) -> Iterator[str]:
    """Yield the names of the commands that settle it."""
    pairs = [one.review for one in found if one.review.other is not None]
    if any(one.are_people for one in pairs):
        yield "is_one"
    if pairs:
        yield "are_two"
    yield "dealt"


def _hints(
    names: Sequence[str], said: Mapping[str, str], found: Sequence[Doubt]
) -> None:
    """Write commands, ready to be copied where it is one thing: none is ever broken."""
    from connector.cli.columns import width

    ids = {"one": said["who"], "other": said["whom"], "item": said["item"]}
    if len(found) == 1:
        one = found[0].review
        ids["item"] = str(one.item)
        if one.are_people:
            ids |= {"one": one.one.id, "other": one.other.id if one.other else ""}
    rows = [(said[name], COMMANDS[name].format(**ids)) for name in names]
    left = max(len(label) for label, _ in rows) + 2
    fits = left + max(len(command) for _, command in rows) <= width()
    for label, command in rows:
        click.echo(f"{label:<{left}}{command}" if fits else f"{label}\n  {command}")


def _line(desk: Desk, one: Review) -> None:
    """Write an item's number, its question and since when it waits."""
    from connector.faces.words import words_of

    day = one.since.astimezone(ZoneInfo(desk.plan.zone)).date()
    since = words_of(desk.plan.locale)["since"].format(day=day)
    _numbered(one.item, f"{one.text} ({since})")


def _numbered(item: int, text: str) -> None:
    from connector.cli.columns import folded, width

    number = f"{item:>4}  "
    for line in folded(text, width(), number, " " * len(number)):
        click.echo(line)


def _whom(one: Review) -> None:
    """Write whom an item is about: beside one another, or below where it is narrow."""
    from connector.cli.columns import folded, width

    wide = width()
    told = [_who(face) for face in (one.one, one.other) if face is not None]
    beside = folded(" | ".join(told), wide, INDENT, INDENT)
    if len(beside) > 1:
        beside = [line for each in told for line in folded(each, wide, INDENT, DEEPER)]
    for line in beside:
        click.echo(line)


def _who(face: Face) -> str:
    return " ".join(filter(None, (face.name, *face.emails, f"[{face.id}]")))


def _show(desk: Desk, headings: Sequence[str], cards: Sequence[Card],
          compared: Sequence[Card] | None = None) -> None:  # fmt: skip
    """Write cards beside one another, and below them where they stand in the CRM."""
    from connector.cli.columns import side_by_side, width
    from connector.faces import differing
    from connector.faces.words import fields_of

    columns = [(h, one.values) for h, one in zip(headings, cards, strict=True)]
    marked = differing(compared or cards)
    fields = fields_of(desk.plan.locale)
    for line in side_by_side(columns, fields, marked, width()):
        click.echo(line)
    for link in dict.fromkeys(link for one in cards for link in one.links):
        click.echo(f"  {link}")


@people.command()
@click.argument("person")
@click.argument("into", required=False)
@click.option("--undo", is_flag=True, help="Undo the merge of PERSON (an id).")
@yes
@at_desk
def merge(desk: Desk, person: str, into: str | None, undo: bool, yes: bool) -> None:
    """Read PERSON through INTO from now on. Ids or e-mail addresses.

    Both are shown first, and what they become: which values win, which doubts that
    settles. What was said about either stays theirs, so that a merge can be undone.
    Holds personal data.

    \b
    Example:
      vidensbro people merge 5f0c1d anna@people.example
      vidensbro people merge 5f0c1d --undo
    """
    if undo == bool(into):
        raise Ending("Say two people, or one person and --undo.", USAGE)
    if undo:
        _undo(desk, person, yes=yes)
    else:
        _merge(desk, person, into or "", yes=yes)


def _merge(desk: Desk, person: str, into: str, *, yes: bool) -> None:
    from connector.faces.side_by_side import merge_preview
    from connector.faces.words import words_of
    from connector.people import merge_people

    said = words_of(desk.plan.locale)
    change = merge_preview(desk.service, desk.key, person, into)
    heads = (said["person"], said["into"], said["together"])
    _change(desk, heads, change)
    _doubts(said["settles"], change.doubts, said["task"])
    agree(said["ask_merge"], yes, f"vidensbro people merge {person} {into}")
    stays = merge_people(desk.service, desk.key, change.one.id, change.other.id)
    click.echo(said["merged"].format(id=stays))


def _undo(desk: Desk, person: str, *, yes: bool) -> None:
    from connector.faces.side_by_side import undo_preview
    from connector.faces.words import words_of
    from connector.people import undo_merge

    said = words_of(desk.plan.locale)
    change = undo_preview(desk.service, desk.key, person)
    heads = (said["apart"], said["stays"], said["now"])
    _change(desk, heads, change)
    _doubts(said["opens"], change.doubts, "")
    agree(said["ask_undo"], yes, f"vidensbro people merge {person} --undo")
    undo_merge(desk.service, desk.key, person)
    click.echo(said["parted"])


def _change(desk: Desk, heads: Sequence[str], change: Change) -> None:
    from connector.cli.columns import MARK
    from connector.faces.words import words_of

    apart = (change.one, change.other)
    _show(desk, heads, (*apart, change.both), apart)
    click.echo(words_of(desk.plan.locale)["marks"].format(mark=MARK))


def _doubts(title: str, doubts: Sequence[Settled], task: str) -> None:
    if doubts:
        click.echo(title)
    for one in doubts:
        more = f" ({task})" if one.task and task else ""
        _numbered(one.item, f"{one.text}{more}")
