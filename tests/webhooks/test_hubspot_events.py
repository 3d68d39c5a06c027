"""HubSpot's batches of events: what they say, and when two are the same."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks import hubspot
from webhooks.registry import PROVIDERS
from webhooks.submission import Unreadable

NAMES = ["associations", "lifecycle", "merge", "property_changes"]
AT = datetime(2025, 11, 24, 8, tzinfo=UTC)


def events(body: bytes):
    return PROVIDERS["hubspot"].events(body)


def identify(body: bytes):
    return PROVIDERS["hubspot"].identify(body)


def dumped(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture
def batch(payload):
    return lambda name: json.loads(payload(f"hubspot/{name}"))


# --- what is said ---------------------------------------------------------------------


def test_a_changed_property_names_record_property_and_who(payload):
    service, phone, email = events(payload("hubspot/property_changes"))
    assert (service.topic, service.kind) == ("object.propertyChange", "0-162")
    assert (service.subject, service.at) == ("512345678901", AT)
    assert service.key == "26000001:2900002:3816279341:512345678901:1763971200000"
    assert (phone.topic, phone.kind) == ("contact.propertyChange", "0-1")
    assert phone.facts == {
        "portal": "26000001",
        "subscription": "2900001",
        "app": "8100001",
        "property": "phone",
        "change_source": "CRM_UI",
        "source_id": "userId:1200001",
    }
    assert email.facts["change_source"] == "INTEGRATION"
    assert email.facts["source_id"] == email.facts["app"]
    assert phone.at == email.at == AT + timedelta(milliseconds=250)


@pytest.mark.parametrize("name", NAMES)
def test_no_changed_value_is_passed_on(payload, batch, name):
    told = repr(events(payload(f"hubspot/{name}")))
    values = [each["propertyValue"] for each in batch(name) if "propertyValue" in each]
    assert not [value for value in values if value in told]


def test_values_may_be_anything_and_leave_no_trace(batch):
    one = batch("property_changes")[0]
    plain = events(dumped([one]))
    for value in ["", "REDACTED", None, {"a": [1]}, "\0 æ 🌉", 10**30]:
        assert events(dumped([{**one, "propertyValue": value}])) == plain


def test_the_same_event_id_in_two_subscriptions_is_two_events(payload):
    read = events(payload("hubspot/property_changes"))
    assert len({event.key for event in read}) == 3


def test_what_happens_to_a_record_is_told_in_its_own_word(payload):
    read = {event.topic: event for event in events(payload("hubspot/lifecycle"))}
    told = {topic: (each.kind, each.subject) for topic, each in read.items()}
    assert told == {
        "contact.creation": ("0-1", "123"),
        "company.deletion": ("0-2", "456"),
        "object.restore": ("0-162", "789"),
        "contact.privacyDeletion": ("0-1", "123"),
        "ticket.creation": ("0-5", "9"),
        "object.creation": ("2-3456789", "77"),
    }
    assert read["contact.creation"].facts["change_flag"] == "CREATED"


def test_a_merge_names_who_is_left_and_who_went_in(payload):
    (merge,) = events(payload("hubspot/merge"))
    assert (merge.kind, merge.subject) == ("0-1", "123")
    assert merge.facts["merged"] == "456;789"
    assert merge.facts["new"] == "173595209999"


def test_a_merge_without_the_records_own_id_is_of_the_primary_one(batch):
    (merge,) = batch("merge")
    del merge["objectId"]
    (event,) = events(dumped([merge]))
    assert event.subject == "123"
    assert event.key == "26000001:40:200:123:1763971200000"


def test_a_merge_told_of_a_record_that_went_in_is_of_the_primary_one(batch):
    (merge,) = batch("merge")
    (event,) = events(dumped([{**merge, "objectId": 456}]))
    assert event.subject == "123"


def test_an_association_names_both_ends(payload):
    *classic, generic = events(payload("hubspot/associations"))
    assert (generic.kind, generic.subject) == ("0-1", "173595202426")
    ends = {
        name: generic.facts[name] for name in ("from", "to", "from_kind", "to_kind")
    }
    assert ends == {
        "from": "173595202426",
        "to": "512345678901",
        "from_kind": "0-1",
        "to_kind": "0-162",
    }
    assert generic.facts["removed"] == "true"
    assert generic.facts["link_type"] == "797"
    primary = next(each for each in classic if each.facts["primary"] == "true")
    assert (primary.kind, primary.subject) == ("0-1", "123")
    assert primary.facts["to_kind"] == "0-2"


def test_a_primary_association_is_two_events_even_with_one_id(payload):
    keys = [event.key for event in events(payload("hubspot/associations"))]
    assert len(set(keys)) == 3


def test_made_and_ended_at_once_are_two_events(batch):
    made = batch("associations")[0]
    ended = {**made, "associationRemoved": True}
    assert len(events(dumped([made, ended]))) == 2


def test_the_documented_name_of_the_type_is_read_too(batch):
    (one,) = batch("merge")
    one["eventType"] = one.pop("subscriptionType")
    assert events(dumped([one])) == events(dumped(batch("merge")))


def test_a_type_that_nobody_knows_is_kept_as_it_is(batch):
    one = {**batch("lifecycle")[0], "subscriptionType": "lead.hatched"}
    (event,) = events(dumped([one]))
    assert (event.topic, event.kind, event.subject) == ("lead.hatched", "lead", "123")


def test_one_bare_event_is_a_batch_of_one(batch):
    (one,) = batch("merge")
    assert events(dumped(one)) == events(dumped([one]))
    assert identify(dumped(one)) == identify(dumped([one]))


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_a_batch_of_any_size_is_read(batch, count):
    one = batch("lifecycle")[0]
    many = [{**one, "eventId": number} for number in range(count)]
    assert len(events(dumped(many))) == count


@pytest.mark.parametrize("at", [None, "", "soon", True, 1.5, 10**18, "1" * 5000])
def test_a_time_that_cannot_be_is_unknown_and_costs_nothing_else(batch, at):
    one = {**batch("lifecycle")[0], "occurredAt": at}
    (event,) = events(dumped([one]))
    assert event.at is None
    assert event.subject == "123"


# --- repeats --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_retry_is_the_same_delivery_with_the_same_events(batch, payload, name):
    first = payload(f"hubspot/{name}")
    again = dumped([{**each, "attemptNumber": 3} for each in batch(name)])
    assert identify(again) == identify(first)
    assert events(again) == events(first)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_in_a_batch_does_not_matter(batch, payload, name):
    dice = random.Random(7)
    for _ in range(5):
        shuffled = batch(name)
        dice.shuffle(shuffled)
        assert identify(dumped(shuffled)) == identify(payload(f"hubspot/{name}"))
        assert events(dumped(shuffled)) == events(payload(f"hubspot/{name}"))


@pytest.mark.parametrize(
    "field", ["portalId", "subscriptionId", "eventId", "objectId", "occurredAt"]
)
def test_another_id_is_another_event_and_another_delivery(batch, field):
    one = batch("lifecycle")[0]
    other = {**one, field: one[field] + 1}
    assert identify(dumped([one])) != identify(dumped([other]))
    assert events(dumped([one]))[0].key != events(dumped([other]))[0].key


@pytest.mark.parametrize(
    "field", ["portalId", "subscriptionId", "eventId", "objectId", "occurredAt"]
)
def test_without_an_id_an_event_is_known_by_all_it_says(batch, field):
    one = {name: v for name, v in batch("lifecycle")[0].items() if name != field}
    (event,) = events(dumped([one]))
    (again,) = events(dumped([{**one, "attemptNumber": 9}]))
    (other,) = events(dumped([{**one, "changeFlag": "NEW"}]))
    assert event.key == again.key != other.key
    assert identify(dumped([one])) == identify(dumped([{**one, "attemptNumber": 9}]))


def test_ids_cannot_be_spelled_to_look_like_other_ids(batch):
    one = batch("lifecycle")[0]
    first = {**one, "portalId": "1:2", "subscriptionId": "3"}
    second = {**one, "portalId": "1", "subscriptionId": "2:3"}
    assert len(events(dumped([first, second]))) == 2


def test_an_event_twice_in_a_batch_is_one(batch):
    one = batch("lifecycle")[0]
    assert events(dumped([one, one])) == events(dumped([one]))
    assert identify(dumped([one, one])) == identify(dumped([one]))


def test_a_delivery_is_an_event_of_its_account(batch, payload):
    key = identify(payload("hubspot/lifecycle"))
    assert (key.form, key.kind, key.revision) == ("26000001", "event", "")
    mixed = batch("lifecycle")
    mixed[0]["portalId"] = 1
    assert identify(dumped(mixed)).form == ""


# --- what is none ---------------------------------------------------------------------

CARD = {"vid": 1, "portal-id": 7, "properties": {"email": {"value": "x@y.example"}}}
NONE = [b"", b"{", b"null", b"7", b'""', b"[1]", b"[[]]", b"[{},7]", b"\xff\xfe{\x00}"]


@pytest.mark.parametrize("body", NONE, ids=range(len(NONE)))
def test_what_holds_no_events_is_keyed_by_its_hash_and_unreadable(body):
    key = identify(body)
    assert (key.form, key.kind) == ("", "event")
    assert key.response.startswith("sha256:")
    assert key != identify(body + b" ")
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$"):
        events(body)


@pytest.mark.parametrize("document", [CARD, [CARD], {}, [{}]])
def test_a_workflows_own_webhook_is_no_event(document):
    with pytest.raises(Unreadable):
        events(dumped(document))
    assert identify(dumped(document)).kind == "event"


def test_what_names_no_type_costs_the_others_nothing(batch):
    whole = batch("lifecycle")
    assert events(dumped([*whole, CARD])) == events(dumped(whole))


def test_json_that_two_readers_would_read_differently_is_refused(batch):
    twin = b'[{"subscriptionType":"contact.merge","objectId":1,"objectId":2}]'
    for body in [twin, b"\xef\xbb\xbf" + dumped(batch("merge")), b"[NaN]"]:
        with pytest.raises(Unreadable):
            events(body)


def test_deep_nesting_is_refused_and_still_keyed():
    for depth in (70, 300, 100_000):
        body = b'[{"subscriptionType":"contact.merge","x":' + b"[" * depth
        body += b"]" * depth + b"}]"
        assert identify(body).kind == "event"
        with pytest.raises(Unreadable):
            events(body)


def test_a_sentence_quotes_nothing_of_the_body():
    with pytest.raises(Unreadable) as refused:
        events(b'[{"email": "a.secret@people.example"')
    assert "example" not in str(refused.value)
    assert refused.value.__cause__ is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "eventId",
        "portalId",
        "subscriptionId",
        "objectId",
        "occurredAt",
        "subscriptionType",
        "eventType",
        "objectTypeId",
        "fromObjectId",
        "toObjectId",
        "associationType",
        "associationRemoved",
        "mergedObjectIds",
        "primaryObjectId",
        "attemptNumber",
        "propertyName",
    ]
)


@given(st.binary() | st.lists(st.dictionaries(FIELDS, VALUES)).map(dumped))
def test_whatever_comes_is_keyed_and_read_or_refused(body):
    key = identify(body)
    assert key == hubspot.identify(body)
    assert key.kind == "event"
    try:
        read = events(body)
    except Unreadable:
        return
    assert len({event.key for event in read}) == len(read)
    assert all("\0" not in repr(event) for event in read)
