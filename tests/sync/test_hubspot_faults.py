"""What goes wrong at HubSpot holds up no more than it must, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import boundaries
from connector.connections import resume
from tests.sync.hubspot_world import (
    DAY,
    START,
    connection,
    contact,
    fault,
    held,
    hubspot_calls,
    person,
    remote,
    staff_claims,
    writes,
)
from tests.world import KEY, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


class Stop(BaseException):
    """The power goes."""


def stop_at(here: World, name: str) -> None:
    """Run one cycle that ends dead at a boundary."""

    def stop(reached: str) -> None:
        if reached == name:
            raise Stop

    boundaries.listen(stop)
    try:
        here.drain()
        with pytest.raises(Stop):
            here.sync()
    finally:
        boundaries.listen(None)


def test_one_refused_record_holds_up_no_other_and_waits_for_new_data(
    here: World,
) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.apply_as_mentee("Eva Prøve", answers={"last_name": "x" * 70_000})
    here.settle(2)
    assert len(here.records("contacts")) == 1
    assert "INVALID_STRING_LENGTH" in remote(here, person(here, "Eva").id).problem
    here.forget_calls()
    here.settle(2)
    assert writes(here) == 0
    here.apply_as_mentee("Eva Prøve")
    here.settle(2)
    assert contact(here, "eva@people.example")


def test_a_passing_refusal_is_tried_again(here: World) -> None:
    fault(here, kind="partial", status=500, path="contacts/batch/upsert", ids=1)
    here.apply_as_mentee("Anna Prøve")
    here.settle(2)
    assert contact(here, "anna@people.example")


def test_a_refused_key_pauses_with_a_sentence_and_no_further_call(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.drain()
    fault(here, kind="status", status=401)
    here.sync()
    assert connection(here).state == "paused"
    assert "connection resume" in connection(here).reason
    here.forget_calls()
    here.settle(2)
    assert hubspot_calls(here) == {}
    resume(here.service, KEY, "hubspot")
    here.settle(2)
    assert contact(here, "anna@people.example")


@pytest.mark.parametrize("kind", ["reset", "accept_then_reset"])
def test_a_lost_connection_drains_by_itself(here: World, kind: str) -> None:
    fault(here, kind=kind, method="POST", path="batch/upsert")
    here.apply_as_mentee("Anna Prøve")
    here.settle(2)
    assert len(here.records("contacts")) == len(here.records("0-162")) == 1
    assert staff_claims(here) == []


def test_another_portal_stops_the_sync(here: World) -> None:
    here.options(hubspot__portal_id=99)
    here.apply_as_mentee("Anna Prøve")
    here.settle(2)
    assert connection(here).state == "stopped"
    assert here.records("contacts") == []


def test_an_edit_after_a_call_whose_answer_was_lost_is_staffs(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    here.apply_as_mentee("Anna Prøve", at=START + DAY, answers={"phone": "+4520222222"})
    stop_at(here, "hubspot.push.accepted")
    record = contact(here, "anna@people.example")
    assert held(record, "phone") == "+4520222222"
    # Staff put back what stood there before.
    here.edit("contacts", record["id"], phone="+4520123456")
    here.settle(3)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520123456"
    assert [c.value for c in staff_claims(here, "phone")] == ["+4520123456"]


def test_a_call_that_never_left_goes_again(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    here.apply_as_mentee("Anna Prøve", at=START + DAY, answers={"phone": "+4520222222"})
    stop_at(here, "hubspot.push.sent")
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520222222"
    assert staff_claims(here) == []


def test_two_lost_answers_in_a_row_are_still_ours(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    for day, phone in ((1, "+4520222222"), (2, "+4520333333")):
        here.apply_as_mentee(
            "Anna Prøve", at=START + day * DAY, answers={"phone": phone}
        )
        stop_at(here, "hubspot.push.accepted" if day == 1 else "hubspot.push.sent")
    here.settle(3)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520333333"
    assert staff_claims(here) == []


def test_a_status_dragged_after_a_lost_create_is_not_reset(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.drain()
    stop_when_made(here)
    record = here.record("0-162")
    here.edit("0-162", record["id"], hs_pipeline_stage=stage(here, "selected"))
    here.settle(2)
    assert held(here.record("0-162"), "hs_pipeline_stage") == stage(here, "selected")


def stage(here: World, status: str) -> str:
    """Return a stage's id by its Danish label, before the sync knows of it."""
    label = {"selected": "Udvalgt"}[status]
    for pipeline in here.crm("GET", "/crm/pipelines/2026-09/0-162")["results"]:
        for found in pipeline["stages"]:
            if found["label"] == label:
                return str(found["id"])
    raise AssertionError(label)


def stop_when_made(here: World) -> None:
    """Stop dead when the participation stands in HubSpot and we do not know it yet."""

    def stop(reached: str) -> None:
        if reached == "hubspot.push.accepted" and here.records("0-162"):
            raise Stop

    boundaries.listen(stop)
    try:
        with pytest.raises(Stop):
            here.sync()
    finally:
        boundaries.listen(None)
