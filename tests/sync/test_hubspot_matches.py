"""Matches: a mentor's contact on a mentee's record, by staff or by command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.acts import set_match
from connector.db import utcnow
from connector.programme.claims import Claim
from tests.sync.hubspot_world import (
    OBJECTS,
    START,
    associate,
    contact,
    fault,
    make,
    matches,
    merge_in_crm,
    on_board,
    part,
    person,
    remote,
    rows,
    take_off,
)
from tests.world import KEY, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=START)
        made.apply_as_mentor("Bo Prøve", at=START)
        made.settle(2)
        yield made


def put_together(here: World) -> None:
    associate(here, part(here, "Anna Prøve"), contact(here, "bo@havbro.example"))
    here.settle(2)


def both_active(here: World) -> None:
    for name, role in (("Anna Prøve", "Mentee"), ("Bo Prøve", "Mentor")):
        record = part(here, name, role)
        here.edit("0-162", record["id"], hs_pipeline_stage=here.stage("active"))


def test_a_match_is_proposed_until_both_take_part(here: World) -> None:
    put_together(here)
    assert matches(here) == ["proposed"]
    both_active(here)
    here.settle(2)
    assert matches(here) == ["active"]


def test_the_match_counts_from_when_it_was_first_seen(here: World) -> None:
    associate(here, part(here, "Anna Prøve"), contact(here, "bo@havbro.example"))
    before = utcnow()
    here.sync()
    [claim] = [c for c in rows(here, Claim) if c.entity_kind == "match"]
    assert before <= claim.asserted_at <= before + timedelta(seconds=20)


def test_taking_the_mentor_off_ends_it_and_putting_them_back_begins_it_again(
    here: World,
) -> None:
    put_together(here)
    mentee, mentor = part(here, "Anna Prøve"), contact(here, "bo@havbro.example")
    take_off(here, mentee, mentor)
    here.settle(2)
    assert matches(here) == ["ended"]
    assert mentor["id"] not in on_board(here, mentee)
    associate(here, mentee, mentor)
    here.settle(2)
    assert matches(here) == ["proposed"]


def test_an_incomplete_answer_ends_nothing(here: World) -> None:
    put_together(here)
    error = {
        "status": "error", "category": "INTERNAL_ERROR", "message": "try later",
        "context": {"fromObjectId": [part(here, "Anna Prøve")["id"]]},
    }  # fmt: skip
    fault(
        here, kind="status", status=207, path="associations.*batch/read",
        body={"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]},
    )  # fmt: skip
    here.sync()
    assert matches(here) == ["proposed"]


def test_who_is_no_mentor_of_the_round_makes_no_match(here: World) -> None:
    helper = make(here, "contacts", email="helper@partner.example", firstname="Per")
    record = part(here, "Anna Prøve")
    associate(here, record, {"id": helper})
    here.settle(2)
    assert matches(here) == []
    assert helper in on_board(here, record)


def test_an_association_older_than_the_mentors_application_counts(
    here: World,
) -> None:
    made = make(here, "contacts", START - timedelta(days=9), firstname="Carl",
                email="carl@havbro.example")  # fmt: skip
    associate(here, part(here, "Anna Prøve"), {"id": made})
    here.settle(1)
    here.apply_as_mentor("Carl Prøve")
    here.settle(3)
    assert matches(here) == ["proposed"]


def test_a_match_by_command_is_made_and_ended_in_hubspot(here: World) -> None:
    pair = ("bo@havbro.example", "anna@people.example")
    record, mentor = part(here, "Anna Prøve"), contact(here, "bo@havbro.example")
    set_match(here.service, KEY, pair, "r1", linked=True)
    here.settle(2)
    assert mentor["id"] in on_board(here, record)
    assert matches(here) == ["proposed"]
    set_match(here.service, KEY, pair, "r1", linked=False)
    here.settle(2)
    assert mentor["id"] not in on_board(here, record)
    assert matches(here) == ["ended"]
    associate(here, record, mentor)
    here.settle(2)
    assert matches(here) == ["proposed"]


def test_a_match_ended_while_the_answer_to_its_call_is_lost_stays_ended(
    here: World,
) -> None:
    pair = ("bo@havbro.example", "anna@people.example")
    set_match(here.service, KEY, pair, "r1", linked=True)
    fault(here, kind="status", status=400, path="associate/default", times=9)
    here.sync()
    associate(here, part(here, "Anna Prøve"), contact(here, "bo@havbro.example"))
    set_match(here.service, KEY, pair, "r1", linked=False)
    here.settle(3)
    assert matches(here) == ["ended"]


def test_a_merge_of_the_mentors_contact_ends_no_match(here: World) -> None:
    put_together(here)
    other = make(here, "contacts", email="bo.other@havbro.example", firstname="Bo")
    here.options(hubspot__search_delay_s=3600)
    merge_in_crm(here, "contacts", other, contact(here, "bo@havbro.example")["id"])
    here.settle(2)
    assert matches(here) == ["proposed"]
    assert remote(here, person(here, "Bo").id).remote_id == other


def test_an_archived_record_ends_no_match(here: World) -> None:
    put_together(here)
    here.crm("DELETE", f"{OBJECTS}/0-162/{part(here, 'Anna Prøve')['id']}")
    here.settle(2)
    assert matches(here) == ["proposed"]


def test_who_is_both_is_not_their_own_mentor(here: World) -> None:
    here.apply_as_mentor("Anna Prøve", answers={"email": "anna@people.example"})
    here.settle(3)
    assert matches(here) == []
