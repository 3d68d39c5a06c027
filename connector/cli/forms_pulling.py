"""``forms pull``: a starting mapping for a form that stands at its tool already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import Desk, at_desk
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import cell, safe

if TYPE_CHECKING:
    from connector.making.pulling import Pulled
    from mappings.plan import ProgrammeMap
    from mappings.starting import Start


@click.command()
@click.argument("provider")
@click.argument("form")
@click.option(
    "--mapping", "name", metavar="NAME", default="",
    help="A known mapping to read it by, or what a new one is called.",
)  # fmt: skip
@click.option("--language", default="", help="The form's language; else its own.")
@click.option("--write", is_flag=True, help="Add the lines to the programme's files.")
@at_desk
def pull(desk: Desk, provider: str, form: str, **asked: Any) -> None:
    """Have a FORM that stands at PROVIDER read: by a known mapping, or a new one.

    FORM is its id or its link. A form that asks just what a known one asks is read by
    that one's mapping. Any other gets a mapping of its own, after the one it is most
    like; what is not known stands in it as a comment. Prints the lines, or with --write
    adds them to the programme's own files, where nothing that exists is changed. Then
    says what is still open. Exit code 1 where an answer would wait for you.

    \b
    Example:
      vidensbro forms pull typeform https://form.typeform.com/to/AbC123
      vidensbro forms pull surveymonkey 400012345 --write
    """
    from connector.making.makers import makers
    from mappings.starting import Wanted, start

    plan = desk.plan
    _known(provider, [*makers()], "No form of {} can be read. Known: {}")
    if asked["language"]:
        _known(asked["language"], plan.languages, "No texts in {}. There are: {}")
    found = _read(desk, provider, form)
    reads = plan.form_for(provider, found.live.form)
    if reads is not None:
        click.echo(f"{found.live.form} is read already, by {reads.name}.")
        return
    wanted = Wanted(asked["name"], asked["language"], found.link)
    begun = start(plan, found.live, wanted)
    if begun is None:
        names = ", ".join(sorted(plan.forms))
        raise Ending(
            f"The form is like none that is known. Say after which its mapping is to "
            f"be made: --mapping, one of {names}",
            PERSON,
        )
    _say(found, begun)
    after = _lay_down(desk, begun, write=asked["write"])
    if _say_open(after, found, begun):
        raise click.exceptions.Exit(PERSON)


def _known(word: str, words: Any, otherwise: str) -> None:
    if word not in words:
        raise Ending(otherwise.format(word, ", ".join(words)), USAGE)


def _read(desk: Desk, provider: str, form: str) -> Pulled:
    from connector.making.pulling import NoSuchFormError
    from connector.making.pulling import pull as read

    try:
        found = read(desk.service, desk.key, provider, form)
    except NoSuchFormError as error:
        raise Ending(str(error), PERSON) from error
    if found is None:
        raise Ending(f"{provider} is off, or has no token (vidensbro init).", PERSON)
    return found


def _say(found: Pulled, begun: Start) -> None:
    click.echo(f"{safe(found.live.title)} ({found.live.form}), in {begun.language}:")
    if _is_unset(found, begun):
        click.echo(
            f"Its questions are in {begun.language}, though the tool calls it "
            f"{found.live.language}. Change that in the form's settings there, or "
            "people see its buttons in the wrong language."
        )
    count = f"{begun.known} of its {begun.asked} questions are known"
    if begun.fresh:
        click.echo(
            f"{count}; a mapping of its own, {begun.mapping}, after {begun.base}"
        )
    else:
        click.echo(f"{count}; it is read by {begun.mapping}")


def _is_unset(found: Pulled, begun: Start) -> bool:
    """Tell whether nobody has set the form's language at its tool."""
    from mappings.spoken import UNCHOSEN

    return begun.language != found.live.language[:2].lower() == UNCHOSEN


def _lay_down(desk: Desk, begun: Start, *, write: bool) -> ProgrammeMap | None:
    """Write the lines or print them; return the programme as it is with them."""
    from connector.singleflight import only_one
    from mappings.bindings_file import CannotWriteError, try_lines, write_lines

    extra = desk.service.settings.programmes_dir
    try:
        if write:
            with only_one(desk.service, f"forms-{desk.key}") as alone:
                if not alone:
                    raise Ending("Another run is making forms; wait for it.", PERSON)
                files, after = write_lines(desk.plan, begun.files, extra)
            for path in files:
                click.echo(f"written: {path}")
            return after
        _print(desk, begun)
        click.echo("Nothing was written. To write it: the same with --write")
        return try_lines(desk.plan, begun.files, extra)
    except CannotWriteError as error:
        if write:
            _print(desk, begun)
        click.echo(f"needs you: {safe(str(error))}", err=True)
        return None


def _print(desk: Desk, begun: Start) -> None:
    for name, text in begun.files.items():
        click.echo(f"# ----- {desk.key}/{name} -----")
        for line in text.splitlines():
            click.echo(safe(line))
        click.echo()


def _say_open(after: ProgrammeMap | None, found: Pulled, begun: Start) -> bool:
    """Say what is left to a person; return whether an answer would wait for them."""
    from mappings.drift import compare
    from mappings.preview import check

    for key in begun.missing:
        click.echo(f"open: the form does not ask {key}, which {begun.base} needs")
    if after is None:
        return True
    form_map = after.form_for(found.live.provider, found.live.form)
    findings = compare(form_map, found.live, after) if form_map is not None else ()
    for one in findings:
        if one.kind == "language_changed" and _is_unset(found, begun):
            continue  # said at the beginning, and what to do
        click.echo(f"open: {one.severity}: {cell(one.text[after.locale])}")
    odd = check(after)
    for fault in odd:
        click.echo(f"open: {fault}")
    if not findings and not odd and not begun.missing:
        click.echo("All of it is read. To have the tool call: vidensbro setup")
    waits = any(one.severity == "breaks" for one in findings)
    return bool(begun.missing or odd or waits)
