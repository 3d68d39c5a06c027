"""What the CRM's and the newsletter's webhooks leave open: each way ends well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

import tests.world
from connector import boundaries
from connector.app import create_app
from connector.db import utcnow
from connector.hints import Hint
from connector.programme.consents import newsletter_word
from connector.programme.entities import Person, ReviewItem
from connector.service import Service
from connector.sync.setup import apply_all, plan_all
from connector.sync.state import RemoteRecord
from sandbox.app import serving
from tests.sync.hubspot_hooks import APP_SECRET, PATH, PUBLIC, event, hear, with_app
from tests.test_unverified import arrive, names, rows
from tests.world import KEY, World, long_ago, world

SAFE = {
    "MAILCHIMP_WEBHOOK_SECRETS": "an-address-secret-for-tests",
    "SECRET_KEY": "a-key-for-tests-only-0123456789",
}
HUBSPOT: list[dict[str, Any]] = [
    {"hubspot.webhook_names": "generic"},
    {"hubspot.webhook_names": "per_object"},
    {"hubspot.webhook_repeat_ids": True},
    {"hubspot.webhooks_twice": True},
    {"hubspot.webhook_shuffle": 7},
    {"hubspot.webhook_signs": "decoded"},
    {"hubspot.deletion_parts": False},
    {"hubspot.restore_links": False},
    {"hubspot.merge_makes_new": True},
    {"hubspot.app_id": 4100009},
]


@pytest.mark.parametrize("options", HUBSPOT, ids=names)
def test_an_edit_a_merge_and_a_restore_end_right_however_they_are_told(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with world(tmp_path, options=options) as here:
        for days, name in enumerate(("Anna", "Bea", "Carla"), 5):
            here.apply_as_mentee(f"{name} Prøve", at=long_ago(days))
        here.settle(2)
        here.options(hubspot__search_delay_s=3600)  # hints alone can tell
        with hubspot_calls_us(here):
            anna, bea, carla = (
                here.record("contacts", firstname=name)["id"]
                for name in ("Anna", "Bea", "Carla")
            )
            staff(
                here,
                "edit",
                record=f"0-1:{anna}",
                property="phone",
                value="+4520111111",
            )
            staff(here, "merge", stays=f"0-1:{anna}", goes=f"0-1:{bea}")
            staff(here, "archive", record=f"0-1:{carla}")
            arrive(here, "hubspot")
            here.settle(2)
            assert [i.kind for i in rows(here, ReviewItem)] == ["crm_gone"]
            staff(here, "restore", record=f"0-1:{carla}")
            arrive(here, "hubspot")
            here.settle(2)
        assert len(here.records("contacts")) == 2
        phones = {p.first_name: p.phone for p in rows(here, Person)}
        assert phones["Anna"] == "+4520111111"
        people = [r for r in rows(here, RemoteRecord) if r.entity_kind == "person"]
        assert sorted(r.state for r in people) == ["linked", "linked", "merged"]
        assert [i.kind for i in rows(here, ReviewItem) if not i.settled_at] == []
        assert all(hint.settled_at for hint in rows(here, Hint))


LETTERS: list[dict[str, Any]] = [
    {"mailchimp.action_missing": True},
    {"mailchimp.archive_event": False},
    {"mailchimp.validate_post": True},
    {"mailchimp.webhook_unsaid": True},
    {"mailchimp.signing": "unsigned"},
    {"mailchimp.signing": "absent"},
    {"mailchimp.disabled_hook": "gone"},
]


@pytest.mark.parametrize("options", LETTERS, ids=names)
def test_who_leaves_there_is_heard_whatever_the_webhook_says(
    tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tests.world.environment
    monkeypatch.setattr(
        tests.world, "environment", lambda *args: {**plain(*args), **SAFE}
    )
    with world(tmp_path, options=options) as here:
        settings = replace(here.settings, public_url=here.web_url)
        plan = plan_all(Service(settings, here.service.database), KEY)
        assert len(apply_all(plan)) == len(plan.steps)
        for name in ("Anna", "Bea", "Carla"):
            here.apply_as_mentee(f"{name} Prøve", at=long_ago(9))
        here.settle(2)
        assert rows(here, Hint) == []  # nothing of what we write comes back
        url = f"{here.sandbox_url}/sandbox/control/mailchimp"
        for act, name in (("unsubscribe", "anna"), ("archive", "bea")):
            told = {"email": f"{name}@people.example"}
            requests.post(f"{url}/{act}", json=told, timeout=20).raise_for_status()
        arrive(here, "mailchimp")
        here.drain()
        assert "unsubscribe" in {hint.topic for hint in rows(here, Hint)}
        for name in ("Anna", "Bea", "Carla"):
            here.apply_as_mentee(f"{name} Prøve", at=long_ago(8))
        here.settle(2)
        statuses = {e.partition("@")[0]: m["status"] for e, m in here.members().items()}
        assert statuses == {
            "anna": "unsubscribed", "bea": "archived", "carla": "subscribed",
        }  # fmt: skip


@pytest.mark.parametrize("hours", [-10, 0, 10])
def test_in_whatever_zone_a_webhooks_time_is_an_unsubscribe_is_heard(
    tmp_path: Path, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tests.world.environment
    monkeypatch.setattr(
        tests.world, "environment", lambda *args: {**plain(*args), **SAFE}
    )
    with world(tmp_path, options={"mailchimp.webhooks_off": True}) as here:
        here.apply_as_mentee("Anna Prøve", at=long_ago(9))
        here.settle(2)
        url = f"{here.sandbox_url}/sandbox/control/mailchimp/unsubscribe"
        email = "anna@people.example"
        requests.post(url, json={"email": email}, timeout=20).raise_for_status()
        fired = utcnow() + timedelta(hours=hours)
        body = {
            "type": "unsubscribe", "fired_at": f"{fired:%Y-%m-%d %H:%M:%S}",
            "data[id]": "0123456789", "data[email]": email,
            "data[list_id]": "demo-audience",
        }  # fmt: skip
        secret = SAFE["MAILCHIMP_WEBHOOK_SECRETS"]
        ours = f"{here.web_url}/webhooks/{KEY}/mailchimp/{secret}"
        requests.post(ours, data=body, timeout=20).raise_for_status()
        here.settle(1)
        [hint] = rows(here, Hint)
        assert hint.settled_at
        with here.service.database.reading() as session:
            [word] = newsletter_word(session, KEY).values()
        assert not word.given
        assert word.at < utcnow() + timedelta(minutes=5)


def test_a_contact_made_in_the_instant_before_ours_is_followed(tmp_path: Path) -> None:
    with world(tmp_path) as here:

        def make(name: str) -> None:
            if name == "hubspot.push.sent" and not here.records("contacts"):
                told = {"properties": {"email": "anna@people.example"}}
                here.crm("POST", "/crm/objects/2026-09/contacts", told)

        here.apply_as_mentee("Anna Prøve", at=long_ago(9))
        here.drain()
        boundaries.listen(make)
        try:
            here.sync()
        finally:
            boundaries.listen(None)
        here.settle(2)
        [anna] = here.records("contacts")
        [person] = rows(here, Person)
        assert anna["properties"]["vidensbro_id"] == person.id
        assert anna["properties"]["firstname"] == "Anna"


@pytest.mark.parametrize("topic", ["contact.deletion", "contact.privacyDeletion"])
def test_what_another_portal_says_changes_nothing_here(
    tmp_path: Path, topic: str
) -> None:
    with world(tmp_path) as here:
        here.apply_as_mentee("Anna Prøve", at=long_ago(9))
        here.settle(2)
        anna = here.record("contacts")["id"]
        hear(
            here,
            event(topic, "contacts", anna, portalId=1),
            event("contact.creation", "contacts", "77"),
        )
        here.settle(2)
        assert here.record("contacts")["id"] == anna
        assert rows(here, ReviewItem) == []
        states = [r.state for r in rows(here, RemoteRecord) if r.remote_id == anna]
        assert states == ["linked"]


def staff(here: World, act: str, **told: str) -> None:
    url = f"{here.sandbox_url}/sandbox/control/hubspot/{act}"
    answer = requests.post(url, json=told, timeout=20)
    assert answer.ok, answer.text


@contextmanager
def hubspot_calls_us(here: World) -> Iterator[None]:
    """Switch the CRM's webhooks on, to a web side that knows the app's secret."""
    with serving(create_app(with_app(here.settings), ring=lambda: None)) as web:
        here.options(
            hubspot__webhooks={
                "url": f"{web}{PATH}",
                "signed_url": f"{PUBLIC}{PATH}",
                "secret": APP_SECRET,
            }
        )
        yield
