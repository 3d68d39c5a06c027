"""The sandbox's HubSpot as a sender, seen by a real receiver over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hubspot.utils.signature import Signature

from tests.sandbox.listening import listening
from webhooks.hubspot import identify, verify
from webhooks.hubspot_events import events
from webhooks.submission import Inbound

if TYPE_CHECKING:
    from conftest import Hub

SECRET = "a-secret-for-tests-only"
APP = 5150009
CONTROL = "/sandbox/control/hubspot"


class Receiver:
    """Keeps what it is sent; answers the statuses in turn, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.hold = Event()
        self.hold.set()
        self.url = ""

    def batches(self) -> list[list[dict[str, Any]]]:
        return [orjson.loads(body) for _headers, body in self.got]

    def events(self, topic: str = "") -> list[dict[str, Any]]:
        every = [event for batch in self.batches() for event in batch]
        return [one for one in every if one["subscriptionType"].endswith(topic)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    mine = Receiver()

    def answer(_method: str, _path: str, headers: dict[str, str], body: bytes) -> int:
        mine.got.append((headers, body))
        mine.hold.wait(10)
        return mine.statuses.pop(0) if mine.statuses else 200

    with listening(answer) as url:
        mine.url = f"{url}/webhooks/lyngby/hubspot"
        yield mine
        mine.hold.set()


@pytest.fixture
def hooked(hub: Hub, receiver: Receiver) -> Hub:
    """A sandbox whose app hears of everything, quickly."""
    hub.option(webhook_gather_s=0.05, webhook_retry_s=0.01)
    set_up(hub, receiver)
    return hub


def set_up(hub: Hub, receiver: Receiver, **more: Any) -> None:
    wanted = {"url": receiver.url, "secret": SECRET, "app_id": APP, **more}
    answer = hub.client.post(f"{CONTROL}/webhooks", json=wanted)
    assert answer.status_code == 200, answer.json


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def sent(hub: Hub) -> None:
    """Wait until everything has gone out."""
    until(lambda: not hub.client.get(f"{CONTROL}/waiting").json["waiting"])


def staff(hub: Hub, act: str, **told: Any) -> Any:
    answer = hub.client.post(f"{CONTROL}/{act}", json=told)
    assert answer.status_code == 200, answer.json
    return answer.json


def forget_what_came(hub: Hub, receiver: Receiver) -> None:
    sent(hub)
    receiver.got.clear()


def test_nothing_is_sent_until_an_app_is_set_up(hub: Hub, receiver: Receiver) -> None:
    hub.option(webhook_gather_s=0.01)
    hub.add("contacts", {"firstname": "Ada"})
    set_up(hub, receiver)
    hub.add("contacts", {"firstname": "Bo"})
    sent(hub)
    values = [one["propertyValue"] for one in receiver.events("propertyChange")]
    assert values == ["Bo"]


def test_our_own_write_comes_back_as_the_integrations(
    hooked: Hub, receiver: Receiver
) -> None:
    at = datetime(2026, 5, 4, 8, 11, 12, tzinfo=UTC)
    key = hooked.add("services", {"hs_name": "Ada"}, at=at.isoformat())
    sent(hooked)
    [born] = receiver.events("creation")
    assert born == {
        "eventId": born["eventId"],
        "subscriptionId": born["subscriptionId"],
        "portalId": 4_200_001,
        "appId": APP,
        "occurredAt": int(at.timestamp() * 1000),
        "subscriptionType": "object.creation",
        "objectId": int(key),
        "changeFlag": "CREATED",
        "objectTypeId": "0-162",
        "changeSource": "INTEGRATION",
        "sourceId": str(APP),
        "attemptNumber": 0,
    }
    named = {one["propertyName"]: one for one in receiver.events("propertyChange")}
    assert named["hs_name"]["propertyValue"] == "Ada"
    assert set(named) == {"hs_name", "hs_pipeline", "hs_pipeline_stage"}
    assert len({one["eventId"] for one in receiver.events()}) == 4
    assert len({one["subscriptionId"] for one in receiver.events()}) == 4


def test_a_persons_change_bears_their_user(hooked: Hub, receiver: Receiver) -> None:
    key = hooked.add("contacts", {"city": "Ribe"})
    forget_what_came(hooked, receiver)
    change = {"properties": {"city": "Aarhus"}}
    hooked.objects("PATCH", f"contacts/{key}", change, staff=True)
    hooked.objects("PATCH", f"contacts/{key}", change, staff=True)
    sent(hooked)
    [told] = receiver.events()
    assert (told["changeSource"], told["sourceId"]) == ("CRM_UI", "userId:7001")
    assert (told["propertyName"], told["propertyValue"]) == ("city", "Aarhus")
    assert told["objectId"] == int(key)


def test_another_app_writes_under_its_own_id(hooked: Hub, receiver: Receiver) -> None:
    hooked.option(app_id=77)
    hooked.add("contacts", {})
    sent(hooked)
    assert {(one["appId"], one["sourceId"]) for one in receiver.events()} == {
        (APP, "77")
    }


def test_what_is_undone_is_not_told(hooked: Hub, receiver: Receiver) -> None:
    inputs = [{"properties": {"city": "Ribe"}}, {"properties": {"made_up": "1"}}]
    assert hooked.batch("contacts", "create", inputs).status_code == 400
    traced = [one | {"objectWriteTraceId": str(i)} for i, one in enumerate(inputs)]
    assert hooked.batch("contacts", "create", traced).status_code == 207
    sent(hooked)
    assert len(receiver.events("creation")) == 1


def test_both_signatures_hold(hooked: Hub, receiver: Receiver) -> None:
    hooked.add("contacts", {"firstname": "Åse"})
    sent(hooked)
    [(headers, body)] = receiver.got
    verify(Inbound("POST", receiver.url, headers, body), [SECRET])
    stamp = headers["X-HubSpot-Request-Timestamp"]
    assert headers["X-HubSpot-Signature-Version"] == "v1"
    for version, signature in (
        ("v1", headers["X-HubSpot-Signature"]),
        ("v3", headers["X-HubSpot-Signature-v3"]),
    ):
        assert Signature.is_valid(
            signature=signature,
            client_secret=SECRET,
            request_body=body.decode(),
            http_uri=receiver.url,
            http_method="POST",
            signature_version=version,
            timestamp=stamp,
        )


@pytest.mark.parametrize("signs", ["raw", "decoded"])
def test_the_url_is_signed_as_it_is_or_decoded(
    hub: Hub, receiver: Receiver, signs: str
) -> None:
    hub.option(webhook_gather_s=0.01, webhook_signs=signs)
    known_as = "https://bridge.example/webhooks/lyngby/hub%40spot"
    set_up(hub, receiver, signed_url=known_as)
    hub.add("contacts", {})
    sent(hub)
    [(headers, body)] = receiver.got
    verify(Inbound("POST", known_as, headers, body), [SECRET])
    raw = Signature.get_signature(
        SECRET, body.decode(), "v3", http_uri=known_as, http_method="POST",
        timestamp=headers["X-HubSpot-Request-Timestamp"],
    )  # fmt: skip
    assert (headers["X-HubSpot-Signature-v3"] == raw) is (signs == "raw")


def test_a_burst_goes_in_batches_of_a_hundred(hub: Hub, receiver: Receiver) -> None:
    wanted = [
        {"type": "object.creation", "objectType": "0-1"},
        {"type": "object.propertyChange", "objectType": "0-1", "property": "city"},
    ]
    set_up(hub, receiver, subscriptions=wanted)
    hub.batch("contacts", "create", [{"properties": {"city": "Ribe"}}] * 80)
    sent(hub)
    assert sorted(map(len, receiver.batches())) == [60, 100]
    assert len({one["objectId"] for one in receiver.events()}) == 80


def test_changes_soon_after_each_other_go_together(
    hub: Hub, receiver: Receiver
) -> None:
    hub.option(webhook_gather_s=2.0)
    created = [{"type": "object.creation", "objectType": "0-1"}]
    set_up(hub, receiver, subscriptions=created)
    keys = [hub.add("contacts", {}) for _ in range(3)]
    sent(hub)
    assert [one["objectId"] for one in receiver.events()] == [*map(int, keys)]
    assert len(receiver.got) == 1


def test_only_what_was_subscribed_to_is_told(hub: Hub, receiver: Receiver) -> None:
    hub.option(webhook_gather_s=0.05)
    wanted = [
        {
            "type": "object.propertyChange",
            "objectType": "service",
            "property": "hs_name",
        },
        {"type": "contact.deletion"},
    ]
    set_up(hub, receiver, subscriptions=wanted)
    hub.add("services", {"hs_name": "Ada", "hs_description": "x"})
    key = hub.add("contacts", {"firstname": "Ada"})
    hub.objects("DELETE", f"contacts/{key}")
    sent(hub)
    told = [(one["subscriptionType"], one["objectId"]) for one in receiver.events()]
    assert [one[0] for one in told] == ["object.propertyChange", "contact.deletion"]
    assert told[1][1] == int(key)
    assert "objectTypeId" not in receiver.events("contact.deletion")[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x.example"},
        {"secret": ""},
        {"app_id": "1"},
        {"subscriptions": "some"},
        {"subscriptions": [{"type": "object.creation", "objectType": "wizard"}]},
        {"subscriptions": [{"type": "object.propertyChange", "objectType": "0-1"}]},
        {"subscriptions": [{"type": "contact.birthday"}]},
        {"subscriptions": [{"type": "company.privacyDeletion"}]},
        {
            "subscriptions": [
                {"type": "contact.propertyChange", "property": "lastmodifieddate"}
            ]
        },
    ],
)
def test_a_wrong_set_up_is_refused(
    hub: Hub, receiver: Receiver, wrong: dict[str, Any]
) -> None:
    wanted = {"url": receiver.url, "secret": SECRET, "app_id": APP, **wrong}
    assert hub.client.post(f"{CONTROL}/webhooks", json=wanted).status_code == 400
    hub.add("contacts", {})
    assert hub.client.get(f"{CONTROL}/waiting").json == {"waiting": 0}


