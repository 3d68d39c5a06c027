"""Who stands in HubSpot already is taken over; who was merged there stays one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.people import keep_apart, merge_people, undo_merge
from connector.programme.entities import Alias, Person, ReviewItem
from tests.sync.hubspot_world import (
    DAY,
    OBJECTS,
    START,
    contact,
    held,
    make,
    merge_in_crm,
    participation,
    person,
    remote,
    reviews,
    rows,
    staff_claims,
)
from tests.world import KEY, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_a_known_contact_is_adopted_and_the_newer_word_wins(here: World) -> None:
    made = make(
        here, "contacts", START - DAY, email="anna@people.example",
        phone="+4599999999", lastname="Gammel",
    )  # fmt: skip
    here.edit("contacts", made, START + 2 * DAY, lastname="Nyere")
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    record = contact(here, "anna@people.example")
    assert record["id"] == made
    assert held(record, "phone") == "+4520123456"
    assert held(record, "lastname") == "Nyere"
    assert {c.asserted_at for c in staff_claims(here, "phone")} == {START - DAY}


def test_a_secondary_address_finds_the_contact_and_never_renames_it(
    here: World,
) -> None:
    made = make(here, "contacts", START, email="anna@work.example", firstname="Anna")
    here.edit("contacts", made, hs_additional_emails="anna@people.example")
    here.apply_as_mentee("Anna Prøve")
    here.settle(3)
    record = here.record("contacts")
    assert record["id"] == made
    assert held(record, "email") == "anna@work.example"
    assert held(record, "vidensbro_id") == person(here, "Anna").id


@pytest.mark.parametrize(
    ("properties", "adopted"),
    [
        ({"name": "Nordlys", "domain": "nordlys.example"}, True),
        ({"name": "NORDLYS TEKNIK A/S"}, True),
        ({"name": "Nordlys Teknik A/S", "domain": "other.example"}, False),
    ],
)
def test_a_company_is_adopted_by_domain_then_by_name(
    here: World, properties: dict[str, str], adopted: bool
) -> None:
    made = make(here, "companies", START, **properties)
    register(here)
    here.settle(2)
    [ours] = [r for r in here.records("companies") if held(r, "vidensbro_id")]
    assert (ours["id"] == made) is adopted


def register(here: World) -> None:
    here.answer(
        "company_registration",
        {
            "organisation_name": "Nordlys Teknik A/S", "first_name": "Per",
            "website": "https://nordlys.example", "last_name": "Prøve",
            "email": "per@nordlys.example", "consent_programme": True,
        },
    )  # fmt: skip


def test_of_several_companies_of_one_name_none_is_taken_until_settled(
    here: World,
) -> None:
    one = make(here, "companies", name="Nordlys Teknik A/S")
    other = make(here, "companies", name="Nordlys Teknik A/S")
    register(here)
    here.settle(2)
    assert reviews(here) == ["crm_ambiguous"]
    assert not any(held(r, "vidensbro_id") for r in here.records("companies"))
    merge_in_crm(here, "companies", one, other)
    [item] = rows(here, ReviewItem)
    keep_apart(here.service, KEY, item.id)
    here.settle(2)
    [record] = here.records("companies")
    assert held(record, "vidensbro_id")


def test_two_that_fit_one_contact_are_reviewed_and_not_pushed(here: World) -> None:
    made = make(here, "contacts", email="anna@people.example")
    here.edit("contacts", made, hs_additional_emails="eva@people.example")
    here.apply_as_mentee("Anna Prøve")
    here.apply_as_mentee("Eva Prøve")
    here.settle(3)
    assert reviews(here) == ["crm_clash"]
    assert [r["id"] for r in here.records("contacts")] == [made]
    states = {remote(here, person(here, name).id).state for name in ("Anna", "Eva")}
    assert states == {"linked", "review"}


def test_another_name_at_a_contacts_second_address_is_in_doubt(here: World) -> None:
    made = make(here, "contacts", email="anna@people.example")
    here.edit("contacts", made, hs_additional_emails="eva@people.example")
    here.apply_as_mentee("Anna Prøve")
    here.settle(2)
    here.apply_as_mentee("Eva Prøve")
    here.settle(3)
    assert reviews(here) == ["shared_address"]
    assert [r["id"] for r in here.records("contacts")] == [made]
    assert person(here, "Eva").provisional


def test_a_shared_mailbox_is_held_back_until_somebody_decides(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.apply_as_mentee("Jens Prøve", answers={"email": "anna@people.example"})
    here.settle(2)
    assert len(here.records("contacts")) == len(here.records("0-162")) == 1
    doubtful = next(p for p in rows(here, Person) if p.provisional)
    merge_people(here.service, KEY, doubtful.id, person(here, "Anna").id)
    here.settle(2)
    assert len(here.records("contacts")) == len(here.records("0-162")) == 1
    undo_merge(here.service, KEY, doubtful.id)
    here.settle(2)
    assert len(here.records("contacts")) == 1


def test_merging_into_the_one_without_a_record_takes_the_record_along(
    here: World,
) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.apply_as_mentee(
        "Jens Prøve", at=START + DAY, answers={"email": "anna@people.example"}
    )
    here.settle(2)
    record = here.record("contacts")
    doubtful = next(p for p in rows(here, Person) if p.provisional)
    merge_people(here.service, KEY, person(here, "Anna").id, doubtful.id)
    here.settle(3)
    after = here.record("contacts")
    assert (after["id"], held(after, "vidensbro_id")) == (record["id"], doubtful.id)
    assert reviews(here) == []


def test_a_merge_in_hubspot_is_an_alias_that_can_be_undone(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.apply_as_mentee(
        "Anna Prøve", at=START, answers={"email": "anna.second@people.example"}
    )
    here.settle(2)
    stays = contact(here, "anna@people.example")
    goes = contact(here, "anna.second@people.example")
    merge_in_crm(here, "contacts", stays["id"], goes["id"])
    here.settle(2)
    one, into = held(goes, "vidensbro_id"), held(stays, "vidensbro_id")
    assert (one, into) in {(a.entity_id, a.into_id) for a in rows(here, Alias)}
    assert len(rows(here, Alias)) == 2  # the participation of the same round joins
    here.apply_as_mentee(
        "Anna Prøve", at=START + DAY,
        answers={"email": "anna.second@people.example", "phone": "+4520777777"},
    )  # fmt: skip
    here.settle(3)
    record = here.record("contacts")
    assert held(record, "phone") == "+4520777777"
    undo_merge(here.service, KEY, one)
    here.settle(3)
    assert rows(here, Alias) == []
    assert len(here.records("contacts")) == 1
    assert reviews(here) == ["crm_clash"]


def test_merged_into_a_contact_that_was_not_ours_it_is_followed(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    other = make(here, "contacts", email="anna@work.example", firstname="Anna")
    merge_in_crm(here, "contacts", other, contact(here, "anna@people.example")["id"])
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520777777"})
    here.settle(3)
    record = here.record("contacts")
    assert (record["id"], held(record, "phone")) == (other, "+4520777777")
    assert person(here, "Anna").email == "anna@work.example"


def test_an_archived_record_is_reviewed_and_not_made_anew(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=START)
    here.settle(2)
    path = f"{OBJECTS}/contacts/{contact(here, 'anna@people.example')['id']}"
    here.crm("DELETE", path)
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520777777"})
    here.settle(3)
    assert here.records("contacts") == []
    assert reviews(here) == ["crm_gone"]
    assert participation(here, "Anna").status == "applied"
