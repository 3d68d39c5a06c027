"""Clients over scripted answers, in virtual time."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import client_requests
import pytest
import requests
import responses

from connector.clients import (
    Connecting,
    HubSpot,
    Mailchimp,
    Patience,
    RemoteBusy,
    SurveyMonkey,
    Typeform,
    Waiting,
    connect_hubspot,
    connect_mailchimp,
    connect_surveymonkey,
    connect_typeform,
)

HUBSPOT = "https://hubspot.example"
MAILCHIMP = "https://mailchimp.example/3.0"
SURVEYMONKEY = "https://surveymonkey.example/v3"
TYPEFORM = "https://typeform.example"
KEY = {
    "name": "vidensbro_id",
    "label": "Vidensbro ID",
    "groupName": "vidensbro",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
BASES = {
    "hubspot": HUBSPOT,
    "mailchimp": MAILCHIMP,
    "surveymonkey": SURVEYMONKEY,
    "typeform": TYPEFORM,
}


@dataclass
class Seen:
    """One request as the provider saw it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]] | Exception


@dataclass
class Provider:
    """Answers every request from `replies`, in turn, or by `answer`."""

    seen: list[Seen] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    answer: Callable[[Seen], Reply] | None = None

    def __call__(self, request: requests.PreparedRequest) -> Any:
        parts = urlsplit(str(request.url))
        body = json.loads(request.body) if request.body else None
        seen = Seen(
            str(request.method),
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            body,
            dict(request.headers),
        )
        self.seen.append(seen)
        tool = next(n for n, base in BASES.items() if str(request.url).startswith(base))
        called = (seen.method, seen.path)
        client_requests.check(tool, called, seen.query, body, seen.headers)
        reply = self.answer(seen) if self.answer else self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        status, data, *headers = reply
        text = data if isinstance(data, str) else json.dumps(data)
        return status, headers[0] if headers else {}, "" if data is None else text


@pytest.fixture
def provider() -> Iterator[Provider]:
    script = Provider()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for base in BASES.values():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                pattern = re.compile(re.escape(base) + "/.*")
                mock.add_callback(method, pattern, callback=script)
        yield script


@pytest.fixture
def slept() -> list[float]:
    return []


@dataclass
class Clock:
    """The limits' clock, which only waiting for a turn moves."""

    ms: int = 1_800_000_000_000
    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.ms += round(seconds * 1000)

    def now(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def how(slept: list[float], clock: Clock) -> Connecting:
    return Connecting(
        patience=Patience(sleep=slept.append),
        waiting=Waiting(sleep=clock.sleep, now_ms=clock.now),
    )


def _at(how: Connecting, base_url: str) -> Connecting:
    return Connecting(base_url, how.store, how.patience, how.waiting)


@pytest.fixture
def hubspot(provider: Provider, how: Connecting) -> Iterator[HubSpot]:
    client = connect_hubspot("pat-test", _at(how, HUBSPOT), calls_in_10_s=1000)
    yield client
    client.door.close()


@pytest.fixture
def mailchimp(provider: Provider, how: Connecting) -> Iterator[Mailchimp]:
    client = connect_mailchimp("key-us21", "a1b2", _at(how, MAILCHIMP))
    yield client
    client.door.close()


@pytest.fixture
def typeform(provider: Provider, how: Connecting) -> Iterator[Typeform]:
    client = connect_typeform("tfp_test", _at(how, TYPEFORM))
    yield client
    client.door.close()


@dataclass
class Day:
    """A day's budget that notes what it is told, and refuses some purposes."""

    spent: list[str] = field(default_factory=list)
    told_of: list[tuple[int, int, float]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def spend(self, purpose: str) -> None:
        if purpose in self.refused:
            raise RemoteBusy("the day's calls are spent", 9000)
        self.spent.append(purpose)

    def told(self, limit: int, remaining: int, reset_s: float) -> None:
        self.told_of.append((limit, remaining, reset_s))


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def surveymonkey(
    provider: Provider, how: Connecting, day: Day
) -> Iterator[SurveyMonkey]:
    client = connect_surveymonkey("sm-test", _at(how, SURVEYMONKEY), budget=day)
    yield client
    client.door.close()


@pytest.fixture
def address() -> Iterator[str]:
    from sandbox.app import create_sandbox, serving

    app = create_sandbox(options={"hubspot.activated": {"0-162": True, "0-410": True}})
    with serving(app) as url:
        yield url


@pytest.fixture
def crm(address: str) -> Iterator[HubSpot]:
    client = connect_hubspot("pat-test", Connecting(f"{address}/hubspot"))
    for kind in ("contacts", "0-162"):
        client.create_group(kind, "vidensbro", "Vidensbro")
        client.create_property(kind, KEY)
    yield client
    client.door.close()


@pytest.fixture
def news(address: str) -> Iterator[Mailchimp]:
    how = Connecting(f"{address}/mailchimp/3.0")
    client = connect_mailchimp("key-us21", "demo-audience", how)
    yield client
    client.door.close()
