"""The nightly compare finds what neither webhooks nor polling could see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import update

from connector import boundaries, reach
from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Organisation
from connector.singleflight import only_one
from connector.sync import hubspot
from connector.sync.context import Context
from connector.sync.hubspot.chores import compare_nightly
from connector.sync.state import RemoteLink, RemoteRecord
from tests.sync.hubspot_hooks import know_app
from tests.sync.hubspot_world import (
    DAY,
    OBJECTS,
    START,
    associate,
    company,
    connection,
    contact,
    held,
    hubspot_calls,
    make,
    matches,
    merge_in_crm,
    part,
    participation,
    person,
    remote,
    reviews,
    rows,
    staff_claims,
    take_off,
    writes,
)
from tests.world import KEY, World, world

KINDS = 4  # of records, those of participations the last
APP_WRITES = {"Authorization": "Bearer token", "X-Sandbox-Actor": "app"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A world in step whose search shows nothing for an hour."""
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=START)
        made.apply_as_mentor("Bo Prøve", at=START)
        made.settle(2)
        made.options(hubspot__search_delay_s=3600)
        yield made


def compare(here: World) -> dict[str, dict[str, int]]:
    """Run the nightly compare; return what was kept of it."""
    assert compare_nightly(here.service, KEY) == ""
    return dict(connection(here).facts["compare"]["counts"])


def found(counts: dict[str, int]) -> dict[str, int]:
    """Return what is not as it should be."""
    return {
        word: number
        for word, number in counts.items()
        if number and word not in {"records", "same"}
    }


def app_edit(here: World, object_type: str, record_id: str, **properties: str) -> None:
    """Change a record as an integration does."""
    path = f"{OBJECTS}/{object_type}/{record_id}"
    here.crm("PATCH", path, {"properties": properties}, **APP_WRITES)


def at(name: str, do: Any) -> None:
    """Do something once, at a boundary."""

    def act(reached: str) -> None:
        if reached == name:
            boundaries.listen(None)
            do()

    boundaries.listen(act)


class Stop(BaseException):
    """The power goes."""


def stop() -> None:
    raise Stop


# --- nothing to find ------------------------------------------------------------------


def test_an_account_in_step_is_the_same_throughout_and_costs_reads_alone(
    here: World,
) -> None:
    here.forget_calls()
    counts = compare(here)
    calls = hubspot_calls(here)
    assert [kind for kind in counts if found(counts[kind])] == []
    assert counts["person"]["records"] == counts["person"]["same"] == 2
    assert counts["participation"]["same"] == 2
    assert counts["round"]["same"] == 1
    reads = [n for c, n in calls.items() if c.endswith("contacts/batch/read")]
    assert sum(reads) == 2  # the records, and their place on the board
    assert writes(here) == 0
    assert staff_claims(here) == []
    here.settle(2)
    assert writes(here) == 0


def test_our_own_values_are_never_staffs_whatever_id_they_were_written_under(
    here: World,
) -> None:
    know_app(here, "4100009")  # the app's; the key writes under another
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520222222"})
    here.settle(2)
    counts = compare(here)
    assert found(counts["person"]) == found(counts["participation"]) == {}
    assert staff_claims(here) == []


# --- what staff said in between -------------------------------------------------------


def test_a_status_dragged_away_and_back_between_two_polls_is_heard(
    here: World,
) -> None:
    record = part(here, "Anna Prøve")["id"]
    here.edit("0-162", record, hs_pipeline_stage=here.stage("active"))
    here.edit("0-162", record, hs_pipeline_stage=here.stage("applied"))
    here.settle(2)
    assert staff_claims(here, "status") == []
    counts = compare(here)
    assert found(counts["participation"]) == {"overwritten": 1}
    assert [c.value for c in staff_claims(here, "status")] == ["active", "applied"]
    assert participation(here, "Anna").status == "applied"
    assert found(compare(here)["participation"]) == {}
    assert len(staff_claims(here, "status")) == 2
    here.edit("0-162", record, hs_pipeline_stage=here.stage("selected"))
    here.edit("0-162", record, hs_pipeline_stage=here.stage("applied"))
    assert found(compare(here)["participation"]) == {"overwritten": 1}
    assert len(staff_claims(here, "status")) == 4


