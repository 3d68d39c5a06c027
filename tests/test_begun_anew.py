"""A machine is lost, with its last backup or with all: nobody is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector import boundaries
from connector.backup.making import back_up
from connector.connections import rebind
from connector.programme.entities import EvaluationResponse, Match
from connector.restored import go_on
from connector.schema import upgrade
from connector.service import lay_out
from connector.sources.reconcile import reconcile
from tests.sync.hubspot_world import (
    START,
    associate,
    held,
    hubspot_calls,
    make,
    part,
    participation,
    reviews,
    rows,
    staff_claims,
)
from tests.test_lost_machine import lost, restored, token
from tests.world import KEY, World, set_up, world, write_programme

LINK = "vidensbro_closing_link"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def begun_anew(old: World, tmp_path: Path, **changed: str) -> World:
    """A new database on the same accounts; nothing of the former one is left."""
    here = lost(old, tmp_path, **changed)
    write_programme(here.directory, here.forms)
    upgrade(here.service.database)
    lay_out(here.service)
    set_up(here)
    return here


def from_the_backup(old: World, tmp_path: Path, file: Path) -> World:
    here = lost(old, tmp_path)
    restored(here, file)
    return here


DEALS = {"HUBSPOT_PARTICIPATION_OBJECT": "0-3"}


@pytest.mark.parametrize(
    ("round_object", "associated"), [("0-3", True), ("0-410", False)]
)
def test_deals_that_stand_in_are_taken_over_and_no_sale(
    tmp_path: Path, round_object: str, associated: bool
) -> None:
    settings = {**DEALS, "HUBSPOT_ROUND_OBJECT": round_object}
    with world(tmp_path, active=False) as bare:
        old = lost(bare, tmp_path / "old", **settings)
        upgrade(old.service.database)
        write_programme(old.directory, old.forms)
        lay_out(old.service)
        set_up(old)
        sale = make(old, "0-3", START, dealname="Et salg", vidensbro_role="mentee")
        old.apply_as_mentee("Runa Lund", at=START, token=token("runa"))
        reconcile(old.service, KEY)
        old.drain()
        if associated:
            old.sync()
        else:
            stopped(old, "hubspot.links.sent", "0-3", len(old.records("0-3")) + 1)
        mine = old.record("0-3", dealname="Runa Lund · Mentee · Runde 1")
        if associated:
            contact = old.record("contacts", firstname="Runa")["id"]
            path = f"/crm/objects/2026-09/0-3/{sale}/associations/default/0-1/{contact}"
            old.crm("PUT", path)
            old.edit("0-3", mine["id"], dealstage=old.stage("selected"))
        here = begun_anew(old, tmp_path, **settings)
        fetched(here)
        now = here.record("0-3", dealname="Runa Lund · Mentee · Runde 1")
        assert now["id"] == mine["id"]
        assert held(now, "vidensbro_id") == participation(here, "Runa").id
        assert held(now, LINK) == held(mine, LINK)
        expected = "selected" if associated else "applied"
        assert participation(here, "Runa").status == expected
        left = [one for one in here.records("0-3") if one["id"] == sale]
        assert held(left[0], "vidensbro_id") == ""
        assert reviews(here) == []


def stopped(here: World, where: str, object_type: str, number: int) -> None:
    """The machine dies in a sync, once so many records of a type stand there."""

    def die(name: str) -> None:
        if name == where and len(here.records(object_type)) >= number:
            raise SystemExit

    boundaries.listen(die)
    try:
        with pytest.raises(SystemExit):
            here.sync()
    finally:
        boundaries.listen(None)


def fetched(here: World) -> None:
    reconcile(here.service, KEY)
    here.drain()
    go_on(here.service, KEY)
    here.settle(3)


def play(here: World) -> dict[str, Any]:
    """Two apply, and are pushed wholly; staff drag, match, and mail a link."""
    here.apply_as_mentee("Runa Lund", at=START, token=token("runa"))
    here.apply_as_mentor("Mads Prøve", at=START, token=token("mads"))
    here.settle(2)
    record = part(here, "Runa Lund")
    assert held(record, LINK)
    here.edit("0-162", record["id"], hs_pipeline_stage=here.stage("selected"))
    associate(here, record, here.record("contacts", firstname="Mads"))
    return record


def answer_by(here: World, record: dict[str, Any]) -> None:
    here.answer(
        "closing_evaluation_mentee",
        {"mentee_network": "mentee_network-agree"},
        hidden={"token": held(record, LINK)[-20:]}, token=token("closing"),
    )  # fmt: skip


def is_whole(here: World, record: dict[str, Any]) -> None:
    """One record each, as staff left it; the answer by the mailed link counts."""
    now = part(here, "Runa Lund")
    assert now["id"] == record["id"]
    assert held(now, "hs_pipeline_stage") == here.stage("selected")
    assert held(now, LINK) == held(record, LINK)
    assert held(now, "vidensbro_id") == participation(here, "Runa").id
    assert len(here.records("0-162")) == 2
    assert len(here.records("0-410")) == 1
    assert len(here.records("contacts")) == 2
    assert participation(here, "Runa").status == "selected"
    assert [c.value for c in staff_claims(here, "status")] == ["selected"]
    [match] = rows(here, Match)
    assert match.linked
    [answer] = rows(here, EvaluationResponse)
    assert answer.participation_id == participation(here, "Runa").id
    assert reviews(here) == []


@pytest.mark.parametrize("backup", [True, False])
def test_what_stands_there_is_taken_over(
    old: World, tmp_path: Path, *, backup: bool
) -> None:
    file = back_up(old.service, tmp_path / "night.backup")
    record = play(old)
    lost_here = (
        from_the_backup(old, tmp_path, file) if backup else begun_anew(old, tmp_path)
    )
    answer_by(lost_here, record)  # while nobody listens
    fetched(lost_here)
    is_whole(lost_here, record)
    assert staff_claims(lost_here, "phone") == []
    lost_here.forget_calls()
    lost_here.settle(1)
    assert not any(c.endswith("/upsert") for c in hubspot_calls(lost_here))


def test_a_connection_bound_anew_to_the_same_account(old: World) -> None:
    record = play(old)
    answer_by(old, record)
    old.drain()
    rebind(old.service, KEY, "hubspot")
    set_up(old)
    old.settle(3)
    is_whole(old, record)


def test_a_round_that_staff_renamed_is_found_by_who_is_in_it(
    old: World, tmp_path: Path
) -> None:
    record = play(old)
    [course] = old.records("0-410")
    old.edit("0-410", course["id"], hs_course_name="Forårets hold",
             vidensbro_id="of-an-older-machine")  # fmt: skip
    other = make(
        old, "0-410", START, hs_course_name="Sidste år", vidensbro_id="before",
        vidensbro_starts="2020-01-01", vidensbro_ends="2020-06-01",
    )  # fmt: skip
    also = f"0-162/{record['id']}/associations/default/0-410/{other}"
    old.crm("PUT", f"/crm/objects/2026-09/{also}")
    here = begun_anew(old, tmp_path)
    answer_by(here, record)
    fetched(here)
    # The name is the programme's own: its files say how a round is called.
    now = here.record("0-410", hs_course_name="Runde 1")
    assert now["id"] == course["id"]
    left = here.record("0-410", hs_course_name="Sidste år", vidensbro_id="before")
    assert left["id"] == other
    here.crm("DELETE", f"/crm/objects/2026-09/0-410/{other}")
    is_whole(here, record)


@pytest.mark.parametrize("backup", [True, False])
@pytest.mark.parametrize("stop", ["hubspot.push.after_commit", "hubspot.links.sent"])
def test_a_machine_lost_before_it_associated(
    old: World, tmp_path: Path, stop: str, *, backup: bool
) -> None:
    file = back_up(old.service, tmp_path / "night.backup")
    old.apply_as_mentee("Runa Lund", at=START, token=token("runa"))
    old.drain()

    stopped(old, stop, "0-162", 1)
    [record] = old.records("0-162")
    here = from_the_backup(old, tmp_path, file) if backup else begun_anew(old, tmp_path)
    fetched(here)
    assert [one["id"] for one in here.records("0-162")] == [record["id"]]
    assert (
        held(part(here, "Runa Lund"), "vidensbro_id") == participation(here, "Runa").id
    )


def test_of_several_none_is_taken(old: World, tmp_path: Path) -> None:
    record = play(old)
    twin = make(
        old, "0-162", START, hs_name="Runa Lund · Mentee · Runde 1",
        vidensbro_role="mentee", vidensbro_id="of-yet-another-machine",
    )  # fmt: skip
    contact = old.record("contacts", firstname="Runa")
    associate(old, {"id": twin}, contact)
    course = old.record("0-410")["id"]
    path = f"/crm/objects/2026-09/0-162/{twin}/associations/default/0-410/{course}"
    old.crm("PUT", path)
    here = begun_anew(old, tmp_path)
    fetched(here)
    assert reviews(here) == ["crm_ambiguous"]
    assert len(here.records("0-162")) == 3
    here.crm("DELETE", f"/crm/objects/2026-09/0-162/{twin}")
    from connector.people import keep_apart
    from connector.programme.entities import ReviewItem

    [item] = [one for one in rows(here, ReviewItem) if one.settled_at is None]
    keep_apart(here.service, KEY, item.id)
    here.settle(2)
    now = part(here, "Runa Lund")
    assert now["id"] == record["id"]
    assert held(now, "vidensbro_id") == participation(here, "Runa").id


def test_a_newcomer_costs_no_look_and_who_is_known_one(old: World) -> None:
    old.apply_as_mentee("Runa Lund", at=START)
    old.drain()
    old.forget_calls()
    old.sync()
    look = "contacts/0-162/batch/read"
    assert not any(c.endswith(look) for c in hubspot_calls(old))
    old.apply_as_mentor("Runa Lund", answers={"email": "runa@people.example"})
    old.drain()
    old.forget_calls()
    old.sync()
    assert sum(n for c, n in hubspot_calls(old).items() if c.endswith(look)) == 1
    assert len(old.records("0-162")) == 2