def test_an_empty_set_up_takes_the_webhooks_away(
    hooked: Hub, receiver: Receiver
) -> None:
    assert hooked.client.post(f"{CONTROL}/webhooks", json={}).status_code == 200
    hooked.add("contacts", {})
    sent(hooked)
    assert receiver.got == []


def test_contacts_have_names_of_their_own_on_order(
    hooked: Hub, receiver: Receiver
) -> None:
    hooked.option(webhook_names="per_object")
    person, firm = hooked.add("contacts", {}), hooked.add("companies", {})
    hooked.add("services", {})
    path = f"contacts/{person}/associations/default/companies/{firm}"
    hooked.objects("PUT", path)
    sent(hooked)
    names = {one["subscriptionType"] for one in receiver.events("creation")}
    assert names == {"contact.creation", "company.creation", "object.creation"}
    told = {one["associationType"]: one for one in receiver.events("associationChange")}
    assert set(told) == {"CONTACT_TO_COMPANY", "COMPANY_TO_CONTACT"}
    one = told["CONTACT_TO_COMPANY"]
    assert one["subscriptionType"] == "contact.associationChange"
    assert (one["fromObjectId"], one["toObjectId"]) == (int(person), int(firm))
    assert "fromObjectTypeId" not in one


def test_putting_together_and_taking_apart_is_told_both_ways(
    hooked: Hub, receiver: Receiver
) -> None:
    mentor, place = hooked.add("contacts", {}), hooked.add("services", {})
    forget_what_came(hooked, receiver)
    ends = {"record": f"0-162:{place}", "with": f"0-1:{mentor}"}
    staff(hooked, "associate", **ends)
    staff(hooked, "associate", **ends)
    sent(hooked)
    told = {one["fromObjectTypeId"]: one for one in receiver.events()}
    assert len(receiver.events()) == len(told) == 2
    there = told["0-162"]
    assert there["subscriptionType"] == "object.associationChange"
    assert there["toObjectTypeId"] == "0-1"
    assert (there["fromObjectId"], there["toObjectId"]) == (int(place), int(mentor))
    assert there["associationRemoved"] is False
    assert there["associationTypeId"] != told["0-1"]["associationTypeId"]
    assert "objectId" not in there
    receiver.got.clear()
    staff(hooked, "part", **ends)
    sent(hooked)
    assert [one["associationRemoved"] for one in receiver.events()] == [True, True]


