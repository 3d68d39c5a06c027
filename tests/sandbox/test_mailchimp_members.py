"""The sandbox's Mailchimp, one member at a time, against recorded behaviour."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.app import create_sandbox

LIST = "/mailchimp/3.0/lists/demo-audience"
ANNA = "anna@kursist.example"
BO = "bo@kursist.example"


@pytest.fixture
def options() -> dict[str, Any]:
    return {}


@pytest.fixture
def web(options: dict[str, Any]) -> FlaskClient:
    client = create_sandbox(options=options).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer key-us1"
    return client


def path(key: str) -> str:
    return f"{LIST}/members/{key}"


def md5(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def add(web: FlaskClient, email: str = ANNA, **more: Any) -> dict[str, Any]:
    body = {"email_address": email, "status": "subscribed", **more}
    answer = web.post(f"{LIST}/members", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def act(web: FlaskClient, name: str, email: str = ANNA, **headers: str) -> None:
    done = web.post(
        f"/sandbox/control/mailchimp/{name}", json={"email": email}, headers=headers
    )
    assert done.status_code == 200, done.text


def status(web: FlaskClient, email: str = ANNA) -> str:
    return web.get(path(email)).json["status"]


def test_without_a_key_nothing_is_answered(web: FlaskClient) -> None:
    del web.environ_base["HTTP_AUTHORIZATION"]
    answer = web.get("/mailchimp/3.0/ping")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["title"] == "API Key Missing"
    basic = web.get("/mailchimp/3.0/ping", auth=("anyone", "key-us1"))
    assert basic.status_code == 200


def test_a_wrong_key_and_a_disabled_user_are_told_apart() -> None:
    rules = {"mailchimp.api_key": "right", "mailchimp.disabled_keys": ["right"]}
    web = create_sandbox(options=rules).test_client()
    wrong = web.get("/mailchimp/3.0/", auth=("x", "wrong"))
    assert (wrong.status_code, wrong.json["title"]) == (401, "API Key Invalid")
    assert web.get("/mailchimp/3.0/", auth=("x", "right")).status_code == 403


def test_account_and_audience_say_who_they_are(web: FlaskClient) -> None:
    assert web.get("/mailchimp/3.0/").json["account_id"] == "sandbox-account"
    add(web)
    lists = web.get("/mailchimp/3.0/lists").json
    assert [one["id"] for one in lists["lists"]] == ["demo-audience"]
    assert web.get(LIST).json["stats"]["member_count"] == 1
    assert web.get("/mailchimp/3.0/lists/other").status_code == 404


def test_a_member_has_the_ids_mailchimp_gives(web: FlaskClient) -> None:
    made = add(web, "Anna@Kursist.example", language="da")
    assert made["id"] == md5(ANNA)
    assert len(made["unique_email_id"]) == 10
    assert made["language"] == "da"
    for key in (made["id"], made["contact_id"], ANNA):
        assert web.get(path(key)).json["web_id"] == made["web_id"]


@pytest.mark.parametrize(
    ("email", "text"),
    [
        ("anna@example.com", "looks fake or invalid"),
        ("anna@example.org", "looks fake or invalid"),
        ("anna", "Please provide a valid email address."),
        ("", "Please provide a valid email address."),
        ("a b@kursist.example", "Please provide a valid email address."),
    ],
)
def test_addresses_are_refused_in_mailchimps_words(
    web: FlaskClient, email: str, text: str
) -> None:
    body = {"email_address": email, "status": "subscribed"}
    answer = web.post(f"{LIST}/members", json=body)
    assert answer.status_code == 400
    assert text in answer.json["detail"]


def test_a_second_post_is_member_exists(web: FlaskClient) -> None:
    add(web)
    answer = web.post(
        f"{LIST}/members", json={"email_address": ANNA, "status": "subscribed"}
    )
    assert answer.status_code == 400
    assert answer.json["title"] == "Member Exists"
    assert "type" not in answer.json


def test_put_creates_with_status_if_new_and_keeps_a_status_later(
    web: FlaskClient,
) -> None:
    body = {"email_address": ANNA, "status_if_new": "pending"}
    assert web.put(path(md5(ANNA)), json=body).json["status"] == "pending"
    body["status_if_new"] = "subscribed"
    assert web.put(path(md5(ANNA)), json=body).json["status"] == "pending"
    body["status"] = "subscribed"
    assert web.put(path(md5(ANNA)), json=body).json["status"] == "subscribed"
    assert web.put(path(md5(BO)), json={"email_address": BO}).status_code == 400


def test_put_without_a_status_keeps_an_unsubscribed_member(web: FlaskClient) -> None:
    add(web)
    web.patch(path(ANNA), json={"status": "unsubscribed"})
    body = {"merge_fields": {"FNAME": "Anna"}, "status_if_new": "subscribed"}
    after = web.put(path(ANNA), json=body).json
    assert after["status"] == "unsubscribed"
    assert after["unsubscribe_reason"] == "N/A (Unsubscribed by admin)"
    assert after["merge_fields"]["FNAME"] == "Anna"


def test_patch_never_creates(web: FlaskClient) -> None:
    assert web.patch(path(ANNA), json={"language": "da"}).status_code == 404


def test_who_was_unsubscribed_by_api_can_be_subscribed_by_api(
    web: FlaskClient,
) -> None:
    add(web)
    web.patch(path(ANNA), json={"status": "unsubscribed"})
    assert web.patch(path(ANNA), json={"status": "subscribed"}).status_code == 200
    assert status(web) == "subscribed"


@pytest.mark.parametrize("deed", ["unsubscribe", "clean"])
def test_who_left_by_themselves_cannot(web: FlaskClient, deed: str) -> None:
    add(web)
    act(web, deed)
    answer = web.put(path(ANNA), json={"status": "subscribed"})
    assert answer.status_code == 400
    assert answer.json["title"] == "Member In Compliance State"
    assert web.put(path(ANNA), json={"status": "pending"}).status_code == 200
    # Still not ours to confirm: only the person's own click does.
    assert web.put(path(ANNA), json={"status": "subscribed"}).status_code == 400
    act(web, "resubscribe")
    assert status(web) == "subscribed"


def test_archiving_hides_twice_is_refused_and_post_brings_back(
    web: FlaskClient,
) -> None:
    made = add(web, merge_fields={"FNAME": "Anna"})
    assert web.delete(path(ANNA)).status_code == 204
    again = web.delete(path(ANNA))
    assert again.status_code == 405
    assert "Can not archive" in again.json["detail"]
    assert status(web) == "archived"
    refused = web.patch(path(ANNA), json={"status": "subscribed"})
    assert refused.json["detail"].endswith('status is "archived."')
    back = add(web)
    assert back["contact_id"] == made["contact_id"]
    assert back["merge_fields"]["FNAME"] == "Anna"


def test_archiving_does_not_wash_off_a_persons_own_unsubscribe(
    web: FlaskClient,
) -> None:
    add(web)
    act(web, "unsubscribe")
    assert web.delete(path(ANNA)).status_code == 204
    body = {"email_address": ANNA, "status": "subscribed"}
    answer = web.post(f"{LIST}/members", json=body)
    assert answer.json["title"] == "Member In Compliance State"


@pytest.mark.parametrize(
    ("options", "becomes"),
    [({}, "subscribed"), ({"mailchimp.archived_put": "keeps"}, "archived")],
)
def test_put_on_an_archived_member_is_played_both_ways(
    web: FlaskClient, becomes: str
) -> None:
    add(web)
    web.delete(path(ANNA))
    body = {"email_address": ANNA, "status_if_new": "subscribed"}
    assert web.put(path(ANNA), json=body).json["status"] == becomes


def test_an_erased_member_cannot_be_imported_again(web: FlaskClient) -> None:
    add(web)
    erased = web.post(path(ANNA) + "/actions/delete-permanent")
    assert erased.status_code == 204
    assert web.get(path(ANNA)).status_code == 404
    body = {"email_address": ANNA, "status": "pending", "status_if_new": "pending"}
    for answer in (
        web.post(f"{LIST}/members", json=body),
        web.put(path(ANNA), json=body),
    ):
        assert answer.status_code == 400
        assert answer.json["title"] == "Forgotten Email Not Subscribed"
    act(web, "resubscribe")
    assert status(web) == "subscribed"


def test_an_address_changes_on_the_old_hash(web: FlaskClient) -> None:
    before = add(web)
    after = web.put(path(md5(ANNA)), json={"email_address": BO}).json
    assert after["id"] == md5(BO)
    assert after["contact_id"] == before["contact_id"]
    assert after["web_id"] == before["web_id"]
    assert after["unique_email_id"] != before["unique_email_id"]
    assert web.get(path(md5(ANNA))).status_code == 404
    assert web.get(path(before["contact_id"])).json["email_address"] == BO


def test_an_address_cannot_become_another_members(web: FlaskClient) -> None:
    add(web)
    add(web, BO)
    answer = web.patch(path(ANNA), json={"email_address": BO})
    assert answer.json["title"] == "Member Exists"
    assert web.get(path(ANNA)).status_code == 200


def test_a_put_to_a_strange_hash_does_not_replace_a_member(web: FlaskClient) -> None:
    made = add(web)
    body = {"email_address": ANNA, "status_if_new": "pending"}
    answer = web.put(path(md5(BO)), json=body)
    assert answer.json["title"] == "Member Exists"
    assert web.get(path(ANNA)).json["web_id"] == made["web_id"]


def test_pending_and_bounced_members_cannot_be_archived(web: FlaskClient) -> None:
    add(web)
    act(web, "clean")
    add(web, BO, status="pending")
    assert [web.delete(path(one)).status_code for one in (ANNA, BO)] == [405, 405]


def test_merge_fields_are_merged_cleared_and_cut(web: FlaskClient) -> None:
    add(web, merge_fields={"FNAME": "Anna", "LNAME": "Berg", "NOSUCH": "x"})
    long = "æ" * 200
    body = {"merge_fields": {"LNAME": "", "PHONE": long}}
    fields = web.patch(path(ANNA), json=body).json["merge_fields"]
    assert fields["FNAME"] == "Anna"
    assert fields["LNAME"] == ""
    assert "NOSUCH" not in fields
    assert fields["PHONE"] == "æ" * 127


def test_a_required_field_stops_a_write_unless_checks_are_skipped(
    web: FlaskClient,
) -> None:
    fields = web.get(f"{LIST}/merge-fields").json["merge_fields"]
    last = next(one for one in fields if one["tag"] == "LNAME")
    web.patch(f"{LIST}/merge-fields/{last['merge_id']}", json={"required": True})
    body = {"email_address": ANNA, "status": "subscribed"}
    answer = web.post(f"{LIST}/members", json=body)
    assert answer.json["detail"] == "Your merge fields were invalid."
    assert answer.json["errors"] == [
        {"field": "LNAME", "message": "Please enter a value"}
    ]
    skipped = web.post(f"{LIST}/members?skip_merge_validation=true", json=body)
    assert skipped.status_code == 200


def test_a_write_that_changes_nothing_leaves_last_changed(web: FlaskClient) -> None:
    early = {"X-Sandbox-At": "2026-01-01T10:00:00+00:00"}
    body = {"email_address": ANNA, "status_if_new": "subscribed"}
    first = web.put(path(ANNA), json=body, headers=early).json
    assert first["last_changed"] == "2026-01-01T10:00:00+00:00"
    assert web.put(path(ANNA), json=body).json["last_changed"] == first["last_changed"]
    moved = web.patch(path(ANNA), json={"language": "da"}).json
    assert moved["last_changed"] > first["last_changed"]


def test_a_persons_act_can_be_dated(web: FlaskClient) -> None:
    add(web)
    act(web, "unsubscribe", **{"X-Sandbox-At": "2026-03-01T12:00:00+01:00"})
    assert web.get(path(ANNA)).json["last_changed"] == "2026-03-01T11:00:00+00:00"


def test_an_unreadable_body_or_time_is_refused(web: FlaskClient) -> None:
    assert web.post(f"{LIST}/members", data=b"{").json["title"] == "JSON Parse Error"
    answer = web.get(f"{LIST}/members?since_last_changed=yesterday")
    assert answer.status_code == 400
