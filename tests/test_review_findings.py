"""What a hunt for losses, echoes and leaks found; each was seen to fail first."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from connector import hints
from connector.chores import Chore, each, run
from connector.clients.surveymonkey import SurveyMonkey
from connector.db import utcnow
from connector.inbox import Delivery, reopen
from connector.people import keep_apart, review
from connector.programme.claims import Claim
from connector.programme.entities import (
    Address,
    Consent,
    EvaluationResponse,
    MeetingSession,
    Person,
    Round,
)
from connector.service import Service, lay_out
from connector.sources.reconcile import Asked, reconcile
from connector.sources.state import FormWatch
from connector.sync.context import Context
from connector.sync.cycle import TOOLS, ensure, find, sync_tool
from connector.sync.hubspot.activities import recheck_activities
from connector.sync.mailchimp.push import KEEPS_STATUS
from tests.survey_world import Surveys
from tests.sync.hubspot_hooks import event, hear, know_app
from tests.sync.hubspot_world import OBJECTS, contact
from tests.sync.test_hubspot_activities import MEETING, link, log, look, part, side_of
from tests.world import KEY, World, mentee, world
from webhooks.events import Event

YESTERDAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, active=False) as made:
        yield made


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=utcnow() - timedelta(days=20))
        made.settle(2)
        yield made


def answers_here(here: World) -> int:
    with here.service.database.reading() as session:
        query = select(func.count()).where(Delivery.kind == "complete")
        return session.scalar(query) or 0


def test_a_look_since_a_day_leaves_no_gap_behind_the_watermark(here: World) -> None:
    surveys = Surveys(here)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    reconcile(here.service, KEY)
    with here.service.database.writing() as session:  # off for ten days since
        for watch in session.scalars(select(FormWatch)):
            watch.at = utcnow() - timedelta(days=10)
    week = utcnow() - timedelta(days=7)
    surveys.answer("mentee_application", mentee("Bo Prøve"), at=week)
    surveys.answer("mentee_application", mentee("Carl Prøve"))
    reconcile(here.service, KEY, Asked(since=utcnow() - timedelta(days=1)))
    assert answers_here(here) == 2
    reconcile(here.service, KEY)
    assert answers_here(here) == 3


def test_a_first_look_since_a_day_leaves_the_history_to_the_next(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve", at=utcnow() - timedelta(days=10))
    here.apply_as_mentee("Bo Prøve")
    reconcile(here.service, KEY, Asked(since=utcnow() - timedelta(days=5)))
    reconcile(here.service, KEY)
    assert answers_here(here) == 2


def test_what_a_webhook_names_during_a_look_is_still_looked_for(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys = Surveys(here)
    survey = surveys.ids["mentee_application", "da"]
    reconcile(here.service, KEY)
    listed = SurveyMonkey.responses

    def slowly(client: SurveyMonkey, *asked: Any) -> Iterator[dict[str, Any]]:
        yield from listed(client, *asked)
        named = Event(
            "late", "response_completed", "survey", survey, utcnow(),
            {"response": "70007"},
        )  # fmt: skip
        with here.service.database.writing() as session:
            hints.note(session, KEY, "surveymonkey", [named])

    monkeypatch.setattr(SurveyMonkey, "responses", slowly)
    reconcile(here.service, KEY, Asked(form=survey))
    monkeypatch.undo()
    with here.service.database.reading() as session:
        assert hints.count_waiting(session, KEY, "surveymonkey") == 1


def test_a_dry_run_does_not_move_the_next_look(here: World) -> None:
    fault = {"tool": "typeform", "kind": "status", "status": 403, "times": 9}
    requests.post(
        f"{here.sandbox_url}/sandbox/control/faults", json=fault, timeout=20
    ).raise_for_status()
    assert any(o.problem for o in reconcile(here.service, KEY, Asked(dry_run=True)))
    with here.service.database.reading() as session:
        assert session.scalars(select(FormWatch)).all() == []


def erase(here: World) -> None:
    anna = contact(here, "anna@people.example")["id"]
    here.crm("POST", f"{OBJECTS}/contacts/gdpr-delete", {"objectId": anna})
    hear(here, event("contact.privacyDeletion", "contacts", anna))
    here.settle(2)


def settle_reviews(here: World) -> None:
    for item in review(here.service, KEY):
        keep_apart(here.service, KEY, item.item)


def test_a_yes_to_a_new_contact_does_not_outlive_the_next_deletion(crm: World) -> None:
    erase(crm)
    crm.apply_as_mentee("Anna Prøve", at=utcnow() + timedelta(seconds=2))
    crm.settle(2)
    settle_reviews(crm)
    crm.settle(2)
    assert contact(crm, "anna@people.example")
    erase(crm)
    assert crm.records("contacts") == []
    assert "crm_erased" in [item.kind for item in review(crm.service, KEY)]


def test_what_a_key_of_its_own_wrote_is_not_staffs_before_the_first_compare(
    crm: World,
) -> None:
    know_app(crm, "4100009")  # the app's; the key writes under another
    crm.edit("0-162", part(crm, "Anna"), hs_pipeline_stage=crm.stage("active"))
    crm.settle(2)
    with crm.service.database.reading() as session:
        said = session.scalars(
            select(Claim.value).where(Claim.field == "status", Claim.source == "staff")
        )
        assert list(said) == ["active"]


def test_a_meeting_put_on_a_record_later_is_found(crm: World) -> None:
    made = log(
        crm, MEETING, [("0-1", contact(crm, "anna@people.example")["id"])],
        hs_meeting_title="Møde", hs_meeting_outcome="COMPLETED",
        hs_meeting_start_time=YESTERDAY.isoformat(),
        hs_meeting_end_time=(YESTERDAY + timedelta(minutes=45)).isoformat(),
    )  # fmt: skip
    look(crm)
    crm.options(hubspot__search_delay_s=3600)  # associating moves no modified date
    link(crm, MEETING, made, "0-162", part(crm, "Anna"))
    look(crm)
    recheck_activities(side_of(crm))
    with crm.service.database.reading() as session:
        assert [s.minutes for s in session.scalars(select(MeetingSession))] == [45]


def test_a_database_error_puts_nobody_in_the_log(
    crm: World, caplog: pytest.LogCaptureFixture
) -> None:
    def clash(service: Service, key: str) -> str:
        with service.database.writing() as session:
            known = session.scalars(select(Address)).first()
            assert known is not None
            for _ in range(2):
                session.add(
                    Address(programme=key, email=known.email, person_id=known.person_id)
                )
        return ""

    with caplog.at_level(logging.DEBUG):
        run(crm.service, KEY, "clash", Chore(each(timedelta()), clash))
    assert "IntegrityError" in caplog.text
    assert "@" not in caplog.text


def test_what_is_learnt_during_a_sync_is_not_forgotten_after_it(crm: World) -> None:
    def facts() -> dict[str, Any]:
        with crm.service.database.reading() as session:
            row = find(session, KEY, "mailchimp")
            assert row is not None
            return row.facts

    def tell(value: bool) -> None:
        with crm.service.database.writing() as session:
            row = ensure(session, KEY, "mailchimp")
            row.facts = {**row.facts, KEEPS_STATUS: value}

    def probed_meanwhile(context: Context, client: Any) -> None:
        tool.sync(context, client)
        context.facts["heard"] = 1
        tell(False)

    tool = TOOLS["mailchimp"]
    tell(True)
    sync_tool(crm.service, KEY, "mailchimp", replace(tool, sync=probed_meanwhile))
    assert (facts()[KEEPS_STATUS], facts()["heard"]) == (False, 1)


def test_an_evaluation_that_is_corrected_later_stays_with_its_round(
    here: World,
) -> None:
    later = utcnow().date() - timedelta(days=10)
    file = here.directory / "programmes" / KEY / "programme.toml"
    second = f"""
