"""Mailchimp's webhooks: forms with PHP's brackets, read as hints about one address."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.registry import PROVIDERS
from webhooks.submission import Unreadable

FIXTURES = Path(__file__).parent.parent / "fixtures" / "mailchimp"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.form"))
AT = datetime(2025, 11, 24, 8, tzinfo=UTC)
LIST = "f1a2b3c4d5"
MEMBER = "94826aa750"
ADDRESS = "aase.baek@people.example"


def raw(name: str) -> bytes:
    return (FIXTURES / f"{name}.form").read_bytes()


def pairs(name: str) -> list[tuple[str, str]]:
    return parse_qsl(raw(name).decode(), keep_blank_values=True)


def changed(name: str, **fields: str | None) -> bytes:
    """Return a fixture with data fields replaced, added or (None) left out."""
    new = {f"data[{field}]": value for field, value in fields.items()}
    kept = [(field, value) for field, value in pairs(name) if field not in new]
    added = [(field, value) for field, value in new.items() if value is not None]
    return urlencode(kept + added).encode()


def event(body: bytes):
    (only,) = PROVIDERS["mailchimp"].events(body)
    return only


def identify(body: bytes):
    return PROVIDERS["mailchimp"].identify(body)


# --- what is said ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "second", "facts"),
    [
        ("subscribe", 1, {"member": MEMBER}),
        (
            "unsubscribe",
            2,
            {
                "member": MEMBER,
                "action": "unsub",
                "reason": "manual",
                "campaign": "4fb58a1b2c",
            },
        ),
        ("profile", 3, {"member": MEMBER}),
        ("cleaned", 5, {"reason": "hard", "campaign": "4fb58a1b2c"}),
    ],
)
def test_what_happened_to_a_member_names_the_address(topic, second, facts):
    read = event(raw(topic))
    assert (read.topic, read.kind, read.subject) == (topic, "member", ADDRESS)
    assert read.at == AT + timedelta(seconds=second)
    assert read.facts == {"list": LIST, **facts}


def test_a_changed_address_is_of_the_new_one_and_names_the_old():
    read = event(raw("upemail"))
    assert (read.topic, read.kind) == ("upemail", "member")
    assert read.subject == "aase@new.example"
    assert read.facts == {"list": LIST, "new_member": "51da8c3259", "old": ADDRESS}


def test_a_campaign_names_itself_and_its_status():
    read = event(raw("campaign"))
    assert (read.topic, read.kind) == ("campaign", "campaign")
    assert read.subject == "5aa2102003"
    assert read.facts == {"list": LIST, "status": "sent"}


def test_a_recorded_unsubscribe_without_its_action_is_read():
    read = event(changed("unsubscribe", action=None, campaign_id=None))
    assert read.subject == ADDRESS
    assert not {"action", "campaign"} & set(read.facts)


def test_a_type_that_nobody_knows_is_kept_with_the_address_if_it_has_one():
    body = raw("profile").replace(b"type=profile", b"type=hatched", 1)
    read = event(body)
    assert (read.topic, read.kind, read.subject) == ("hatched", "member", ADDRESS)
    batch = event(raw("batch"))
    assert (batch.topic, batch.kind) == ("batch_operation_completed", "")
    assert batch.subject == "123abc4567"


@pytest.mark.parametrize("name", NAMES)
def test_names_and_answers_are_not_passed_on(name):
    told = repr(event(raw(name)))
    personal = ["Åse", "Bæk", "192.0.2.7", "mentor", "Nyt fra"]
    assert not [value for value in personal if value in told]


def test_reasons_and_ids_that_are_free_text_are_left_out():
    body = changed("unsubscribe", reason="I was ill", id="a b", list_id="<x>")
    facts = event(body).facts
    assert not {"reason", "member", "list"} & set(facts)


def test_both_spellings_of_a_space_and_blank_values_are_read():
    body = raw("subscribe")
    assert b"fired_at=2025-11-24+08" in body
    assert b"PHONE%5D=&" in body
    other = body.replace(b"2025-11-24+08", b"2025-11-24%2008")
    assert event(other) == event(body)


def test_brackets_may_come_unencoded():
    body = raw("unsubscribe").replace(b"%5B", b"[").replace(b"%5D", b"]")
    assert event(body) == event(raw("unsubscribe"))


def test_plus_in_an_address_is_kept():
    body = changed("unsubscribe", email="A+News@People.example")
    assert event(body).subject == "a+news@people.example"


@pytest.mark.parametrize(
    "at", ["", "now", "2025-11-24", "2025-02-30 08:00:00", "2025-11-24T08:00:00+01:00"]
)
def test_a_time_that_is_none_is_unknown_and_costs_nothing_else(at):
    fields = [(name, at if name == "fired_at" else v) for name, v in pairs("cleaned")]
    read = event(urlencode(fields).encode())
    assert read.at is None
    assert read.subject == ADDRESS


def test_half_a_letter_in_a_name_costs_no_unsubscribe():
    body = raw("unsubscribe").replace(b"%C3%85se", b"%C3")
    assert body != raw("unsubscribe")
    assert event(body) == event(raw("unsubscribe"))


def test_what_cannot_be_stored_is_taken_out():
    body = changed("unsubscribe", email="a\0b@people.example")
    assert event(body).subject == "ab@people.example"


# --- repeats --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_retry_is_the_same_delivery_with_the_same_event(name):
    assert identify(raw(name)) == identify(raw(name))
    assert event(raw(name)).key == event(raw(name)).key
    key = identify(raw(name))
    assert key.response == f"sha256:{hashlib.sha256(raw(name)).hexdigest()}"
    assert (key.kind, key.revision) == ("event", "")
    assert key.form == ("" if name == "batch" else LIST)


def test_all_kinds_of_event_are_told_apart():
    assert len({event(raw(name)).key for name in NAMES}) == len(NAMES)
    assert len({identify(raw(name)) for name in NAMES}) == len(NAMES)


def test_what_has_an_id_is_known_by_type_id_and_time():
    assert event(raw("subscribe")).key == f"subscribe:{MEMBER}:2025-11-24 08:00:01"
    more = changed("subscribe", web_id="7")
    assert event(more).key == event(raw("subscribe")).key
    assert identify(more) != identify(raw("subscribe"))


@pytest.mark.parametrize(
    ("name", "field"),
    [("upemail", "old_email"), ("upemail", "new_email"), ("cleaned", "email")],
)
def test_what_has_no_id_is_known_by_the_whole_body(name, field):
    other = changed(name, **{field: "b@people.example"})
    assert event(raw(name)).key.startswith("sha256:")
    assert event(other).key != event(raw(name)).key


# --- what is none ---------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n"])
def test_an_empty_post_is_somebody_trying_the_address(body):
    assert identify(body).kind == "test"
    assert identify(body).form == ""
    assert PROVIDERS["mailchimp"].events(body) == ()


NONE = [
    json.dumps({"type": "unsubscribe", "data": {"email": ADDRESS}}).encode(),
    b"data%5Bemail%5D=a%40people.example",
    b"type=&data%5Bemail%5D=a%40people.example",
    b"type=free+text&data%5Bemail%5D=a%40people.example",
    b"type=unsubscribe",
    b"type=unsubscribe&data%5Bemail%5D=",
    b"type=unsubscribe&data%5Bemail%5D=nobody",
    b"type=unsubscribe&data%5Bemail%5D=" + b"a" * 250 + b"%40people.example",
    b"type=upemail&data%5Bold_email%5D=a%40people.example",
    b"type=campaign",
    b"type=unsubscribe&type=subscribe&data%5Bemail%5D=a%40people.example",
    b"type=cleaned&data%5Bemail%5D=a%40b.example&data%5Bemail%5D=c%40d.example",
    b"type=&type=cleaned&data%5Bemail%5D=a%40people.example",
    b"type=cleaned&data%5Bemail%5D=a%40b.example"
    + b"".join(b"&x%d=1" % number for number in range(3000)),
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("body", NONE, ids=range(len(NONE)))
def test_what_is_no_event_is_keyed_by_its_hash_and_unreadable(body):
    key = identify(body)
    assert (key.form, key.kind) == ("", "event")
    assert key != identify(body + b"&")
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$") as refused:
        PROVIDERS["mailchimp"].events(body)
    assert "example" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_merge_fields_may_repeat_and_an_audience_may_be_full():
    more = [("data[merges][INTERESTS][]", str(number)) for number in range(200)]
    body = urlencode([*pairs("profile"), *more]).encode()
    assert event(body) == event(raw("profile"))


FIELD = st.sampled_from(["type", "fired_at"]) | st.sampled_from(
    ["id", "email", "list_id", "new_email", "old_email", "reason", "merges][EMAIL"]
).map("data[{}]".format)
VALUE = st.text() | st.sampled_from(
    ["subscribe", "upemail", "campaign", "a@b.example", "2025-11-24 08:00:00"]
)
FORMS = st.lists(st.tuples(FIELD, VALUE)).map(
    lambda fields: urlencode(fields, errors="replace").encode()
)


@given(st.binary() | FORMS)
def test_whatever_comes_is_keyed_and_read_or_refused(body):
    key = identify(body)
    assert key.kind == ("event" if body.strip() else "test")
    try:
        read = PROVIDERS["mailchimp"].events(body)
    except Unreadable:
        return
    assert len(read) == (1 if body.strip() else 0)
    assert all(each.key and each.topic for each in read)
    assert all("\0" not in text for each in read for text in (each.key, each.subject))
