"""The newsletter's sync, with the real client against the sandbox over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mailchimp_world import DAY, LATELY, LATER, LONG_AGO, PLAN, World, world

from connector.boundaries import listen
from connector.clients.errors import RemoteBusy, RemoteUnauthorised
from connector.clients.mailchimp_shapes import Member
from connector.sync.mailchimp import (
    ProbeRefusedError,
    plan_setup,
    preview,
    probe,
    sync,
)

KEEPS = "mailchimp.batch_keeps_status"
PUT = "PUT /members/{member}"
PATCH = "PATCH /members/{member}"


@pytest.fixture
def w(tmp_path):
    with world(tmp_path) as made:
        yield made


# New people


def test_only_who_said_yes_is_added(w: World):
    w.person("Yes")
    w.person("No", said=False)
    w.person("Silent", said=None)
    w.person("Held", provisional=True)
    assert w.sync()["created"] == 1
    assert w.there("yes") == "subscribed"
    assert w.tokens("yes") == ";r1.mentor.applied;"
    assert {name: w.there(name) for name in ("no", "silent", "held")} == {
        "no": None,
        "silent": None,
        "held": None,
    }


def test_five_hundred_new_people_are_one_call_and_then_none(w: World):
    for number in range(500):
        w.person(f"P{number}")
    w.sync()
    assert w.writes() == {"POST": 1}
    w.sync()
    assert w.calls() == {"GET /members": 2}  # those changed, and the archived


def test_a_double_opt_in_audience_asks_first(w: World, monkeypatch):
    w.person("Anna")
    info = {"double_optin": True}
    monkeypatch.setattr(w.client, "audience_info", lambda: info)
    w.sync()
    assert w.there("anna") == "pending"
    w.sync()
    assert w.writes() == {"POST": 1}
    w.act("resubscribe", "anna", LATER)
    w.sync()
    assert w.row("anna").status == "subscribed"


def test_who_confirms_there_is_heard_once(w: World, monkeypatch):
    anna = w.person("Anna")
    monkeypatch.setattr(w.client, "audience_info", lambda: {"double_optin": True})
    w.sync()
    w.act("resubscribe", "anna", LATER)
    w.sync()
    w.sync()
    assert w.heard_there(anna) == [True]


def test_a_bad_address_is_kept_as_a_problem_and_holds_up_nobody(w: World):
    bad = w.person("Bad", email="bad@example.com")
    w.person("Good")
    assert w.sync() | {"read": 0} == {"created": 1, "refused": 1, "read": 0}
    w.forget_calls()
    assert w.sync()["held"] == 1
    assert w.writes() == {}
    w.change(bad, email="bad@people.example")
    w.sync()
    assert w.there("bad") == "subscribed"


def test_a_passing_fault_of_one_member_is_tried_again(w: World):
    w.person("Anna")
    w.person("Bo")
    w.fault(kind="partial", method="POST", ids=["bo@people.example"])
    assert w.sync()["refused"] == 1
    assert w.there("anna") == "subscribed"
    w.sync()
    assert w.there("bo") == "subscribed"


def test_someone_already_there_is_looked_at_and_not_changed(w: World, monkeypatch):
    """The list did not show the member: the add is refused, then they are read."""
    w.person("Anna")
    w.member("anna", "unsubscribed")
    monkeypatch.setattr(w.client, "members", lambda **_: iter(()))
    assert w.sync()["refused"] == 1
    w.sync()
    assert w.row("anna").status == "unsubscribed"
    w.forget_calls()
    w.sync()
    assert w.writes() == {}


def test_an_erased_address_is_tried_once_and_then_left_alone(w: World):
    anna = w.person("Anna")
    w.sync()
    url = f"{w.client.door.base_url}/lists/demo-audience/members/anna@people.example"
    w.client.door._session.post(f"{url}/actions/delete-permanent").raise_for_status()
    w.status(anna, "active")
    assert w.sync()["refused"] == 1
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.there("anna") is None


def test_the_mirror_reads_a_thousand_a_call_and_then_only_what_changed(w: World):
    many = [Member(f"s{n}@people.example", "subscribed") for n in range(1001)]
    for start in (0, 500, 1000):
        w.client.add_new(many[start : start + 500])
    w.forget_calls()
    assert w.sync()["read"] == 1001
    assert w.calls() == {"GET /members": 3}  # two pages, and the archived


# Known people


def test_known_people_get_their_fields_one_put_each_without_a_status(w: World):
    anna = w.person("Anna")
    w.person("Bo")
    w.sync()
    w.forget_calls()
    w.status(anna, "active")
    w.sync()
    assert w.writes() == {PUT: 1}
    assert w.tokens("anna") == ";r1.mentor.active;"


def test_after_a_probe_known_people_go_five_hundred_a_call(w: World):
    people = [w.person(f"P{number}") for number in range(30)]
    w.sync()
    w.facts[KEEPS] = True
    w.forget_calls()
    for person in people:
        w.status(person, "active")
    assert w.sync()["changed"] == 30
    assert w.writes() == {"POST": 1}
    w.sync()
    assert w.writes() == {}


def test_somebody_elses_member_is_never_touched(w: World):
    w.member("stranger", "subscribed", FNAME="Theirs")
    w.person("Anna")
    w.forget_calls()
    w.sync()
    assert w.writes() == {"POST": 1}
    member = w.client.get("stranger@people.example")
    assert member is not None
    assert member.merge_fields["FNAME"] == "Theirs"


def test_a_member_who_is_a_person_here_is_adopted_by_fields_alone(w: World):
    w.member("anna", "subscribed")
    w.person("Anna", said=None)
    w.forget_calls()
    w.sync()
    assert w.writes() == {PUT: 1}
    assert w.there("anna") == "subscribed"
    assert w.tokens("anna") == ";r1.mentor.applied;"


def test_what_a_subscriber_corrects_there_stays_until_we_know_better(w: World):
    anna = w.person("Anna")
    w.sync()
    w.member("anna", "subscribed", FNAME="Annie")
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    w.change(anna, first_name="Hanna")
    w.sync()
    member = w.client.get("anna@people.example")
    assert member is not None
    assert member.merge_fields["FNAME"] == "Hanna"


def test_a_value_that_is_gone_is_cleared_only_where_it_is_still_ours(w: World):
    ours = w.person("Ours", last_name="Same")
    theirs = w.person("Theirs", last_name="Same")
    w.sync()
    w.member("theirs", "subscribed", LNAME="Corrected")
    w.change(ours, last_name=None)
    w.change(theirs, last_name=None)
    w.sync()
    names = {
        name: w.client.get(f"{name}@people.example").merge_fields["LNAME"]
        for name in ("ours", "theirs")
    }
    assert names == {"ours": "", "theirs": "Corrected"}


def test_an_address_changed_here_moves_the_member(w: World):
    anna = w.person("Anna")
    w.sync()
    contact = w.row("anna").contact_id
    w.change(anna, email="new@people.example")
    w.sync()
    assert w.there("anna") is None
    assert w.row("new").contact_id == contact
    w.forget_calls()
    w.sync()
    assert w.writes() == {}


def test_an_address_changed_there_is_followed_not_added_twice(w: World):
    anna = w.person("Anna")
    w.sync()
    w.client.put_fields("anna@people.example", {}, email="there@people.example")
    w.status(anna, "active")
    w.forget_calls()
    w.sync()
    assert w.writes() == {PUT: 1}
    assert w.there("anna") is None
    assert w.tokens("there") == ";r1.mentor.active;"


def test_people_who_share_an_address_share_one_row(w: World):
    w.person("Anna", email="home@people.example", status="completed")
    w.person("Bo", email="HOME@people.example", status="applied")
    assert w.sync()["created"] == 1
    assert w.tokens("home") == ";r1.mentor.applied;r1.mentor.completed;"


# Who left


@pytest.mark.parametrize("behaviour", ["keeps", "refuses", "subscribes"])
def test_nobody_who_left_is_ever_subscribed(w: World, behaviour):
    w.option("mailchimp.no_status", behaviour)
    names = ("self", "admin", "bounced", "archived")
    people = [w.person(name) for name in (*names, "stays")]
    w.sync()
    w.act("unsubscribe", "self")
    w.client.unsubscribe("admin@people.example")
    w.act("clean", "bounced")
    w.client.archive("archived@people.example")
    w.facts |= probe(w.context(), w.client, "own@people.example")
    assert w.facts == {KEEPS: behaviour == "keeps", "mailchimp.double_optin": False}
    for person in people:
        w.status(person, "active")
    w.forget_calls()
    w.sync()
    assert sum(w.writes().values()) == 1
    w.sync()
    assert {name: w.there(name) for name in (*names, "stays")} == {
        "self": "unsubscribed",
        "admin": "unsubscribed",
        "bounced": "cleaned",
        "archived": "archived",
        "stays": "subscribed",
    }
    assert w.writes() == {}
    assert [w.heard_there(person) for person in people] == [[False]] * 4 + [[]]


@pytest.mark.parametrize("behaviour", ["keeps", "refuses", "subscribes"])
def test_who_leaves_between_the_look_and_the_call_stays_away(w: World, behaviour):
    w.option("mailchimp.no_status", behaviour)
    anna, bo = w.person("Anna"), w.person("Bo")
    w.sync()
    w.facts |= probe(w.context(), w.client, "own@people.example")
    w.status(anna, "active")
    w.status(bo, "active")

    def leave(step: str) -> None:
        if step == "mailchimp.fields.sent":
            w.act("unsubscribe", "anna")
            w.client.unsubscribe("bo@people.example")

    listen(leave)
    try:
        w.sync()
    finally:
        listen(None)
    w.sync()
    assert (w.there("anna"), w.there("bo")) == ("unsubscribed", "unsubscribed")
    assert (w.heard_there(anna), w.heard_there(bo)) == ([False], [False])


@pytest.mark.parametrize("behaviour", ["keeps", "refuses", "subscribes"])
def test_who_left_before_we_knew_them_is_not_subscribed(w: World, behaviour):
    w.option("mailchimp.no_status", behaviour)
    w.member("admin", "unsubscribed")
    w.member("gone", "subscribed")
    w.client.archive("gone@people.example")
    w.sync()
    w.person("Admin", at=LONG_AGO)
    w.person("Gone", at=LONG_AGO)
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert (w.there("admin"), w.there("gone")) == ("unsubscribed", "archived")


def test_a_newer_yes_asks_once_and_the_confirmation_lifts_the_no(w: World):
    anna = w.person("Anna")
    w.sync()
    w.act("unsubscribe", "anna")
    w.sync()
    w.forget_calls()
    w.says(anna, given=True, at=LATER)
    assert w.sync()["asked"] == 1
    assert w.there("anna") == "pending"
    w.status(anna, "active")
    w.sync()
    w.sync()
    assert w.writes() == {PUT: 1}
    w.act("resubscribe", "anna", LATER)
    w.sync()
    assert w.tokens("anna") == ";r1.mentor.active;"
    assert w.heard_there(anna) == [False, True]
    w.sync()
    assert w.there("anna") == "subscribed"


def test_who_does_not_confirm_stays_pending_and_who_leaves_again_is_left_alone(
    w: World,
):
    anna = w.person("Anna")
    w.sync()
    w.act("unsubscribe", "anna")
    w.sync()
    w.says(anna, given=True, at=LATER)
    w.sync()
    assert w.there("anna") == "pending"
    w.act("unsubscribe", "anna", LATER + DAY)
    w.sync()
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.there("anna") == "unsubscribed"


def test_who_left_under_one_address_is_asked_under_the_next(w: World):
    anna = w.person("Anna")
    w.sync()
    w.act("unsubscribe", "anna")
    w.sync()
    w.change(anna, email="new@people.example")
    w.sync()
    assert w.there("new") is None
    w.says(anna, given=True, at=LATER)
    w.sync()
    assert w.there("new") == "pending"
    assert w.there("anna") == "unsubscribed"


def test_a_withdrawal_said_elsewhere_goes_once(w: World):
    anna = w.person("Anna")
    w.sync()
    w.forget_calls()
    w.says(anna, given=False, at=LATELY)
    assert w.sync()["withdrawn"] == 1
    w.sync()
    assert w.writes() == {PATCH: 1}
    assert w.there("anna") == "unsubscribed"
    assert w.heard_there(anna) == []


def test_who_withdrew_in_a_form_and_says_yes_in_one_is_asked(w: World):
    anna = w.person("Anna")
    w.sync()
    w.says(anna, given=False, at=LATELY)
    w.sync()
    w.says(anna, given=True, at=LATER)
    assert w.sync()["asked"] == 1
    assert w.there("anna") == "pending"


def test_a_withdrawal_is_not_repeated_against_who_comes_back(w: World):
    anna = w.person("Anna")
    w.sync()
    w.says(anna, given=False, at=LATER)
    w.sync()
    w.act("resubscribe", "anna")
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.there("anna") == "subscribed"


def test_a_list_that_lags_is_not_taken_for_a_new_yes(w: World, monkeypatch):
    anna = w.person("Anna")
    w.sync()
    before = replace(
        w.client.get("anna@people.example"), last_changed=LATELY, status="subscribed"
    )
    w.says(anna, given=False, at=LATELY)
    w.sync()
    monkeypatch.setattr(w.client, "members", lambda **_: iter([before]))
    w.sync()
    assert w.heard_there(anna) == []
    assert w.row("anna").status == "unsubscribed"


def test_a_withdrawal_older_than_their_own_yes_there_is_not_passed_on(w: World):
    anna = w.person("Anna")
    w.sync()
    w.says(anna, given=False, at=LATELY)
    w.sync()
    w.act("resubscribe", "anna", LATER)
    w.forget_calls()
    w.sync()
    assert w.writes() == {}
    assert w.heard_there(anna) == [True]
    assert w.there("anna") == "subscribed"


def test_a_withdrawal_reaches_every_address_of_the_person(w: World):
    w.member("old", "subscribed")
    anna = w.person("Anna")
    w.sync()
    w.also_known(anna, "old@people.example")
    w.says(anna, given=False, at=LATELY)
    w.sync()
    assert (w.there("anna"), w.there("old")) == ("unsubscribed", "unsubscribed")


# Errors


def test_a_refused_key_is_the_callers_to_handle(w: World):
    w.option("mailchimp.api_key", "another")
    with pytest.raises(RemoteUnauthorised):
        sync(w.context(), w.client)


def test_a_busy_tool_loses_nothing_that_was_done(w: World):
    people = [w.person(f"P{number}") for number in range(3)]
    w.sync()
    for person in people:
        w.status(person, "active")
    w.fault(kind="status", status=429, method="PUT", times=1)
    with pytest.raises(RemoteBusy):
        w.sync()
    w.sync()
    assert {w.tokens(f"p{n}") for n in range(3)} == {";r1.mentor.active;"}


def test_a_refused_put_holds_up_nobody(w: World):
    people = [w.person(f"P{number}") for number in range(3)]
    w.sync()
    for person in people:
        w.status(person, "active")
    w.fault(kind="status", status=400, method="PUT", times=1, body={"title": "No"})
    counts = w.sync()
    assert (counts["changed"], counts["refused"]) == (2, 1)


def test_an_audience_without_our_field_says_so_and_writes_little(w: World):
    fields = w.client.merge_fields()
    number = next(f["merge_id"] for f in fields if f["tag"] == "VIDENSBRO")
    url = f"{w.client.door.base_url}/lists/demo-audience/merge-fields/{number}"
    w.client.door._session.delete(url).raise_for_status()
    w.person("Anna")
    outcome = sync(w.context(), w.client)
    assert "VIDENSBRO" in outcome.problems[0]
    w.set_up()
    w.sync()
    assert w.tokens("anna") == ";r1.mentor.applied;"


# Preview, probe, setup


def test_the_preview_counts_and_writes_nothing(w: World):
    for name in ("one", "two", "three", "four"):
        w.person(name)
    w.member("known", "subscribed")
    w.person("Known", said=None)
    w.member("left", "unsubscribed")
    w.person("Left")
    w.member("stranger", "subscribed")
    w.forget_calls()
    seen = preview(w.context(), w.client)
    assert dict(seen.counts) == {"create": 4, "adopt": 1, "leave alone": 2}
    assert seen.examples["adopt"] == ("k***@p***.example",)
    assert len(seen.examples["create"]) == 3
    assert w.writes() == {}
    assert w.rows() == []
    assert dict(sync(w.context(), w.client, dry_run=True).counts) == dict(seen.counts)


def test_a_probe_leaves_the_address_unsubscribed(w: World):
    w.option("mailchimp.no_status", "subscribes")
    assert probe(w.context(), w.client, "Own@people.example") == {KEEPS: False}
    assert w.there("own") == "unsubscribed"
    assert w.tokens("own") == ""
    w.option("mailchimp.no_status", "keeps")
    assert probe(w.context(), w.client, "own@people.example") == {KEEPS: True}


def test_a_probe_refuses_a_participants_address(w: World):
    w.person("Anna")
    w.forget_calls()
    with pytest.raises(ProbeRefusedError):
        probe(w.context(), w.client, "ANNA@people.example")
    assert w.calls() == {}


def test_a_probe_refuses_an_address_that_the_tool_refuses(w: World):
    with pytest.raises(ProbeRefusedError, match="fake or invalid"):
        probe(w.context(), w.client, "me@example.com")


def test_a_second_setup_plans_nothing(w: World):
    assert plan_setup(PLAN, w.client) == []


def test_setup_makes_private_optional_text_fields_and_live_segments(w: World):
    field = next(f for f in w.client.merge_fields() if f["tag"] == "VIDENSBRO")
    assert (field["type"], field["public"], field["required"]) == (
        "text",
        False,
        False,
    )
    w.person("Anna")
    w.sync()
    counts = {one["name"]: one["member_count"] for one in w.client.segments()}
    assert counts == {"Mentorer": 1, "Dansk": 1, "Nye": 1}


def test_setup_corrects_its_own_segment_and_leaves_others_alone(w: World):
    mine = next(one for one in w.client.segments() if one["name"] == "Mentorer")
    wrong = {
        "condition_type": "TextMerge",
        "field": "VIDENSBRO",
        "op": "contains",
        "value": "other",
    }
    w.client.update_segment(
        mine["id"], "Mentorer", {"match": "all", "conditions": [wrong]}
    )
    others = {"match": "all", "conditions": [wrong | {"field": "FNAME"}]}
    w.client.create_segment("Mentorer", others)
    [step] = plan_setup(PLAN, w.client)
    assert "Mentorer" in step.text
    step.apply()
    assert plan_setup(PLAN, w.client) == []
    values = [
        one["options"]["conditions"][0]["value"]
        for one in w.client.segments()
        if one["name"] == "Mentorer"
    ]
    assert values == [".mentor.", "other"]
