"""``mapping``: check and try the mapping files, without a database or a tool."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from connector.cli.desk import as_json, programme_key
from connector.cli.root import PERSON, USAGE, Ending
from connector.cli.show import emit, table

if TYPE_CHECKING:
    from connector.settings import Settings
    from mappings.live import LiveForm
    from mappings.plan import FormMap, ProgrammeMap
    from webhooks.submission import Submission


@click.group()
def mapping() -> None:
    """Check and try the mapping files.

    \b
    Example:
      vidensbro mapping check
    """


@mapping.command()
@click.argument("programme", required=False)
@as_json
def check(programme: str | None, as_json: bool) -> None:
    """Check all files of PROGRAMME, or of every one; each fault with its remedy.

    \b
    Example:
      vidensbro mapping check lyngby
    """
    from connector.settings import load_settings
    from mappings.faults import MappingError
    from mappings.loading import load_programme
    from mappings.preview import check as odd_in

    settings = load_settings()
    found: dict[str, list[str]] = {}
    for key in (programme,) if programme else settings.programmes:
        try:
            found[key] = odd_in(load_programme(key, settings.programmes_dir))
        except MappingError as error:
            found[key] = list(error.faults)
    if as_json:
        emit({key: {"faults": faults} for key, faults in found.items()})
    else:
        _tell(found)
    if any(found.values()):
        raise click.exceptions.Exit(PERSON)


def _tell(found: dict[str, list[str]]) -> None:
    for key, faults in found.items():
        for fault in faults:
            click.echo(fault)
        count = f"{len(faults)} to correct" if faults else "all is well"
        click.echo(f"{key}: {count}")


@mapping.command()
@click.argument("form")
@click.argument("payload", type=click.File("rb"))
@click.option("--programme", "key", metavar="KEY", default="", help="Which programme.")
@as_json
def preview(form: str, payload: BinaryIO, key: str, as_json: bool) -> None:
    """Show what FORM's mapping makes of a PAYLOAD (a file, or -). Writes nothing.

    FORM is a mapping's name or a form's id; PAYLOAD is a body as the tool sends it.
    Question, field, value; what is not mapped is said.

    \b
    Example:
      vidensbro mapping preview mentee_application answer.json
    """
    from connector.settings import load_settings
    from mappings.loading import load_programme
    from mappings.preview import preview as rows_of

    settings: Settings = load_settings()
    plan = load_programme(programme_key(settings.programmes, key),
                          settings.programmes_dir)  # fmt: skip
    submission = _read(payload.read())
    rows = rows_of(_form(plan, form, submission), submission)
    if as_json:
        emit(rows)
        return
    table(
        ("question", "title", "field", "value", "note"),
        [(r.question, r.title, r.field, r.value, r.note) for r in rows],
    )


@mapping.command()
@click.argument("provider")
@click.argument("form", type=click.File("rb"))
@click.option("--mapping", "name", metavar="NAME", default="", help="Which mapping.")
@click.option("--language", default="", help="The form's language; else its own.")
@click.option("--programme", "key", metavar="KEY", default="", help="Which programme.")
def bind(provider: str, form: BinaryIO, name: str, language: str, key: str) -> None:
    """Print the mapping lines for a FORM of PROVIDER that bears no refs of ours.

    FORM is a file (or -) with the form as its tool hands it out: GET /forms/{id} at
    Typeform, GET /surveys/{id}/details at SurveyMonkey. Without --mapping the form is
    taken for a copy of the mapping that it is most like. Writes nothing.

    \b
    Example:
      vidensbro mapping bind surveymonkey survey.json --mapping mentee_application
    """
    from connector.settings import load_settings
    from mappings.drift import copied_from
    from mappings.loading import load_programme
    from mappings.suggest import suggest_binding

    settings: Settings = load_settings()
    plan = load_programme(programme_key(settings.programmes, key),
                          settings.programmes_dir)  # fmt: skip
    live = _live(provider, form.read())
    if name:
        said = language or live.language[:2].lower()
        spoken = said if said in plan.languages else plan.locale
        click.echo(suggest_binding(plan, live, _named(plan, name), spoken), nl=False)
        return
    copy = copied_from(live, plan)
    if copy is None:
        raise Ending("The form is read already, or is like no mapping; say --mapping.",
                     PERSON)  # fmt: skip
    click.echo(f"# {copy.text[plan.locale]}\n{copy.suggestion}", nl=False)


def _live(provider: str, body: bytes) -> LiveForm:
    """Return the form in a saved file, by its provider's reader."""
    from mappings.live import READERS
    from webhooks.strict_json import as_object, loads
    from webhooks.submission import Unreadable

    if provider not in READERS:
        known = ", ".join(READERS)
        raise Ending(f"No form of {provider} can be read. Known: {known}", USAGE)
    try:
        live = READERS[provider](as_object(loads(body)))
    except Unreadable as error:
        raise Ending(f"The form cannot be read. {error}", PERSON) from error
    if not live.form or not live.questions:
        raise Ending("The file holds no form with questions.", PERSON)
    return live


def _named(plan: ProgrammeMap, name: str) -> str:
    if name not in plan.forms:
        known = ", ".join(sorted(plan.forms))
        raise Ending(f"No mapping is called {name}. Mappings: {known}", USAGE)
    return name


def _read(body: bytes) -> Submission:
    """Return the submission of the first provider whose body this is."""
    from webhooks.registry import PROVIDERS
    from webhooks.submission import Unreadable

    said = []
    for provider in (one for one in PROVIDERS.values() if one.sends_answers):
        try:
            return provider.parse(body)
        except Unreadable as error:
            said.append(f"{provider.label}: {error}")
    raise Ending("The payload cannot be read. " + "; ".join(said), PERSON)


def _form(plan: ProgrammeMap, name: str, submission: Submission) -> FormMap:
    """Return the mapping of that name, or of the form with that id."""
    bound = plan.form_for(submission.provider, submission.form)
    if bound is not None and name in {bound.name, submission.form}:
        return bound
    found = plan.forms.get(name) or plan.form_for(submission.provider, name)
    if found is None:
        known = ", ".join(sorted(plan.forms))
        raise Ending(f"No mapping and no form is called {name}. Mappings: {known}",
                     USAGE)  # fmt: skip
    if sys.stderr.isatty() and bound is not None:
        click.echo(f"The payload is of {bound.name}, read as {found.name}.", err=True)
    return found
