"""The sandbox's Mailchimp in bulk: batches, lists, merge fields, segments, limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.faults import Fault
from sandbox.mailchimp import page_tables

LIST = "/mailchimp/3.0/lists/demo-audience"
ANNA = "anna@kursist.example"
BO = "bo@kursist.example"


@pytest.fixture
def options() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(options: dict[str, Any]) -> Flask:
    return create_sandbox(options=options)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer key-us1"
    return client


def batch(web: FlaskClient, *items: Any, query: str = "", **more: Any) -> Any:
    answer = web.post(LIST + query, json={"members": list(items), **more})
    assert answer.status_code == 200, answer.text
    return answer.json


def item(email: str, **more: Any) -> dict[str, Any]:
    return {"email_address": email, **more}


def new(email: str, **more: Any) -> dict[str, Any]:
    return item(email, status="subscribed", **more)


def status(web: FlaskClient, email: str = ANNA) -> str:
    return web.get(f"{LIST}/members/{email}").json["status"]


def test_a_batch_creates_and_reports_refusals_under_a_200(web: FlaskClient) -> None:
    done = batch(web, new(ANNA), new("x@example.com"), item(BO))
    assert [one["email_address"] for one in done["new_members"]] == [ANNA]
    assert (done["total_created"], done["error_count"]) == (1, 2)
    fake, blank = done["errors"]
    assert fake["error_code"] == "ERROR_GENERIC"
    assert "looks fake or invalid" in fake["error"]
    assert (blank["email_address"], blank["field"]) == (BO, "status")


def test_a_batch_without_update_existing_leaves_known_members(
    web: FlaskClient,
) -> None:
    batch(web, new(ANNA))
    done = batch(web, new(ANNA, language="da"))
    assert done["errors"][0]["error_code"] == "ERROR_CONTACT_EXISTS"
    assert web.get(f"{LIST}/members/{ANNA}").json["language"] == ""
    done = batch(web, new(ANNA, language="da"), update_existing=True)
    assert (done["total_updated"], done["total_created"]) == (1, 0)
    assert web.get(f"{LIST}/members/{ANNA}").json["language"] == "da"


def test_a_batch_takes_500_and_no_more(web: FlaskClient) -> None:
    crowd = [new(f"p{n}@kursist.example") for n in range(501)]
    assert batch(web, *crowd[:500])["total_created"] == 500
    answer = web.post(LIST, json={"members": crowd})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "members"


@pytest.mark.parametrize(
    ("options", "becomes", "errors"),
    [
        ({}, "unsubscribed", 0),
        ({"mailchimp.no_status": "refuses"}, "unsubscribed", 1),
        ({"mailchimp.no_status": "subscribes"}, "subscribed", 0),
    ],
)
def test_a_known_member_without_a_status_is_played_three_ways(
    web: FlaskClient, becomes: str, errors: int
) -> None:
    batch(web, new(ANNA))
    web.patch(f"{LIST}/members/{ANNA}", json={"status": "unsubscribed"})
    done = batch(web, item(ANNA, language="en"), update_existing=True)
    assert done["error_count"] == errors
    assert status(web) == becomes


def test_status_if_new_starts_new_members_only(web: FlaskClient) -> None:
    batch(web, new(ANNA))
    rows = [item(one, status_if_new="pending") for one in (ANNA, BO)]
    batch(web, *rows, update_existing=True)
    assert (status(web), status(web, BO)) == ("subscribed", "pending")


@pytest.mark.parametrize("options", [{"mailchimp.batch_status_if_new": False}])
def test_a_batch_that_does_not_know_status_if_new_refuses(web: FlaskClient) -> None:
    done = batch(web, item(BO, status_if_new="pending"))
    assert done["errors"][0]["field"] == "status"


def test_a_batch_does_not_subscribe_who_left(web: FlaskClient) -> None:
    batch(web, new(ANNA))
    web.post("/sandbox/control/mailchimp/unsubscribe", json={"email": ANNA})
    done = batch(web, new(ANNA), update_existing=True)
    assert "compliance state" in done["errors"][0]["error"]
    assert status(web) == "unsubscribed"


def test_twins_in_a_batch(web: FlaskClient) -> None:
    twins = [new(ANNA, language="da"), new(ANNA.upper(), language="en")]
    assert batch(web, *twins)["error_count"] == 1
    done = batch(web, *twins, query="?skip_duplicate_check=true", update_existing=True)
    assert (done["total_updated"], done["error_count"]) == (1, 0)
    assert web.get(f"{LIST}/members/{ANNA}").json["language"] == "da"


def test_a_partial_fault_refuses_the_rows_it_names(
    app: Flask, web: FlaskClient
) -> None:
    box = app.extensions["sandbox"]
    box.faults.add(Fault("mailchimp", "partial", ids=[BO]))
    done = batch(web, new(ANNA), new(BO))
    assert [one["email_address"] for one in done["errors"]] == [BO]
    assert done["total_created"] == 1


def listed(web: FlaskClient, query: str = "") -> list[str]:
    rows = web.get(f"{LIST}/members?{query}").json["members"]
    return [one["email_address"] for one in rows]


def test_lists_are_paged_and_limited(web: FlaskClient) -> None:
    batch(web, *[new(f"p{n}@kursist.example") for n in range(12)])
    assert len(listed(web)) == 10
    assert listed(web, "count=5&offset=10") == [
        "p10@kursist.example",
        "p11@kursist.example",
    ]
    assert web.get(f"{LIST}/members?count=2").json["total_items"] == 12
    assert web.get(f"{LIST}/members?count=1001").status_code == 400


def test_lists_without_a_status_omit_archived_unless_told(
    app: Flask, web: FlaskClient
) -> None:
    batch(web, new(ANNA), new(BO))
    web.delete(f"{LIST}/members/{BO}")
    assert listed(web) == [ANNA]
    assert listed(web, "status=archived") == [BO]
    app.extensions["sandbox"].options["mailchimp.list_omits_archived"] = False
    assert listed(web) == [ANNA, BO]


def test_lists_say_what_changed_since(web: FlaskClient) -> None:
    for email, at in ((ANNA, "2026-01-01T00:00:00Z"), (BO, "2026-02-01T00:00:00Z")):
        web.post(f"{LIST}/members", json=new(email), headers={"X-Sandbox-At": at})
    assert listed(web, "since_last_changed=2026-02-01T00:00:00Z") == [BO]
    assert listed(web, "before_last_changed=2026-02-01T00:00:00Z") == [ANNA]
    web.patch(f"{LIST}/members/{ANNA}", json={"status": "unsubscribed"})
    left = "status=unsubscribed&unsubscribed_since=2026-03-01T00:00:00Z"
    assert listed(web, left) == [ANNA]


def test_answers_hold_the_fields_asked_for(web: FlaskClient) -> None:
    batch(web, new(ANNA))
    only = web.get(f"{LIST}/members?fields=members.email_address,total_items").json
    assert only == {"members": [{"email_address": ANNA}], "total_items": 1}
    but = web.get(f"{LIST}/members?exclude_fields=members.merge_fields").json
    assert "merge_fields" not in but["members"][0]
    assert but["members"][0]["email_address"] == ANNA
    both = web.get(f"{LIST}/members?fields=a&exclude_fields=b")
    assert both.status_code == 400


def test_merge_fields_are_limited_in_name_and_number(web: FlaskClient) -> None:
    url = f"{LIST}/merge-fields"
    field = {"name": "What a person is", "type": "text", "tag": "segments"}
    made = web.post(url, json=field).json
    assert made["tag"] == "SEGMENTS"
    assert web.post(url, json=field).status_code == 400
    assert web.post(url, json=field | {"tag": "ELEVENCHARS"}).status_code == 400
    assert web.post(url, json={"name": "X", "type": "poem"}).status_code == 400
    for number in range(25):
        body = {"name": "F", "type": "text", "tag": f"F{number}"}
        assert web.post(url, json=body).status_code == 200
    assert web.post(url, json={"name": "F", "type": "text"}).status_code == 400
    assert web.get(f"{url}?count=100").json["total_items"] == 30


def test_a_merge_fields_values_follow_its_tag_and_end_with_it(
    web: FlaskClient,
) -> None:
    url = f"{LIST}/merge-fields"
    body = {"name": "Role", "type": "text", "tag": "ROLE"}
    made = web.post(url, json=body).json
    batch(web, new(ANNA, merge_fields={"ROLE": "mentor"}))
    one = f"{url}/{made['merge_id']}"
    web.patch(one, json={"tag": "ROLES"})
    member = f"{LIST}/members/{ANNA}"
    assert web.get(member).json["merge_fields"]["ROLES"] == "mentor"
    assert web.delete(one).status_code == 204
    assert "ROLES" not in web.get(member).json["merge_fields"]
    assert web.get(one).status_code == 404


def segment(web: FlaskClient, *conditions: Any, match: str = "all") -> Any:
    options = {"match": match, "conditions": list(conditions)}
    body = {"name": "Target", "options": options}
    return web.post(f"{LIST}/segments", json=body)


def condition(op: str, value: str = "", kind: str = "TextMerge") -> dict[str, str]:
    field = "language" if kind == "Language" else "FNAME"
    return {"condition_type": kind, "field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("tests", "match", "holds"),
    [
        ([condition("contains", ";mentor;")], "all", {"both", "mentor"}),
        ([condition("notcontain", ";mentor;")], "all", {"none"}),
        ([condition("is", ";MENTOR;")], "all", {"mentor"}),
        ([condition("not", ";mentor;")], "all", {"both", "none"}),
        ([condition("starts", ";mentee")], "all", {"both"}),
        ([condition("ends", "mentor;")], "all", {"both", "mentor"}),
        ([condition("blank")], "all", {"none"}),
        ([condition("blank_not")], "all", {"both", "mentor"}),
        ([condition("is", "da", "Language")], "all", {"both"}),
        (
            [condition("blank"), condition("is", "da", "Language")],
            "any",
            {"both", "none"},
        ),
        ([condition("blank"), condition("is", "da", "Language")], "all", set()),
    ],
)
def test_saved_segments_are_worked_out(
    web: FlaskClient, tests: list[Any], match: str, holds: set[str]
) -> None:
    made = segment(web, *tests, match=match).json
    batch(
        web,
        new("both@k.example", merge_fields={"FNAME": ";mentee;mentor;"}, language="da"),
        new("mentor@k.example", merge_fields={"FNAME": ";mentor;"}, language="en"),
        new("none@k.example", language="en"),
    )
    rows = web.get(f"{LIST}/segments/{made['id']}/members").json["members"]
    assert {one["email_address"].split("@")[0] for one in rows} == holds
    count = web.get(f"{LIST}/segments/{made['id']}").json["member_count"]
    assert count == len(holds)


def test_a_segment_counts_the_subscribed_only(web: FlaskClient) -> None:
    made = segment(web, condition("blank")).json
    batch(web, new(ANNA), new(BO))
    web.post("/sandbox/control/mailchimp/unsubscribe", json={"email": BO})
    one = f"{LIST}/segments/{made['id']}"
    assert web.get(one).json["member_count"] == 1
    more = web.get(f"{one}/members?include_unsubscribed=true").json
    assert more["total_items"] == 2


def test_segments_are_checked_changed_and_removed(web: FlaskClient) -> None:
    assert segment(web).status_code == 400
    assert segment(web, *[condition("blank")] * 11).status_code == 400
    assert segment(web, condition("resembles", "x")).status_code == 400
    unknown = condition("is", "x") | {"field": "NOSUCH"}
    assert "NOSUCH" in segment(web, unknown).json["detail"]
    made = segment(web, *[condition("blank")] * 10).json
    one = f"{LIST}/segments/{made['id']}"
    assert web.patch(one, json={"name": "Other"}).json["name"] == "Other"
    names = [s["name"] for s in web.get(f"{LIST}/segments?type=saved").json["segments"]]
    assert names == ["Other"]
    assert web.delete(one).status_code == 204
    assert web.get(one).status_code == 404


def test_a_static_segment_is_a_tag(web: FlaskClient) -> None:
    batch(web, new(ANNA))
    body = {"name": "Board", "static_segment": [ANNA, "stranger@k.example"]}
    made = web.post(f"{LIST}/segments", json=body).json
    assert (made["type"], made["member_count"]) == ("static", 1)
    again = web.post(f"{LIST}/segments", json=body)
    assert again.json["detail"] == "Sorry, that tag already exists."
    inside = {
        "condition_type": "StaticSegment",
        "field": "static_segment",
        "op": "static_is",
        "value": made["id"],
    }
    assert segment(web, inside).json["member_count"] == 1
    empty = web.patch(f"{LIST}/segments/{made['id']}", json={"static_segment": []})
    assert empty.json["member_count"] == 0


@pytest.mark.parametrize("options", [{"mailchimp.latency_s": 0.5}])
def test_the_eleventh_connection_at_once_is_refused(app: Flask) -> None:
    def ping(_number: int) -> int:
        headers = {"Authorization": "Bearer key"}
        return app.test_client().get("/mailchimp/3.0/ping", headers=headers).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = sorted(pool.map(ping, range(12)))
    assert answers == [200] * 10 + [429] * 2
    assert ping(0) == 200


@pytest.mark.parametrize(
    "options", [{"mailchimp.connections": 0, "mailchimp.bare_429": True}]
)
def test_a_429_may_come_without_json(web: FlaskClient) -> None:
    answer = web.get("/mailchimp/3.0/ping")
    assert (answer.status_code, answer.mimetype) == (429, "text/plain")


def test_the_page_shows_members_and_segments(app: Flask, web: FlaskClient) -> None:
    batch(web, new(ANNA, merge_fields={"FNAME": "Anna"}))
    segment(web, condition("is", "anna"))
    members, segments, *_others, fields = page_tables(app.extensions["sandbox"])
    assert members[2][0][:4] == [ANNA, "subscribed", "", "FNAME=Anna"]
    assert segments[2] == [["Target", "saved", 1]]
    assert [row[0] for row in fields[2]] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
