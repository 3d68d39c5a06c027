"""Webhooks say where to look: looked into at once, by id, and believed never."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from connector import boundaries
from connector.people import keep_apart
from connector.programme.entities import Address, Person, ReviewItem
from tests.sync.hubspot_hooks import APP, event, hear, know_app, waiting
from tests.sync.hubspot_world import (
    DAY,
    OBJECTS,
    START,
    associate,
    contact,
    fault,
    held,
    hubspot_calls,
    make,
    matches,
    merge_in_crm,
    on_board,
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


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A world in step whose search shows nothing for an hour."""
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=START)
        made.apply_as_mentee("Eva Prøve", at=START - DAY)
        made.settle(2)
        made.options(hubspot__search_delay_s=3600)
        yield made


class Stop(BaseException):
    """The power goes."""


def stop_at(here: World, name: str) -> None:
    def stop(reached: str) -> None:
        if reached == name:
            raise Stop

    boundaries.listen(stop)
    try:
        with pytest.raises(Stop):
            here.sync()
    finally:
        boundaries.listen(None)


def reads(here: World, object_type: str) -> int:
    """Return how many calls read records of a type, search aside."""
    return sum(
        number
        for call, number in hubspot_calls(here).items()
        if call.endswith(f"objects/{{version}}/{object_type}/batch/read")
        or (call.startswith("GET") and f"/{object_type}/" in call)
    )


def changed(object_type: str, record_id: str, **more: object) -> dict[str, object]:
    more = {"propertyName": "phone", "propertyValue": "+4599999999", **more}
    return event("object.propertyChange", object_type, record_id, **more)


# --- edits ---------------------------------------------------------------------------


def test_an_edit_is_taken_in_at_once_as_it_stands_not_as_the_event_says(
    here: World,
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, phone="+4520111111")
    here.sync()
    assert person(here, "Anna").phone == "+4520123456"
    hear(here, changed("contacts", anna), changed("contacts", anna))
    here.sync()
    assert person(here, "Anna").phone == "+4520111111"
    assert waiting(here) == 0


def test_an_address_changed_in_hubspot_is_one_more_of_the_same_person(
    here: World,
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, email="anna.new@people.example")
    hear(here, changed("contacts", anna, propertyName="email", propertyValue="x"))
    here.sync()
    assert person(here, "Anna").email == "anna.new@people.example"
    for email in ("anna@people.example", "anna.new@people.example"):
        here.apply_as_mentee("Anna Prøve", at=START, answers={"email": email})
    here.settle(2)
    assert len(rows(here, Person)) == 2
    assert held(contact(here, "anna.new@people.example"), "firstname") == "Anna"
    assert len(here.records("contacts")) == 2


def test_the_hint_of_a_record_that_could_not_be_read_waits(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, phone="+4520111111")
    hear(here, changed("contacts", anna), event("ticket.creation", "0-5", "77"))
    fault(here, kind="status", status=400, path="contacts/batch/read")
    here.sync()
    assert person(here, "Anna").phone == "+4520123456"
    assert waiting(here) == 1
    here.sync()
    assert person(here, "Anna").phone == "+4520111111"
    assert waiting(here) == 0


def test_hints_cost_one_read_a_type_and_nothing_when_there_are_none(
    here: World,
) -> None:
    ids = [r["id"] for r in here.records("contacts")]
    for number, one in enumerate(ids):
        here.edit("contacts", one, vidensbro_linkedin=f"https://in.example/{number}")
    here.forget_calls()
    here.sync()
    assert reads(here, "contacts") == 0
    hear(here, *(changed("contacts", one) for one in ids * 2))
    here.forget_calls()
    here.sync()
    # One for all that was named; one more for the history of those that differ.
    assert reads(here, "contacts") == 2
    assert len(staff_claims(here, "linkedin")) == 2
    here.forget_calls()
    here.sync()
    assert (reads(here, "contacts"), writes(here)) == (0, 0)


def test_what_is_not_ours_is_settled_without_a_call(here: World) -> None:
    other = make(here, "contacts", email="somebody@else.example", phone="+4520000000")
    hear(
        here,
        event("contact.creation", "contacts", other),
        changed("contacts", other),
        event("contact.deletion", "contacts", "123456"),
        event("ticket.creation", "0-5", "77"),
    )
    assert waiting(here) == 4
    here.forget_calls()
    here.sync()
    assert reads(here, "contacts") == 0
    assert (waiting(here), len(rows(here, Person))) == (0, 2)


