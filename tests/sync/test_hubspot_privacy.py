"""Deleted for good in HubSpot: held back for good, whatever comes later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.db import utcnow
from connector.people import keep_apart, review
from connector.programme.entities import Address, Consent, Person
from tests.sync.hubspot_hooks import event, hear, waiting
from tests.sync.hubspot_world import (
    OBJECTS,
    START,
    contact,
    make,
    part,
    person,
    remote,
    reviews,
    rows,
    writes,
)
from tests.world import KEY, World, world

DELETION, PRIVACY = "contact.deletion", "contact.privacyDeletion"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=START)
        made.settle(2)
        made.options(hubspot__search_delay_s=3600)
        yield made


def forget(here: World, record_id: str) -> None:
    """Delete a contact for good, as staff do."""
    here.crm("POST", f"{OBJECTS}/contacts/gdpr-delete", {"objectId": record_id})


def erase(here: World, *topics: str) -> None:
    anna = contact(here, "anna@people.example")["id"]
    forget(here, anna)
    for topic in topics:
        happened = int((utcnow() - timedelta(minutes=1)).timestamp() * 1000)
        hear(here, event(topic, "contacts", anna, occurredAt=happened))
        here.sync()


@pytest.mark.parametrize(
    "topics", [(PRIVACY, DELETION), (DELETION, PRIVACY), (PRIVACY,)]
)
def test_the_two_deletions_end_in_one_way_whatever_their_order(
    here: World, topics: tuple[str, ...]
) -> None:
    assert here.members()["anna@people.example"]["status"] == "subscribed"
    erase(here, *topics)
    row = remote(here, person(here, "Anna").id)
    assert (row.state, row.pushed, row.accepted) == ("erased", {}, {})
    assert (reviews(here), waiting(here)) == (["crm_erased"], 0)
    [item] = review(here.service, KEY)
    assert "slettet permanent" in item.text
    [no] = [c for c in rows(here, Consent) if not c.given]
    assert (no.purpose, no.source) == ("newsletter", "staff")
    here.settle(2)
    assert here.members()["anna@people.example"]["status"] == "unsubscribed"
    here.forget_calls()
    here.settle(2)
    assert (here.records("contacts"), writes(here)) == ([], 0)
    assert reviews(here) == ["crm_erased"]


def test_an_ordinary_deletion_is_no_word_about_the_newsletter(here: World) -> None:
    erase(here, DELETION)
    assert reviews(here) == ["crm_gone"]
    assert [c for c in rows(here, Consent) if not c.given] == []


def test_a_later_answer_goes_to_review_and_nothing_of_it_to_hubspot(
    here: World,
) -> None:
    erase(here, PRIVACY)
    here.apply_as_mentee("Anna Prøve", at=utcnow(), answers={"phone": "+4520777777"})
    here.apply_as_mentor(
        "Anna Prøve", at=utcnow(), answers={"email": "anna@people.example"}
    )
    here.settle(3)
    assert here.records("contacts") == []
    assert [r["properties"]["hs_name"] for r in here.records("0-162")] == [
        "Anna Prøve · Mentee · Runde 1"
    ]
    assert reviews(here) == ["crm_erased", "crm_erased_answer"]
    assert len(rows(here, Person)) == 1


def test_only_staffs_yes_makes_a_contact_anew(here: World) -> None:
    erase(here, PRIVACY)
    here.apply_as_mentee("Anna Prøve", at=utcnow(), answers={"phone": "+4520777777"})
    here.settle(2)
    asked = {item.kind: item.item for item in review(here.service, KEY)}
    keep_apart(here.service, KEY, asked["crm_erased"])
    here.settle(2)
    assert here.records("contacts") == []
    keep_apart(here.service, KEY, asked["crm_erased_answer"])
    here.settle(2)
    assert contact(here, "anna@people.example")["properties"]["phone"] == "+4520777777"
    assert reviews(here) == []


def test_a_deletion_that_has_not_come_true_yet_is_waited_for(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    hear(here, event(PRIVACY, "contacts", anna))
    here.sync()
    assert remote(here, person(here, "Anna").id).state == "linked"
    assert waiting(here) == 1
    forget(here, anna)
    here.sync()
    assert remote(here, person(here, "Anna").id).state == "erased"
    assert waiting(here) == 0


def test_one_that_never_comes_true_is_let_go(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    hear(here, event(PRIVACY, "contacts", anna, occurredAt=1_763_971_200_000))
    here.sync()
    assert remote(here, person(here, "Anna").id).state == "linked"
    assert waiting(here) == 0


def test_an_answer_from_a_secondary_address_finds_the_person(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.edit(
        "contacts", anna,
        hs_additional_emails="Anna.Work@havbro.example;anna.old@people.example",
    )  # fmt: skip
    hear(here, event("contact.propertyChange", "contacts", anna))
    here.sync()
    assert {"anna.work@havbro.example", "anna.old@people.example"} <= {
        a.email for a in rows(here, Address)
    }
    here.apply_as_mentee("Anna Prøve", answers={"email": "anna.old@people.example"})
    here.settle(2)
    assert len(rows(here, Person)) == 1
    assert len(here.records("contacts")) == 1


def test_a_contact_made_by_hand_with_her_address_stays_staffs_own(here: World) -> None:
    erase(here, PRIVACY)
    made = make(here, "contacts", email="anna@people.example", firstname="Anna")
    hear(here, event("contact.creation", "contacts", made))
    here.settle(2)
    assert not contact(here, "anna@people.example")["properties"].get("vidensbro_id")
    assert part(here, "Anna Prøve")
