"""What a rehearsal says is what the act and the next sync then bring about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.acts import set_participation
from connector.corrections.correcting import Wish, correct
from connector.corrections.discarding import discard
from connector.deliveries import Selection, replay
from connector.people import merge_people
from connector.rehearsal import Difference, rehearse
from connector.service import Service
from connector.sync.setup import apply_all, plan_all
from tests.rehearsal.rehearsal_world import Told, different, foretold
from tests.world import KEY, World, long_ago, world

MENTEE = "forms/mentee_application.toml"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def write(here: World, name: str, text: str) -> None:
    """Write a file of the city's own, "" for none; the service reads it at once."""
    path = here.directory / "programmes" / KEY / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    here.service._maps.clear()


def comes_true(here: World, act: Callable[[Service], object]) -> Difference:
    """Rehearse an act, then do it and sync; the world is as foretold, to the value."""
    before = Told(here)
    here.forget_calls()
    told = rehearse(here.service, KEY, act)
    assert here.calls()["counts"] == {}
    assert Told(here).flat == before.flat
    act(here.service)
    here.settle(2)
    assert different(foretold(before, told), Told(here, before).flat) == {}
    assert rehearse(here.service, KEY, lambda copy: None).nothing
    return told


def replaying(**chosen: Any) -> Callable[[Service], object]:
    return lambda service: replay(service, KEY, Selection(**chosen))


def swapped(one: str, other: str) -> str:
    """Return a mapping file's mistake: each of two fields reads the other's answer."""
    line = '[records.mentee.fields.{}]\nquestion = "{}"\n'
    return line.format(one, other) + line.format(other, one)