def test_a_company_marked_as_a_city_joins_at_once(here: World) -> None:
    town = make(here, "companies", name="Søby Kommune", vidensbro_kind="city")
    plain = make(here, "companies", name="Andre A/S")
    hear(here, event("company.creation", "companies", town))
    hear(here, event("company.creation", "companies", plain))
    here.sync()
    [joined] = [r for r in here.records("companies") if r["id"] == town]
    assert held(joined, "vidensbro_id")
    [left] = [r for r in here.records("companies") if r["id"] == plain]
    assert not held(left, "vidensbro_id")
    assert waiting(here) == 0


# --- our own echo ---------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False], ids=["settings", "event"])
def test_our_own_echo_is_settled_unread(here: World, known: bool) -> None:
    know_app(here, APP if known else "")
    anna = contact(here, "anna@people.example")["id"]
    ours = {"changeSource": "INTEGRATION", "sourceId": APP}
    if known:
        ours["appId"] = 4_100_009  # the event's own app says nothing of it
    hear(here, changed("contacts", anna, **ours))
    here.forget_calls()
    here.sync()
    assert (reads(here, "contacts"), waiting(here)) == (0, 0)


def test_another_apps_write_is_looked_into(here: World) -> None:
    know_app(here)
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, phone="+4520111111")
    hear(
        here,
        changed("contacts", anna, changeSource="INTEGRATION", sourceId="4100009"),
    )
    here.sync()
    assert person(here, "Anna").phone == "+4520111111"


# --- a crash --------------------------------------------------------------------------


