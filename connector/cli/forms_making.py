"""``forms create``: make the shipped forms in the programme's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import Desk, agree, at_desk, yes
from connector.cli.questions import stoppable
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import cell, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.making import Job, Made
    from connector.making.makers import Maker
    from mappings.plan import ProgrammeMap

ALL = "all"
BEGUN = (
    "A form that was begun is looked for before it is made, so type the command again."
)
SAID = {
    "new": "is made",
    "begun": "was asked for before: looked for first",
    "gone": "was made before and is there no more: made anew",
    "stands": "stands already",
    "read": "stands already, and is read",
    "twin": "one of that title is there, not made here",
}


@click.command()
@click.argument("form")
@click.option("--round", "round_key", metavar="R", required=True, help="Which round.")
@click.option(
    "--language", "languages", multiple=True, help="da or en; may be said twice."
)
@click.option("--tool", default="", help="typeform or surveymonkey, where both are on.")
@click.option("--dry-run", is_flag=True, help="Only show what would be made.")
@click.option(
    "--again", is_flag=True, help="You have looked there for one that was asked for."
)
@yes
@at_desk
def create(desk: Desk, form: str, round_key: str, **asked: Any) -> None:
    """Make FORM in your Typeform or SurveyMonkey account, once, ready to use.

    FORM is a mapping's name, such as mentor_application, or "all". The new form is
    bound in the programme's own files and gets its webhook, so that its answers are
    read with no further step. A form that stands there is never changed or deleted.
    Shows what it would make, and asks. Exit code 1 where something is left to you.

    \b
    Example:
      vidensbro forms create mentor_application --round r1
      vidensbro forms create all --round r1 --language da --language en
    """
    from connector.making import plan_forms, wishes
    from connector.singleflight import only_one

    plan, languages = desk.plan, asked["languages"]
    _one_of(form, [ALL, *plan.forms], "There is no form {}. Forms: {}")
    if not plan.rounds:
        raise Ending(
            f"The programme has no round yet. Write [rounds.{round_key}] into its "
            "programme.toml, with its name and its days.",
            USAGE,
        )
    _one_of(round_key, [r.key for r in plan.rounds], "There is no round {}. Rounds: {}")
    for language in languages:
        _one_of(language, plan.languages, "The forms are not in {}. Languages: {}")
    provider, maker = _tool(desk, asked["tool"])
    wished = wishes(plan, form, round_key, provider, languages or (plan.locale,))
    with only_one(desk.service, f"forms-{desk.key}") as alone:
        if not alone:
            raise Ending("Another run is making forms; wait until it is done.", PERSON)
        jobs = plan_forms(desk.service, plan, wished, maker)
        _tell(desk, jobs, maker)
        if asked["dry_run"]:
            _end(well=True, jobs=jobs)
            return
        number = sum(job.is_open for job in jobs)
        if number:
            words = ("", *languages)
            command = (
                f"vidensbro forms create {form} --round {round_key} --tool {provider}"
                f"{' --language '.join(words)}{' --again' if asked['again'] else ''}"
            )
            with stoppable(lambda: f"Nothing was made. Go on with: {command}"):
                agree(f"Make or finish {number} of these?", asked["yes"], command)
        ours = [job for job in jobs if _ours(job)]
        with stoppable(lambda: BEGUN):
            well = _make(desk, ours, maker, again=asked["again"])
    _check(desk)
    _end(well=well, jobs=jobs)


def _end(*, well: bool, jobs: list[Job]) -> None:
    if not well or any(job.state == "twin" for job in jobs):
        raise click.exceptions.Exit(PERSON)


def _make(desk: Desk, jobs: list[Job], maker: Maker, *, again: bool) -> bool:
    """Make what is open and let the tool call us; return whether all is well."""
    from connector.making import hook_up, make

    done = []
    for one in make(desk.service, desk.key, jobs, maker, again=again):
        _report(desk, one, maker)
        done.append(one)
    there = [one.job for one in done if one.job.form]
    hooked, left = hook_up(desk.service, desk.key, there, maker) if there else ([], [])
    for what in hooked:
        click.echo(cell(what))
    for note in left:
        click.echo(f"needs you: {safe(note)}", err=True)
    return len(done) == len(jobs) and not left and not any(o.problems for o in done)


def _ours(job: Job) -> bool:
    return job.state not in ("twin", "read")


def _one_of(word: str, words: Iterable[str], otherwise: str) -> None:
    listed = list(words)
    if word not in listed:
        raise Ending(otherwise.format(word, ", ".join(listed) or "none"), USAGE)


def _tool(desk: Desk, tool: str) -> tuple[str, Maker]:
    """Return the tool to make forms at; the only one that is on need not be said."""
    from connector.making.makers import makers

    known = makers()
    if tool:
        _one_of(tool, known, "Forms cannot be made at {}. Tools: {}")
    on = []
    for provider, maker in known.items():
        client = maker.source.connect(desk.service, desk.key)
        if client is not None:
            client.door.close()
            on.append(provider)
    if tool and tool not in on:
        raise Ending(
            f"{tool} is off, or has no token. Connect it: vidensbro init", PERSON
        )
    if not on:
        raise Ending("No form tool is on. Connect one: vidensbro init", PERSON)
    if not tool and len(on) > 1:
        raise Ending(f"Say at which tool: --tool {' or --tool '.join(on)}", USAGE)
    chosen = tool or on[0]
    return chosen, known[chosen]


def _tell(desk: Desk, jobs: list[Job], maker: Maker) -> None:
    """Show each form with what becomes of it, and where its lines will stand."""
    click.echo(f"At {maker.source.label}, for {desk.key}:")
    table(
        ("form", "language", "what", "questions", "title"),
        [
            (j.wish.mapping, j.wish.language, SAID[j.state], len(j.form_map.asks),
             j.title)
            for j in jobs
        ],
    )  # fmt: skip
    for job in (j for j in jobs if j.state == "twin"):
        click.echo(
            f"“{safe(job.title)}” is there as {job.form}, and was not made here. It is "
            "left alone. To have it read as it is: vidensbro forms pull "
            f"{job.wish.provider} {job.form} --mapping {job.wish.mapping} --write"
        )
    if any(job.is_open for job in jobs):
        click.echo(_where(desk.plan))


def _where(plan: ProgrammeMap) -> str:
    from mappings.bindings_file import CannotWriteError, is_shipped, own_directory

    try:
        directory = own_directory(plan)
    except CannotWriteError as error:
        return f"The lines that bind them are only printed: {error}"
    inside = ", which is inside the checkout" if is_shipped(directory) else ""
    return f"The lines that bind them are added in {directory}{inside}."


def _report(desk: Desk, made: Made, maker: Maker) -> None:
    """Say what came of one form, and what is left to a person."""
    job = made.job
    word = "Made" if made.fresh and job.form else "Stands already"
    if job.form:
        click.echo(f"{word}: {safe(job.title)} ({job.form})")
    else:
        click.echo(f"Not made: {safe(job.title)}")
    if job.link:
        click.echo(f"  link: {cell(job.link)}  (at {maker.collect})")
    if job.form and job.form_map.evaluation is not None:
        click.echo(
            "  Each participant's own link, with their token, stands on their record "
            "in the CRM after the next sync."
        )
    for path in made.files:
        click.echo(f"  written: {path}")
    for problem in made.problems:
        click.echo(f"needs you: {safe(problem)}", err=True)
    for name, text in (made.lines or {}).items():
        click.echo(f"# ----- {desk.key}/{name} -----")
        click.echo(text)


def _check(desk: Desk) -> None:
    """Check the whole mapping as it stands now, and say what is to be corrected."""
    from mappings.loading import load_programme
    from mappings.preview import check

    odd = check(load_programme(desk.key, desk.service.settings.programmes_dir))
    for fault in odd:
        click.echo(fault)
    told = f"{len(odd)} to correct" if odd else "all is well"
    click.echo(f"Mapping of {desk.key}: {told}")