def changed(told: Difference, section: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return title -> field -> what it becomes."""
    return {
        one.title: {f.field: f.after for f in one.fields}
        for one in told.section(section).changes
        if one.kind == kind
    }


def leave(here: World, email: str) -> None:
    """Leave the newsletter, as by the link in it."""
    url = f"{here.sandbox_url}/sandbox/control/mailchimp/unsubscribe"
    requests.post(url, json={"email": email}, timeout=20).raise_for_status()


def words(told: Difference, section: str, kind: str) -> list[str]:
    return sorted(o.word for o in told.section(section).changes if o.kind == kind)


ANNA = "Anna Prøve <anna@people.example>"
BO = "Bo Prøve <bo@people.example>"


def test_a_mapping_that_is_put_right(here: World) -> None:
    write(here, MENTEE, swapped("phone", "linkedin"))
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    write(here, MENTEE, "")
    told = comes_true(here, replaying(form="mentee_application"))
    phone = {"phone": "+4520123456"}
    assert changed(told, "programme", "person") == {ANNA: {**phone, "linkedin": None}}
    assert changed(told, "hubspot", "person") == {
        ANNA: {**phone, "vidensbro_linkedin": ""}
    }
    assert told.section("mailchimp").changes == ()
    again = rehearse(here.service, KEY, replaying(form="mentee_application"))
    assert again.nothing


def test_a_choice_that_is_known_now_frees_what_was_parked(here: World) -> None:
    url = f"{here.sandbox_url}/sandbox/control/typeform/add_choice"
    form = here.forms["mentee_application", "da"]
    new = {"form": form, "ref": "heard_from", "label": "LinkedIn-opslag"}
    requests.post(url, json=new, timeout=20).raise_for_status()
    here.apply_as_mentee("Anna Prøve", answers={"heard_from": "LinkedIn-opslag"})
    here.apply_as_mentee("Bo Prøve", answers={"heard_from": "Nyhedsbrev"})
    here.settle(1)
    line = '[questions.heard_from]\nchoices = { linkedin = ["LinkedIn-opslag"] }\n'
    write(here, MENTEE, line)
    told = comes_true(here, replaying(state="parked"))
    assert changed(told, "hubspot", "person") == {
        ANNA: {"vidensbro_heard_from": "linkedin"}
    }
    assert changed(told, "programme", "delivery") == {
        "1 · mentee_application": {"state": "processed", "reasons": []}
    }


NICKNAME = """
[person.nickname]
label = { da = "Kaldenavn", en = "Nickname" }
policy = "newest"
"""
LEAVING = """
hubspot = { property = "vidensbro_nick", type = "string", field_type = "text" }
mailchimp = "NICK"
"""
ASKED = '[records.mentee.fields.nickname]\nquestion = "first_name"\n'


@pytest.mark.parametrize("known", [True, False])
def test_a_field_that_goes_to_the_tools_now(here: World, *, known: bool) -> None:
    write(here, "fields.toml", NICKNAME)
    write(here, MENTEE, ASKED if known else "")
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    write(here, "fields.toml", NICKNAME + LEAVING)
    write(here, MENTEE, ASKED)
    apply_all(plan_all(here.service, KEY))
    told = comes_true(here, replaying(form="mentee_application"))
    assert changed(told, "hubspot", "person") == {ANNA: {"vidensbro_nick": "Anna"}}
    assert changed(told, "mailchimp", "member") == {
        "anna@people.example": {"NICK": "Anna"}
    }
    # What the programme knew already goes with the next sync, replay or not.
    assert told.nothing is known
    assert all(one.anyway is known for one in told.section("hubspot").changes)


SHOUTED = """
from mappings.converters import converter


@converter("shouted")
def shouted(answer, context):
    return str(answer.value).upper()
"""


def test_a_converter_that_reads_otherwise(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.apply_as_mentor("Bo Prøve")
    here.settle(1)
    head = here.directory / "programmes" / KEY / "programme.toml"
    write(here, "city.py", SHOUTED)
    write(here, "programme.toml", f'converters = "city.py"\n{head.read_text("utf-8")}')
    line = (
        '[records.mentee.fields.last_name]\nquestion = "last_name"\n'
        'converter = "shouted"\n'
    )
    write(here, MENTEE, line)
    told = comes_true(here, replaying())
    loud = "Anna PRØVE <anna@people.example>"
    assert changed(told, "programme", "person") == {loud: {"last_name": "PRØVE"}}
    assert changed(told, "mailchimp", "member") == {
        "anna@people.example": {"LNAME": "PRØVE"}
    }
    parts = changed(told, "hubspot", "participation")
    assert parts == {
        f"{loud} · mentee · r1": {"hs_name": "Anna PRØVE · Mentee · Runde 1"}
    }


def test_parked_deliveries_that_are_freed_make_people_everywhere(here: World) -> None:
    write(here, MENTEE, swapped("email", "linkedin"))
    here.apply_as_mentee("Anna Prøve")
    no = {"consent_newsletter": False, "email": "bo@people.example"}
    here.apply_as_mentee("Bo Prøve", answers=no)
    here.settle(1)
    write(here, MENTEE, "")
    told = comes_true(here, replaying(state="parked"))
    assert set(changed(told, "hubspot", "person")) == {ANNA, BO}
    assert words(told, "hubspot", "association") == ["made"] * 6
    members = changed(told, "mailchimp", "member")
    assert list(members) == ["anna@people.example"]
    assert members["anna@people.example"]["status"] == "subscribed"
    assert words(told, "programme", "delivery") == ["changed", "changed"]


def test_a_quarantined_form_that_is_bound_now(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    part = here.record("0-162")
    here.edit("0-162", part["id"], hs_pipeline_stage=here.stage("active"))
    here.settle(1)
    head = here.directory / "programmes" / KEY / "programme.toml"
    sound = head.read_text("utf-8")
    form = here.forms["closing_evaluation_mentee", "da"]
    write(here, "programme.toml", sound.replace(f'"{form}"', '"another"'))
    token = part["properties"]["vidensbro_closing_link"].split("#token=")[1]
    here.answer(
        "closing_evaluation_mentee",
        {"mentee_network": "mentee_network-agree"},
        hidden={"token": token},
    )
    here.settle(1)
    write(here, "programme.toml", sound)
    told = comes_true(here, replaying(state="quarantined"))
    assert changed(told, "programme", "delivery") == {
        "2 · closing_evaluation_mentee": {"state": "processed"}
    }
    assert words(told, "programme", "evaluation") == ["created"]
    figures = {one.id: one for one in told.section("figures").changes}
    of_round = {
        f.field: (f.before, f.after) for f in figures["mentee_network:r1"].fields
    }
    assert of_round["yes"] == (0, 1)
    assert of_round["state"] == ("open", "met")
    assert list(changed(told, "hubspot", "round")) == ["r1"]


def test_what_staff_set_stays_and_is_counted(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    part = here.record("0-162")
    here.edit("0-162", part["id"], hs_pipeline_stage=here.stage("active"))
    here.settle(1)
    line = '[records.participation]\nconstants = { role = "mentee", status = "{}" }\n'
    write(here, MENTEE, line.replace("{}", "waitlisted"))
    told = comes_true(here, replaying(ids=(1,)))
    assert told.nothing
    assert told.section("programme").stays == {"staff": 1}


def test_who_left_the_newsletter_stays_out_of_it(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    leave(here, "anna@people.example")
    here.settle(1)
    write(here, MENTEE, swapped("first_name", "last_name"))
    told = comes_true(here, replaying())
    [left] = told.section("mailchimp").changes
    assert (left.word, left.why) == ("left", "they left the newsletter")
    assert ("LNAME", "Anna") in {(f.field, f.after) for f in left.fields}


def test_a_withdrawal_that_is_heard_now(here: World) -> None:
    line = '[consents.{}]\nquestion = "consent_{}"\n'
    both = ("newsletter", "research"), ("research", "newsletter")
    write(here, MENTEE, "".join(line.format(*pair) for pair in both))
    said = {"consent_newsletter": False, "consent_research": True}
    here.apply_as_mentee("Anna Prøve", answers=said)
    here.settle(1)
    write(here, MENTEE, "")
    told = comes_true(here, replaying())
    assert changed(told, "mailchimp", "member") == {
        "anna@people.example": {"status": "unsubscribed"}
    }
    assert changed(told, "programme", "consent") == {
        f"{ANNA} · newsletter": {"said": "no"},
    }


def test_a_second_person_at_one_address_waits_for_staff(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    write(here, MENTEE, swapped("email", "linkedin"))
    here.apply_as_mentee("Ole Prøve", answers={"email": "anna@people.example"})
    here.settle(1)
    write(here, MENTEE, "")
    told = comes_true(here, replaying(state="parked"))
    [held] = [o for o in told.section("hubspot").changes if o.word == "held"]
    assert held.title == "Ole Prøve <anna@people.example>"
    assert words(told, "programme", "doubt") == ["created"]


def test_other_acts_are_rehearsed_by_the_same_code(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=long_ago(3))
    here.apply_as_mentee("Bo Prøve", at=long_ago(2))
    here.settle(1)
    told = comes_true(
        here,
        lambda service: merge_people(
            service, KEY, "bo@people.example", "anna@people.example"
        ),
    )
    merged = {one.kind: one for one in told.section("programme").changes
              if one.word == "merged"}  # fmt: skip
    assert merged["person"].title == BO
    assert merged["person"].id != merged["participation"].id
    [taken] = [o for o in told.section("hubspot").changes if o.word == "held"]
    assert "another contact" in taken.why
    part = ("anna@people.example", "r1", "mentee")
    told = comes_true(
        here, lambda service: set_participation(service, KEY, part, status="active")
    )
    assert changed(told, "mailchimp", "member") == {
        "bo@people.example": {"VIDENSBRO": ";r1.mentee.active;"}
    }


@pytest.mark.parametrize(
    ("question", "value"),
    [("phone", "+45 70 10 00 00"), ("email", "new@people.example")],
)
def test_a_corrected_answer(here: World, question: str, value: str) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    wish = Wish(1, question, (value,), "they said so on the phone")
    told = comes_true(here, lambda service: correct(service, KEY, wish))
    [fields] = changed(told, "programme", "person").values()
    assert fields == {question: value.replace(" ", "")}


def test_an_address_corrected_to_that_of_the_same_person(here: World) -> None:
    other = {"email": "ana@people.example"}
    here.apply_as_mentee("Anna Prøve", at=long_ago(3))
    here.apply_as_mentee("Anna Prøve", at=long_ago(2), answers=other)
    here.settle(1)
    wish = Wish(2, "email", ("anna@people.example",), "mistyped")
    told = comes_true(here, lambda service: correct(service, KEY, wish))
    assert "merged" in words(told, "programme", "person")


def test_a_discarded_answer(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.settle(1)
    told = comes_true(here, lambda service: discard(service, KEY, 1, "a trial"))
    assert words(told, "programme", "person") == ["vanished"]
    assert "ended" in words(told, "hubspot", "association")
