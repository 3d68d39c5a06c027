"""Tokens: what a person is, in one field of at most 255 bytes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.db import Database
from connector.programme.entities import (
    Address,
    Affiliation,
    Alias,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.schema import METADATA
from connector.sync.mailchimp.tokens import joined, tokens

RANKS = st.sets(
    st.tuples(
        st.sampled_from(["", "2016-03-01", "2016-11-01", "2017-03-01"]),
        st.text("abcæø.123", min_size=1, max_size=60),
    ),
    max_size=20,
)


def test_tokens_stand_between_semicolons_in_the_order_of_the_rounds():
    ranks = [
        ("2016-11-01", "r2.mentor.applied"),
        ("2016-03-01", "r1.mentor.completed"),
        ("", "company"),
    ]
    assert joined(ranks) == ";company;r1.mentor.completed;r2.mentor.applied;"
    assert joined([]) == ""


def test_the_oldest_rounds_go_first_when_it_gets_too_long():
    ranks = [(f"20{n:02}-01-01", f"r{n}.mentor.completed") for n in range(10, 30)]
    text = joined([*ranks, ("", "company")])
    assert text.startswith(";company;")
    assert text.endswith(";r29.mentor.completed;")
    assert "r10." not in text


@given(RANKS)
def test_the_field_fits_and_holds_whole_tokens_whatever_the_order(ranks):
    text = joined(ranks)
    assert len(text.encode()) < 255
    known = {token for _, token in ranks}
    assert set(filter(None, text.split(";"))) <= known
    assert joined(sorted(ranks, reverse=True)) == text


@pytest.fixture
def session(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    METADATA.create_all(database.engine)
    with database.writing() as session:
        yield session
    database.engine.dispose()


def person(session, key: str) -> None:
    session.add(Person(id=key, programme="lyngby", details={}))
    session.flush()
    session.add(
        Address(programme="lyngby", email=f"{key}@people.example", person_id=key)
    )


def part(session, who: str, round_key: str, role: str, status: str | None) -> str:
    key = f"{who}-{round_key}-{role}"
    session.add(
        Participation(
            id=key, programme="lyngby", person_id=who, round_id=round_key,
            role=role, status=status, details={},
        )
    )  # fmt: skip
    session.flush()
    return key


def test_a_merged_person_counts_through_the_root_and_a_merged_participation_not(
    session,
):
    for number, start in ((1, date(2016, 3, 1)), (2, date(2016, 11, 1))):
        session.add(
            Round(
                id=f"r{number}", programme="lyngby", key=f"r{number}", name="",
                starts=start, ends=start,
            )
        )  # fmt: skip
    person(session, "root")
    person(session, "twin")
    part(session, "root", "r1", "mentee", "completed")
    part(session, "twin", "r2", "mentor", "applied")
    part(session, "root", "r2", "mentee", None)
    merged = part(session, "twin", "r1", "mentee", "withdrawn")
    for kind, gone, into in (
        ("person", "twin", "root"),
        ("participation", merged, "root-r1-mentee"),
    ):
        session.add(
            Alias(
                entity_id=gone, programme="lyngby", kind=kind, into_id=into,
                source="staff",
            )
        )  # fmt: skip
    session.flush()
    found = tokens(session, "lyngby")
    assert set(found) == {"root"}
    assert joined(found["root"]) == ";r1.mentee.completed;r2.mentor.applied;"


@pytest.mark.parametrize(
    ("function", "kind", "expected"),
    [
        ("hr_contact", "company", ";company;"),
        ("contact", "city", ";city;"),
        ("contact", None, ""),
        ("mentor_employee", "company", ""),
        ("specialist", "university", ""),
    ],
)
def test_a_contact_stands_for_the_kind_of_organisation(
    session, function, kind, expected
):
    person(session, "anna")
    session.add(Organisation(id="org", programme="lyngby", kind=kind, details={}))
    session.flush()
    session.add(
        Affiliation(
            programme="lyngby", person_id="anna", organisation_id="org",
            function=function,
        )
    )  # fmt: skip
    session.flush()
    assert joined(tokens(session, "lyngby").get("anna", ())) == expected