@pytest.mark.parametrize("makes_new", [False, True])
def test_a_merge_names_who_went_and_who_stays(
    hooked: Hub, receiver: Receiver, makes_new: bool
) -> None:
    hooked.option(merge_makes_new=makes_new)
    keep = hooked.add("contacts", {"firstname": "Ada"})
    gone = hooked.add("contacts", {"city": "Ribe"})
    forget_what_came(hooked, receiver)
    done = staff(hooked, "merge", stays=f"0-1:{keep}", goes=f"0-1:{gone}")
    sent(hooked)
    [told] = receiver.events(".merge")
    assert told["primaryObjectId"] == int(keep)
    assert told["mergedObjectIds"] == [int(gone)]
    assert told["newObjectId"] == int(done["id"])
    assert (told["newObjectId"] == int(keep)) is not makes_new
    assert receiver.events("deletion") == []


def test_archiving_and_restoring_are_told(hooked: Hub, receiver: Receiver) -> None:
    key = hooked.add("companies", {})
    forget_what_came(hooked, receiver)
    hooked.batch("companies", "archive", [{"id": key}])
    sent(hooked)
    [gone] = receiver.events()
    assert gone["subscriptionType"] == "object.deletion"
    assert (gone["objectId"], gone["changeFlag"]) == (int(key), "DELETED")
    receiver.got.clear()
    staff(hooked, "restore", record=f"0-2:{key}")
    sent(hooked)
    assert [one["subscriptionType"] for one in receiver.events()] == ["object.restore"]


