"""The sandbox's Mailchimp as a sender, seen by a real receiver over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from sandbox.mailchimp import sign
from tests.sandbox.listening import listening
from webhooks.mailchimp import events, verify_signed
from webhooks.submission import Inbound

LIST = "/mailchimp/3.0/lists/demo-audience"
HOOKS = f"{LIST}/webhooks"
ANNA = "anna@kursist.example"
ANNA_2 = "anna.berg@kursist.example"
AT = {"X-Sandbox-At": "2026-05-04T10:11:12+02:00"}
EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")


class Receiver:
    """Keeps what it is sent; answers the statuses in turn, then 200."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.waits: list[float] = []
        self.url = ""

    def events(self) -> list[dict[str, str]]:
        return [
            dict(parse_qsl(body.decode(), keep_blank_values=True))
            for _headers, body in self.got
        ]

    def types(self) -> list[str]:
        return [one["type"] for one in self.events()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mine = Receiver()

    def answer(method: str, _path: str, headers: dict[str, str], body: bytes) -> int:
        if body:
            mine.got.append((headers, body))
        mine.asked.append(method)
        status = mine.statuses.pop(0) if mine.statuses else 200
        if mine.waits:
            time.sleep(mine.waits.pop(0))
        return status

    with listening(answer) as url:
        mine.url = f"{url}/hook/s3cret"
        yield mine


@pytest.fixture
def options() -> dict[str, Any]:
    return {"mailchimp.webhook_retry_s": 0.02}


@pytest.fixture
def web(options: dict[str, Any]) -> FlaskClient:
    client = create_sandbox(options=options).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer key-us1"
    return client


def body(url: str, **sources: bool) -> dict[str, Any]:
    usual = {"user": True, "admin": True, "api": False}
    events = dict.fromkeys(EVENTS, True)
    return {"url": url, "events": events, "sources": usual | sources}


def hook(web: FlaskClient, receiver: Receiver, **sources: bool) -> dict[str, Any]:
    made = web.post(HOOKS, json=body(receiver.url, **sources))
    assert made.status_code == 200, made.text
    return made.json


def add(web: FlaskClient, email: str = ANNA, **more: Any) -> dict[str, Any]:
    told = {"email_address": email, "status": "subscribed", **more}
    answer = web.post(f"{LIST}/members", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json


def act(web: FlaskClient, name: str, **told: Any) -> Any:
    told.setdefault("email", ANNA)
    done = web.post(f"/sandbox/control/mailchimp/{name}", json=told, headers=AT)
    assert done.status_code == 200, done.text
    return done.json


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline, "waited 5 seconds in vain"
        time.sleep(0.01)


def settle(web: FlaskClient) -> None:
    """Wait until nothing is left to send."""
    waiting = "/sandbox/control/mailchimp/waiting"
    wait_for(lambda: web.get(waiting).json == {"waiting": 0})


def test_a_signature_is_that_of_openssl() -> None:
    # printf '1700000000.type=x' | openssl dgst -sha256 -hmac key -hex
    digest = "a7da2cad83e247966b4bba7fabac6ae1ba725605dc67a3ef07f1e60ddf612ada"
    assert sign(b"type=x", "key", 1_700_000_000) == f"t=1700000000,v1={digest}"


def test_the_address_is_asked_before_the_webhook_is_made(
    web: FlaskClient, receiver: Receiver
) -> None:
    receiver.statuses = [404, 302, 204]
    for _ in range(3):
        refused = web.post(HOOKS, json=body(receiver.url))
        assert refused.status_code == 400
        assert refused.json["errors"][0]["field"] == "url"
    assert web.get(HOOKS).json["total_items"] == 0
    made = hook(web, receiver)
    assert receiver.asked == ["GET"] * 4
    (listed,) = web.get(HOOKS).json["webhooks"]
    assert listed["id"] == made["id"]
    assert listed["sources"] == {"user": True, "admin": True, "api": False}


def test_an_empty_post_may_be_part_of_the_asking(
    web: FlaskClient, options: dict[str, Any], receiver: Receiver
) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.validate_post": True})
    receiver.statuses = [200, 500]
    assert web.post(HOOKS, json=body(receiver.url)).status_code == 400
    hook(web, receiver)
    assert receiver.asked == ["GET", "POST"] * 2


def test_one_address_has_one_webhook(web: FlaskClient, receiver: Receiver) -> None:
    first = hook(web, receiver)
    again = web.post(HOOKS, json=body(receiver.url))
    assert again.status_code == 400
    assert "can't set up multiple WebHooks" in again.json["detail"]
    other = web.post(HOOKS, json=body(receiver.url + "2")).json
    moved = web.patch(f"{HOOKS}/{other['id']}", json={"url": first["url"]})
    assert moved.status_code == 400
    assert web.delete(f"{HOOKS}/{other['id']}").status_code == 204
    assert web.get(f"{HOOKS}/{other['id']}").status_code == 404


def test_a_change_keeps_what_it_does_not_name(
    web: FlaskClient, receiver: Receiver
) -> None:
    made = hook(web, receiver)
    path = f"{HOOKS}/{made['id']}"
    changed = web.patch(path, json={"sources": {"api": True}}).json
    assert changed["sources"] == {"user": True, "admin": True, "api": True}
    assert changed["events"] == made["events"]
    assert web.patch(path, json={"events": {"tags": True}}).status_code == 400
    assert receiver.asked == ["GET"]


@pytest.mark.parametrize("signing", ["signed", "unsigned", "absent"])
def test_the_secret_is_told_once_if_there_is_one(
    web: FlaskClient, receiver: Receiver, signing: str
) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.signing": signing})
    made = hook(web, receiver)
    (listed,) = web.get(HOOKS).json["webhooks"]
    said = {"signed": True, "unsigned": False}
    assert made.get("signing_enabled") is said.get(signing)
    assert listed.get("signing_enabled") is said.get(signing)
    assert ("signing_secret" in made) is (signing == "signed")
    assert "signing_secret" not in listed
    patched = web.patch(f"{HOOKS}/{made['id']}", json={"events": {"profile": True}})
    assert "signing_secret" not in patched.json
    add(web)
    act(web, "unsubscribe")
    settle(web)
    ((headers, raw),) = receiver.got
    assert headers["User-Agent"] == "MailChimp"
    if signing != "signed":
        assert "X-Mailchimp-Signature" not in headers
        return
    header = headers["X-Mailchimp-Signature"]
    sent_at, sent = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", header).groups()
    key = made["signing_secret"].encode()
    assert sent == hmac.new(key, f"{sent_at}.".encode() + raw, "sha256").hexdigest()
    assert abs(time.time() - int(sent_at)) < 300


def test_an_unsubscribe_is_a_form_with_everything_in_it(
    web: FlaskClient, receiver: Receiver
) -> None:
    made = add(web, "a~b+c@kursist.example", merge_fields={"FNAME": "Åse Marie"})
    hook(web, receiver)
    act(web, "unsubscribe", email="a~b+c@kursist.example")
    settle(web)
    ((headers, raw),) = receiver.got
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    email = "a%7Eb%2Bc%40kursist.example"
    assert raw.decode() == (
        "type=unsubscribe&fired_at=2026-05-04+08%3A11%3A12"
        "&data%5Baction%5D=unsub&data%5Breason%5D=manual"
        f"&data%5Bid%5D={made['unique_email_id']}&data%5Bemail%5D={email}"
        "&data%5Bemail_type%5D=html&data%5Bip_opt%5D=192.0.2.10"
        f"&data%5Bweb_id%5D={made['web_id']}&data%5Bmerges%5D%5BEMAIL%5D={email}"
        "&data%5Bmerges%5D%5BFNAME%5D=%C3%85se+Marie&data%5Bmerges%5D%5BLNAME%5D="
        "&data%5Bmerges%5D%5BADDRESS%5D=&data%5Bmerges%5D%5BPHONE%5D="
        "&data%5Blist_id%5D=demo-audience"
    )
    assert re.fullmatch("[0-9a-f]{10}", made["unique_email_id"])


def test_the_service_reads_each_event_and_its_signature(
    web: FlaskClient, receiver: Receiver
) -> None:
    add(web)
    made = hook(web, receiver)
    act(web, "change_address", new_email=ANNA_2)
    sent = act(web, "send_campaign", subject="News")
    act(web, "unsubscribe", email=ANNA_2)
    act(web, "resubscribe", email=ANNA_2)
    act(web, "clean", email=ANNA_2)
    settle(web)
    subjects = {}
    for headers, raw in receiver.got:
        lowered = {name.lower(): value for name, value in headers.items()}
        inbound = Inbound("POST", receiver.url, lowered, raw)
        verify_signed(inbound, [made["signing_secret"]])
        (event,) = events(raw)
        assert event.at == datetime(2026, 5, 4, 8, 11, 12, tzinfo=UTC)
        subjects[event.topic] = event.subject
    assert subjects == dict.fromkeys(EVENTS, ANNA_2) | {"campaign": sent["id"]}


def test_the_action_may_be_missing(web: FlaskClient, receiver: Receiver) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.action_missing": True})
    add(web)
    hook(web, receiver)
    act(web, "unsubscribe", reason="abuse")
    settle(web)
    (event,) = receiver.events()
    assert "data[action]" not in event
    assert event["data[reason]"] == "abuse"


def test_each_act_has_its_event(web: FlaskClient, receiver: Receiver) -> None:
    add(web)
    hook(web, receiver)
    act(web, "change_profile", merge_fields={"FNAME": "Anna"}, language="da")
    act(web, "unsubscribe")
    act(web, "resubscribe")
    act(web, "clean", reason="hard")
    act(web, "admin_add", email="guest@kursist.example")
    act(web, "archive", email="guest@kursist.example")
    act(web, "erase", email="guest@kursist.example")
    settle(web)
    assert receiver.types() == [
        "profile",
        "unsubscribe",
        "subscribe",
        "cleaned",
        "subscribe",
        "unsubscribe",
        "unsubscribe",
    ]
    profile, _left, _back, cleaned, _added, archived, _erased = receiver.events()
    assert profile["data[merges][FNAME]"] == "Anna"
    assert cleaned["data[reason]"] == "hard"
    assert "data[id]" not in cleaned
    assert archived["data[action]"] == "delete"


def test_what_changes_nothing_tells_nothing(
    web: FlaskClient, receiver: Receiver
) -> None:
    add(web, merge_fields={"FNAME": "Anna"})
    hook(web, receiver, api=True)
    path = f"{LIST}/members/{ANNA}"
    web.patch(path, json={"merge_fields": {"FNAME": "Anna"}})
    web.patch(path, json={"vip": True})
    web.patch(path, json={"merge_fields": {"FNAME": "Åse"}})
    settle(web)
    assert receiver.types() == ["profile"]


@pytest.mark.parametrize("first", [True, False])
def test_a_new_address_makes_two_events_in_either_order(
    web: FlaskClient, receiver: Receiver, first: bool
) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.upemail_first": first})
    before = add(web)
    hook(web, receiver)
    after = act(web, "change_address", new_email=ANNA_2)
    settle(web)
    assert receiver.types() == (
        ["upemail", "profile"] if first else ["profile", "upemail"]
    )
    by_type = {one["type"]: one for one in receiver.events()}
    assert {k: v for k, v in by_type["upemail"].items() if k.startswith("data")} == {
        "data[list_id]": "demo-audience",
        "data[new_id]": after["unique_email_id"],
        "data[new_email]": ANNA_2,
        "data[old_email]": ANNA,
    }
    assert by_type["profile"]["data[email]"] == ANNA_2
    digest = hashlib.md5(ANNA_2.encode(), usedforsecurity=False)
    assert after["id"] == digest.hexdigest()
    for kept in ("contact_id", "web_id"):
        assert after[kept] == before[kept]
    for other in ("id", "unique_email_id"):
        assert after[other] != before[other]


def test_a_campaign_is_told_whatever_the_sources(
    web: FlaskClient, receiver: Receiver
) -> None:
    add(web)
    hook(web, receiver, admin=False)
    sent = act(web, "send_campaign", subject="Spring & more")
    act(web, "unsubscribe", campaign=sent["id"])
    settle(web)
    campaign, left = receiver.events()
    assert campaign == {
        "type": "campaign",
        "fired_at": "2026-05-04 08:11:12",
        "data[id]": sent["id"],
        "data[subject]": "Spring & more",
        "data[status]": "sent",
        "data[reason]": "",
        "data[list_id]": "demo-audience",
    }
    assert left["data[campaign_id]"] == sent["id"]


def test_only_the_sources_that_are_on_are_sent(
    web: FlaskClient, receiver: Receiver
) -> None:
    hook(web, receiver, admin=False)
    add(web)
    act(web, "admin_unsubscribe")
    act(web, "resubscribe", actor="admin")
    act(web, "change_profile", merge_fields={"FNAME": "Anna"})
    settle(web)
    assert receiver.types() == ["profile"]
    path = f"{HOOKS}/{web.get(HOOKS).json['webhooks'][0]['id']}"
    web.patch(path, json={"sources": {"user": False, "admin": True, "api": True}})
    act(web, "unsubscribe")
    act(web, "resubscribe", actor="admin")
    batch = {"members": [{"email_address": ANNA, "merge_fields": {"LNAME": "Berg"}}]}
    web.post(LIST, json=batch | {"update_existing": True})
    settle(web)
    assert receiver.types() == ["profile", "subscribe", "profile"]


def test_who_is_unsubscribed_by_staff_is_not_protected(web: FlaskClient) -> None:
    add(web)
    assert "admin" in act(web, "admin_unsubscribe")["unsubscribe_reason"]
    path = f"{LIST}/members/{ANNA}"
    assert web.patch(path, json={"status": "subscribed"}).status_code == 200
    act(web, "unsubscribe")
    refused = web.patch(path, json={"status": "subscribed"})
    assert refused.json["title"] == "Member In Compliance State"


def test_a_failure_is_tried_again_with_the_same_bytes(
    web: FlaskClient, receiver: Receiver
) -> None:
    hook(web, receiver)
    receiver.statuses = [404, 500]
    act(web, "resubscribe")
    settle(web)
    bodies = [raw for _headers, raw in receiver.got]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


def test_the_tries_come_to_an_end(web: FlaskClient, receiver: Receiver) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.retries": 2})
    hook(web, receiver)
    receiver.statuses = [500] * 9
    act(web, "resubscribe")
    settle(web)
    assert len(receiver.got) == 3


def test_a_slow_answer_is_none(web: FlaskClient, receiver: Receiver) -> None:
    hook(web, receiver)
    web.put("/sandbox/control/options", json={"mailchimp.timeout_s": 0.05})
    receiver.waits = [0.5]
    act(web, "resubscribe")
    settle(web)
    assert receiver.types() == ["subscribe"] * 2


@pytest.mark.parametrize("kept", ["listed", "gone"])
def test_a_410_disables_until_somebody_mends_it(
    web: FlaskClient, receiver: Receiver, kept: str
) -> None:
    web.put("/sandbox/control/options", json={"mailchimp.disabled_hook": kept})
    made = hook(web, receiver)
    receiver.statuses = [410]
    act(web, "resubscribe")
    settle(web)
    act(web, "unsubscribe")
    settle(web)
    assert receiver.types() == ["subscribe"]
    mended = web.patch(f"{HOOKS}/{made['id']}", json={"events": {"profile": True}})
    if kept == "gone":
        assert mended.status_code == 404
        return
    act(web, "resubscribe")
    settle(web)
    assert receiver.types() == ["subscribe"] * 2


def test_webhooks_can_be_off_or_lost(web: FlaskClient, receiver: Receiver) -> None:
    hook(web, receiver)
    web.put("/sandbox/control/options", json={"mailchimp.webhooks_off": True})
    act(web, "resubscribe")
    drop = {"share": 0.5, "seed": 3}
    web.put(
        "/sandbox/control/options",
        json={"mailchimp.webhooks_off": False, "mailchimp.webhooks_drop": drop},
    )
    for number in range(20):
        act(web, "resubscribe", email=f"guest{number}@kursist.example")
    settle(web)
    assert ANNA not in {one["data[email]"] for one in receiver.events()}
    assert 0 < len(receiver.got) < 20


def test_the_page_acts_by_forms(web: FlaskClient, receiver: Receiver) -> None:
    add(web)
    hook(web, receiver)
    path = "/sandbox/control/mailchimp"
    done = web.post(f"{path}/unsubscribe", data={"email": ANNA})
    assert (done.status_code, done.location) == (
        303,
        "/sandbox/mailchimp?done=unsubscribe",
    )
    shown = web.get(done.location).text
    assert f"{ANNA} (unsubscribed)" in shown
    assert "The contact has unsubscribed." in shown
    assert "s3cret" not in shown
    for action in ("unsubscribe", "resubscribe", "change_address"):
        assert f'action="{path}/{action}"' in shown
    told = {"email": ANNA, "new_email": "no address"}
    refused = web.post(f"{path}/change_address", data=told)
    assert refused.status_code == 400
    assert "Please provide a valid email address." in refused.text
    settle(web)
    assert receiver.types() == ["unsubscribe"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        # What a browser sends with a form of the sandbox's own page.
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
    ],
)
def test_a_page_from_elsewhere_cannot_act(
    web: FlaskClient, headers: dict[str, str], status: int
) -> None:
    add(web)
    path = "/sandbox/control/mailchimp/unsubscribe"
    done = web.post(path, data={"email": ANNA}, headers=headers)
    assert done.status_code == status
    now = web.get(f"{LIST}/members/{ANNA}").json["status"]
    assert now == ("subscribed" if status == 403 else "unsubscribed")


def test_fired_at_is_now_unless_told(web: FlaskClient, receiver: Receiver) -> None:
    hook(web, receiver)
    web.post("/sandbox/control/mailchimp/resubscribe", json={"email": ANNA})
    settle(web)
    (event,) = receiver.events()
    at = datetime.fromisoformat(event["fired_at"]).replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - at).total_seconds()) < 300
