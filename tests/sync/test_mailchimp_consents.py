"""The last word about the newsletter, whatever order the words come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.db import Database
from connector.programme.consents import (
    Word,
    last_word,
    newsletter_word,
    shared_word,
)
from connector.programme.entities import Alias, Consent, Person
from connector.schema import METADATA

START = datetime(2026, 1, 1, tzinfo=UTC)


def said(day: int, given: bool, source: str = "form", reference: str = "") -> Word:
    at = START + timedelta(days=day)
    return Word(given, at, source, True, reference or f"{source}{day}")


WORDS = st.lists(
    st.builds(
        said,
        st.integers(0, 6),
        st.booleans(),
        st.sampled_from(["form", "newsletter", "staff"]),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=8,
)


@given(WORDS, st.randoms(use_true_random=False))
def test_the_order_of_hearing_does_not_matter(words, random):
    shuffled = list(words)
    random.shuffle(shuffled)
    assert last_word(shuffled) == last_word(words)


@given(WORDS)
def test_after_a_no_there_only_a_later_yes_there_subscribes(words):
    word = last_word(words)
    noes = [w.at for w in words if w.source == "newsletter" and not w.given]
    yeses = [w.at for w in words if w.source == "newsletter" and w.given]
    if word.given and word.confirmed and noes:
        assert yeses
        assert max(yeses) > max(noes)


@given(WORDS)
def test_the_newest_word_counts_and_of_two_at_once_the_no(words):
    newest = max(w.at for w in words)
    at_once = [w.given for w in words if w.at == newest]
    assert last_word(words).given == all(at_once)


@pytest.mark.parametrize(
    ("words", "given", "asks"),
    [
        ([said(1, True)], True, False),
        ([said(1, True), said(2, False)], False, False),
        ([said(1, True), said(2, False, "newsletter")], False, False),
        ([said(2, False, "newsletter"), said(3, True)], True, True),
        ([said(2, False, "newsletter"), said(3, True, "staff")], True, True),
        ([said(2, False, "newsletter"), said(3, True, "newsletter")], True, False),
        (
            [said(1, False, "newsletter"), said(2, True, "newsletter"), said(3, True)],
            True,
            False,
        ),
        ([said(1, True, "newsletter"), said(2, False)], False, False),
        ([said(2, False), said(3, True)], True, False),
    ],
)
def test_examples(words, given, asks):
    word = last_word(words)
    assert (word.given, word.asks) == (given, asks)


def test_an_address_listens_to_all_who_share_it():
    words = {
        "a": last_word([said(2, False, "newsletter")]),
        "b": last_word([said(3, True)]),
    }
    both, nobody = shared_word(words, ["a", "b"]), shared_word(words, ["c"])
    assert both is not None
    assert both.asks
    assert nobody is None
    alone = shared_word(words, ["b"])
    assert alone is not None
    assert not alone.asks


def test_a_merged_person_speaks_for_the_root(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    METADATA.create_all(database.engine)
    with database.writing() as session:
        for key in ("root", "twin"):
            session.add(Person(id=key, programme="lyngby", details={}))
        session.flush()
        session.add(
            Alias(
                entity_id="twin", programme="lyngby", kind="person", into_id="root",
                source="staff",
            )
        )  # fmt: skip
        for key, purpose, day, given in (
            ("root", "newsletter", 1, True),
            ("twin", "newsletter", 2, False),
            ("root", "research", 3, True),
        ):
            session.add(
                Consent(
                    programme="lyngby", person_id=key, purpose=purpose, given=given,
                    at=START + timedelta(days=day), source="form", reference=str(day),
                )
            )  # fmt: skip
        session.flush()
        words = newsletter_word(session, "lyngby")
        assert newsletter_word(session, "other") == {}
    database.engine.dispose()
    assert set(words) == {"root"}
    assert words["root"] == Word(False, START + timedelta(days=2), "form", True, "2")