@pytest.mark.parametrize("told_too", [True, False])
def test_a_deletion_may_tell_what_it_parts(
    hooked: Hub, receiver: Receiver, told_too: bool
) -> None:
    hooked.option(deletion_parts=told_too)
    person, place = hooked.add("contacts", {}), hooked.add("services", {})
    hooked.objects("PUT", f"contacts/{person}/associations/default/services/{place}")
    forget_what_came(hooked, receiver)
    hooked.objects("DELETE", f"contacts/{person}")
    sent(hooked)
    assert len(receiver.events("associationChange")) == (2 if told_too else 0)
    assert len(receiver.events("deletion")) == 1


def test_deleting_for_good_is_told_twice(hooked: Hub, receiver: Receiver) -> None:
    key = hooked.add("contacts", {"email": "ada@nordlys.example"})
    forget_what_came(hooked, receiver)
    hooked.objects("POST", "contacts/gdpr-delete", {"objectId": key})
    sent(hooked)
    names = sorted(one["subscriptionType"] for one in receiver.events())
    assert names == ["contact.privacyDeletion", "object.deletion"]
    assert {one["objectId"] for one in receiver.events()} == {int(key)}
    assert b"nordlys" not in receiver.got[0][1]


def test_every_failure_is_tried_again_with_a_higher_number(
    hooked: Hub, receiver: Receiver
) -> None:
    receiver.statuses = [503, 401, 404, 302]
    hooked.add("contacts", {})
    sent(hooked)
    tries = [batch[0]["attemptNumber"] for batch in receiver.batches()]
    assert tries == [0, 1, 2, 3, 4]
    keys = {identify(body).response for _headers, body in receiver.got}
    assert len(keys) == 1
    for headers, body in receiver.got:
        verify(Inbound("POST", receiver.url, headers, body), [SECRET])


def test_after_ten_more_tries_it_gives_up(hooked: Hub, receiver: Receiver) -> None:
    receiver.statuses = [500] * 20
    hooked.add("contacts", {})
    sent(hooked)
    assert [one["attemptNumber"] for one in receiver.events()] == [*range(11)]


def test_no_answer_in_time_counts_as_failed_and_delays_no_call(
    hooked: Hub, receiver: Receiver
) -> None:
    hooked.option(webhook_timeout_s=0.05, webhook_retries=1)
    receiver.hold.clear()
    key = hooked.add("contacts", {})
    sent(hooked)
    until(lambda: len(receiver.got) > 1)
    assert [one["attemptNumber"] for one in receiver.events()] == [0, 1]
    assert hooked.objects("GET", f"contacts/{key}").status_code == 200


def test_a_batch_is_shuffled_by_its_seed(hub: Hub, receiver: Receiver) -> None:
    hub.option(webhook_gather_s=0.5, webhook_shuffle=7, webhook_retry_s=0.01)
    created = [{"type": "object.creation", "objectType": "0-1"}]
    set_up(hub, receiver, subscriptions=created)
    receiver.statuses = [500]
    hub.batch("contacts", "create", [{"properties": {}}] * 20)
    sent(hub)
    first, second = ([one["objectId"] for one in batch] for batch in receiver.batches())
    assert first != sorted(first), "seed 7"
    assert first != second, "seed 7"
    assert sorted(first) == sorted(second)
    read = [one.subject for one in events(receiver.got[0][1])]
    assert sorted(read) == sorted(map(str, first))


def test_event_ids_may_come_round_again(hub: Hub, receiver: Receiver) -> None:
    hub.option(webhook_gather_s=0.3, webhook_repeat_ids=True)
    set_up(hub, receiver)
    hub.batch("contacts", "create", [{"properties": {}}] * 20)
    sent(hub)
    assert len({one["eventId"] for one in receiver.events("creation")}) < 20
    assert len({one["objectId"] for one in receiver.events("creation")}) == 20


def test_a_batch_may_come_twice(hooked: Hub, receiver: Receiver) -> None:
    hooked.option(webhooks_twice=True)
    hooked.add("contacts", {})
    sent(hooked)
    first, second = receiver.batches()
    assert first == second


def test_webhooks_are_lost_on_order(hub: Hub, receiver: Receiver) -> None:
    hub.option(webhook_gather_s=0.0, webhooks_drop={"share": 0.5, "seed": 3})
    created = [{"type": "object.creation", "objectType": "0-1"}]
    set_up(hub, receiver, subscriptions=created)
    for _ in range(40):
        hub.add("contacts", {})
    sent(hub)
    assert 0 < len(receiver.events()) < 40, "seed 3"
    receiver.got.clear()
    hub.option(webhooks_off=True)
    hub.add("contacts", {})
    sent(hub)
    assert receiver.got == []


def test_the_page_tells_what_became_of_them_without_the_address(
    hooked: Hub, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    hooked.add("contacts", {})
    sent(hooked)
    page = hooked.client.get("/sandbox/hubspot").text
    assert "/webhooks/lyngby/…" in page
    assert receiver.url not in page
    assert SECRET not in page
