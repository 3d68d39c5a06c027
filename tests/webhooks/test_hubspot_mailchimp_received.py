"""HubSpot and Mailchimp at the door: what they send becomes a hint, and once only."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hubspot.utils.signature import Signature
from sqlalchemy import select

from connector import signing
from connector.app import create_app
from connector.hints import Hint
from connector.inbox import Delivery
from connector.processing import drain
from connector.service import Service, lay_out
from connector.settings import load_settings
from tests.moment import upgrade
from tests.small_world import KEY, environment, write_programme

PUBLIC = "https://bridge.programme.example"
HUBSPOT = f"/webhooks/{KEY}/hubspot"
APP_SECRET = "a-client-secret-of-the-app"
PATH_SECRET = "a-secret-in-the-address"
MAILCHIMP = f"/webhooks/{KEY}/mailchimp/{PATH_SECRET}"
SIGNING = "a-signing-secret-of-mailchimp"
FIXTURES = Path(__file__).parent.parent / "fixtures"
CHANGES = (FIXTURES / "hubspot/property_changes.json").read_bytes()
AGAIN = CHANGES.replace(b'"attemptNumber": 0', b'"attemptNumber": 1')
UNSUBSCRIBE = (FIXTURES / "mailchimp/unsubscribe.form").read_bytes()
FORM = "application/x-www-form-urlencoded"


@dataclass
class Door:
    service: Service
    client: FlaskClient

    def hubspot(self, body: bytes, path: str = HUBSPOT, signed_for: str = ""):
        stamp = str(int(time.time() * 1000))
        url = signed_for or PUBLIC + path
        signature = Signature.get_signature(
            APP_SECRET, body.decode(), "v3", url, "POST", stamp
        )
        headers = {
            "X-HubSpot-Signature-v3": signature,
            "X-HubSpot-Request-Timestamp": stamp,
        }
        return self.client.post(path, data=body, headers=headers)

    def mailchimp(self, body: bytes, path: str = MAILCHIMP, **headers: str):
        return self.client.post(path, data=body, headers=headers, content_type=FORM)

    def rows(self, table):
        with self.service.database.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    write_programme(tmp_path, {})
    settings = load_settings(
        environment(tmp_path)
        | {
            "PROGRAMMES": KEY,
            "PUBLIC_URL": PUBLIC,
            "SECRET_KEY": "0123456789abcdef" * 4,
            "HUBSPOT_TOKEN": "token",
            "HUBSPOT_APP_SECRETS": APP_SECRET,
            "MAILCHIMP_API_KEY": "key-us1",
            "MAILCHIMP_AUDIENCE_ID": "f1a2b3c4d5",
            "MAILCHIMP_WEBHOOK_SECRETS": PATH_SECRET,
        }
    )
    service = Service.open(settings)
    upgrade(service.database)
    lay_out(service)
    return Door(service, create_app(settings, ring=lambda: None).test_client())


def test_hubspots_batch_becomes_hints_and_its_retry_is_only_counted(door):
    assert [door.hubspot(body).status_code for body in (CHANGES, AGAIN)] == [200, 200]
    drain(door.service)
    [delivery] = door.rows(Delivery)
    assert (delivery.kind, delivery.state, delivery.sightings) == (
        "event",
        "processed",
        2,
    )
    told = {(hint.topic, hint.kind, hint.subject) for hint in door.rows(Hint)}
    assert told == {
        ("contact.propertyChange", "0-1", "173595202426"),
        ("object.propertyChange", "0-1", "173595202426"),
        ("object.propertyChange", "0-162", "512345678901"),
    }
    assert "ny.adresse" not in repr([hint.facts for hint in door.rows(Hint)])


def test_an_event_that_comes_in_another_batch_is_one_hint(door):
    merge = (FIXTURES / "hubspot/merge.json").read_bytes()
    both = CHANGES.strip()[:-1] + b"," + merge.strip()[1:]
    for body in (CHANGES, merge, both):
        assert door.hubspot(body).status_code == 200
    drain(door.service)
    hints = door.rows(Hint)
    assert len(door.rows(Delivery)) == 3
    assert [hint.sightings for hint in hints] == [2] * 4


def test_hubspot_signs_the_public_address_not_the_one_behind_the_proxy(door):
    inner = f"http://localhost{HUBSPOT}"
    assert door.hubspot(CHANGES, signed_for=inner).status_code == 401
    encoded, decoded = f"{HUBSPOT}?x=a%3Ab", f"{PUBLIC}{HUBSPOT}?x=a:b"
    assert door.hubspot(CHANGES, encoded).status_code == 200
    assert door.hubspot(CHANGES, encoded, signed_for=decoded).status_code == 200


@pytest.mark.parametrize("path", [HUBSPOT + "/", HUBSPOT + "/more"])
def test_hubspot_is_called_at_one_address_only(door, path):
    assert door.hubspot(CHANGES, path).status_code == 401
    assert door.rows(Delivery) == []


def test_nobody_else_is_taken_for_hubspot_or_mailchimp(door):
    assert door.client.post(HUBSPOT, data=CHANGES).status_code == 401
    assert door.client.get(HUBSPOT).status_code == 401
    for path in (f"/webhooks/{KEY}/mailchimp", MAILCHIMP + "x", MAILCHIMP + "/"):
        assert door.mailchimp(UNSUBSCRIBE, path).status_code == 401
    assert door.rows(Delivery) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_mailchimps_validator_is_answered_and_stores_nothing(door, method):
    assert door.client.open(MAILCHIMP, method=method).status_code == 200
    assert door.rows(Delivery) == []


def test_mailchimps_word_becomes_a_hint_and_its_retry_is_only_counted(door):
    for _ in range(2):
        assert door.mailchimp(UNSUBSCRIBE).status_code == 200
    drain(door.service)
    [delivery], [hint] = door.rows(Delivery), door.rows(Hint)
    assert (delivery.state, delivery.sightings) == ("processed", 2)
    assert (hint.topic, hint.subject) == ("unsubscribe", "aase.baek@people.example")


def test_an_empty_post_is_taken_as_a_try(door):
    assert door.mailchimp(b"").status_code == 200
    drain(door.service)
    [delivery] = door.rows(Delivery)
    assert (delivery.kind, delivery.state) == ("test", "test")
    assert door.rows(Hint) == []


def test_once_mailchimp_has_handed_out_a_signing_secret_both_proofs_are_needed(door):
    with door.service.database.writing() as session:
        signing.keep(
            session,
            door.service.settings.secret_key,
            (KEY, "mailchimp"),
            "hook1",
            SIGNING,
        )
    t = int(time.time())
    text = f"{t}.".encode() + UNSUBSCRIBE
    digest = hmac.new(SIGNING.encode(), text, hashlib.sha256).hexdigest()
    signed = {"X-Mailchimp-Signature": f"t={t},v1={digest}"}
    assert door.mailchimp(UNSUBSCRIBE).status_code == 401
    assert door.mailchimp(UNSUBSCRIBE + b"&x=", **signed).status_code == 401
    assert door.mailchimp(UNSUBSCRIBE, MAILCHIMP + "x", **signed).status_code == 401
    assert door.mailchimp(UNSUBSCRIBE, **signed).status_code == 200
    assert len(door.rows(Delivery)) == 1
