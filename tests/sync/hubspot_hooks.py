"""HubSpot's webhooks for the tests of its sync: signed, and sent through the door."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import replace
from typing import Any

from connector import hints
from connector.app import create_app
from connector.settings import Settings
from tests.world import KEY, World

APP = "5150001"
APP_SECRET = "a-client-secret-of-the-app"
PUBLIC = "https://bridge.programme.example"
PATH = f"/webhooks/{KEY}/hubspot"
NUMBERS = {"contacts": "0-1", "companies": "0-2"}
_numbers = itertools.count(1)


def with_app(settings: Settings, app_id: str = "") -> Settings:
    """Return the settings with an app's secret, and its id where it is known."""
    account = settings.accounts[KEY]
    assert account.hubspot is not None
    known = replace(account.hubspot, secrets=(APP_SECRET,), app_id=app_id)
    accounts = {KEY: replace(account, hubspot=known)}
    return replace(settings, accounts=accounts, public_url=PUBLIC)


def know_app(here: World, app_id: str = APP) -> None:
    """Let the service know its app's id."""
    settings = with_app(here.settings, app_id)
    here.service = replace(here.service, settings=settings)


def event(topic: str, object_type: str, record_id: str, **more: Any) -> dict[str, Any]:
    """Return one event as HubSpot sends it; staff caused it unless said otherwise."""
    number = next(_numbers)
    return {
        "eventId": number,
        "subscriptionId": 2_900_001,
        "portalId": 26_000_001,
        "appId": int(APP),
        "occurredAt": int(time.time() * 1000),
        "subscriptionType": topic,
        "attemptNumber": 0,
        "objectId": int(record_id),
        "objectTypeId": NUMBERS.get(object_type, object_type),
        "changeSource": "CRM_UI",
        "sourceId": "userId:7001",
        **more,
    }


def hear(here: World, *events: dict[str, Any]) -> None:
    """Have one batch of events arrive, and processed as far as a webhook goes."""
    body = json.dumps(events).encode()
    stamp = str(int(time.time() * 1000))
    signed = b"POST" + (PUBLIC + PATH).encode() + body + stamp.encode()
    digest = hmac.new(APP_SECRET.encode(), signed, hashlib.sha256).digest()
    client = create_app(with_app(here.settings), ring=lambda: None).test_client()
    answer = client.post(
        PATH,
        data=body,
        headers={
            "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
            "X-HubSpot-Request-Timestamp": stamp,
        },
    )
    assert answer.status_code == 200, answer.text
    here.drain()


def waiting(here: World) -> int:
    """Return how many hints nobody has looked into."""
    with here.service.database.reading() as session:
        return hints.count_waiting(session, KEY, "hubspot")
