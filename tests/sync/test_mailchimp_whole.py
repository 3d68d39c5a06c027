"""From a person's act at Mailchimp, by signed webhook, to programme and CRM."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

import tests.world
from connector import hints
from connector.db import utcnow
from connector.programme.communications import communications
from connector.programme.consents import newsletter_word
from connector.programme.entities import Address, Person
from connector.service import Service
from connector.sync.setup import apply_all, plan_all
from tests.world import KEY, World, world

START = utcnow().replace(microsecond=0) - timedelta(days=20)
DAY = timedelta(days=1)
SAFE = {
    "MAILCHIMP_WEBHOOK_SECRETS": "an-address-secret-for-tests",
    "SECRET_KEY": "a-key-for-tests-only-0123456789",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    plain = tests.world.environment
    monkeypatch.setattr(
        tests.world, "environment", lambda *args: {**plain(*args), **SAFE}
    )
    with world(tmp_path) as made:
        settings = replace(made.settings, public_url=made.web_url)
        plan = plan_all(Service(settings, made.service.database), KEY)
        assert len(apply_all(plan)) == len(plan.steps)
        made.apply_as_mentee("Anna Prøve", at=START)
        made.apply_as_mentor("Bo Prøve", at=START)
        made.settle(2)
        yield made


def act(here: World, what: str, name: str, **told: Any) -> dict[str, Any]:
    """Let somebody act at Mailchimp, and its webhooks arrive."""
    url = f"{here.sandbox_url}/sandbox/control/mailchimp"
    told = {"email": f"{name}@people.example", **told} if name else told
    answer = requests.post(f"{url}/{what}", json=told, timeout=10)
    assert answer.ok, answer.text
    while requests.get(f"{url}/waiting", timeout=10).json()["waiting"]:
        time.sleep(0.02)
    here.drain()
    return dict(answer.json())


def waiting(here: World) -> list[str]:
    with here.service.database.reading() as session:
        return [one.topic for one in hints.waiting(session, KEY, "mailchimp")]


def anna(here: World) -> Person:
    with here.service.database.reading() as session:
        return session.scalars(select(Person).where(Person.first_name == "Anna")).one()


@pytest.mark.parametrize("first", [True, False])
def test_a_new_address_reaches_the_programme_and_the_crm(here: World, first: bool):
    here.options(mailchimp__upemail_first=first)
    act(here, "change_address", "anna", new_email="there@people.example")
    assert sorted(waiting(here)) == ["profile", "upemail"]
    here.settle(2)
    assert waiting(here) == []
    assert anna(here).email == "there@people.example"
    with here.service.database.reading() as session:
        known = session.scalars(
            select(Address.email).where(Address.person_id == anna(here).id)
        ).all()
    assert set(known) == {"anna@people.example", "there@people.example"}
    contact = here.record("contacts", email="there@people.example")
    assert contact["properties"]["firstname"] == "Anna"
    assert len(here.records("contacts")) == 2
    # An answer under either address is still the same person's.
    here.apply_as_mentee("Anna Prøve", at=utcnow())
    here.settle(2)
    assert len(here.records("contacts")) == 2


def test_an_address_that_staff_set_in_the_crm_stands(here: World):
    contact = here.record("contacts", email="anna@people.example")
    here.edit("contacts", contact["id"], email="office@people.example")
    here.settle(2)
    assert anna(here).email == "office@people.example"
    act(here, "change_address", "office", new_email="there@people.example")
    here.settle(2)
    assert anna(here).email == "office@people.example"
    assert here.record("contacts", email="office@people.example")
    assert "there@people.example" in here.members()
    assert "office@people.example" not in here.members()


@pytest.mark.parametrize("leave", ["unsubscribe", "clean", "archive", "erase"])
def test_a_no_stays_whatever_is_said_before_or_without_it(here: World, leave: str):
    act(here, leave, "anna")
    assert waiting(here)[-1] in {"unsubscribe", "cleaned"}
    here.settle(2)
    with here.service.database.reading() as session:
        word = newsletter_word(session, KEY)[anna(here).id]
    assert (word.given, word.source) == (False, "newsletter")
    # An older answer that arrives late, and a newer one that says nothing of it.
    here.apply_as_mentee("Anna Prøve", at=START + DAY)
    here.apply_as_mentee(
        "Anna Prøve", at=utcnow() + DAY, answers={"consent_newsletter": None}
    )
    here.settle(2)
    left = here.members().get("anna@people.example", {"status": "gone"})
    assert left["status"] not in {"subscribed", "pending"}


def test_a_newer_yes_is_asked_for_and_counts_once_confirmed(here: World):
    act(here, "unsubscribe", "anna", reason="abuse")
    here.settle(2)
    here.apply_as_mentee("Anna Prøve", at=utcnow() + DAY)
    here.settle(2)
    assert here.members()["anna@people.example"]["status"] == "pending"
    act(here, "resubscribe", "anna")
    here.settle(2)
    assert here.members()["anna@people.example"]["status"] == "subscribed"
    with here.service.database.reading() as session:
        word = newsletter_word(session, KEY)[anna(here).id]
    assert (word.given, word.confirmed) == (True, True)


def test_a_newsletter_that_is_sent_is_a_communication_at_once(here: World):
    sent = act(here, "send_campaign", "", subject="Nyt fra programmet", segment="all")
    assert waiting(here) == ["campaign"]
    act(here, "click", "anna", campaign=sent["id"])
    here.settle(1)
    with here.service.database.reading() as session:
        (one,) = communications(session, KEY)
    assert (one.title, one.reach, one.clicks) == ("Nyt fra programmet", 2, 1)
    assert waiting(here) == []


def test_our_own_writes_send_nothing_back(here: World):
    here.apply_as_mentee("Carla Prøve", at=START + DAY)
    here.settle(2)
    assert "carla@people.example" in here.members()
    assert waiting(here) == []


def test_the_last_word_about_the_newsletter_stands_on_the_contact(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as here:
        here.apply_as_mentee("Anna Prøve")
        here.apply_as_mentee("Bea Prøve", answers={"consent_newsletter": False})
        here.settle(1)
        assert newsletter(here, "Anna") == "yes"
        assert newsletter(here, "Bea") == "no"
        url = f"{here.sandbox_url}/sandbox/control/mailchimp/unsubscribe"
        told = {"email": "anna@people.example"}
        requests.post(url, json=told, timeout=20).raise_for_status()
        here.settle(2)
        assert newsletter(here, "Anna") == "no"
        later = utcnow() + timedelta(seconds=5)
        here.apply_as_mentee("Anna Prøve", at=later)
        here.settle(2)
        assert newsletter(here, "Anna") == "asked"


def newsletter(here: World, name: str) -> str:
    contact = here.record("contacts", firstname=name)
    return str(contact["properties"].get("vidensbro_newsletter") or "")
