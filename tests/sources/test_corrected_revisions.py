"""Corrections and discards of answers that people change later, at SurveyMonkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.corrections.correcting import Wish, correct
from connector.corrections.discarding import discard
from connector.db import utcnow
from connector.deliveries import Selection, replay, show
from connector.inbox import Delivery
from connector.lookup import NothingFound
from connector.people import keep_apart, review
from connector.programme.entities import Alias, Consent, Participation, Person
from connector.sources.reconcile import reconcile
from tests.survey_world import Surveys
from tests.world import KEY, World, mentee, world

START = utcnow().replace(microsecond=0) - timedelta(hours=5)
HOUR = timedelta(hours=1)
GIVEN, MEANT, THEIRS = "+4520123456", "+4520999999", "+4520777777"


class Anna:
    """One person, her answer at SurveyMonkey, and what staff do about it."""

    def __init__(self, here: World) -> None:
        self.here, self.surveys, self.at = here, Surveys(here), START
        answers = mentee("Anna Prøve", phone=GIVEN)
        told = self.surveys.answer("mentee_application", answers, at=START)
        self.response = told["response"]
        self.look()

    def look(self) -> None:
        reconcile(self.here.service, KEY)
        self.here.drain()

    def changes(self, **answers: Any) -> None:
        """Change her answer, an hour later than last."""
        self.at: datetime = self.at + HOUR
        self.surveys.answer(
            "mentee_application", answers, response=self.response, at=self.at
        )
        self.look()

    def deliveries(self) -> list[Delivery]:
        with self.here.service.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    @property
    def newest(self) -> Delivery:
        mine = [row for row in self.deliveries() if row.provider == "surveymonkey"]
        return max(mine, key=lambda row: row.revision)

    def correct(self, question: str, *values: str, undo: bool = False) -> None:
        wish = Wish(self.newest.id, question, values, "She rang us", undo=undo)
        correct(self.here.service, KEY, wish)

    def one(self, table: Any) -> Any:
        with self.here.service.database.reading() as session:
            return session.scalars(select(table)).one()

    def consents(self) -> list[tuple[str, bool]]:
        with self.here.service.database.reading() as session:
            rows = session.execute(
                select(Consent.purpose, Consent.given).order_by(Consent.at, Consent.id)
            )
            return [(row[0], row[1]) for row in rows]


@pytest.fixture
def anna(tmp_path: Path) -> Iterator[Anna]:
    with world(tmp_path, active=False) as made:
        yield Anna(made)


def test_a_change_of_another_answer_leaves_a_correction_standing(anna: Anna) -> None:
    anna.correct("phone", MEANT)
    anna.changes(last_name="Ny")
    person = anna.one(Person)
    assert (person.phone, person.last_name) == (MEANT, "Ny")
    [kept] = show(anna.here.service, KEY, anna.newest.id).corrections
    assert (kept.counts, kept.given, kept.meant) == (True, GIVEN, MEANT)
    anna.correct("phone", undo=True)
    assert anna.one(Person).phone == GIVEN


def test_the_persons_own_change_of_that_answer_beats_it_for_good(anna: Anna) -> None:
    anna.correct("phone", MEANT)
    anna.changes(phone=THEIRS)
    assert anna.one(Person).phone == THEIRS
    [kept] = show(anna.here.service, KEY, anna.newest.id).corrections
    assert not kept.counts
    anna.changes(phone=GIVEN)
    assert anna.one(Person).phone == GIVEN
    replay(anna.here.service, KEY, Selection())
    assert anna.one(Person).phone == GIVEN


@pytest.mark.parametrize("name", ["Anna", "Dorte"])
def test_a_change_to_the_address_of_somebody_else_asks_who_it_is(
    anna: Anna, name: str
) -> None:
    taken = "taken@people.example"
    anna.here.apply_as_mentee(name, answers={"email": taken}, at=START + HOUR / 2)
    anna.here.drain()
    anna.changes(email=taken)
    assert [one.kind for one in review(anna.here.service, KEY)] == ["shared_address"]
    with anna.here.service.database.reading() as session:
        assert session.scalars(select(Person.provisional)).all() == [False, False]
    anna.changes(last_name="Ny")
    keep_apart(anna.here.service, KEY, review(anna.here.service, KEY)[0].item)
    replay(anna.here.service, KEY, Selection())
    assert review(anna.here.service, KEY) == []


def test_an_address_put_right_again_after_her_own_change_is_one_person(
    anna: Anna,
) -> None:
    known = "known@people.example"
    anna.here.apply_as_mentee("Anna", answers={"email": known}, at=START + HOUR / 2)
    anna.here.drain()
    anna.correct("email", known)
    anna.changes(email="third@people.example")
    anna.correct("email", known)
    with anna.here.service.database.reading() as session:
        merged = session.scalars(select(Alias).where(Alias.kind == "person")).all()
        people = session.scalars(select(Person)).all()
    assert (len(merged), len(people)) == (1, 2)


def test_an_earlier_version_is_not_corrected_nor_discarded(anna: Anna) -> None:
    first = anna.newest.id
    anna.changes(last_name="Ny")
    with pytest.raises(NothingFound, match=str(anna.newest.id)):
        correct(anna.here.service, KEY, Wish(first, "phone", (MEANT,), "x"))
    with pytest.raises(NothingFound, match=str(anna.newest.id)):
        discard(anna.here.service, KEY, first, "x")


def test_what_is_changed_after_a_discard_waits_for_staff(anna: Anna) -> None:
    discard(anna.here.service, KEY, anna.newest.id, "A try")
    anna.changes(last_name="Ny")
    assert anna.newest.state == "parked"
    assert anna.newest.reasons[0]["code"] == "discarded_before"
    assert anna.one(Participation).status is None
    replay(anna.here.service, KEY, Selection(state="parked"))
    assert anna.newest.state == "parked"
    replay(anna.here.service, KEY, Selection(ids=(anna.newest.id,)))
    assert anna.newest.state == "processed"
    assert anna.one(Person).last_name == "Ny"
    assert anna.one(Participation).status == "applied"


def test_the_discarded_number_itself_lets_the_newest_version_count(anna: Anna) -> None:
    gone = anna.newest.id
    discard(anna.here.service, KEY, gone, "A try")
    anna.changes(last_name="Ny")
    replay(anna.here.service, KEY, Selection(ids=(gone,)))
    assert anna.newest.state == "processed"
    assert anna.one(Person).last_name == "Ny"


def test_a_no_in_what_was_changed_is_heard_all_the_same(anna: Anna) -> None:
    anna.here.apply_as_mentee("Anna Prøve")
    discard(anna.here.service, KEY, anna.newest.id, "Twice")
    anna.changes(consent_newsletter=False)
    assert anna.newest.state == "parked"
    assert ("newsletter", False) in anna.consents()


def test_a_discard_takes_back_what_every_version_said_yes_to(anna: Anna) -> None:
    anna.changes(last_name="Ny")
    anna.changes(consent_research=False)
    assert ("newsletter", True) in anna.consents()
    discard(anna.here.service, KEY, anna.newest.id, "A try")
    assert anna.consents() == [("research", False)]
    replay(anna.here.service, KEY, Selection(state="parked"))
    assert anna.consents() == [("research", False)]