def test_an_edit_that_we_overwrote_comes_back(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.apply_as_mentee("Anna Prøve", at=START + DAY, answers={"phone": "+4520222222"})
    here.drain()
    at(
        "hubspot.push.sent",
        lambda: here.edit("contacts", anna, phone="+4520111111"),
    )
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520222222"
    assert found(compare(here)["person"]) == {"overwritten": 1}
    here.settle(2)
    assert person(here, "Anna").phone == "+4520111111"
    assert held(contact(here, "anna@people.example"), "phone") == "+4520111111"


def test_an_overwritten_edit_yields_to_a_newer_answer(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    later = utcnow() + timedelta(minutes=5)
    here.apply_as_mentee("Anna Prøve", at=later, answers={"phone": "+4520222222"})
    here.drain()
    at(
        "hubspot.push.sent",
        lambda: here.edit("contacts", anna, phone="+4520111111"),
    )
    here.settle(2)
    assert found(compare(here)["person"]) == {"overwritten": 1}
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520222222"


def test_an_edit_that_search_never_showed_is_found_with_its_own_time(
    here: World,
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, START + 3 * DAY, lastname="Rettet")
    here.settle(2)
    assert person(here, "Anna").last_name == "Prøve"
    assert found(compare(here)["person"]) == {"edited": 1}
    assert person(here, "Anna").last_name == "Rettet"
    [claim] = staff_claims(here, "last_name")
    assert claim.asserted_at == START + 3 * DAY


def test_what_staff_struck_stays_struck(here: World) -> None:
    record = part(here, "Anna Prøve")["id"]
    here.edit("0-162", record, hs_pipeline_stage=here.stage("active"))
    here.edit("0-162", record, hs_pipeline_stage=here.stage("applied"))
    compare(here)
    with here.service.database.writing() as session:
        session.execute(
            update(Claim)
            .where(Claim.field == "status", Claim.value == "active")
            .values(superseded_at=utcnow())
        )
    compare(here)
    assert len(staff_claims(here, "status")) == 2


def test_what_a_record_held_before_it_was_ours_is_no_word_of_today(
    here: World,
) -> None:
    eva = make(
        here,
        "contacts",
        START - 9 * DAY,
        email="eva@people.example",
        phone="+4520000001",
    )
    here.edit("contacts", eva, START - 5 * DAY, phone="+4520000002")
    here.apply_as_mentee("Eva Prøve", at=START - 7 * DAY)
    here.settle(2)
    assert found(compare(here)["person"]) == {}
    assert [c.value for c in staff_claims(here, "phone")] == ["+4520000002"]


def test_a_crash_before_the_commit_claims_nothing_twice(here: World) -> None:
    record = part(here, "Anna Prøve")["id"]
    here.edit("0-162", record, hs_pipeline_stage=here.stage("active"))
    here.edit("0-162", record, hs_pipeline_stage=here.stage("applied"))
    commits: list[str] = []

    def stop_at_participations(name: str) -> None:
        commits.extend([name] if name == "hubspot.compare.before_commit" else [])
        if len(commits) == KINDS:
            raise Stop

    boundaries.listen(stop_at_participations)
    try:
        with pytest.raises(Stop):
            compare_nightly(here.service, KEY)
    finally:
        boundaries.listen(None)
    assert staff_claims(here, "status") == []
    compare(here)
    assert len(staff_claims(here, "status")) == 2


# --- what the service owns ------------------------------------------------------------


def test_a_figure_changed_by_hand_is_put_right(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, vidensbro_roles="forkert")
    here.edit("0-410", here.record("0-410")["id"], hs_course_name="Andet navn")
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "vidensbro_roles") == "forkert"
    counts = compare(here)
    assert found(counts["person"]) == found(counts["round"]) == {"repaired": 1}
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "vidensbro_roles") == (
        ";r1.mentee.applied;"
    )
    assert held(here.record("0-410"), "hs_course_name") == "Runde 1"
    assert staff_claims(here) == []