[rounds.r2]
name = {{ da = "Runde 2", en = "Round 2" }}
starts = {later}
ends = {later + timedelta(days=90)}
recruiting = {{ opens = {later}, closes = {later + timedelta(days=30)} }}
"""
    file.write_text(f"{file.read_text('utf-8')}{second}", "utf-8")
    surveys = Surveys(here, forms=("closing_evaluation_mentee.da",))
    lay_out(here.service)
    for number in ("r1", "r2"):
        here.apply_as_mentee("Anna Prøve", hidden={"round": number})
    here.drain()
    said = {"email": "anna@people.example", "mentee_network": "agree"}
    told = surveys.answer(
        "closing_evaluation_mentee", said, at=utcnow() - timedelta(days=20)
    )
    reconcile(here.service, KEY)
    here.drain()
    assert evaluated(here) == ["r1"]
    surveys.answer(
        "closing_evaluation_mentee", {"mentee_network": "strongly_agree"},
        response=told["response"],
    )  # fmt: skip
    reconcile(here.service, KEY)
    here.drain()
    assert evaluated(here) == ["r1"]


def evaluated(here: World) -> list[str]:
    with here.service.database.reading() as session:
        query = select(Round.key).join(
            EvaluationResponse, EvaluationResponse.round_id == Round.id
        )
        return list(session.scalars(query))


def test_a_no_to_all_is_a_no_to_the_newsletter_too(crm: World) -> None:
    no = {"consent_programme": False, "consent_newsletter": False}
    crm.apply_as_mentee("Anna Prøve", at=utcnow(), answers=no)
    crm.apply_as_mentee("Bo Prøve", at=utcnow(), answers=no)
    crm.settle(2)
    replay_all(crm)
    with crm.service.database.reading() as session:
        said = session.execute(select(Consent.purpose, Consent.given)).all()
        assert len(session.scalars(select(Person)).all()) == 1
    assert [tuple(row) for row in said if not row[1]] == [("newsletter", False)]
    assert crm.members()["anna@people.example"]["status"] == "unsubscribed"


def replay_all(here: World) -> None:
    with here.service.database.writing() as session:
        reopen(session)
    here.drain()
