"""Who is who: addresses, couples who share one, organisations, and merges."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.programme import identity
from connector.programme.entities import (
    Organisation,
    Participation,
    Person,
    ReviewItem,
    Round,
)
from connector.programme.merging import merge
from tests.small_world import KEY, Small, small_world

SHARED = {"email": "family@people.example"}


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


@pytest.mark.parametrize("names", [("Anna", "Bo"), ("Bo", "Anna")])
def test_a_couple_with_one_mailbox_is_two_and_one_waits_for_review(
    here: Small, names: tuple[str, str]
) -> None:
    for name in names:
        here.take(here.apply_as_mentee(f"{name} Prøve", answers=SHARED))
    held = {p.first_name: p.provisional for p in here.rows(Person)}
    assert held == {names[0]: False, names[1]: True}
    [item] = here.rows(ReviewItem)
    assert item.kind == "shared_address"
    here.take(here.apply_as_mentee(f"{names[1]} Prøve", answers=SHARED))
    assert len(here.rows(Person)) == 2
    assert len(here.rows(ReviewItem)) == 1


def test_the_case_of_an_address_does_not_matter(here: Small) -> None:
    here.take(
        here.apply_as_mentee("Anna Prøve", answers={"email": "Anna@People.Example"}),
        here.apply_as_mentee("Anna Prøve", answers={"email": "anna@people.example"}),
    )
    assert len(here.rows(Person)) == 1


def test_a_fuller_first_name_is_no_clash(here: Small) -> None:
    here.take(
        here.apply_as_mentee("Ann Prøve", answers=SHARED),
        here.apply_as_mentee("Ann", answers={**SHARED, "first_name": "Ann Marie"}),
    )
    assert [p.provisional for p in here.rows(Person)] == [False]


@pytest.mark.parametrize(
    "other", ["Nordlys Teknik", "NORDLYS TEKNIK ApS", "nordlys  teknik"]
)
def test_an_organisation_is_known_without_its_legal_form(
    here: Small, other: str
) -> None:
    here.take(
        here.apply_as_mentee("Anna", answers={"sending_company": "Nordlys Teknik A/S"})
    )
    here.take(here.apply_as_mentee("Bo", answers={"sending_company": other}))
    assert len(here.rows(Organisation)) == 1


def test_an_organisation_is_known_by_its_domain(here: Small) -> None:
    with here.service.database.writing() as session:
        one = identity.find_organisation(session, KEY, "Nordlys", "nordlys.example")
        row = session.get(Organisation, one)
        assert row is not None
        row.domain = "nordlys.example"
    with here.service.database.writing() as session:
        found = identity.find_organisation(session, KEY, "NT", "nordlys.example")
        elsewhere = identity.find_organisation(session, KEY, "Nordlys", "n.example")
        unsaid = identity.find_organisation(session, KEY, "Nordlys A/S", None)
    assert found == one
    assert elsewhere != one
    assert unsaid == one


def test_a_part_is_found_through_merges_in_either_direction(here: Small) -> None:
    people = [f"p{number}" for number in range(3)]
    with here.service.database.writing() as session:
        plan = here.service.programme(KEY)
        for person in people:
            session.add(Person(id=person, programme=KEY, details={}))
        session.flush()
        round_id = here.rows(Round, programme=KEY, key="r2")[0].id
        first = identity.participation(session, KEY, "p0", round_id, "mentee")
        for person in ("p0", "p1"):
            merge(session, plan, "person", person, "p2", source="test")
        for person in people:
            found = identity.participation(session, KEY, person, round_id, "mentee")
            assert found == first
    assert len(here.rows(Participation)) == 1
