"""What the sandbox's Typeform shows late, elsewhere, out of order or changed."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.clients.typeform import region_of
from sandbox.app import create_sandbox

YES_NO = [{"label": "Yes", "ref": "yes"}, {"label": "No", "ref": "no"}]
ROW = {"properties": {"choices": [{"label": "Yes"}, {"label": "No"}]}}
FORM: dict[str, Any] = {
    "title": "Application",
    "fields": [
        {"ref": "name", "type": "short_text", "title": "Name"},
        {"type": "short_text", "title": "No ref chosen"},
        {
            "ref": "city",
            "type": "dropdown",
            "title": "City",
            "properties": {"choices": YES_NO},
        },
        {
            "ref": "score",
            "type": "opinion_scale",
            "title": "Score",
            "properties": {"steps": 11},
        },
        {
            "ref": "table",
            "type": "matrix",
            "title": "Table",
            "properties": {"fields": [{"ref": "row1", "title": "First", **ROW}]},
        },
    ],
}
AT = "2026-05-04T10:00:0{}Z"


@pytest.fixture
def web() -> FlaskClient:
    client = create_sandbox(options={"typeform.retry_every_s": 0.02}).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer tfp_x"
    return client


@pytest.fixture
def form(web: FlaskClient) -> dict[str, Any]:
    return web.post("/typeform/forms", json=FORM).json


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """An address, the bodies it got, and the statuses it answers before 200."""
    got: list[dict[str, Any]] = []
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            got.append(orjson.loads(self.rfile.read(length)))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got, statuses
    server.shutdown()
    thread.join()
    server.server_close()


def option(web: FlaskClient, **options: Any) -> None:
    named = {f"typeform.{name}": value for name, value in options.items()}
    web.put("/sandbox/control/options", json=named)


def hook(web: FlaskClient, form: dict[str, Any], url: str, **more: Any) -> None:
    path = f"/typeform/forms/{form['id']}/webhooks/main"
    assert web.put(path, json={"url": url, "enabled": True, **more}).status_code == 200


def fill(web: FlaskClient, form: dict[str, Any], **body: Any) -> Any:
    body.setdefault("answers", {"name": "Anna"})
    done = web.post(f"/typeform/to/{form['id']}", json=body)
    assert done.status_code == 200, done.text
    return done.json


def asked(
    web: FlaskClient, form: dict[str, Any], query: str = "", **headers: str
) -> Any:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/typeform/forms/{form['id']}/responses?{query}"
    return web.get(path, headers=told)


def listed(web: FlaskClient, form: dict[str, Any], query: str = "") -> list[str]:
    return [one["token"] for one in asked(web, form, query).json["items"]]


def edit(web: FlaskClient, act: str, form: dict[str, Any], **told: Any) -> TestResponse:
    told |= {"form": form["id"]}
    return web.post(f"/sandbox/control/typeform/{act}", json=told)


def field(form: dict[str, Any], ref: str) -> dict[str, Any]:
    return {one["ref"]: one for one in form["fields"]}[ref]


def test_within_a_second_the_order_may_mean_nothing(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    tokens = [f"t{number:02}" for number in range(20)]
    for number, token in enumerate(tokens):
        fill(web, form, token=token, submitted_at=AT.format(number // 10))
    assert listed(web, form) == tokens[::-1]
    option(web, reorder=7)
    mixed = listed(web, form)
    assert mixed not in (tokens, tokens[::-1])
    assert (set(mixed[:10]), set(mixed[10:])) == (set(tokens[10:]), set(tokens[:10]))
    assert listed(web, form) == mixed
    paged: list[str] = []
    while page := listed(web, form, f"page_size=3&before={(paged or [''])[-1]}"):
        paged += page
    assert paged == mixed
    option(web, reorder=8)
    assert listed(web, form) != mixed


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us", "api.typeform.com"),
        ("eu", "api.eu.typeform.com"),
        ("eu_new", "api.typeform.eu"),
    ],
)
def test_a_forms_links_name_the_accounts_region(
    web: FlaskClient, form: dict[str, Any], region: str, host: str
) -> None:
    option(web, region=region)
    shown = web.get(f"/typeform/forms/{form['id']}").json
    responses = f"https://{host}/forms/{form['id']}/responses"
    assert shown["_links"]["responses"] == responses
    assert region_of(shown) == host
    assert shown["_links"]["display"].startswith("http://localhost/typeform/to/")
    (row,) = web.get("/typeform/forms").json["items"]
    assert row["_links"]["responses"] == responses


def test_another_region_has_no_responses_and_no_error(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, token="t1")
    option(web, region="eu")
    assert listed(web, form) == ["t1"]
    for elsewhere in ({"X_Sandbox_Region": "us"}, {"Host": "api.typeform.com"}):
        answer = asked(web, form, **elsewhere)
        assert (answer.status_code, answer.json["items"]) == (200, [])
        assert answer.json["total_items"] == 0
    assert asked(web, form, Host="api.eu.typeform.com").json["total_items"] == 1
    option(web, asked_region="us")
    assert listed(web, form) == []
    gone = f"/typeform/forms/{form['id']}/responses?included_response_ids=t1"
    assert web.delete(gone).status_code == 200
    option(web, asked_region="eu")
    assert listed(web, form) == ["t1"]


def test_tokens_do_not_fit_between_the_new_host_and_the_others(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    option(web, region="eu_new")
    assert asked(web, form, X_Sandbox_Region="eu").status_code == 401
    assert asked(web, form, X_Sandbox_Region="eu_new").status_code == 200
    option(web, region="us")
    assert asked(web, form, X_Sandbox_Region="eu_new").status_code == 401


def test_webhooks_can_be_off_or_lost_and_the_list_still_has_all(
    web: FlaskClient, form: dict[str, Any], receiver: Any
) -> None:
    url, got, _statuses = receiver
    hook(web, form, url)
    option(web, webhooks_off=True)
    fill(web, form)
    assert got == []
    option(web, webhooks_off=False, webhooks_drop={"share": 0.5, "seed": 3})
    for _ in range(20):
        fill(web, form)
    assert 0 < len(got) < 20
    assert asked(web, form).json["total_items"] == 21


def test_a_webhook_disabled_by_a_404_is_silent_until_it_is_enabled(
    web: FlaskClient, form: dict[str, Any], receiver: Any
) -> None:
    url, got, statuses = receiver
    hook(web, form, url)
    statuses.append(404)
    tokens = [fill(web, form)["token"] for _ in range(3)]
    hook(web, form, url, enabled=False)
    tokens.append(fill(web, form)["token"])
    hook(web, form, url)
    tokens.append(fill(web, form)["token"])
    came = [one["form_response"]["token"] for one in got]
    assert came == [tokens[0], tokens[-1]]


def test_a_removed_question_takes_its_answers_along(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    answers = {"name": "Anna", "city": "yes", "table": {"row1": "Yes"}}
    fill(web, form, answers=answers)
    for ref in ("city", "table"):
        assert edit(web, "remove_question", form, ref=ref).status_code == 200
    shown = web.get(f"/typeform/forms/{form['id']}").json
    assert {"city", "table"} & {one["ref"] for one in shown["fields"]} == set()
    (row,) = asked(web, form).json["items"]
    assert [one["field"]["ref"] for one in row["answers"]] == ["name"]
    again = edit(web, "remove_question", form, ref="city")
    assert (again.status_code, again.json["code"]) == (400, "VALIDATION_ERROR")


def test_a_new_choice_can_be_chosen(web: FlaskClient, form: dict[str, Any]) -> None:
    edit(web, "add_choice", form, ref="city", label="Perhaps", choice_ref="perhaps")
    changed = edit(web, "add_choice", form, ref="table", label="Perhaps").json
    fill(web, form, answers={"city": "Perhaps", "table": {"row1": "Perhaps"}})
    choices = field(changed, "city")["properties"]["choices"]
    assert choices[-1]["ref"] == "perhaps"
    assert len({one["id"] for one in choices}) == 3
    (row,) = field(changed, "table")["properties"]["fields"]
    assert [one["label"] for one in row["properties"]["choices"]] == [
        "Yes",
        "No",
        "Perhaps",
    ]
    assert edit(web, "add_choice", form, ref="name", label="x").status_code == 400


def test_a_rename_leaves_ids_and_refs(
    web: FlaskClient, form: dict[str, Any], receiver: Any
) -> None:
    url, got, _statuses = receiver
    hook(web, form, url)
    edit(web, "rename", form, title="Sign-up")
    edit(web, "rename", form, ref="city", title="Town")
    edit(web, "rename", form, ref="city", choice="yes", label="Certainly")
    fill(web, form, answers={"city": "yes"})
    body = got[0]["form_response"]
    assert body["definition"]["title"] == "Sign-up"
    (town,) = [one for one in body["definition"]["fields"] if one["ref"] == "city"]
    assert (town["id"], town["title"]) == (field(form, "city")["id"], "Town")
    old = field(form, "city")["properties"]["choices"][0]
    assert body["answers"][0]["choice"] == old | {"label": "Certainly"}


def test_a_changed_scale_is_the_one_to_answer_on(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, answers={"score": 10}, token="t1")
    changed = edit(web, "change_scale", form, ref="score", steps=5, start_at_one=True)
    assert field(changed.json, "score")["properties"] == {
        "steps": 5,
        "start_at_one": True,
    }
    refused = web.post(f"/typeform/to/{form['id']}", json={"answers": {"score": 10}})
    assert refused.status_code == 400
    fill(web, form, answers={"score": 5})
    (old,) = asked(web, form, "included_response_ids=t1").json["items"]
    assert old["answers"][0]["number"] == 10
    assert edit(web, "change_scale", form, ref="name", steps=5).status_code == 400


def test_a_copy_keeps_chosen_refs_only(
    web: FlaskClient, form: dict[str, Any], receiver: Any
) -> None:
    url, _got, _statuses = receiver
    hook(web, form, url)
    fill(web, form)
    copy = edit(web, "copy_form", form, title="Application 2").json
    assert copy["id"] != form["id"]
    assert copy["title"] == "Application 2"
    pairs = list(zip(form["fields"], copy["fields"], strict=True))
    assert all(one["id"] != other["id"] for one, other in pairs)
    kept = [one["ref"] for one, other in pairs if one["ref"] == other["ref"]]
    assert kept == ["name", "city", "score", "table"]
    old, new = (field(one, "city")["properties"]["choices"] for one in (form, copy))
    assert [one["ref"] for one in new] == ["yes", "no"]
    assert {one["id"] for one in old} & {one["id"] for one in new} == set()
    hooks = web.get(f"/typeform/forms/{copy['id']}/webhooks").json
    assert hooks["items"] == []
    assert listed(web, copy) == []
    fill(web, copy, answers={"city": "yes"})
    assert len(listed(web, form)) == 1
    assert web.get("/typeform/forms").json["total_items"] == 2


def test_a_page_from_elsewhere_cannot_edit(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    done = web.post(
        "/sandbox/control/typeform/rename",
        json={"form": form["id"], "title": "x"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert done.status_code == 403
    assert web.get(f"/typeform/forms/{form['id']}").json["title"] == "Application"
    assert edit(web, "rename", form | {"id": "nosuch"}, title="x").status_code == 404