def test_a_value_of_ours_in_hubspots_own_clothes_is_not_repaired_for_ever(
    here: World,
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    pushed_at = remote(here, person(here, "Anna").id).pushed_at
    assert pushed_at is not None
    path, changes = f"{OBJECTS}/contacts/{anna}", {"vidensbro_roles": "R1 MENTEE"}
    headers = {**APP_WRITES, "X-Sandbox-At": pushed_at.isoformat()}
    here.crm("PATCH", path, {"properties": changes}, **headers)
    assert found(compare(here)["person"]) == {}
    here.forget_calls()
    here.settle(2)
    assert writes(here) == 0


def test_our_key_taken_off_is_put_back(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, vidensbro_id="")
    assert found(compare(here)["person"]) == {"repaired": 1}
    assert held(contact(here, "anna@people.example"), "vidensbro_id") == (
        person(here, "Anna").id
    )


def test_a_card_on_a_board_of_staffs_own_stays_there(here: World) -> None:
    pipeline = here.crm(
        "POST", "/crm/pipelines/2026-09/0-162",
        {"label": "Alumni", "displayOrder": 5,
         "stages": [{"label": "Med", "displayOrder": 0, "metadata": {}}]},
    )  # fmt: skip
    record = part(here, "Anna Prøve")["id"]
    here.edit("0-162", record, hs_pipeline=pipeline["id"])
    compare(here)
    here.settle(2)
    assert held(part(here, "Anna Prøve"), "hs_pipeline") == pipeline["id"]
    assert found(compare(here)["participation"]) == {}


# --- records and associations that are gone -------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
def test_archived_and_merged_records_are_found_untouched(
    here: World, silent: bool
) -> None:
    here.options(hubspot__missing_silent=silent)
    here.apply_as_mentee("Eva Prøve", at=START)
    here.settle(2)
    anna = contact(here, "anna@people.example")["id"]
    eva = contact(here, "eva@people.example")["id"]
    bo = contact(here, "bo@havbro.example")["id"]
    here.crm("DELETE", f"{OBJECTS}/contacts/{bo}")
    merge_in_crm(here, "contacts", stays=anna, goes=eva)
    counts = compare(here)["person"]
    assert (counts["archived"], counts["merged"]) == (1, 1)
    states = {r.remote_id: r.state for r in rows(here, RemoteRecord)}
    assert states[bo] == "gone"
    assert reviews(here) == ["crm_gone"]
    counts = compare(here)["person"]
    assert (counts["archived"], counts["merged"]) == (0, 0)
    assert len(here.records("contacts")) == 1


def test_vanished_associations_are_made_again_but_not_those_of_matches(
    here: World,
) -> None:
    record, bo = part(here, "Anna Prøve"), contact(here, "bo@havbro.example")
    associate(here, record, bo)
    here.settle(2)
    anna = contact(here, "anna@people.example")
    take_off(here, record, anna)
    take_off(here, record, bo)
    counts = compare(here)["participation"]
    assert found(counts) == {"links": 1}
    here.settle(2)
    path = f"{OBJECTS}/0-162/{record['id']}/associations/contacts"
    there = {str(r["toObjectId"]) for r in here.crm("GET", path)["results"]}
    assert there == {anna["id"]}
    assert matches(here) == ["ended"]
    assert found(compare(here)["participation"]) == {}


def test_a_city_marked_long_before_we_came_joins(here: World) -> None:
    here.options(hubspot__search_delay_s=0)
    town = make(here, "companies", START, name="Søby Kommune", vidensbro_kind="city")
    age(here, "0-2", town)
    here.settle(2)
    assert len(rows(here, Organisation)) == 2
    assert compare(here)["organisation"]["joined"] == 1
    assert company(here, "Søby Kommune").kind == "city"
    here.settle(2)
    [record] = [r for r in here.records("companies") if r["id"] == town]
    assert held(record, "vidensbro_id") == company(here, "Søby Kommune").id
    assert compare(here)["organisation"]["joined"] == 0


def age(here: World, number: str, record_id: str) -> None:
    """Let a record's last change lie long back."""
    store, kind = here.box.box.store, f"hubspot.record.{number}"
    doc = store.get(kind, record_id)
    old = START.isoformat()
    history = {
        name: [{**entry, "timestamp": old, "written": old} for entry in past]
        for name, past in doc["history"].items()
    }
    history["hs_lastmodifieddate"][0]["value"] = old
    aged = doc | {"history": history, "updatedAt": old, "written": old}
    store.put(kind, record_id, aged)


# --- beside it ------------------------------------------------------------------------


def test_a_dry_run_counts_the_same_and_writes_nothing(here: World) -> None:
    record = part(here, "Anna Prøve")
    here.edit("0-162", record["id"], hs_pipeline_stage=here.stage("active"))
    here.edit("0-162", record["id"], hs_pipeline_stage=here.stage("applied"))
    take_off(here, record, contact(here, "anna@people.example"))
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, lastname="Rettet", vidensbro_roles="forkert")
    bo = contact(here, "bo@havbro.example")["id"]
    here.crm("DELETE", f"{OBJECTS}/contacts/{bo}")
    before = everything(here)
    here.forget_calls()
    client = reach.hubspot(here.service, KEY)
    assert client is not None
    context = Context(
        here.service, here.service.programme(KEY), dict(connection(here).facts)
    )
    dry = hubspot.audit(context, client, dry_run=True)
    client.door.close()
    assert everything(here) == before
    assert writes(here) == 0
    wet = compare(here)
    assert {kind: wet[kind] for kind in dry} == dry
    assert found(dry["person"]) == {"edited": 1, "repaired": 1, "archived": 1}
    assert found(dry["participation"]) == {"overwritten": 1, "links": 1}


