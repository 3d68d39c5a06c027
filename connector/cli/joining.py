"""Connecting one tool in ``init``: its credential is asked, tried and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from connector.cli.doctor import SIGNS
from connector.cli.house import House
from connector.cli.questions import Questions
from connector.cli.root import PERSON, Ending
from connector.cli.show import safe
from connector.credentials.asking import LABELS
from connector.credentials.trying import Asked, Tried, setting_of, try_out
from connector.findings import Finding

AUDIENCE_CHECK = "mailchimp.audience"
WHAT = {
    "hubspot": "HubSpot's service key or token",
    "mailchimp": "Mailchimp's API key",
    "typeform": "Typeform's personal token",
    "surveymonkey": "SurveyMonkey's access token",
}
SAME = (
    "It is kept. When that is mended nothing has to be typed again: vidensbro doctor "
    "looks."
)
ANOTHER = (
    "It is kept. Where mending that makes a new token, put it into .env as {name} in "
    "place of this one; vidensbro doctor looks."
)
KEPT = {
    "hubspot": SAME,
    "mailchimp": SAME,
    "typeform": ANOTHER,
    "surveymonkey": ANOTHER,
}
HINTS = {
    "surveymonkey": "Its webhooks are signed with two more values of the app's page: "
    "SURVEYMONKEY_CLIENT_ID and SURVEYMONKEY_CLIENT_SECRETS in .env. Without them "
    "answers are fetched.",
}


def join(
    house: House, questions: Questions, key: str, tool: str, audience: str
) -> bool:
    """Connect a tool; tell whether nothing at it waits for a person.

    A credential that the tool takes is kept, though a scope may be missing: that is
    added at the tool, and nothing has to be typed again.
    """
    held = house.credential(key, tool)
    credential = held or _typed(questions, tool)
    if not credential:
        return _not_given(house, questions, key, tool)
    asked = Asked(tool, credential, house.values, key, house.prefix(key), audience)
    tried = _try(questions, asked)
    while not tried.sound and questions.may_ask and not held:
        again = questions.secret(_again(tried))
        if not again:
            break
        asked = replace(asked, credential=again)
        tried = _try(questions, asked)
    _keep(house, key, tried)
    return tried.sound


def _typed(questions: Questions, tool: str) -> str:
    return questions.secret(f"{WHAT[tool]} (it is not shown; Enter: not now)")


def _not_given(house: House, questions: Questions, key: str, tool: str) -> bool:
    if questions.quiet:
        raise Ending(
            f"{LABELS[tool]} stays off: set {house.prefix(key)}{setting_of(tool)} in "
            "the environment, or run vidensbro init on a terminal.",
            PERSON,
        )
    click.echo(f"  {LABELS[tool]} stays off for now.")
    return True


def _try(questions: Questions, asked: Asked) -> Tried:
    """Ask the tool, and then which audience where there are several."""
    click.echo(f"  Asking {LABELS[asked.tool]} ...")
    tried = try_out(asked)
    if not tried.audiences or not questions.may_ask:
        show(tried.findings)
        return tried
    show([one for one in tried.findings if one.level != "fault"])
    for number, one in enumerate(tried.audiences, 1):
        click.echo(f"  {number}. {safe(str(one))}")
    numbers = [str(n) for n in range(1, len(tried.audiences) + 1)]
    number = int(questions.word("Which audience", numbers, "1"))
    tried = try_out(replace(asked, audience=tried.audiences[number - 1].id))
    show([one for one in tried.findings if one.check == AUDIENCE_CHECK])
    return tried


def show(found: Sequence[Finding]) -> None:
    """Print findings, each with its remedy below it."""
    for one in found:
        click.echo(f"  {SIGNS[one.level]:<6}{one.check}: {safe(one.what)}")
        if one.remedy:
            click.echo(f"        {safe(one.remedy)}")


def _again(tried: Tried) -> str:
    label = LABELS[tried.tool]
    if not tried.reached and tried.keepable:
        return "Type it again, or Enter to keep it untried"
    if tried.keepable:
        return "Enter to keep it and mend that at " + label + ", or type another"
    return f"Type it again, or Enter to leave {label} off"


def _keep(house: House, key: str, tried: Tried) -> None:
    label = LABELS[tried.tool]
    if not tried.keepable:
        click.echo(f"  {label} stays off; nothing was kept. Again: vidensbro init")
        return
    if tried.tool == "mailchimp":
        house.secret_key()
    for name in house.keep(tried.values, label):
        click.echo(f"  {house.path} has another {name} already; it was left alone.")
    if not tried.sound:
        click.echo(f"  {KEPT[tried.tool].format(name=setting_of(tried.tool))}")
    if tried.tool in HINTS:
        click.echo(f"  {HINTS[tried.tool]}")
    house.prepare_database()
