"""A webhook of ids alone: what it points at, and what makes two of them one."""

# The tables read by their columns.
# ruff: noqa: E501

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from webhooks.events import Event
from webhooks.registry import PROVIDERS
from webhooks.submission import DeliveryKey, Unreadable

SURVEY, RESPONSE = "400100200", "13376313674"
TOPICS = [
    *(f"response_{what}" for what in ("created", "updated", "completed", "disqualified", "overquota", "deleted")),
    *(f"{of}_{what}" for of in ("collector", "survey") for what in ("created", "updated", "deleted")),
    "app_installed", "app_uninstalled", "something_new",
]  # fmt: skip


@pytest.fixture
def sent(payload):
    return json.loads(payload("surveymonkey/webhook_completed"))


def only(event: object) -> Event:
    (one,) = PROVIDERS["surveymonkey"].events(json.dumps(event).encode())
    return one


def key_of(event: object) -> DeliveryKey:
    return PROVIDERS["surveymonkey"].identify(json.dumps(event).encode())


def test_a_completed_response_is_pointed_at(payload):
    body = payload("surveymonkey/webhook_completed")
    (event,) = PROVIDERS["surveymonkey"].events(body)
    assert event == Event(
        key="response_completed:13376313674:10027943111:2026-08-20T10:03:45.182613+00:00",
        topic="response_completed",
        kind="survey",
        subject=SURVEY,
        at=datetime(2026, 8, 20, 10, 3, 45, 182613, UTC),
        facts={"response": RESPONSE, "collector": "410000001", "recipient": "0"},
    )
    key = PROVIDERS["surveymonkey"].identify(body)
    assert key == DeliveryKey(SURVEY, event.key, "event")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_is_one_of_its_survey(sent, topic):
    event = only({**sent, "event_type": topic, "object_type": topic.split("_")[0]})
    assert (event.topic, event.kind, event.subject) == (topic, "survey", SURVEY)
    named = event.facts.get("response")
    assert named == (RESPONSE if topic.startswith("response_") else None)


# what the body holds · the survey it is about
PLACES = [
    ({"resources": {"survey_id": "5"}, "filter_type": "survey", "filter_id": "6"}, "5"),
    ({"resources": {"survey_id": 5}}, "5"),
    ({"resources": {}, "filter_type": "survey", "filter_id": "6"}, "6"),
    ({"resources": None, "filter_type": "survey", "filter_id": "6"}, "6"),
    ({"resources": {}, "filter_type": "collector", "filter_id": "7"}, ""),
    ({"object_type": "survey", "object_id": "8", "resources": {}, "filter_type": "x"}, "8"),
    ({"object_type": "app", "object_id": "9", "resources": [], "filter_type": "app"}, ""),
    ({"resources": {"survey_id": "with space"}, "filter_type": None}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("more", "survey"), PLACES)
def test_the_survey_is_found_wherever_it_stands(sent, more, survey):
    assert only({**sent, **more}).subject == survey
    assert key_of({**sent, **more}).form == survey


def test_a_missing_respondent_is_no_loss(sent):
    sent["resources"] = {"survey_id": SURVEY}
    assert only(sent).facts == {"response": RESPONSE}


def test_a_collectors_event_names_the_collector(sent):
    event = only({**sent, "object_type": "collector", "object_id": "77"})
    assert event.facts["collector"] == "77"
    assert "response" not in event.facts


@pytest.mark.parametrize(
    "name", ["event_type", "object_id", "event_id", "event_datetime"]
)
def test_another_event_has_another_key(sent, name):
    other = {**sent, name: "7"}
    assert key_of(other).response != key_of(sent).response
    assert only(other).key != only(sent).key


@pytest.mark.parametrize(
    "names", [(), ("event_id",), ("event_datetime",), ("event_id", "event_datetime")]
)
def test_a_repeat_has_the_same_key_however_it_is_spelled(sent, names):
    for name in names:
        del sent[name]
    again = json.dumps({name: sent[name] for name in sorted(sent)}, indent=2).encode()
    assert PROVIDERS["surveymonkey"].identify(again) == key_of(sent)
    assert key_of(sent).response == only(sent).key
    assert key_of({**sent, "object_id": "1"}) != key_of(sent)


def test_without_an_id_and_a_time_only_the_same_body_is_a_repeat(sent):
    del sent["event_id"], sent["event_datetime"]
    assert key_of({**sent, "name": "another"}).response != key_of(sent).response


@pytest.mark.parametrize("odd", ["æ" * 20, "x" * 500, "a b", "\x00", "\ud800"])
def test_an_odd_id_is_keyed_by_a_hash(sent, odd):
    key = key_of({**sent, "event_id": odd})
    assert key.kind == "event"
    assert key.response.isascii()
    assert len(key.response) <= 200


@pytest.mark.parametrize("at", [None, "", "soon", 7, [], "2026-13-01T00:00:00"])
def test_a_time_that_is_none_is_left_out(sent, at):
    assert only({**sent, "event_datetime": at}).at is None


def test_a_time_without_a_zone_is_utc(sent):
    at = only({**sent, "event_datetime": "2026-08-20T10:03:45"}).at
    assert at == datetime(2026, 8, 20, 10, 3, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b'{"event_type": ""}',
        b'{"event_type": ["a"]}',
        b'{"event_type": "a b"}',
        b'{"event_type": "a", "event_type": "b"}',
        b'{"event_type": "a", "resources": ' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_what_names_no_event_is_unreadable(body):
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$"):
        PROVIDERS["surveymonkey"].events(body)
    assert PROVIDERS["surveymonkey"].identify(body).response


def test_an_event_has_no_answers_and_answers_are_no_event(sent):
    with pytest.raises(Unreadable, match="has none"):
        PROVIDERS["surveymonkey"].parse(json.dumps(sent).encode())
    assert PROVIDERS["surveymonkey"].events(b'{"survey":{},"response":{}}') == ()
