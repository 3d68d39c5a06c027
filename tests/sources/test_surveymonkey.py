"""SurveyMonkey in: a webhook of ids wakes a look, and looks alone are enough."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector import boundaries
from connector.app import create_app
from connector.db import utcnow
from connector.hints import Hint
from connector.inbox import Delivery
from connector.programme.entities import EvaluationLink, Person
from connector.sources.budget import DayBudget
from connector.sources.reconcile import Asked, reconcile
from connector.sources.state import FormWatch
from connector.sync.hubspot.computed import link_address
from connector.sync.setup import apply_all, plan_all
from mappings.engine import MappingError
from sandbox.app import serving
from sandbox.surveymonkey import CLIENT_ID, CLIENT_SECRET
from tests.survey_world import Surveys, reopen
from tests.world import KEY, World, mentee, world

DUE = Asked(due_only=True)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, active=False) as made:
        yield made


@pytest.fixture
def surveys(here: World) -> Iterator[Surveys]:
    """Surveys, and a web side that knows SurveyMonkey and its own address."""
    made = Surveys(here)
    with serving(create_app(here.settings, ring=lambda: None)) as url:
        here.web_url = url
        here.service.settings = here.settings = replace(here.settings, public_url=url)
        yield made


def deliveries(here: World, kind: str = "complete") -> list[Delivery]:
    with here.service.database.reading() as session:
        query = select(Delivery).where(
            Delivery.provider == "surveymonkey", Delivery.kind == kind
        )
        return list(session.scalars(query.order_by(Delivery.id)))


def people(here: World) -> list[Person]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(Person).order_by(Person.first_name)))


def set_up(here: World) -> list[str]:
    plan = plan_all(here.service, KEY)
    done = apply_all(plan)
    assert not [note for note in plan.notes if "SurveyMonkey" in note]
    return done


def rows(here: World, table: Any) -> list[Any]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(table)))


def wait(here: World) -> None:
    """Wait until the sandbox's webhooks are out."""
    url = f"{here.sandbox_url}/sandbox/control/surveymonkey/waiting"
    while requests.get(url, timeout=20).json()["waiting"]:
        pass


def look(here: World) -> None:
    """Do what the worker does: process, then follow what was said."""
    here.drain()
    reconcile(here.service, KEY, DUE)
    here.drain()


def test_an_answer_wakes_a_look_and_becomes_a_person(
    here: World, surveys: Surveys
) -> None:
    assert any("webhook" in step for step in set_up(here))
    reconcile(here.service, KEY)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    wait(here)
    assert [d.state for d in deliveries(here, "event")] == ["received"]
    look(here)
    assert [d.state for d in deliveries(here)] == ["processed"]
    [anna] = people(here)
    assert (anna.first_name, anna.email) == ("Anna", "anna@people.example")
    assert all(hint.settled_at for hint in rows(here, Hint))


