"""Campaigns of the sandbox's Mailchimp, and the figures it reports of them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.mailchimp import page_tables

API = "/mailchimp/3.0"
LIST = f"{API}/lists/demo-audience"
ANNA, BO, CARLA = (f"{name}@kursist.example" for name in ("anna", "bo", "carla"))


@pytest.fixture
def app() -> Flask:
    return create_sandbox()


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer key-us1"
    for email in (ANNA, BO, CARLA):
        told = {"email_address": email, "status": "subscribed"}
        client.post(f"{LIST}/members", json=told)
    return client


def act(web: FlaskClient, name: str, at: str = "", **told: Any) -> Any:
    headers = {"X-Sandbox-At": at} if at else {}
    path = f"/sandbox/control/mailchimp/{name}"
    return web.post(path, json=told, headers=headers)


def send(web: FlaskClient, subject: str = "News", **told: Any) -> Any:
    done = act(web, "send_campaign", subject=subject, **told)
    assert done.status_code == 200, done.text
    return done.json


def report(web: FlaskClient, campaign: Any) -> Any:
    return web.get(f"{API}/reports/{campaign['id']}").json


def segment(web: FlaskClient, name: str, letters: str) -> Any:
    condition = {"condition_type": "EmailAddress", "op": "contains", "value": letters}
    options = {"match": "all", "conditions": [condition]}
    return web.post(f"{LIST}/segments", json={"name": name, "options": options}).json


def test_a_campaign_reaches_who_is_subscribed_in_the_segment(web: FlaskClient) -> None:
    made = segment(web, "With an a", "a@")
    act(web, "unsubscribe", email=CARLA)
    by_name = send(web, segment="With an a", title="May")
    by_id = send(web, segment=made["id"])
    everybody = send(web)
    assert [one["emails_sent"] for one in (by_name, by_id, everybody)] == [1, 1, 2]
    assert by_name["campaign_title"] == "May"
    assert act(web, "send_campaign", subject="x", segment="None").status_code == 404
    assert act(web, "send_campaign", subject=" ").status_code == 400
    web.post(
        f"{LIST}/members",
        json={"email_address": "ada@kursist.example", "status": "subscribed"},
    )
    assert report(web, by_name)["emails_sent"] == 1
    assert send(web, segment="With an a")["emails_sent"] == 2


def test_clicks_are_counted_in_three_ways(web: FlaskClient) -> None:
    campaign = send(web)
    for email, link in ((ANNA, ""), (ANNA, ""), (ANNA, "https://a.example"), (BO, "")):
        act(web, "click", campaign=campaign["id"], email=email, link=link)
    act(web, "open", campaign=campaign["id"], email=CARLA)
    told = report(web, campaign)
    assert told["clicks"] | {"last_click": ""} == {
        "clicks_total": 4,
        "unique_clicks": 3,
        "unique_subscriber_clicks": 2,
        "click_rate": 2 / 3,
        "last_click": "",
    }
    assert told["opens"]["opens_total"] == 5
    assert told["opens"]["unique_opens"] == 3
    assert told["clicks"]["last_click"] >= told["send_time"]


def test_who_leaves_or_bounces_counts_for_the_campaign(web: FlaskClient) -> None:
    campaign = send(web)
    act(web, "unsubscribe", email=ANNA, campaign=campaign["id"])
    act(web, "clean", email=BO, campaign=campaign["id"])
    act(web, "unsubscribe", email=CARLA)
    told = report(web, campaign)
    assert told["unsubscribed"] == 1
    assert told["bounces"]["hard_bounces"] == 1
    later = send(web)
    assert later["emails_sent"] == 0
    stranger = act(web, "click", email=ANNA, campaign=later["id"])
    assert stranger.status_code == 400
    assert act(web, "click", email=ANNA, campaign="nosuch").status_code == 404


def test_a_contact_with_another_address_is_still_the_same(web: FlaskClient) -> None:
    campaign = send(web)
    act(web, "click", campaign=campaign["id"], email=ANNA)
    act(web, "change_address", email=ANNA, new_email="ada@kursist.example")
    act(web, "click", campaign=campaign["id"], email="ada@kursist.example")
    clicks = report(web, campaign)["clicks"]
    assert (clicks["clicks_total"], clicks["unique_subscriber_clicks"]) == (2, 1)


def test_reports_are_listed_by_send_time(web: FlaskClient) -> None:
    days = ("2026-03-01", "2026-04-01", "2026-05-01")
    for day in days:
        send(web, day, at=f"{day}T10:00:00+00:00")

    def subjects(query: str) -> list[str]:
        rows = web.get(f"{API}/reports?{query}").json["reports"]
        return [one["subject_line"] for one in rows]

    assert subjects("") == list(days[::-1])
    assert subjects("since_send_time=2026-04-01T00:00:00Z") == list(days[:0:-1])
    assert subjects("before_send_time=2026-04-01T10:00:00Z") == [days[0]]
    assert subjects("count=1&offset=1") == [days[1]]
    whole = web.get(f"{API}/reports?count=1&fields=reports.id,total_items").json
    assert list(whole["reports"][0]) == ["id"]
    assert whole["total_items"] == 3


def test_campaigns_say_who_they_went_to(web: FlaskClient) -> None:
    made = segment(web, "With an a", "<a>")
    campaign = send(web, "Hello", title="May", segment="With an a")
    rows = web.get(f"{API}/campaigns?list_id=demo-audience&status=sent").json
    (row,) = rows["campaigns"]
    assert (row["id"], row["status"]) == (campaign["id"], "sent")
    assert row["settings"] == {"subject_line": "Hello", "title": "May"}
    assert row["recipients"]["list_id"] == "demo-audience"
    assert row["recipients"]["segment_opts"] == {"saved_segment_id": made["id"]}
    assert "contains &lt;a&gt;" in row["recipients"]["segment_text"]
    assert row["long_archive_url"].startswith("https://")
    for query in ("status=save", "list_id=other", "since_send_time=2099-01-01"):
        assert web.get(f"{API}/campaigns?{query}").json["total_items"] == 0
    assert web.get(f"{API}/campaigns/{row['id']}").json == row


def test_the_page_shows_what_a_campaign_did(app: Flask, web: FlaskClient) -> None:
    campaign = send(web, title="May")
    act(web, "click", campaign=campaign["id"], email=ANNA)
    tables = {
        name: rows for name, _columns, rows in page_tables(app.extensions["sandbox"])
    }
    ((key, title, _at, *figures),) = tables["Campaigns"]
    assert (key, title, figures) == (campaign["id"], "May", [3, 1, 0])
