"""``init``: the first questions, and the settings that follow from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk import DAY
from connector.cli.root import PERSON

if TYPE_CHECKING:
    from connector.cli.house import House
    from connector.cli.questions import Questions

ENV = Path(".env")
MOST, MOST_LATER = 6, 4
NONE = "none"
TOOLS = ("hubspot", "mailchimp", "typeform", "surveymonkey")


@click.command()
@click.option("--name", default="", help="The programme's name.")
@click.option("--key", default="", help="Its key, where the one made from the name "
              "does not suit: directory, address and prefix of settings.")  # fmt: skip
@click.option("--language", type=click.Choice(("da", "en")), default=None,
              help="The language that its staff are written to in.")  # fmt: skip
@click.option("--round-starts", type=DAY, metavar="DAY", default=None,
              help="The first day of the first round.")  # fmt: skip
@click.option("--tool", type=click.Choice((*TOOLS, NONE), case_sensitive=False),
              default=None, help="The tool to connect now. Its credential may stand "
              "in the environment, as HUBSPOT_TOKEN.")  # fmt: skip
@click.option("--audience", default="", metavar="ID",
              help="Mailchimp's audience, where there are several.")  # fmt: skip
@click.option("--programme", "of_programme", metavar="KEY", default="",
              help="Whose tool; the first of PROGRAMMES if not said.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said stays open.")
def init(of_programme: str, **said: Any) -> None:
    """Begin, or connect the next tool: at most six questions, then the settings.

    Writes .env, which nobody else can read, and the programme's own directory. What is
    set already is neither asked nor changed, so it may be called again for each tool.
    Each credential is typed unseen and tried at once. Exit code 1 where something at
    the tool waits for a person.

    \b
    Example:
      vidensbro init
      HUBSPOT_TOKEN=... vidensbro init --name Kolding --tool hubspot --yes
    """
    from connector.cli.house import House
    from connector.cli.questions import Questions, stoppable

    house = House(ENV)
    most = MOST_LATER if house.programmes() else MOST
    questions = Questions(most, quiet=said["yes"])
    with stoppable(_stands):
        key = _programme(house, questions, said, of_programme)
        sound = _tool(house, questions, said, key)
    for line in house.ending(key):
        click.echo(line)
    if not sound:
        raise click.exceptions.Exit(PERSON)


def _stands() -> str:
    kept = f"What {ENV} holds is kept" if ENV.exists() else "Nothing was written"
    return f"{kept}. Go on with: vidensbro init"


def _programme(
    house: House, questions: Questions, said: dict[str, Any], of_programme: str
) -> str:
    """Return the programme's key; found it where there is none yet."""
    from connector.cli.desk import programme_key
    from connector.cli.root import USAGE, Ending

    known = house.programmes()
    if known:
        if said["name"] or said["key"]:
            told = (
                f"The programme stands already: {', '.join(known)}. Nothing was "
                "changed. Another city's key is added to PROGRAMMES in .env."
            )
            raise Ending(told, USAGE)
        return programme_key(known, of_programme)
    if questions.may_ask:
        click.echo(f"  A new installation, in {Path.cwd()}")
    name = said["name"] or questions.text("The programme's name")
    if not name:
        raise Ending("Say what the programme is called: vidensbro init --name", USAGE)
    key = house.key_for(name, said["key"])
    if house.is_there(key):
        click.echo(f"  The programme {key} is there already; its files are left alone.")
    else:
        click.echo(
            f"  Its key is {key} (another one: Ctrl-C, and vidensbro init --key).\n"
            f"  Directory {house.directory}/{key}, addresses /webhooks/{key}/..."
        )
        language = said["language"] or questions.word(
            "Its staff's language", ("da", "en"), "da"
        )
        starts = said["round_starts"] or questions.day(
            "First day of the first round, as 2027-03-01 (Enter: not known yet)"
        )
        click.echo(f"  {_begin(house, key, name, language, starts)}")
    house.begin(key)
    return key


def _begin(
    house: House, key: str, name: str, language: str, starts: date | None
) -> str:
    """Write the programme's directory; return what was written."""
    from connector.starting import recruits_from, round_ends

    path = house.found(key, name, language, starts)
    if starts is None:
        return f"Wrote {path}; its rounds are to be filled in there."
    opens = recruits_from(starts, house.today)
    return (
        f"Wrote {path}: round 1 from {starts} to {round_ends(starts)},\n"
        f"  applications from {opens}, follow-up six months later.\n"
        "  All of it may be changed there."
    )


def _tool(house: House, questions: Questions, said: dict[str, Any], key: str) -> bool:
    """Connect one tool; tell whether nothing at it waits for a person."""
    from connector.cli.joining import join

    off = [tool for tool in TOOLS if not house.has(key, tool)]
    tool = said["tool"]
    if tool is None and off:
        tool = questions.word("Which tool to connect now", (*off, NONE), NONE)
    if tool in (None, NONE):
        return True
    return join(house, questions, key, tool, said["audience"])
