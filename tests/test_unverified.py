"""Behaviours of the tools that nobody could verify: both ways end well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector.programme.claims import Claim
from connector.programme.entities import Person, ReviewItem
from tests.world import World, long_ago, world

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
