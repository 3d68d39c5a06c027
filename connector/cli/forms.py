"""``forms``: the forms that the programme reads, at whichever tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.forms_making import create
from connector.cli.forms_pulling import pull
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import cell, emit, safe, table

if TYPE_CHECKING:
    from connector.sources.drift import Drift
    from mappings.drift import Finding
    from mappings.live import LiveForm
    from mappings.plan import ProgrammeMap


@click.group()
def forms() -> None:
    """The forms that the programme reads.

    \b
    Example:
      vidensbro forms check
    """


forms.add_command(create)
forms.add_command(pull)


@forms.command()
@as_json
@at_desk
def status(desk: Desk, as_json: bool) -> None:
    """Show up to when each form is read. Exit code 1 where one cannot be read.

    \b
    Example:
      vidensbro forms status --json
    """
    from connector.sources.standing import callers_without_mapping, standing

    found = standing(desk.service, desk.key)
    strangers = callers_without_mapping(desk.service, desk.key)
    if as_json:
        emit({"forms": found, "without_mapping": strangers})
    else:
        table(
            ("tool", "form", "mapping", "language", "answers", "there", "read up to",
             "looked", "again", "changed", "problem"),
            [
                (f.provider, f.form, f.mapping, f.language, f.stored, f.total,
                 f.read_up_to, f.looked_at if f.watched else "never", f.next_look_at,
                 f.findings or "", f.problem)
                for f in found
            ],
        )  # fmt: skip
        for provider, form in strangers:
            click.echo(
                f"{provider} {form} sends webhooks, but no mapping reads it. Its "
                "answers stay there until it is bound: vidensbro forms pull "
                f"{provider} {form}"
            )
    if strangers or any(one.problem for one in found):
        raise click.exceptions.Exit(PERSON)


@forms.command()
@click.option("--form", default="", help="One form only: its id or its mapping.")
@click.option(
    "--deep", is_flag=True, help="Look for copies among SurveyMonkey's surveys too."
)
@as_json
@at_desk
def check(desk: Desk, form: str, deep: bool, as_json: bool) -> None:
    """Compare each form as it stands now with its mapping.

    Says what changed and which field or KPI it affects, worst first, with the lines to
    paste. Copies that nothing reads are named too; at SurveyMonkey, where each look
    costs one of the day's calls, only those that send webhooks unless --deep is given.
    Exit code 1 where something breaks or cannot be read.

    \b
    Example:
      vidensbro forms check
      vidensbro forms check --form mentee_application
    """
    from connector.sources.drift import Ways, look

    found = look(desk.service, desk.key, form=form, ways=Ways(deep=deep))
    if form and not found:
        raise Ending(f"No form that can be read is called {form}.", USAGE)
    found.sort(key=lambda one: one.rank)
    if as_json:
        emit(found)
    else:
        _tell(found, desk.plan.locale)
    if any(one.breaks or one.problem for one in found):
        raise click.exceptions.Exit(PERSON)


def _tell(found: list[Drift], language: str) -> None:
    if not found:
        click.echo("No form can be read: no form tool has a token, or none is bound.")
        return
    odd = [one for one in found if one.findings or one.problem]
    for one in odd:
        click.echo(" ".join(filter(None, _names(one))))
        if one.problem:
            click.echo(f"  cannot be read: {cell(one.problem)}")
        for finding in one.findings:
            click.echo(f"  {finding.severity}: {cell(finding.text[language])}")
            _paste(one, finding)
    rest = len(found) - len(odd)
    if not odd:
        all_ = "The form is" if rest == 1 else f"All {rest} forms are"
        click.echo(f"{all_} as the mapping expects.")
    else:
        click.echo(f"{rest} of {len(found)} forms are as the mapping expects.")


def _names(one: Drift) -> tuple[str, ...]:
    return one.provider, one.form, one.mapping, one.language


def _paste(one: Drift, finding: Finding) -> None:
    """Print lines without an indent, and into which file they go."""
    if not finding.suggestion:
        return
    if finding.question:
        click.echo(f"# ----- forms/{one.mapping}.toml -----")
    elif finding.kind == "language_changed":
        click.echo(f'# ----- programme.toml, at form = "{one.form}" -----')
    for line in finding.suggestion.splitlines():
        click.echo(safe(line))
    click.echo()


@forms.command()
@click.argument("provider")
@click.argument("form")
@click.option("--mapping", "name", metavar="NAME", default="", help="Which mapping.")
@click.option("--language", default="", help="The form's language; else its own.")
@at_desk
def bind(desk: Desk, provider: str, form: str, name: str, language: str) -> None:
    """Print the mapping lines for the FORM (its id) as it stands at PROVIDER.

    Without --mapping the form is taken for a copy of the mapping that it is most like.
    Writes nothing.

    \b
    Example:
      vidensbro forms bind surveymonkey 400012345 --mapping mentee_application
    """
    from connector.sources.drift import read_live
    from mappings.live import READERS

    plan = desk.plan
    _known(provider, READERS, "No form of {} can be read. Known: {}")
    if name:
        _known(name, plan.forms, "No mapping is called {}. Mappings: {}")
    if language:
        _known(language, plan.languages, "The programme has no texts in {}. It has: {}")
    live = read_live(desk.service, desk.key, provider, form)
    if live is None:
        raise Ending(
            f"{provider} is off, or has no token. Connect it: vidensbro init", PERSON
        )
    if language:
        live = replace(live, language=language)
    click.echo(_lines(plan, live, name), nl=False)


def _lines(plan: ProgrammeMap, live: LiveForm, name: str) -> str:
    from mappings.drift import copied_from
    from mappings.spoken import language_of
    from mappings.suggest import suggest_binding

    if name:
        return suggest_binding(plan, live, name, language_of(plan, live))
    copy = copied_from(live, plan)
    if copy is None:
        raise Ending(
            "The form is read already, or is like no mapping; say --mapping.", PERSON
        )
    return f"# {cell(copy.text[plan.locale])}\n{copy.suggestion}"


def _known(word: str, words: Iterable[str], otherwise: str) -> None:
    """Return for a word that is known; end the command with those that are."""
    listed = sorted(words)
    if word not in listed:
        raise Ending(otherwise.format(word, ", ".join(listed)), USAGE)
