"""The sandbox's SurveyMonkey as a sender, seen by a real receiver over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.surveymonkey import CLIENT_ID, CLIENT_SECRET, sign
from tests.sandbox.listening import listening
from webhooks.submission import Inbound
from webhooks.surveymonkey import verify
from webhooks.surveymonkey_events import events

API = "/surveymonkey/v3"
HOOKS = f"{API}/webhooks"
FIXTURES = Path(__file__).parent.parent / "fixtures" / "surveymonkey"
TEXT = {"family": "open_ended", "subtype": "single"}
SURVEY = {
    "title": "Ansøgning",
    "pages": [
        {"questions": [{"ref": "a", "headings": [{"heading": "A"}], **TEXT}]},
        {"questions": [{"ref": "b", "headings": [{"heading": "B"}], **TEXT}]},
    ],
}


class Receiver:
    """Keeps what it is sent; answers the statuses in turn, then 200."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = ""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _path, _headers, body in self.got]

    def types(self) -> list[str]:
        return [one["event_type"] for one in self.bodies()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mine = Receiver()

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        if method == "POST":
            mine.got.append((path, headers, body))
        mine.asked.append((method, path))
        return mine.statuses.pop(0) if mine.statuses else 200

    with listening(answer) as url:
        mine.url = url
        yield mine


@pytest.fixture
def web() -> FlaskClient:
    options = {"surveymonkey.retry_s": 0.02}
    client = create_sandbox(options=options).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "bearer sm-test"
    return client


@pytest.fixture
def survey(web: FlaskClient) -> dict[str, Any]:
    return web.post(f"{API}/surveys", json=SURVEY).json


def wanted(
    survey: dict[str, Any], url: str, event: str = "response_completed", **more: Any
) -> dict[str, Any]:
    return {
        "name": "Svar æøå",
        "event_type": event,
        "object_type": "survey",
        "object_ids": [survey["id"]],
        "subscription_url": f"{url}/{event}",
        **more,
    }


def hook(web: FlaskClient, body: dict[str, Any]) -> dict[str, Any]:
    made = web.post(HOOKS, json=body)
    assert made.status_code == 201, made.text
    return made.json


def fill(web: FlaskClient, survey: dict[str, Any], **told: Any) -> Any:
    told.setdefault("answers", {"a": "Anna"})
    done = web.post(f"/surveymonkey/to/{survey['id']}", json=told)
    assert done.status_code == 200, done.text
    return done.json


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline, "waited 5 seconds in vain"
        time.sleep(0.01)


def settle(web: FlaskClient) -> None:
    """Wait until nothing is left to send."""
    waiting = "/sandbox/control/surveymonkey/waiting"
    wait_for(lambda: web.get(waiting).json == {"waiting": 0})


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["id"]


def set_options(web: FlaskClient, **options: Any) -> None:
    named = {f"surveymonkey.{name}": value for name, value in options.items()}
    web.put("/sandbox/control/options", json=named)


def test_a_signature_is_that_of_openssl() -> None:
    # printf '{"a":1}' | openssl dgst -sha1 -hmac 'id&secret' -binary | base64
    assert sign(b'{"a":1}', "id", "secret") == "zkpGEZKkOcHHZpScofN3ojcVwXY="


def test_the_address_is_asked_by_head_and_must_be_there(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    body = wanted(survey, receiver.url)
    receiver.statuses = [405]
    assert error(web.post(HOOKS, json=body)) == (400, "1000")
    receiver.statuses = [204]
    made = hook(web, body)
    assert receiver.asked == [("HEAD", "/response_completed")] * 2
    assert web.get(f"{HOOKS}/{made['id']}").json == made
    assert {name: made[name] for name in body} == body


def test_a_ping_can_be_left_out(web: FlaskClient, survey: dict[str, Any]) -> None:
    nowhere = wanted(survey, "http://127.0.0.1:9")
    assert error(web.post(HOOKS, json=nowhere)) == (400, "1000")
    hook(web, nowhere | {"bypass_ping": True})


def test_no_two_webhooks_have_one_address(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    first = wanted(survey, receiver.url)
    made = hook(web, first)
    twin = first | {"event_type": "response_updated"}
    assert error(web.post(HOOKS, json=twin)) == (409, "1025")
    other = hook(web, wanted(survey, receiver.url, "response_updated"))
    move = {"subscription_url": first["subscription_url"]}
    assert error(web.patch(f"{HOOKS}/{other['id']}", json=move)) == (409, "1025")
    assert web.delete(f"{HOOKS}/{made['id']}").status_code == 200
    assert web.patch(f"{HOOKS}/{other['id']}", json=move).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"event_type": "response_read"},
        {"object_ids": []},
        {"object_ids": ["1"]},
        {"object_type": "collector", "event_type": "collector_created"},
        {"subscription_url": "ftp://x.example"},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver, change: dict[str, Any]
) -> None:
    assert hook(web, wanted(survey, receiver.url, "response_deleted"))
    body = wanted(survey, receiver.url) | change
    assert error(web.post(HOOKS, json=body)) == (400, "1000")


def test_the_list_has_only_names(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    made = hook(web, wanted(survey, receiver.url, authorization="hush"))
    (row,) = web.get(HOOKS).json["data"]
    assert row == {name: made[name] for name in ("id", "name", "href")}
    assert web.delete(f"{HOOKS}/{made['id']}").status_code == 200
    assert error(web.get(f"{HOOKS}/{made['id']}")) == (404, "1020")


def test_a_webhook_hears_of_more_surveys_by_the_whole_list(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    made = hook(web, wanted(survey, receiver.url))
    other = web.post(f"{API}/surveys", json=SURVEY).json
    fill(web, other)
    assert receiver.got == []
    web.patch(f"{HOOKS}/{made['id']}", json={"object_ids": [other["id"]]})
    fill(web, other)
    fill(web, survey)
    assert [one["filter_id"] for one in receiver.bodies()] == [other["id"]]


def test_a_webhook_has_ids_alone_and_is_signed(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, wanted(survey, receiver.url, authorization="hush"))
    key = fill(web, survey)["response"]
    ((path, headers, body),) = receiver.got
    assert path == "/response_completed"
    kind = "application/vnd.surveymonkey.response.v1+json"
    assert headers["Content-Type"] == kind
    assert headers["Authorization"] == "hush"
    assert b"Anna" not in body
    told = json.loads(body)
    recorded = json.loads((FIXTURES / "webhook_completed.json").read_text())
    assert set(told) == set(recorded)
    assert set(told["resources"]) == set(recorded["resources"])
    assert told["name"] == "Svar æøå"
    assert (told["object_type"], told["object_id"]) == ("response", key)
    assert told["resources"]["survey_id"] == survey["id"]
    assert told["resources"]["respondent_id"] == key
    inbound = Inbound("POST", "https://s.example/x", headers, body)
    verify(inbound, [f"{CLIENT_ID}&{CLIENT_SECRET}"])
    (event,) = events(body)
    assert (event.topic, event.subject) == ("response_completed", survey["id"])
    assert event.facts["response"] == key


def test_the_app_has_its_own_client_and_secret(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    set_options(web, client_id="mine", client_secret="hush")
    hook(web, wanted(survey, receiver.url))
    fill(web, survey)
    ((_path, headers, body),) = receiver.got
    assert headers["Sm-Apikey"] == "mine"
    assert headers["Sm-Signature"] == sign(body, "mine", "hush")


def every_hook(web: FlaskClient, survey: dict[str, Any], receiver: Receiver) -> None:
    for name in ("created", "updated", "completed", "deleted", "disqualified"):
        hook(web, wanted(survey, receiver.url, f"response_{name}"))


def test_an_update_is_told_for_each_page(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    every_hook(web, survey, receiver)
    key = fill(web, survey, status="partial")["response"]
    assert receiver.types() == ["response_created", "response_updated"]
    receiver.got.clear()
    fill(web, survey, response=key, answers={"a": "Anna", "b": "Berg"})
    two = ["response_updated"] * 2
    assert receiver.types() == [*two, "response_completed"]
    receiver.got.clear()
    fill(web, survey, response=key, answers={"b": "Bo"})
    assert receiver.types() == ["response_updated"]
    set_options(web, completed_again=True)
    receiver.got.clear()
    fill(web, survey, response=key, answers={"b": "Bo"})
    assert receiver.types() == ["response_updated", "response_completed"]
    assert {one["object_id"] for one in receiver.bodies()} == {key}
    receiver.got.clear()
    fill(web, survey, status="disqualified", answers={})
    assert receiver.types() == ["response_created", "response_disqualified"]


def test_events_of_one_survey_have_ids_of_their_own_unless_ordered(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, wanted(survey, receiver.url))
    for _ in range(2):
        fill(web, survey)
    assert len({one["event_id"] for one in receiver.bodies()}) == 2
    set_options(web, event_ids="same", sparse_resources=True)
    receiver.got.clear()
    for _ in range(2):
        fill(web, survey)
    assert len({one["event_id"] for one in receiver.bodies()}) == 1
    named = [set(one["resources"]) for one in receiver.bodies()]
    assert named == [{"survey_id", "user_id", "collector_id"}] * 2


def test_a_deletion_is_told(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    every_hook(web, survey, receiver)
    first, second = (fill(web, survey)["response"] for _ in range(2))
    receiver.got.clear()
    web.delete(f"{API}/surveys/{survey['id']}/responses/{first}")
    settle(web)
    told = {"survey": survey["id"], "response": second}
    path = "/sandbox/control/surveymonkey/delete_response"
    assert web.post(path, json=told).status_code == 200
    assert receiver.types() == ["response_deleted"] * 2
    assert [one["object_id"] for one in receiver.bodies()] == [first, second]
    assert error(web.post(path, json=told)) == (404, "1020")


def test_an_edited_survey_is_told(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, wanted(survey, receiver.url, "survey_updated"))
    told = {"survey": survey["id"], "title": "Other"}
    web.post("/sandbox/control/surveymonkey/edit/rename_survey", json=told)
    settle(web)
    ((_path, headers, _body),) = receiver.got
    assert headers["Content-Type"] == "application/vnd.surveymonkey.survey.v1+json"
    (body,) = receiver.bodies()
    assert (body["object_type"], body["object_id"]) == ("survey", survey["id"])


def test_a_failed_webhook_is_lost(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, wanted(survey, receiver.url))
    receiver.statuses = [503]
    (sent,) = fill(web, survey)["deliveries"]
    assert sent["status"] == 503
    settle(web)
    assert len(receiver.got) == 1


def test_retries_can_be_ordered_and_repeat_the_bytes(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    set_options(web, retries=2)
    hook(web, wanted(survey, receiver.url))
    receiver.statuses = [503, 503, 503, 503]
    fill(web, survey)
    settle(web)
    assert len(receiver.got) == 3
    assert len({body for _path, _headers, body in receiver.got}) == 1


def test_webhooks_can_be_lost_on_the_way(
    web: FlaskClient, survey: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, wanted(survey, receiver.url))
    set_options(web, webhooks_off=True)
    (sent,) = fill(web, survey)["deliveries"]
    assert sent["status"] is None
    assert receiver.got == []
    page = web.get("/sandbox/surveymonkey").text
    assert "none yet" in page
