"""The sandbox's Typeform as a sender, seen by a real receiver over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.typeform import sign, webhook_body
from tests.sandbox.listening import listening

CHOICES = [{"label": "Yes", "ref": "yes"}, {"label": "No", "ref": "no"}]


def field(kind: str, **properties: Any) -> dict[str, Any]:
    return {"ref": kind, "type": kind, "title": kind, "properties": properties}


ROW = {"properties": {"choices": [{"label": "Yes"}, {"label": "No"}]}}
FORM: dict[str, Any] = {
    "title": "Everything",
    "fields": [
        field("short_text"),
        field("long_text"),
        field("email"),
        field("phone_number"),
        field("website"),
        field("number"),
        field("rating", steps=5),
        field("opinion_scale", steps=11),
        field("nps"),
        field("yes_no"),
        field("legal"),
        field("date"),
        field("multiple_choice", choices=CHOICES, allow_other_choice=True),
        field("picture_choice", choices=CHOICES, allow_multiple_selection=True),
        field("dropdown", choices=CHOICES),
        field("checkbox", choices=CHOICES),
        field("ranking", choices=CHOICES),
        field("file_upload"),
        field("payment"),
        field(
            "matrix",
            fields=[
                {"ref": "row1", "title": "First", **ROW},
                {"ref": "row2", "title": "Second", **ROW},
            ],
        ),
        field("contact_info"),
        field("group", fields=[{"ref": "inner", "type": "yes_no", "title": "Inner"}]),
        field("statement"),
    ],
}


class Receiver:
    """Keeps what it is sent; answers the statuses in turn, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = ""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mine = Receiver()

    def answer(_method: str, _path: str, headers: dict[str, str], body: bytes) -> int:
        mine.got.append((headers, body))
        return mine.statuses.pop(0) if mine.statuses else 200

    with listening(answer) as url:
        mine.url = f"{url}/hook"
        yield mine


@pytest.fixture
def app() -> Flask:
    return create_sandbox(options={"typeform.retry_every_s": 0.05})


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer tfp_x"
    return client


@pytest.fixture
def form(web: FlaskClient) -> dict[str, Any]:
    return web.post("/typeform/forms", json=FORM).json


def hook(
    web: FlaskClient, form: dict[str, Any], url: str, tag: str = "main", **more: Any
) -> str:
    path = f"/typeform/forms/{form['id']}/webhooks/{tag}"
    body = {"url": url, "enabled": True, "secret": "hush", **more}
    assert web.put(path, json=body).status_code == 200
    return path


def fill(web: FlaskClient, form: dict[str, Any], **body: Any) -> Any:
    body.setdefault("answers", {"short_text": "Anna"})
    done = web.post(f"/typeform/to/{form['id']}", json=body)
    assert done.status_code == 200, done.text
    return done.json


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline, "waited 5 seconds in vain"
        time.sleep(0.02)


def answered(body: dict[str, Any]) -> dict[str, Any]:
    rows = body["form_response"]["answers"]
    return {one["field"]["ref"]: one[one["type"]] for one in rows}


def test_a_signature_is_that_of_openssl() -> None:
    # printf '{"a":1}' | openssl dgst -sha256 -hmac key -binary | base64
    made_elsewhere = "sha256=iKZ/JLvNrtDmyZdAS7eadDuvRMa6svTCcyjjAJ0i40I="
    assert sign(b'{"a":1}', "key") == made_elsewhere


def test_a_response_goes_out_signed(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url)
    done = fill(web, form)
    assert done["deliveries"] == [{"url": receiver.url, "status": 200}]
    ((headers, body),) = receiver.got
    assert headers["Typeform-Signature"] == sign(body, "hush")
    assert headers["User-Agent"] == "Typeform Webhooks"
    sent = json.loads(body)
    assert (sent["event_id"], sent["event_type"]) == (
        done["event_id"],
        "form_response",
    )
    assert sent["form_response"]["token"] == done["token"] != sent["event_id"]
    assert len(done["token"]) == 32


def test_without_a_secret_there_is_no_signature(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url, secret="")
    fill(web, form)
    assert "Typeform-Signature" not in receiver.got[0][0]