def everything(here: World) -> list[str]:
    return [
        repr({c.name: getattr(row, c.name) for c in row.__table__.columns})
        for table in (Claim, RemoteRecord, RemoteLink)
        for row in rows(here, table)
    ] + [repr(connection(here).facts)]


def test_it_never_runs_beside_a_sync(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.sync.hubspot.chores.PATIENCE_S", 0.1)
    with only_one(here.service, "sync"):
        assert "sync" in compare_nightly(here.service, KEY)
    assert "compare" not in connection(here).facts


def test_a_sync_that_ends_soon_is_waited_for(here: World) -> None:
    under_way = Event()

    def sync() -> None:
        with only_one(here.service, "sync") as alone:
            assert alone
            under_way.set()
            sleep(0.3)

    # The worker's clock rings for a sync and for the chores at the same moment.
    syncing = Thread(target=sync)
    syncing.start()
    assert under_way.wait(10)
    assert compare_nightly(here.service, KEY) == ""
    syncing.join()
    assert "compare" in connection(here).facts


# --- whose write it was ---------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_another_apps_write_after_a_lost_answer_is_ours_only_where_we_cannot_tell(
    here: World, known: bool
) -> None:
    know_app(here, "5150001" if known else "")
    anna = contact(here, "anna@people.example")["id"]
    here.apply_as_mentee("Anna Prøve", at=START + DAY, answers={"phone": "+4520222222"})
    here.drain()
    at("hubspot.push.accepted", stop)
    with pytest.raises(Stop):
        here.sync()
    here.options(hubspot__app_id="4100009")
    app_edit(here, "contacts", anna, phone="+4520111111")
    here.options(hubspot__app_id="5150001")
    here.settle(2)
    assert len(staff_claims(here, "phone")) == (1 if known else 0)
