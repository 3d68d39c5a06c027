"""The sandbox's Typeform: forms, webhooks as records, the Responses API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.typeform import page_tables

CHOICES = [{"label": "Yes", "ref": "yes"}, {"label": "No", "ref": "no"}]
FORM: dict[str, Any] = {
    "title": "Application",
    "hidden": ["lang"],
    "fields": [
        {"ref": "name", "type": "short_text", "title": "Name"},
        {"ref": "born", "type": "date", "title": "Born"},
        {
            "ref": "city",
            "type": "dropdown",
            "title": "City",
            "properties": {"choices": CHOICES},
        },
    ],
}


@pytest.fixture
def options() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(options: dict[str, Any]) -> Flask:
    return create_sandbox(options=options)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer tfp_x"
    return client


@pytest.fixture
def form(web: FlaskClient) -> dict[str, Any]:
    return web.post("/typeform/forms", json=FORM).json


def fill(web: FlaskClient, form: dict[str, Any], **body: Any) -> Any:
    body.setdefault("answers", {"name": "Anna"})
    done = web.post(f"/typeform/to/{form['id']}", json=body)
    assert done.status_code == 200, done.text
    return done.json


def listed(web: FlaskClient, form: dict[str, Any], query: str = "") -> list[str]:
    answer = web.get(f"/typeform/forms/{form['id']}/responses?{query}")
    assert answer.status_code == 200, answer.text
    return [one["token"] for one in answer.json["items"]]


def test_a_token_is_needed(app: Flask) -> None:
    answer = app.test_client().get("/typeform/me")
    assert answer.status_code == 401
    assert set(answer.json) == {"code", "description"}


def test_a_form_gets_ids_and_keeps_refs(web: FlaskClient, form: dict[str, Any]) -> None:
    read = web.get(f"/typeform/forms/{form['id']}").json
    assert [one["ref"] for one in read["fields"]] == ["name", "born", "city"]
    assert all(len(one["id"]) == 12 for one in read["fields"])
    choices = read["fields"][2]["properties"]["choices"]
    assert [one["ref"] for one in choices] == ["yes", "no"]
    assert choices[0]["id"] != choices[1]["id"]
    assert read["_links"]["responses"].endswith(f"/forms/{form['id']}/responses")


def test_a_second_form_of_the_same_definition_has_other_ids(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    twin = web.post("/typeform/forms", json=FORM).json
    assert twin["id"] != form["id"]
    assert twin["fields"][0]["id"] != form["fields"][0]["id"]
    assert twin["fields"][0]["ref"] == form["fields"][0]["ref"]


def test_a_faulty_form_is_refused_with_details(web: FlaskClient) -> None:
    twice = FORM | {"fields": [FORM["fields"][0]] * 2}
    for body, name in (({}, "title"), (twice, "fields.ref")):
        answer = web.post("/typeform/forms", json=body)
        assert answer.status_code == 400
        assert answer.json["details"][0]["field"] == name
    assert web.get("/typeform/forms/nosuch").json["code"] == "FORM_NOT_FOUND"


def test_forms_are_paged(web: FlaskClient) -> None:
    for _ in range(3):
        web.post("/typeform/forms", json=FORM)
    page = web.get("/typeform/forms?page=2&page_size=2").json
    assert (page["total_items"], page["page_count"]) == (3, 2)
    assert len(page["items"]) == 1
    assert web.get("/typeform/forms?page_size=201").status_code == 400


def test_a_webhook_is_off_unless_said_and_its_secret_shown_once(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    url = f"/typeform/forms/{form['id']}/webhooks/main"
    body = {"url": "https://service.example/hook", "secret": "hush"}
    made = web.put(url, json=body).json
    assert (made["enabled"], made["secret"]) == (False, "hush")
    assert made["event_types"] == {"form_response": True}
    assert len(made["id"]) == 26
    on = web.put(url, json=body | {"enabled": True}).json
    assert (on["id"], on["enabled"]) == (made["id"], True)
    assert "secret" not in web.get(url).json
    items = web.get(f"/typeform/forms/{form['id']}/webhooks").json["items"]
    assert [one["tag"] for one in items] == ["main"]
    assert web.delete(url).status_code == 204
    assert web.get(url).status_code == 404
    assert web.delete(url).status_code == 404


def test_a_webhooks_url_and_events_are_checked(
    app: Flask, web: FlaskClient, form: dict[str, Any]
) -> None:
    url = f"/typeform/forms/{form['id']}/webhooks/main"
    assert web.put(url, json={"url": "ftp://x.example"}).status_code == 400
    odd = {"url": "http://x.example", "event_types": {"form_opened": True}}
    assert web.put(url, json=odd).status_code == 400
    app.extensions["sandbox"].options["typeform.https_required"] = True
    answer = web.put(url, json={"url": "http://x.example"})
    assert answer.json["code"] == "webhook_url_https_required"


def test_a_response_has_the_shape_of_the_responses_api(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    answers = {"name": "Anna", "born": "1990-05-17", "city": "Yes"}
    hidden = {"lang": "da", "undeclared": "x"}
    done = fill(web, form, answers=answers, hidden=hidden)
    page = web.get(f"/typeform/forms/{form['id']}/responses").json
    (row,) = page["items"]
    assert row["token"] == row["response_id"] == done["token"]
    assert row["hidden"] == {"lang": "da"}
    assert "definition" not in row
    name, born, city = row["answers"]
    assert name["text"] == "Anna"
    assert born["date"] == "1990-05-17T00:00:00Z"
    assert (city["type"], city["text"]) == ("text", "Yes")
    assert city["field"] == {
        "id": form["fields"][2]["id"],
        "type": "dropdown",
        "ref": "city",
    }


@pytest.mark.parametrize(
    "options", [{"typeform.dropdown": "choice", "typeform.api_choices": "label"}]
)
def test_a_dropdown_may_be_a_choice_with_its_label_only(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, answers={"city": "yes"})
    page = web.get(f"/typeform/forms/{form['id']}/responses").json
    assert page["items"][0]["answers"][0]["choice"] == {"label": "Yes"}


def at(hour: int) -> str:
    return f"2026-03-01T{hour:02}:00:00Z"


def test_since_and_until_are_inclusive_and_cursors_are_not(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    for hour in (2, 4, 1, 3):
        fill(web, form, token=f"t{hour}", submitted_at=at(hour))
    assert listed(web, form) == ["t4", "t3", "t2", "t1"]
    assert listed(web, form, f"since={at(2)}&until={at(3)}") == ["t3", "t2"]
    assert listed(web, form, "since=1772330400") == ["t4", "t3", "t2"]
    assert listed(web, form, "page_size=1&before=t4") == ["t3"]
    assert listed(web, form, "before=t1") == []
    assert listed(web, form, "page_size=1&after=t1") == ["t2"]
    assert listed(web, form, "sort=submitted_at,asc") == ["t1", "t2", "t3", "t4"]
    assert listed(web, form, "included_response_ids=t1,t9") == ["t1"]
    page = web.get(f"/typeform/forms/{form['id']}/responses?page_size=3").json
    assert (page["total_items"], page["page_count"]) == (4, 2)


@pytest.mark.parametrize(
    "query",
    ["page_size=1001", "before=nosuch", "since=soon", "sort=x&before=t", "before=t"],
)
def test_a_query_that_cannot_be_is_refused(
    web: FlaskClient, form: dict[str, Any], query: str
) -> None:
    answer = web.get(f"/typeform/forms/{form['id']}/responses?{query}")
    assert answer.status_code == 400


def test_a_partial_is_listed_apart_until_it_is_complete(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, token="t1", partial=True, submitted_at=at(1))
    assert listed(web, form) == []
    query = f"/typeform/forms/{form['id']}/responses?response_type=partial"
    (row,) = web.get(query).json["items"]
    assert row["staged_at"] == at(1)
    assert row["submitted_at"] == "0001-01-01T00:00:00Z"
    fill(web, form, token="t1", submitted_at=at(2))
    assert listed(web, form) == ["t1"]
    assert listed(web, form, "response_type=partial") == []


def test_a_complete_answer_is_not_written_twice(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, token="t1", answers={"name": "Anna"})
    fill(web, form, token="t1", answers={"name": "Bo"})
    page = web.get(f"/typeform/forms/{form['id']}/responses").json
    assert page["total_items"] == 1
    assert page["items"][0]["answers"][0]["text"] == "Anna"


def test_responses_can_be_deleted_any_number_of_times(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, token="t1")
    url = f"/typeform/forms/{form['id']}/responses"
    for _ in range(2):
        done = web.delete(f"{url}?included_response_ids=t1,nosuch")
        assert done.status_code == 200
    assert listed(web, form) == []
    assert web.delete(url).status_code == 400


def test_the_list_may_lag_and_the_wrong_region_is_empty(
    app: Flask, web: FlaskClient, form: dict[str, Any]
) -> None:
    options = app.extensions["sandbox"].options
    fill(web, form, token="t1")
    options["typeform.responses_delay_s"] = 60
    assert listed(web, form) == []
    options["clock.offset_s"] = 61
    assert listed(web, form) == ["t1"]
    options["typeform.wrong_region"] = True
    assert listed(web, form) == []


@pytest.mark.parametrize(
    "options", [{"typeform.rate_limit": 2, "typeform.retry_after": 1}]
)
def test_the_third_request_in_a_second_is_refused(web: FlaskClient) -> None:
    answers = [web.get("/typeform/me") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1"
    assert web.get("/typeform/forms/x/webhooks/y").status_code == 404


def test_a_wrong_value_is_refused_as_the_form_would(
    web: FlaskClient, form: dict[str, Any]
) -> None:
    for ref, value in (("city", "Maybe"), ("born", "17/5"), ("nosuch", "x")):
        done = web.post(f"/typeform/to/{form['id']}", json={"answers": {ref: value}})
        assert done.status_code == 400
        assert done.json["details"][0]["field"] == ref
    assert listed(web, form) == []


def test_the_page_shows_forms_responses_and_hooks(
    app: Flask, web: FlaskClient, form: dict[str, Any]
) -> None:
    fill(web, form, token="t1", submitted_at=at(1))
    url = f"/typeform/forms/{form['id']}/webhooks/main"
    web.put(url, json={"url": "https://service.example/hook"})
    forms, responses, hooks = page_tables(app.extensions["sandbox"])
    assert forms[2][0][:4] == [form["id"], "Application", 3, 1]
    assert f'href="/typeform/to/{form["id"]}"' in forms[2][0][4]
    assert responses[2] == [["Application", "t1", "completed", at(1), 1]]
    assert hooks[2][0][3:] == ["disabled", 0, 0, "none yet"]