def test_the_power_goes_before_hints_are_settled(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit("contacts", anna, phone="+4520111111")
    hear(here, changed("contacts", anna))
    stop_at(here, "hubspot.hints.before_settle")
    assert waiting(here) == 1
    assert len(staff_claims(here, "phone")) == 1
    here.sync()
    assert waiting(here) == 0
    assert len(staff_claims(here, "phone")) == 1


# --- merges, deletions, restores ------------------------------------------------------


def test_a_merge_ends_in_one_person(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    eva = contact(here, "eva@people.example")["id"]
    merge_in_crm(here, "contacts", stays=anna, goes=eva)
    # HubSpot also reports the one that went as deleted, in any order.
    hear(here, event("contact.deletion", "contacts", eva))
    merge = {"primaryObjectId": int(anna), "mergedObjectIds": [int(eva)]}
    hear(here, event("contact.merge", "contacts", anna, **merge))
    here.sync()
    assert remote(here, person(here, "Eva").id).state == "merged"
    assert remote(here, person(here, "Anna").id).remote_id == anna
    assert waiting(here) == 0
    # An answer from the address that is now a secondary one finds the same person.
    here.apply_as_mentee("Eva Prøve", answers={"phone": "+4520777777"})
    here.settle(2)
    assert len(rows(here, Person)) == 2
    assert len(here.records("contacts")) == 1


def test_a_merge_into_a_contact_of_nobodys_is_followed(here: World) -> None:
    stranger = make(here, "contacts", email="anna@work.example", firstname="Anna")
    anna = contact(here, "anna@people.example")["id"]
    merge_in_crm(here, "contacts", stays=stranger, goes=anna)
    merge = {"primaryObjectId": int(stranger), "mergedObjectIds": [int(anna)]}
    hear(here, event("object.merge", "contacts", stranger, **merge))
    here.sync()
    assert remote(here, person(here, "Anna").id).remote_id == stranger
    assert person(here, "Anna").email == "anna@work.example"
    assert {"anna@people.example", "anna@work.example"} <= {
        a.email for a in rows(here, Address)
    }


def test_a_deleted_contact_goes_to_review_and_comes_back_with_its_part(
    here: World,
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.crm("DELETE", f"{OBJECTS}/contacts/{anna}")
    hear(here, event("contact.deletion", "contacts", anna))
    here.sync()
    assert remote(here, person(here, "Anna").id).state == "gone"
    assert reviews(here) == ["crm_gone"]
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520777777"})
    here.settle(2)
    assert len(here.records("contacts")) == 1
    restore(here, anna)
    hear(here, event("contact.restore", "contacts", anna))
    here.settle(2)
    assert remote(here, person(here, "Anna").id).state == "linked"
    assert held(contact(here, "anna@people.example"), "phone") == "+4520777777"
    assert reviews(here) == []
    record = part(here, "Anna Prøve")
    path = f"{OBJECTS}/0-162/{record['id']}/associations/contacts"
    assert [str(r["toObjectId"]) for r in here.crm("GET", path)["results"]] == [anna]


def restore(here: World, record_id: str) -> None:
    """Take a contact out of the recycle bin, as staff do."""
    store = here.box.box.store
    doc = store.get("hubspot.record.0-1", record_id)
    store.put("hubspot.record.0-1", record_id, doc | {"archived": False})
    for name in ("vidensbro_id", "email"):
        value = doc["history"][name][0]["value"]
        store.put(f"hubspot.key.0-1.{name}", value, {"id": record_id})


@pytest.mark.parametrize("order", list(permutations(("merge", "delete", "edit"))))
def test_the_order_of_events_does_not_matter(
    here: World, order: tuple[str, ...]
) -> None:
    anna = contact(here, "anna@people.example")["id"]
    eva = contact(here, "eva@people.example")["id"]
    here.edit("contacts", anna, phone="+4520111111")
    merge_in_crm(here, "contacts", stays=anna, goes=eva)
    merge = {"primaryObjectId": int(anna), "mergedObjectIds": [int(eva)]}
    events = {
        "merge": event("contact.merge", "contacts", anna, **merge),
        "delete": event("contact.deletion", "contacts", eva),
        "edit": changed("contacts", anna),
    }
    eva_id = person(here, "Eva").id
    for name in order:
        hear(here, events[name])
        here.sync()
    assert person(here, "Anna").phone == "+4520111111"
    assert remote(here, eva_id).state == "merged"
    assert reviews(here) == []


# --- associations ---------------------------------------------------------------------


def test_an_association_hint_is_settled_once_the_board_was_read(here: World) -> None:
    here.apply_as_mentor("Bo Prøve", at=START)
    here.settle(2)
    record, bo = part(here, "Anna Prøve"), contact(here, "bo@havbro.example")
    link = {
        "fromObjectId": int(record["id"]), "toObjectId": int(bo["id"]),
        "fromObjectTypeId": "0-162", "toObjectTypeId": "0-1",
        "associationTypeId": 798, "associationRemoved": False,
    }  # fmt: skip
    associate(here, record, bo)
    hear(here, event("object.associationChange", "0-162", record["id"], **link))
    stop_at(here, "hubspot.pull.before_commit")
    assert (matches(here), waiting(here)) == ([], 1)
    here.sync()
    assert (matches(here), waiting(here)) == (["proposed"], 0)
    take_off(here, record, bo)
    hear(here, event("contact.associationChange", "contacts", bo["id"]))
    here.sync()
    assert (matches(here), waiting(here)) == (["ended"], 0)


def test_merged_participations_leave_one_in_doubt_and_nothing_of_the_other(
    here: World,
) -> None:
    anna, eva = part(here, "Anna Prøve")["id"], part(here, "Eva Prøve")["id"]
    merge_in_crm(here, "0-162", stays=anna, goes=eva)
    here.edit("0-162", anna, hs_pipeline_stage=here.stage("active"))
    merge = {"primaryObjectId": int(anna), "mergedObjectIds": [int(eva)]}
    hear(here, event("object.merge", "0-162", anna, **merge))
    here.settle(2)
    assert participation(here, "Anna").status == "active"
    assert participation(here, "Eva").status == "applied"
    assert reviews(here) == ["crm_clash"]
    row = remote(here, participation(here, "Eva").id)
    assert (row.remote_id, row.pushed, row.state) == (None, {}, "review")
    [item] = rows(here, ReviewItem)
    keep_apart(here.service, KEY, item.id)
    here.settle(2)
    again = part(here, "Eva Prøve")
    assert held(again, "hs_pipeline_stage") == here.stage("applied")
    assert on_board(here, again) == {contact(here, "eva@people.example")["id"]}
