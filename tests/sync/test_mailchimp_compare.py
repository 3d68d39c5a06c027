"""The nightly compare: everybody in the audience against what should stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from mailchimp_world import LATER, LONG_AGO, World, world
from sqlalchemy import select

from connector.boundaries import listen
from connector.sync.mailchimp.compare import compare
from connector.sync.state import Connection

PUT = "PUT /members/{member}"
OURS = ";r1.mentor.applied;"


@pytest.fixture
def w(tmp_path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def look(w: World, **more: Any) -> dict[str, int]:
    context = w.context()
    counts = compare(context, w.client, **more)
    assert not context.outcome.problems
    return {word: number for word, number in counts.items() if number}


def by_hand(w: World, name: str, **fields: str) -> None:
    """Change a member as somebody else would, in the tool's pages."""
    w.client.put_fields(f"{name}@people.example", fields)


def act(w: World, what: str, name: str, **told: Any) -> None:
    email = f"{name}@people.example"
    url = f"{w.url}/sandbox/control/mailchimp/{what}"
    answer = requests.post(url, json={"email": email, **told}, timeout=10)
    answer.raise_for_status()


def test_what_is_in_step_is_left_alone(w: World):
    w.person("Anna")
    w.person("Bo")
    w.sync()
    w.forget_calls()
    assert look(w) == {"same": 2}
    assert w.writes() == {}


def test_a_field_changed_by_hand_is_written_again(w: World):
    w.person("Anna")
    w.person("Bo")
    w.sync()
    by_hand(w, "anna", VIDENSBRO=";r1.mentee.active;")
    by_hand(w, "bo", VIDENSBRO="")
    w.sync()
    assert w.tokens("anna") == ";r1.mentee.active;"
    w.forget_calls()
    assert look(w) == {"repaired": 2}
    assert w.writes() == {PUT: 2}
    assert w.tokens("anna") == w.tokens("bo") == OURS
    w.forget_calls()
    assert look(w) == {"same": 2}
    w.sync()
    assert w.writes() == {}


def test_what_was_cleared_by_us_and_filled_by_hand_is_cleared_again(w: World):
    anna = w.person("Anna")
    w.sync()
    w.status(anna, "")
    w.sync()
    assert w.tokens("anna") == ""
    by_hand(w, "anna", VIDENSBRO=";all;")
    assert look(w) == {"repaired": 1}
    assert w.tokens("anna") == ""


def test_what_people_correct_themselves_stands(w: World):
    w.person("Anna")
    w.sync()
    act(w, "change_profile", "anna", merge_fields={"FNAME": "Annie"})
    w.forget_calls()
    assert look(w) == {"changed": 1}
    assert w.writes() == {}
    assert look(w) == {"same": 1}


def test_strangers_are_counted_and_never_touched(w: World):
    w.person("Anna")
    w.sync()
    w.member("stranger", "subscribed", VIDENSBRO=OURS, FNAME="Sten")
    w.member("other", "subscribed")
    w.forget_calls()
    assert look(w) == {"same": 1, "not ours": 2}
    w.client.archive("other@people.example")
    act(w, "erase", "stranger")
    w.forget_calls()
    assert look(w) == {"same": 1, "not ours": 2}
    assert w.writes() == {}


def test_who_was_erased_is_missing_and_has_left(w: World):
    anna = w.person("Anna")
    w.person("Bo")
    w.sync()
    act(w, "erase", "anna")
    w.sync()
    assert w.row("anna").status == "subscribed"  # no list tells
    w.forget_calls()
    assert look(w) == {"missing": 1, "same": 1}
    assert w.writes() == {}
    assert (w.row("anna").status, w.heard_there(anna)) == ("gone", [False])
    w.status(anna, "completed")
    w.sync()
    assert (w.there("anna"), w.writes()) == (None, {})
    assert look(w) == {"same": 2}


@pytest.mark.parametrize("leave", ["unsubscribe", "clean", "archive"])
def test_nobody_who_left_is_written_to(w: World, leave):
    anna = w.person("Anna")
    w.sync()
    by_hand(w, "anna", VIDENSBRO="by hand")
    w.act(leave, "anna", at=LONG_AGO)
    w.forget_calls()
    assert look(w) == {"changed": 1}
    assert w.writes() == {}
    assert w.heard_there(anna) == [False]


def test_what_is_new_here_waits_for_the_sync(w: World):
    anna = w.person("Anna")
    w.sync()
    w.status(anna, "active")
    w.forget_calls()
    assert look(w) == {"same": 1}
    assert w.writes() == {}
    by_hand(w, "anna", VIDENSBRO="by hand")
    w.forget_calls()
    assert look(w) == {"changed": 1}
    assert w.writes() == {}
    w.says(anna, given=False, at=LATER)
    assert look(w) == {"same": 1}
    assert w.there("anna") == "subscribed"


def test_a_dry_run_changes_nothing_anywhere(w: World):
    anna = w.person("Anna")
    w.person("Bo")
    w.sync()
    by_hand(w, "anna", VIDENSBRO="by hand")
    act(w, "erase", "bo")
    before = w.rows()
    w.forget_calls()
    assert look(w, dry_run=True) == {"repaired": 1, "missing": 1}
    assert (w.rows(), w.writes(), w.heard_there(anna)) == (before, {}, [])
    with w.database.reading() as session:
        assert session.scalars(select(Connection)).all() == []


def test_the_result_is_kept_with_the_connection(w: World):
    w.person("Anna")
    w.sync()
    look(w)
    with w.database.reading() as session:
        kept = session.scalars(select(Connection)).one().facts["compare"]
    assert {name: n for name, n in kept.items() if name != "at" and n} == {"same": 1}
    assert kept["at"].endswith("+00:00")


def test_a_small_audience_is_three_calls(w: World):
    w.person("Anna")
    w.sync()
    w.forget_calls()
    look(w)
    assert w.calls() == {"GET /members": 2, "GET /merge-fields": 1}


class PowerCut(BaseException):
    """No handler may catch it, as none would be there."""


@pytest.mark.parametrize("step", ["before_commit", "after_commit"])
def test_going_on_after_a_cut_repairs_it(w: World, step):
    def listener(name: str) -> None:
        if name == f"mailchimp.compare.{step}":
            raise PowerCut

    w.person("Anna")
    w.sync()
    by_hand(w, "anna", VIDENSBRO="by hand")
    listen(listener)
    try:
        with pytest.raises(PowerCut):
            look(w)
    finally:
        listen(None)
    w.sync()
    look(w)
    assert w.tokens("anna") == OURS
    w.forget_calls()
    assert look(w) == {"same": 1}
    assert w.writes() == {}
