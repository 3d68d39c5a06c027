"""Behaviours of the tools that nobody could verify: both ways end well."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector.app import create_app
from connector.db import utcnow
from connector.hints import Hint
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import Person, ReviewItem
from connector.sources.reconcile import reconcile
from connector.sync.setup import apply_all, plan_all
from sandbox.app import serving
from tests.survey_world import Surveys
from tests.world import KEY, SECRET, World, long_ago, mentee, world

MAILCHIMP: list[dict[str, Any]] = [
    {"mailchimp.no_status": "keeps"},
    {"mailchimp.no_status": "refuses"},
    {"mailchimp.no_status": "subscribes"},
    {"mailchimp.archived_put": "keeps"},
    {"mailchimp.patch_archived": "unarchives"},
    {"mailchimp.batch_unarchives": False},
    {"mailchimp.list_omits_archived": False},
    {"mailchimp.batch_status_if_new": False},
]


def names(options: dict[str, Any]) -> str:
    return "-".join(f"{key}={value}" for key, value in options.items())


def archive(here: World, email: str) -> None:
    """Have somebody archived in the newsletter tool by its own staff."""
    member = here.members()[email]
    requests.delete(
        f"{here.sandbox_url}/mailchimp/3.0/lists/demo-audience/members/{member['id']}",
        auth=("x", "key-us1"), timeout=20,
    ).raise_for_status()  # fmt: skip


@pytest.mark.parametrize("options", MAILCHIMP, ids=names)
def test_who_left_stays_away_and_others_are_kept(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with world(tmp_path, options=options) as here:
        here.apply_as_mentee("Anna Prøve", at=long_ago(9))
        here.apply_as_mentee("Bo Prøve", at=long_ago(9))
        here.apply_as_mentee("Carla Prøve", at=long_ago(9))
        here.settle(2)
        archive(here, "anna@people.example")
        requests.post(
            f"{here.sandbox_url}/sandbox/control/mailchimp/unsubscribe",
            json={"email": "bo@people.example"}, timeout=20,
        ).raise_for_status()  # fmt: skip
        for part in here.records("0-162"):
            here.edit("0-162", part["id"], hs_pipeline_stage=here.stage("selected"))
        here.apply_as_mentee("Dan Prøve")
        here.settle(3)
        members = here.members()
        assert members["anna@people.example"]["status"] == "archived"
        assert members["bo@people.example"]["status"] == "unsubscribed"
        for name in ("carla", "dan"):
            assert members[f"{name}@people.example"]["status"] == "subscribed"
        carla = members["carla@people.example"]["merge_fields"]
        assert carla["VIDENSBRO"] == ";r1.mentee.selected;"


@pytest.mark.parametrize("shape", ["text", "choice"])
def test_a_dropdown_says_the_same_in_either_shape(tmp_path: Path, shape: str) -> None:
    with world(tmp_path, options={"typeform.dropdown": shape}) as here:
        here.apply_as_mentee(
            "Anna Prøve", answers={"heard_from": "heard_from-newsletter"}
        )
        here.drain()
        with here.service.database.reading() as session:
            assert session.scalars(select(Person.heard_from)).one() == "newsletter"


@pytest.mark.parametrize("same", [True, False])
def test_a_repeat_is_one_delivery_whether_its_event_id_is_new_or_not(
    tmp_path: Path, same: bool
) -> None:
    with world(tmp_path, options={"typeform.same_event_id": same}) as here:
        here.apply_as_mentee("Anna Prøve", token="b" * 32)
        here.apply_as_mentee("Anna Prøve", token="b" * 32)
        assert here.drain() == 1


@pytest.mark.parametrize("tidies", [False, True])
def test_values_in_other_clothes_are_nobodys_edit(tmp_path: Path, tidies: bool) -> None:
    with world(tmp_path, options={"hubspot.normalises": tidies}) as here:
        here.apply_as_mentee("Anna Prøve", at=long_ago(3))
        here.settle(2)
        here.forget_calls()
        here.settle(2)
        calls = here.calls()["counts"]["hubspot"]
        assert [c for c in calls if "upsert" in c or "update" in c] == []
        with here.service.database.reading() as session:
            staff = select(Claim).where(Claim.source == "staff")
            assert session.scalars(staff).all() == []
            assert session.scalars(select(Person.phone)).one() == "+4520123456"


@pytest.mark.parametrize("silent", [False, True])
def test_a_record_that_is_gone_is_not_made_anew(tmp_path: Path, silent: bool) -> None:
    with world(tmp_path, options={"hubspot.missing_silent": silent}) as here:
        here.apply_as_mentee("Anna Prøve", at=long_ago(9))
        here.settle(2)
        anna = here.record("contacts")
        here.crm("DELETE", f"/crm/objects/2026-09/contacts/{anna['id']}")
        here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520222222"})
        here.settle(3)
        assert here.records("contacts") == []
        with here.service.database.reading() as session:
            items = session.scalars(select(ReviewItem.kind)).all()
        assert items == ["crm_gone"]


# --- what forms leave open ------------------------------------------------------------
@pytest.mark.parametrize("event_types", ["replaces", "merges"])
@pytest.mark.parametrize("with_time", [True, False])
def test_a_partial_is_never_read_whether_setup_ends_it_or_not(
    tmp_path: Path, event_types: str, with_time: bool
) -> None:
    chosen = {
        "typeform.event_types": event_types,
        "typeform.partial_submitted_at": with_time,
    }
    with world(tmp_path, options=chosen) as here:
        form = here.forms["mentee_application", "da"]
        path = f"{here.sandbox_url}/typeform/forms/{form}/webhooks/vidensbro"
        kinds = {"form_response": True, "form_response_partial": True}
        hook = {
            "url": f"{here.web_url}/webhooks/{KEY}/typeform", "enabled": True,
            "secret": SECRET, "verify_ssl": True,
        }  # fmt: skip
        for wanted in (kinds, {"form_response": True}):
            requests.put(
                path, json={**hook, "event_types": wanted},
                headers={"Authorization": "Bearer token"}, timeout=20,
            ).raise_for_status()  # fmt: skip
        token = "c" * 32
        here.apply_as_mentee("Anna Forkert", token=token, partial=True)
        here.drain()
        assert rows(here, Person) == []
        here.apply_as_mentee("Anna Prøve", token=token)
        here.drain()
        assert [one.last_name for one in rows(here, Person)] == ["Prøve"]
        assert (len(rows(here, Delivery)) == 2) == (event_types == "merges")


@pytest.mark.parametrize("choices", ["full", "label"])
def test_a_polled_choice_says_the_same_by_its_label_alone(
    tmp_path: Path, choices: str
) -> None:
    options = {"typeform.api_choices": choices, "typeform.webhooks_off": True}
    with world(tmp_path, options=options, active=False) as here:
        here.apply_as_mentee(
            "Anna Prøve", answers={"heard_from": "heard_from-newsletter"}
        )
        reconcile(here.service, KEY)
        here.drain()
        [anna] = rows(here, Person)
        assert (anna.language, anna.heard_from) == ("da", "newsletter")


MONKEY: list[dict[str, Any]] = [
    {"surveymonkey.event_ids": "same"},
    {"surveymonkey.sparse_resources": True},
    {"surveymonkey.completed_again": True},
    {"surveymonkey.start_inclusive": False},
    {"surveymonkey.reorder": True},
    {"surveymonkey.retries": 2, "surveymonkey.retry_s": 0.01},
]


@pytest.mark.parametrize("options", MONKEY, ids=names)
def test_surveys_end_in_the_same_people(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with world(tmp_path, options=options, active=False) as here:
        surveys = Surveys(here)
        with serving(create_app(here.settings, ring=lambda: None)) as url:
            here.settings = replace(here.settings, public_url=url)
            here.service.settings = here.settings
            apply_all(plan_all(here.service, KEY))
            reconcile(here.service, KEY)
            first = surveys.answer("mentee_application", mentee("Anna Prøve"))
            surveys.answer("mentee_application", mentee("Bo Prøve"))
            surveys.answer(
                "mentee_application", {"phone": "+4520999999"},
                response=first["response"], at=utcnow() + timedelta(hours=1),
            )  # fmt: skip
            arrive(here, "surveymonkey")
            here.drain()
            reconcile(here.service, KEY)
            here.drain()
        found = sorted((one.first_name, one.phone) for one in rows(here, Person))
        assert found == [("Anna", "+4520999999"), ("Bo", "+4520123456")]
        assert all(hint.settled_at for hint in rows(here, Hint))


@pytest.mark.parametrize("scope", [False, "silent"])
def test_answers_that_the_token_may_not_see_wait_for_one_that_may(
    tmp_path: Path, scope: object
) -> None:
    options = {"surveymonkey.detail_scope": scope}
    with world(tmp_path, options=options, active=False) as here:
        surveys = Surveys(here)
        surveys.answer("mentee_application", mentee("Anna Prøve"))
        said = [one.problem for one in reconcile(here.service, KEY) if one.problem]
        assert said
        assert all("scope" in problem for problem in said)
        assert rows(here, Delivery) == []
        here.options(surveymonkey__detail_scope=True)
        reconcile(here.service, KEY)
        here.drain()
        assert [one.first_name for one in rows(here, Person)] == ["Anna"]


def rows(here: World, table: Any) -> list[Any]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(table)))


def arrive(here: World, tool: str) -> None:
    """Wait until all webhooks of a tool are out."""
    url = f"{here.sandbox_url}/sandbox/control/{tool}/waiting"
    while requests.get(url, timeout=20).json()["waiting"]:
        time.sleep(0.02)