def test_a_webhook_that_comes_during_a_look_is_followed_at_once(
    here: World, surveys: Surveys, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(here)
    reconcile(here.service, KEY)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    wait(here)
    here.drain()

    def come_meanwhile(reached: str) -> None:
        if reached == "reconcile.after_commit":
            boundaries.listen(None)
            surveys.answer("mentee_application", mentee("Bo Prøve"))
            wait(here)
            here.drain()

    boundaries.listen(come_meanwhile)
    reconcile(here.service, KEY, DUE)
    look(here)
    assert [one.first_name for one in people(here)] == ["Anna", "Bo"]
    assert all(hint.settled_at for hint in rows(here, Hint))


def test_a_second_setup_plans_nothing_and_a_new_survey_is_added(
    here: World, surveys: Surveys
) -> None:
    set_up(here)
    left = [s for s in plan_all(here.service, KEY).steps if s.tool == "surveymonkey"]
    assert left == []
    [hook] = surveys.api("GET", "/webhooks")["data"]
    held = surveys.api("GET", f"/webhooks/{hook['id']}")
    assert sorted(held["object_ids"]) == sorted(surveys.ids.values())
    assert held["subscription_url"].endswith("/surveymonkey/response_completed")


def test_a_new_address_moves_the_webhook(here: World, surveys: Surveys) -> None:
    set_up(here)
    with serving(create_app(here.settings, ring=lambda: None)) as url:
        here.service.settings = replace(here.settings, public_url=url)
        set_up(here)
        [hook] = surveys.api("GET", "/webhooks")["data"]
        held = surveys.api("GET", f"/webhooks/{hook['id']}")
        assert held["subscription_url"].startswith(url)


def test_pull_mode_needs_no_webhook(here: World) -> None:
    surveys = Surveys(here)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    surveys.answer("mentee_application", mentee("Bo Prøve"), language="en")
    assert not any(s.tool == "surveymonkey" for s in plan_all(here.service, KEY).steps)
    look(here)
    assert [one.first_name for one in people(here)] == ["Anna", "Bo"]
    assert {d.via for d in deliveries(here)} == {"reconcile"}


def test_a_changed_answer_is_a_revision_of_the_same_one(here: World) -> None:
    surveys = Surveys(here)
    start = utcnow().replace(microsecond=0) - timedelta(hours=2)
    told = surveys.answer("mentee_application", mentee("Anna Prøve"), at=start)
    look(here)
    surveys.answer(
        "mentee_application", {"phone": "+4520999999"}, response=told["response"],
        at=start + timedelta(hours=1),
    )  # fmt: skip
    reconcile(here.service, KEY)
    here.drain()
    found = deliveries(here)
    assert len(found) == 2
    assert len({d.response for d in found}) == 1
    [anna] = people(here)
    assert (anna.first_name, anna.phone) == ("Anna", "+4520999999")


@pytest.mark.parametrize(
    ("more", "kinds"),
    [({"mode": "preview"}, ["test"]), ({"status": "partial"}, [])],
)
def test_try_outs_and_unfinished_answers_make_nobody(
    here: World, more: dict[str, str], kinds: list[str]
) -> None:
    surveys = Surveys(here)
    surveys.answer("mentee_application", mentee("Anna Prøve"), **more)
    look(here)
    assert [d.kind for d in rows(here, Delivery)] == kinds
    assert people(here) == []


def test_the_design_is_read_again_only_when_it_was_changed(here: World) -> None:
    surveys = Surveys(here)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    look(here)
    here.forget_calls()
    surveys.answer("mentee_application", mentee("Bo Prøve"))
    reconcile(here.service, KEY, Asked(form="mentee_application"))
    counts = here.calls()["counts"]["surveymonkey"]
    assert not any("details" in call for call in counts)
    assert sum(counts.values()) - 1 <= 4  # two bulk lists and one date; one person


def test_nothing_new_costs_one_call_a_survey(here: World) -> None:
    surveys = Surveys(here)
    reconcile(here.service, KEY)
    here.forget_calls()
    reconcile(here.service, KEY)
    assert here.calls()["total"]["surveymonkey"] == len(surveys.ids)


def test_the_list_may_lag_behind_the_webhook(here: World, surveys: Surveys) -> None:
    set_up(here)
    reconcile(here.service, KEY)
    here.options(surveymonkey__responses_delay_s=600)
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    wait(here)
    look(here)  # the list lacks it: it is asked for by its own id
    assert [d.state for d in deliveries(here)] == ["processed"]


def test_a_spent_day_says_when_it_goes_on_and_keeps_a_reserve(here: World) -> None:
    surveys = Surveys(here)
    reopen(here, SURVEYMONKEY_CALLS_PER_DAY="20")
    budget = DayBudget(here.service.database, "surveymonkey", "token", 20)
    while budget.left() > 9:
        budget.spend("poll")
    surveys.answer("mentee_application", mentee("Anna Prøve"))
    here.forget_calls()
    found = [f for f in reconcile(here.service, KEY) if f.provider == "surveymonkey"]
    assert all("asked again from" in one.problem for one in found)
    assert "surveymonkey" not in here.calls()["counts"]
    with here.service.database.reading() as session:
        watch = session.scalars(
            select(FormWatch).where(FormWatch.provider == "surveymonkey")
        ).first()
    assert watch is not None
    assert "UTC" in watch.problem


def test_forged_and_repeated_webhooks(here: World, surveys: Surveys) -> None:
    survey = surveys.ids["mentee_application", "da"]
    body = json.dumps({
        "name": "Vidensbro", "filter_type": "survey", "filter_id": survey,
        "event_type": "response_completed", "event_id": "1", "object_type": "response",
        "object_id": "77", "event_datetime": "2026-11-01T10:00:00.000000+00:00",
        "resources": {"survey_id": survey},
    }).encode()  # fmt: skip
    url = f"{here.web_url}/webhooks/{KEY}/surveymonkey/response_completed"
    assert requests.head(url, timeout=20).status_code == 200
    kind = {"Content-Type": "application/vnd.surveymonkey.response.v1+json"}
    bad = requests.post(
        url, data=body, headers={**kind, "Sm-Signature": "AAAA"}, timeout=20
    )
    assert bad.status_code == 401
    key = f"{CLIENT_ID}&{CLIENT_SECRET}".encode()
    signature = base64.b64encode(hmac.new(key, body, hashlib.sha1).digest()).decode()
    good = {**kind, "Sm-Signature": signature, "Sm-Apikey": CLIENT_ID}
    for _ in range(3):
        assert (
            requests.post(url, data=body, headers=good, timeout=20).status_code == 200
        )
    [event] = deliveries(here, "event")
    assert event.sightings == 3
    look(here)  # there is no such response: nothing to store, nothing to wait for
    assert deliveries(here) == []
    assert [hint.settled_at is not None for hint in rows(here, Hint)] == [True]


def test_an_evaluation_there_gets_personal_links_by_its_collectors_address(
    here: World,
) -> None:
    link = "https://www.surveymonkey.example/r/AB12?token={token}"
    path = here.directory / "programmes" / KEY / "programme.toml"
    form = here.forms["closing_evaluation_mentee", "da"]
    text = path.read_text("utf-8").replace(
        f'form = "{form}"', f'form = "{form}"\nlink = "{link}"'
    )
    path.write_text(text, "utf-8")
    reopen(here)
    told = link_address(
        here.service.programme(KEY), here.settings,
        EvaluationLink(token="tok", kind="closing"), ("mentee", "r1"), "da",
    )  # fmt: skip
    assert told == "https://www.surveymonkey.example/r/AB12?token=tok"
    path.write_text(text.replace("{token}", ""), "utf-8")
    reopen(here)
    with pytest.raises(MappingError, match="token"):
        here.service.programme(KEY)
