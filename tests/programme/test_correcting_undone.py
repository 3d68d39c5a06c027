"""Corrected and undone is as if never; replayed any number of times is the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connector.corrections.correcting import Wish, correct
from connector.programme.claims import Claim
from connector.programme.entities import Alias, Consent, Person, ReviewItem
from tests.small_world import KEY, Small, ago, small_world

CHANGES = (
    ("email", ("right@people.example",)), ("email", ("known@people.example",)),
    ("email", ("couple@people.example",)), ("email", ("",)),
    ("first_name", ("Beate",)), ("phone", ("+4520999999",)), ("linkedin", ("",)),
    ("newsletter", ("nej",)), ("consent_programme", ("nej",)),
    ("sending_company", ("Andet A/S",)), ("hidden:lang", ("en",)),
)  # fmt: skip
NUMBERS = count()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    made = small_world(tmp_path_factory.mktemp("small"))
    yield made
    made.service.database.engine.dispose()


def stands(small: Small) -> list[object]:
    """Return all that counts now: entities, words, doubts and merges."""
    with small.service.database.reading() as session:
        people = [
            (p.id, p.email, p.first_name, p.phone, p.language, p.provisional)
            for p in session.scalars(select(Person).order_by(Person.id))
            if p.email or p.first_name
        ]
        claims = session.execute(
            select(Claim.entity_id, Claim.field, Claim.value, Claim.asserted_at)
            .where(Claim.superseded_at.is_(None))
            .order_by(Claim.entity_id, Claim.field, Claim.asserted_at, Claim.tie)
        ).all()
        words = session.execute(
            select(Consent.person_id, Consent.purpose, Consent.given, Consent.at)
            .order_by(Consent.person_id, Consent.purpose, Consent.at)
        ).all()  # fmt: skip
        doubts = session.execute(
            select(ReviewItem.entity_id, ReviewItem.other)
            .where(ReviewItem.settled_at.is_(None))
            .order_by(ReviewItem.id)
        ).all()
        merges = session.execute(select(Alias.entity_id, Alias.into_id)).all()
    told = [tuple(row) for rows in (claims, words, doubts, merges) for row in rows]
    return [people, told]


@settings(
    max_examples=10, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4))
def test_undone_is_as_if_never(
    small: Small, changes: list[tuple[str, tuple[str, ...]]]
) -> None:
    n = next(NUMBERS)
    mail = {
        "slip": f"slip{n}@people.example", "known": f"known{n}@people.example",
        "couple": f"couple{n}@people.example", "right": f"right{n}@people.example",
    }  # fmt: skip
    [_, _, number] = small.take(
        small.apply_as_mentor("Anna X", answers={"email": mail["known"]}, at=ago(9)),
        small.apply_as_mentor("Dorte X", answers={"email": mail["couple"]}, at=ago(8)),
        small.apply_as_mentee("Anna X", answers={"email": mail["slip"]}, at=ago(5)),
    )
    never = stands(small)
    for question, values in changes:
        said = tuple(
            mail[v.partition("@")[0]] if v.endswith("people.example") else v
            for v in values
        )
        correct(small.service, KEY, Wish(number, question, said, "A try"))
    corrected = stands(small)
    small.replay()
    assert stands(small) == corrected
    for question, _ in reversed(changes):
        correct(small.service, KEY, Wish(number, question, undo=True))
    assert stands(small) == never
    small.replay()
    assert stands(small) == never