def test_each_kind_of_answer_has_its_shape(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url)
    plain = {
        "short_text": "Anna",
        "long_text": "A story",
        "email": "anna@kursist.example",
        "phone_number": "+4512345678",
        "website": "https://site.example",
        "number": 7,
        "rating": 5,
        "opinion_scale": 10,
        "nps": 0,
        "yes_no": False,
        "legal": True,
        "date": "2026-03-01",
        "file_upload": "https://files.example/cv.pdf",
    }
    special: dict[str, Any] = {
        "multiple_choice": "other:Bus",
        "picture_choice": ["No", "Yes"],
        "dropdown": "Yes",
        "checkbox": ["no"],
        "ranking": ["No", "Yes"],
        "payment": 120,
        "matrix": {"row1": "Yes", "Second": "No"},
        "contact_info": {"first_name": "Anna", "email": "anna@kursist.example"},
        "inner": True,
    }
    fill(web, form, answers=plain | special)
    body = receiver.bodies()[0]
    got = answered(body)
    assert {ref: got[ref] for ref in plain} == plain
    assert got["multiple_choice"] == {"other": "Bus"}
    assert got["picture_choice"]["labels"] == ["No", "Yes"]
    assert got["picture_choice"]["refs"] == ["no", "yes"]
    assert got["dropdown"]["label"] == "Yes"
    assert [one["ref"] for one in got["checkbox"]] == ["no"]
    assert got["ranking"]["labels"] == ["No", "Yes"]
    assert got["payment"]["amount"] == "120"
    assert (got["row1"]["label"], got["row2"]["label"]) == ("Yes", "No")
    assert got["contact_info_email"] == "anna@kursist.example"
    assert got["inner"] is True
    defined = {one["ref"]: one for one in body["form_response"]["definition"]["fields"]}
    assert {"row1", "row2", "contact_info_first_name", "inner"} <= set(defined)
    assert not {"matrix", "contact_info", "group", "statement"} & set(defined)
    first, second = (defined[row]["choices"][0]["id"] for row in ("row1", "row2"))
    assert first != second
    assert defined["multiple_choice"]["allow_other_choice"] is True


@pytest.mark.parametrize(
    ("ref", "value"),
    [
        ("rating", 6),
        ("opinion_scale", 11),
        ("number", "7"),
        ("dropdown", "other:Bus"),
        ("matrix", {"Third": "Yes"}),
        ("email", "anna"),
        ("yes_no", "yes"),
        ("phone_number", "12345678"),
    ],
)
def test_what_the_form_would_not_take_is_refused(
    web: FlaskClient, form: dict[str, Any], ref: str, value: Any
) -> None:
    done = web.post(f"/typeform/to/{form['id']}", json={"answers": {ref: value}})
    assert done.status_code == 400


def test_a_test_request_is_filler_and_is_not_kept(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url)
    fill(web, form, test=True)
    body = receiver.bodies()[0]
    inner = body["form_response"]
    assert inner["token"] == body["event_id"]
    assert inner["landed_at"] == inner["submitted_at"]
    got = answered(body)
    assert got["short_text"] == "Lorem ipsum dolor"
    assert got["number"] == 42
    assert got["dropdown"] == {"label": "Barcelona"}
    page = web.get(f"/typeform/forms/{form['id']}/responses").json
    assert page["total_items"] == 0


def test_a_partial_goes_only_to_hooks_that_want_it(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url, tag="whole")
    both = {"form_response": True, "form_response_partial": True}
    hook(web, form, receiver.url, tag="both", event_types=both)
    fill(web, form, token="t1", partial=True)
    fill(web, form, token="t1")
    kinds = [one["event_type"] for one in receiver.bodies()]
    assert kinds == ["form_response_partial", "form_response", "form_response"]


def test_a_disabled_hook_gets_nothing(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url, enabled=False)
    assert fill(web, form)["deliveries"] == []


@pytest.mark.parametrize("status", [503, 500])
def test_a_failed_delivery_is_repeated(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver, status: int
) -> None:
    hook(web, form, receiver.url)
    receiver.statuses = [status, status]
    done = fill(web, form)
    assert done["deliveries"][0]["status"] == status
    wait_for(lambda: len(receiver.got) == 3)
    assert {one["event_id"] for one in receiver.bodies()} == {done["event_id"]}


def test_retries_end(
    app: Flask, web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    app.extensions["sandbox"].options["typeform.retries_other"] = 1
    hook(web, form, receiver.url)
    receiver.statuses = [401] * 9
    fill(web, form)
    wait_for(lambda: len(receiver.got) == 2)
    time.sleep(0.3)
    assert len(receiver.got) == 2


def test_no_answer_is_repeated_until_somebody_is_there(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    path = hook(web, form, "http://127.0.0.1:9/hook")
    assert fill(web, form)["deliveries"][0]["status"] is None
    web.put(path, json={"url": receiver.url, "enabled": True})
    wait_for(lambda: len(receiver.got) == 1)


@pytest.mark.parametrize("status", [404, 410])
def test_one_404_or_410_disables_the_hook(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver, status: int
) -> None:
    path = hook(web, form, receiver.url)
    receiver.statuses = [status]
    fill(web, form)
    assert web.get(path).json["enabled"] is False
    assert fill(web, form)["deliveries"] == []
    assert len(receiver.got) == 1


def test_the_same_token_again_is_a_redelivery(
    web: FlaskClient, form: dict[str, Any], receiver: Receiver
) -> None:
    hook(web, form, receiver.url)
    for name in ("Anna", "Bo"):
        fill(web, form, token="t1", answers={"short_text": name})
    first, second = (one["form_response"] for one in receiver.bodies())
    assert first == second


def test_a_body_can_be_made_without_a_sandbox(form: dict[str, Any]) -> None:
    response = {
        "token": "t1",
        "landed_at": "2026-03-01T10:00:00Z",
        "submitted_at": "2026-03-01T10:04:00Z",
        "answers": [],
    }
    body = json.loads(webhook_body(form, response, event_id="01E"))
    assert body["event_id"] == "01E"
    assert body["form_response"]["definition"]["id"] == form["id"]
    assert "hidden" not in body["form_response"]
