"""`vidensbro apply`: one invented application to the running demo, and its way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import click
import requests
from sqlalchemy import select

from connector import demo
from connector.inbox import Delivery
from connector.service import Service
from connector.settings import load_settings
from sandbox.demo.acts import Answer, Card
from sandbox.demo.cast import mentee_wishes, person, token
from sandbox.demo.doors import Crm, DoorError, Forms
from sandbox.demo.people import Someone, people
from sandbox.demo.programme import KEY, ROUND_NAMES

LIMIT_S = 30.0
FORM = "mentee_application"


@click.command()
def apply() -> None:
    """Apply to the running demo as an invented person, and watch it arrive."""
    settings = load_settings()
    if not settings.demo:
        raise click.ClickException(
            "There are credentials here, so this is no demo, and nobody is invented. "
            "Fill in your own form instead."
        )
    service = Service.open(settings)
    try:
        _apply(service)
    except DoorError as error:
        raise click.ClickException(
            f"The demo does not answer; start it with: make run ({error})"
        ) from error


def _apply(service: Service) -> None:
    url = demo.sandbox_url(service.settings)
    crm = Crm(url)
    one = _somebody_new(crm)
    answer = _application(one)
    forms = Forms(url, demo.open_state(service.settings).form_ids())
    click.echo(f"{one.name} <{one.email}> applies as a mentee.")
    began = time.monotonic()
    forms.fill_in(answer)
    steps: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("the signed webhook is stored", lambda: _state(service, answer) is not None),
        ("it is understood", lambda: _state(service, answer) == "processed"),
        ("the CRM has the participation", lambda: _on_the_board(crm, one)),
        ("the newsletter has the member", lambda: _is_member(service, one)),
    )
    for text, arrived in steps:
        while not arrived():
            if time.monotonic() - began > LIMIT_S:
                raise click.ClickException(
                    f"After {LIMIT_S:.0f} s this has not happened: {text}. "
                    "Look into var/demo/logs/worker.log."
                )
            time.sleep(0.05)
        click.echo(f"  {time.monotonic() - began:5.2f} s  {text}")
    click.echo(f"See it: {service.settings.public_url}/sandbox/hubspot")


def _somebody_new(crm: Crm) -> Someone:
    known = crm.contacts()
    # Another person each time, so no seed.
    seed = random.SystemRandom().randrange(1_000_000)
    return next(one for _, one in people(seed) if one.email not in known)


def _application(one: Someone) -> Answer:
    chance = random.Random(one.email)  # noqa: S311 - an invented person, not a secret
    answers = person(chance, one) | mentee_wishes(chance)
    answers |= {"consent_newsletter": True}
    now = datetime.now(UTC)
    return Answer(FORM, one.language, answers, now, token(FORM, one.name, "r2"))


def _state(service: Service, answer: Answer) -> str | None:
    with service.database.reading() as session:
        return session.scalar(
            select(Delivery.state).where(
                Delivery.programme == KEY, Delivery.response == answer.token
            )
        )


def _on_the_board(crm: Crm, one: Someone) -> bool:
    return Card(one.name, "mentee", ROUND_NAMES["r2"]) in crm.cards()


def _is_member(service: Service, one: Someone) -> bool:
    account = service.settings.accounts[KEY].mailchimp
    assert account is not None  # noqa: S101 - the demo has every tool
    address = f"{account.base_url}/lists/{account.audience}/members/{one.email}"
    answer = requests.get(address, auth=("demo", account.key), timeout=10)
    return answer.ok and answer.json()["status"] == "subscribed"
