"""Mailchimp's webhooks as hints: looked into at once, never believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import requests
from mailchimp_world import AUDIENCE, LATER, LONG_AGO, NOW, PLAN, World, rule, world
from sqlalchemy import select, update

from connector import hints
from connector.db import utcnow
from connector.hints import Hint
from connector.programme.claims import Claim
from connector.programme.entities import Address, Person, ReviewItem
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from connector.sync.mailchimp.hinted import hinted
from webhooks.mailchimp import events

GET_ONE = "GET /members/{member}"
GET_PAGE = "GET /members"


@pytest.fixture
def w(tmp_path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def address(name: str) -> str:
    return f"{name.lower()}@people.example"


def hear(w: World, topic: str, name: str, at: str = "", **facts: str) -> None:
    """Take in a webhook about somebody, as the service reads its body."""
    at = at or NOW.strftime("%Y-%m-%d %H:%M:%S")
    about = {"list_id": AUDIENCE, "email": address(name), "id": name.lower(), **facts}
    if topic == "upemail":
        about["new_email"] = about.pop("email")
        del about["id"]
    body = {"type": topic, "fired_at": at}
    body |= {f"data[{key}]": value for key, value in about.items()}
    with w.database.writing() as session:
        hints.note(session, "lyngby", "mailchimp", events(urlencode(body).encode()))


def waiting(w: World) -> int:
    with w.database.reading() as session:
        return hints.count_waiting(session, "lyngby", "mailchimp")


def addresses(w: World, person: str) -> set[str]:
    with w.database.reading() as session:
        query = select(Address.email).where(Address.person_id == person)
        return set(session.scalars(query))


def says_email(w: World, person: str, email: str, source: str) -> None:
    with w.database.writing() as session:
        for name, value in (("email", email), ("first_name", "Anna")):
            session.add(
                Claim(
                    programme="lyngby", entity_kind="person", entity_id=person,
                    field=name, value=value, source=source, origin="test",
                    asserted_at=LONG_AGO,
                )
            )  # fmt: skip


def email_of(w: World, person: str) -> str | None:
    with w.database.reading() as session:
        found = session.get(Person, person)
        assert found is not None
        return found.email


def reviews(w: World) -> list[tuple[str, str, str]]:
    with w.database.reading() as session:
        rows = session.scalars(select(ReviewItem)).all()
        return [(row.kind, row.entity_id, row.other) for row in rows]


def test_an_unsubscribe_is_heard_though_the_list_lags(w: World):
    anna = w.person("Anna")
    w.sync()
    w.sync()
    # Dated long ago, so that no list since the watermark shows it.
    w.act("unsubscribe", "anna", at=LONG_AGO)
    w.sync()
    assert w.heard_there(anna) == []
    hear(w, "unsubscribe", "Anna")
    w.sync()
    assert (w.heard_there(anna), waiting(w)) == ([False], 0)


def test_a_forged_unsubscribe_changes_nothing(w: World):
    anna = w.person("Anna")
    w.sync()
    before = w.rows()
    hear(w, "unsubscribe", "Anna", action="delete", reason="abuse")
    hear(w, "cleaned", "Nobody", reason="hard")
    w.forget_calls()
    w.sync()
    assert w.calls() == {GET_PAGE: 2, GET_ONE: 2}
    assert (w.heard_there(anna), w.rows(), waiting(w)) == ([], before, 0)
    assert w.there("anna") == "subscribed"


def test_several_hints_about_one_address_are_one_look(w: World):
    w.person("Anna")
    w.sync()
    for topic in ("profile", "subscribe", "unsubscribe"):
        hear(w, topic, "Anna")
    hear(w, "unsubscribe", "Anna", list_id="another")
    w.forget_calls()
    w.sync()
    assert (w.calls()[GET_ONE], waiting(w)) == (1, 0)


def test_a_word_about_another_audience_is_nothing_to_look_at(w: World):
    w.person("Anna")
    w.sync()
    hear(w, "unsubscribe", "Anna", list_id="another")
    w.forget_calls()
    w.sync()
    assert (GET_ONE in w.calls(), waiting(w)) == (False, 0)


def test_a_preview_answers_no_hint(w: World):
    from connector.sync.mailchimp import preview

    w.person("Anna")
    w.sync()
    hear(w, "unsubscribe", "Anna")
    preview(w.context(), w.client)
    assert waiting(w) == 1


def test_many_hints_are_answered_by_the_list(w: World):
    people = {f"p{n}": w.person(f"p{n}") for n in range(60)}
    w.sync()
    for name in people:
        w.act("unsubscribe", name)
        hear(w, "unsubscribe", name)
    w.forget_calls()
    w.sync()
    assert w.calls() == {GET_PAGE: 2}
    assert waiting(w) == 0
    assert all(w.heard_there(one) == [False] for one in people.values())


def test_what_the_list_does_not_show_yet_is_looked_at_next_time(w: World):
    people = {f"p{n}": w.person(f"p{n}") for n in range(60)}
    w.sync()
    w.sync()
    for name in people:
        late = name in {"p7", "p8"}
        w.act("unsubscribe", name, at=LONG_AGO if late else NOW)
        hear(w, "unsubscribe", name)
    w.sync()
    assert (waiting(w), w.heard_there(people["p7"])) == (2, [])
    w.forget_calls()
    w.sync()
    assert (waiting(w), w.calls()[GET_ONE]) == (0, 2)
    assert w.heard_there(people["p7"]) == w.heard_there(people["p8"]) == [False]


def test_a_list_that_lags_does_not_outweigh_the_look(w: World, monkeypatch):
    anna = w.person("Anna")
    w.sync()
    w.act("archive", "anna")
    stale = list(w.client.members(status="archived"))
    w.act("resubscribe", "anna")
    monkeypatch.setattr(
        w.client, "members", lambda since=None, status=None: stale if status else []
    )
    hear(w, "subscribe", "Anna")
    w.sync()
    assert (w.row("anna").status, w.heard_there(anna)) == ("subscribed", [])


def test_a_time_long_ago_makes_no_long_list(w: World):
    for n in range(60):
        hear(w, "cleaned", f"p{n}", at="1970-01-01 00:00:00")
    with w.database.reading() as session:
        since = hinted(session, "lyngby", AUDIENCE).since(NOW)
    assert since is not None
    assert since > NOW - timedelta(hours=1)


def test_a_flood_about_nobody_does_not_wait_for_ever(w: World):
    w.person("Anna")
    w.sync()
    for n in range(60):
        hear(w, "cleaned", f"nobody{n}", reason="hard")
    w.sync()
    assert waiting(w) == 60
    with w.database.writing() as session:
        earlier = utcnow() - timedelta(minutes=11)
        session.execute(update(Hint).values(noted_at=earlier))
    w.forget_calls()
    w.sync()
    assert (waiting(w), GET_ONE in w.calls()) == (0, False)


@pytest.mark.parametrize("topics", [("upemail", "profile"), ("profile", "upemail")])
def test_a_new_address_is_known_and_counts_for_the_person(w: World, topics):
    anna = w.person("Anna")
    says_email(w, anna, address("anna"), "form")
    w.sync()
    w.client.put_fields(address("anna"), {}, email="there@people.example")
    for topic in topics:
        facts = {"old_email": address("anna")} if topic == "upemail" else {}
        hear(w, topic, "There", **facts)
        w.sync()
    assert addresses(w, anna) == {address("anna"), address("there")}
    assert email_of(w, anna) == address("there")
    assert reviews(w) == []
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.there("anna") is None


def says_later(w: World, person: str, email: str) -> None:
    with w.database.writing() as session:
        session.add(
            Claim(
                programme="lyngby", entity_kind="person", entity_id=person,
                field="email", value=email, source="form", origin="test",
                asserted_at=LATER,
            )
        )  # fmt: skip
        resolve(session, policy_of(PLAN), [("person", person)])


def test_an_address_may_change_and_change_back(w: World):
    anna = w.person("Anna")
    says_email(w, anna, address("anna"), "form")
    w.sync()
    for old, new in (("anna", "there"), ("there", "anna"), ("anna", "there")):
        w.client.put_fields(address(old), {}, email=address(new))
        w.forget_calls()
        w.sync()
        w.sync()
        assert w.writes() == {}
        assert (email_of(w, anna), w.there(new)) == (address(new), "subscribed")


@pytest.mark.parametrize("said", ["newest", "anna"])
def test_a_newer_answer_moves_the_member_again(w: World, said):
    anna = w.person("Anna")
    says_email(w, anna, address("anna"), "form")
    w.sync()
    w.client.put_fields(address("anna"), {}, email=address("there"))
    w.sync()
    assert email_of(w, anna) == address("there")
    says_later(w, anna, address(said))
    w.sync()
    assert (w.there("there"), w.there(said)) == (None, "subscribed")


def test_who_shares_a_mailbox_keeps_it(w: World):
    anna = w.person("Anna", email=address("home"))
    bo = w.person("Bo", email=address("home"))
    for one in (anna, bo):
        says_email(w, one, address("home"), "form")
    w.sync()
    w.client.put_fields(address("home"), {}, email=address("there"))
    w.sync()
    for one in (anna, bo):
        assert addresses(w, one) == {address("home"), address("there")}
        assert email_of(w, one) == address("home")


def test_what_staff_set_stands_against_a_new_address(w: World, monkeypatch):
    theirs = replace(rule("email", None), policy="staff")
    monkeypatch.setitem(PLAN.fields, "person.email", theirs)
    anna = w.person("Anna")
    says_email(w, anna, address("anna"), "staff")
    w.sync()
    w.client.put_fields(address("anna"), {}, email="there@people.example")
    hear(w, "upemail", "There", old_email=address("anna"))
    w.sync()
    assert addresses(w, anna) == {address("anna"), address("there")}
    assert email_of(w, anna) == address("anna")
    assert reviews(w) == [("address_changed", anna, address("there"))]
    w.sync()
    assert (w.there("anna"), w.there("there")) == (None, "subscribed")


def test_an_address_of_somebody_else_is_a_question_for_staff(w: World):
    anna, bo = w.person("Anna"), w.person("Bo", said=None)
    says_email(w, anna, address("anna"), "form")
    w.sync()
    w.client.put_fields(address("anna"), {}, email=address("bo"))
    hear(w, "upemail", "Bo", old_email=address("anna"))
    w.sync()
    assert (email_of(w, anna), email_of(w, bo)) == (address("anna"), address("bo"))
    assert addresses(w, anna) == {address("anna")}
    assert reviews(w) == [("address_taken", anna, bo)]


def test_strangers_are_mirrored_and_left_alone(w: World):
    w.person("Anna")
    w.sync()
    w.member("stranger", "subscribed", FNAME="Stranger")
    hear(w, "subscribe", "Stranger")
    hear(w, "upemail", "Other", old_email=address("stranger"))
    w.client.put_fields(address("stranger"), {}, email=address("other"))
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert (w.there("stranger"), w.there("other")) == (None, "subscribed")
    with w.database.reading() as session:
        assert len(session.scalars(select(Address)).all()) == 1


def test_who_was_erased_there_has_left(w: World):
    anna = w.person("Anna")
    w.sync()
    path = f"lists/{AUDIENCE}/members/{address('anna')}/actions/delete-permanent"
    url = f"{w.url}/mailchimp/3.0/{path}"
    requests.post(url, auth=("x", "other"), timeout=10).raise_for_status()
    hear(w, "unsubscribe", "Anna", action="delete")
    w.sync()
    assert (w.row("anna").status, w.heard_there(anna)) == ("gone", [False])


@pytest.mark.parametrize("act", ["unsubscribe", "clean"])
def test_a_no_is_lifted_only_by_a_newer_yes_and_a_question(w: World, act):
    anna = w.person("Anna")
    w.sync()
    w.act(act, "anna")
    hear(w, "cleaned" if act == "clean" else "unsubscribe", "Anna")
    w.sync()
    w.says(anna, given=True, at=LONG_AGO + timedelta(days=1))  # an old form, replayed
    w.status(anna, "completed")
    hear(w, "subscribe", "Anna")  # and a forged welcome
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.there("anna") in {"unsubscribed", "cleaned"}
    assert w.heard_there(anna) == [False]
    w.says(anna, given=True, at=LATER)
    w.sync()
    assert w.writes() == {"PUT /members/{member}": 1}
    assert w.there("anna") == "pending"
