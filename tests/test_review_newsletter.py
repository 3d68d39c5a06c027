"""What a hunt in the newsletter's side found; each was seen to fail first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.programme.claims import Claim
from connector.programme.entities import Person
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from tests.sync.mailchimp_world import LATER, LONG_AGO, NOW, PLAN, World, world


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def address(name: str) -> str:
    return f"{name.lower()}@people.example"


def says_email(w: World, person: str, email: str, at=LONG_AGO) -> None:
    with w.database.writing() as session:
        for name, value in (("email", email), ("first_name", "Anna")):
            session.add(
                Claim(
                    programme="lyngby", entity_kind="person", entity_id=person,
                    field=name, value=value, source="form", origin="test",
                    asserted_at=at,
                )
            )  # fmt: skip
        resolve(session, policy_of(PLAN), [("person", person)])


def email_of(w: World, person: str) -> str | None:
    with w.database.reading() as session:
        found = session.get(Person, person)
        return found.email if found else None


def test_a_list_that_lags_does_not_take_an_address_back(w: World, monkeypatch):
    anna = w.person("Anna")
    says_email(w, anna, address("anna"))
    w.sync()
    w.sync()
    stale = [
        replace(one, last_changed=NOW - timedelta(minutes=5))
        for one in w.client.members()
    ]
    w.also_known(anna, address("new"))
    says_email(w, anna, address("new"), at=NOW - timedelta(minutes=30))
    w.sync()
    assert (email_of(w, anna), w.there("new")) == (address("new"), "subscribed")
    monkeypatch.setattr(
        w.client, "members", lambda since=None, status=None: [] if status else stale
    )
    w.sync()
    assert email_of(w, anna) == address("new")
    monkeypatch.undo()
    w.sync()
    assert (w.there("anna"), w.there("new")) == (None, "subscribed")


def test_who_moved_to_an_address_in_doubt_is_not_added_at_the_old_one(w: World):
    anna = w.person("Anna")
    w.person("Bo", said=None)
    says_email(w, anna, address("anna"))
    w.sync()
    w.client.put_fields(address("anna"), {}, email=address("bo"))
    w.sync()
    w.sync()
    assert w.there("anna") is None


def test_who_moved_to_an_address_in_doubt_and_left_is_not_added(w: World):
    anna = w.person("Anna")
    w.person("Bo", said=None)
    says_email(w, anna, address("anna"))
    w.sync()
    w.client.put_fields(address("anna"), {}, email=address("bo"))
    w.client.unsubscribe(address("bo"))
    w.sync()
    w.sync()
    assert w.there("anna") is None


def test_a_newer_yes_for_the_address_that_was_left_is_asked_about(w: World):
    anna = w.person("Anna")
    w.person("Bo", said=None)
    says_email(w, anna, address("anna"))
    w.sync()
    w.client.put_fields(address("anna"), {}, email=address("bo"))
    w.sync()
    w.says(anna, True, LATER)
    w.sync()
    w.sync()
    assert w.there("anna") == "pending"
