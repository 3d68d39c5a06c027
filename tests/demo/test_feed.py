"""The feed goes by the doors, and may be played again after an interruption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from connector import demo
from connector.hints import Hint
from connector.inbox import Delivery
from connector.sync.cycle import sync_programme
from sandbox.demo import newsletter
from sandbox.demo.acts import Card, Change, Meeting, Newsletter, Note
from sandbox.demo.cast import UNREADABLE_PHONE
from sandbox.demo.doors import DoorError, call
from sandbox.demo.logbook import Logbook
from sandbox.demo.programme import KEY, SURVEYS
from sandbox.demo.script import write_script
from tests.demo.demo_world import DemoWorld, demo_world, work


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoWorld]:
    with demo_world(tmp_path_factory.mktemp("feed")) as made:
        yield made


def deliveries(here: DemoWorld, kind: str = "complete") -> list[Delivery]:
    with here.service.database.reading() as session:
        query = select(Delivery).where(Delivery.kind == kind)
        return list(session.scalars(query))


def test_answers_came_by_both_form_tools_and_one_of_them_twice(here: DemoWorld) -> None:
    found = deliveries(here)
    assert len(found) == 6
    surveys = [row for row in found if row.provider == "surveymonkey"]
    told = here.feed.script.applications
    assert len(surveys) == len([a for a in told if here.feed.surveys.has(a)]) > 0
    assert {row.via for row in surveys} == {"reconcile"}
    assert {row.via for row in found if row not in surveys} == {"webhook"}
    sent_twice = [row.response for row in found if row.sightings > 1]
    assert sent_twice == [here.feed.script.repeated.token]
    assert {row.state for row in found} == {"processed"}


def test_each_survey_was_named_by_a_webhook_before_it_was_fetched(
    here: DemoWorld,
) -> None:
    with here.service.database.reading() as session:
        named = {
            hint.facts["response"]
            for hint in session.scalars(
                select(Hint).where(Hint.provider == "surveymonkey")
            )
        }
    assert named == {
        row.response for row in deliveries(here) if row.provider == "surveymonkey"
    }


def test_the_test_request_is_kept_and_never_mapped(here: DemoWorld) -> None:
    assert [row.state for row in deliveries(here, "test")] == ["test"]


def test_a_part_played_again_adds_nobody(here: DemoWorld) -> None:
    before = set(here.feed.crm.cards())
    again = replace(here.feed, surveys=demo.make_feed(here.service, here.state).surveys)
    again.apply()
    work(here.service)
    assert len(deliveries(here)) == 6
    assert set(here.feed.crm.cards()) == before


def test_places_that_staff_enter_stay_one_company_each(here: DemoWorld) -> None:
    places = here.feed.script.places
    for _ in range(3):
        here.feed.crm.add_places(places)
        sync_programme(here.service, KEY)
    names = ("domain", "vidensbro_id", "vidensbro_informed_on")
    found = [r["properties"] for r in here.feed.crm.records("companies", names)]
    held = {p["domain"]: p["vidensbro_informed_on"] or "" for p in found if p["domain"]}
    assert held == {place.domain: place.informed_on for place in places}
    assert len([p for p in found if p["domain"]]) == len(places)
    assert all(p["vidensbro_id"] for p in found)


def test_what_staff_log_twice_stands_there_once(here: DemoWorld) -> None:
    card = next(c for c in here.feed.crm.cards() if c.role == "mentor")
    at = datetime.now(UTC)
    meeting = Meeting(at, card, "They met", "About the CV.", 30)
    note = Note("Round 1", "#observation Everybody stayed on.")
    for _ in range(2):
        book = Logbook(here.sandbox_url, here.feed.crm)
        book.log((meeting,))
        book.write((note,))
    logged = here.feed.crm.records("meetings", ("hs_meeting_title",))
    assert [r["properties"]["hs_meeting_title"] for r in logged] == ["They met"]
    assert len(here.feed.crm.records("notes", ("hs_note_body",))) == 1


def test_a_newsletter_goes_out_once(here: DemoWorld) -> None:
    work(here.service)
    told = here.feed.script.applications
    wanted = [a.answers["email"] for a in told if a.answers["consent_newsletter"]]
    letter = Newsletter("A letter", "all", (wanted[0],), wanted[1])
    for _ in range(2):
        newsletter.send(here.sandbox_url, letter)
    sent = call(
        "GET", f"{here.sandbox_url}/mailchimp/3.0/reports", **newsletter.ANY_KEY
    )
    report = next(r for r in sent["reports"] if r["campaign_title"] == "A letter")
    assert report["clicks"]["unique_subscriber_clicks"] == 1
    assert report["unsubscribed"] == 1
    assert len(sent["reports"]) == 1


def test_nothing_is_logged_on_what_is_not_there(here: DemoWorld) -> None:
    book = Logbook(here.sandbox_url, here.feed.crm)
    with pytest.raises(DoorError, match="no record of Round 9"):
        book.write((Note("Round 9", "Nobody came."),))


def test_a_card_that_is_missing_is_named(here: DemoWorld) -> None:
    nobody = Card("Nobody Atall", "mentor", "Round 1")
    change = Change(datetime.now(UTC), (nobody,), {"status": "active"})
    feed = replace(here.feed, script=replace(here.feed.script, course=(change,)))
    with pytest.raises(DoorError, match="no card of Nobody Atall"):
        feed.begin_course()


def test_one_answer_cannot_be_read_so_that_a_person_is_needed() -> None:
    told = write_script(datetime.now(UTC).date()).applications
    unreadable = [a for a in told if a.answers["phone"] == UNREADABLE_PHONE]
    assert len(unreadable) == 1


def test_the_forms_of_the_programme_are_all_there(here: DemoWorld) -> None:
    shipped = Path("mappings/programmes/template/typeform").glob("*.json")
    names = {tuple(path.name.split(".")[:2]) for path in shipped}
    forms, surveys = here.state.form_ids(), here.state.survey_ids()
    assert {*forms, *surveys} == names
    assert not set(forms) & set(surveys)
    assert set(surveys) == set(SURVEYS)
