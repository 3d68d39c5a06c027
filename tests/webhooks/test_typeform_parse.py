"""Whole bodies: what a delivery is, whose it is, and what it says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from webhooks.submission import DeliveryKey, Scale, Unreadable
from webhooks.typeform import identify, parse, wrap_response

TOKEN = "q7m2x9v4c1b8n5k3j6h0g2f4d8s1a7p9"
FORM = "Vb7kQx2M"


def changed(body: bytes, **response: object) -> bytes:
    """Return a webhook body with other values in its response; ... removes one."""
    document = json.loads(body)
    inner = document["form_response"]
    inner.update(response)
    document["form_response"] = {k: v for k, v in inner.items() if v is not ...}
    return json.dumps(document).encode()


@pytest.fixture
def full(payload):
    return payload("typeform/webhook_full")


def test_webhook_and_list_are_one_submission(payload, full):
    from_list = payload("typeform/responses_full")
    assert identify(full) == identify(from_list)
    assert identify(full) == DeliveryKey(FORM, TOKEN, "complete")
    assert parse(full) == parse(from_list)


def test_the_full_body_holds_every_kind_of_answer(full):
    read = parse(full)
    assert Counter(answer.kind for answer in read.answers) == {
        "text": 4,
        "email": 1,
        "phone": 1,
        "url": 1,
        "file": 1,
        "number": 1,
        "boolean": 1,
        "date": 1,
        "scale": 4,
        "choice": 6,
        "choices": 2,
        "ranking": 1,
        "payment": 1,
        "signature": 1,
        "unknown": 1,
    }
    by_ref = {(a.ref, a.row): a for a in read.answers}
    assert by_ref["vb.satisfaction", ""].scale == Scale(1, 10)
    assert by_ref["vb.usefulness", ""].scale == Scale(0, 10)
    row = by_ref["vb.how-is-your-mentor", "vb.well-prepared"]
    assert row.choices[0].ref == "row2-no"
    assert by_ref["vb.city", ""].choices[0].ref == "city-aarhus"
    assert [c.ref for c in by_ref["vb.goals", ""].choices] == [
        "goal-danish",
        "goal-job",
        "goal-network",
    ]
    assert len(read.notes) == 1
    assert "'hologram' is not known" in read.notes[0]


def test_times_hidden_fields_and_variables(full):
    read = parse(full)
    assert read.submitted_at == datetime(2026, 8, 20, 10, 3, 44, tzinfo=UTC)
    assert read.hidden == {"lang": "da", "round": "r7", "age": "41"}
    assert read.variables == {"score": 7, "track": "north"}
    assert read.revision == ""


def test_a_test_request_is_marked_and_keyed_as_one(payload):
    body = payload("typeform/test_request")
    key = identify(body)
    assert (key.kind, parse(body).kind) == ("test", "test")
    assert key.response == "01K3EXAMP1E0000000000000T1"


def test_a_partial_is_told_by_its_event_and_has_a_key_of_its_own(payload, full):
    body = payload("typeform/partial")
    assert identify(body) == DeliveryKey(FORM, TOKEN, "partial")
    assert identify(body) != identify(full)
    read = parse(body)
    assert read.kind == "partial"
    assert read.submitted_at == datetime(2026, 8, 20, 10, 0, 2, tzinfo=UTC)
    assert [answer.value for answer in read.answers] == [
        "Søs Example",
        "soes@mail.example",
    ]


def test_the_form_setting_for_partials_says_nothing_about_this_delivery(full):
    assert b'"partial_responses_to_all_integrations": true' in full
    assert parse(full).kind == "complete"


def test_a_partial_without_any_other_time_has_the_time_of_landing(payload):
    body = changed(payload("typeform/partial"), staged_at=..., submitted_at=None)
    assert parse(body).submitted_at == datetime(2026, 8, 20, 9, 58, 12, tzinfo=UTC)


def test_a_staged_item_of_the_list_is_partial():
    item = {"token": TOKEN, "staged_at": "2026-08-20T10:00:02Z", "answers": []}
    body = wrap_response(FORM, item, None)
    assert identify(body) == DeliveryKey(FORM, TOKEN, "partial")
    assert parse(body).submitted_at == datetime(2026, 8, 20, 10, 0, 2, tzinfo=UTC)


def test_a_landing_is_no_submission_and_takes_no_complete_key(payload, full):
    zero = changed(full, submitted_at="0001-01-01T00:00:00Z")
    for body in (payload("typeform/landing_only"), zero):
        assert identify(body).kind == "partial"
        with pytest.raises(Unreadable, match="landing only"):
            parse(body)


@pytest.mark.parametrize("answers", [None, [], ...])
def test_answers_may_be_null_empty_or_absent(full, answers):
    assert parse(changed(full, answers=answers)).answers == ()


@pytest.mark.parametrize("answers", [{}, "none", 7, False])
def test_answers_that_are_no_list_are_unreadable(full, answers):
    with pytest.raises(Unreadable, match="not a list"):
        parse(changed(full, answers=answers))


@pytest.mark.parametrize("definition", [None, ..., [], "x", {"fields": [7, None, []]}])
def test_a_definition_may_be_absent_or_odd(full, definition):
    read = parse(changed(full, definition=definition))
    assert len(read.answers) == len(parse(full).answers)
    assert {answer.title for answer in read.answers} == {""}


def test_the_oldest_shape_is_read(payload):
    read = parse(payload("typeform/webhook_minimal"))
    assert [(a.question, a.ref, a.kind) for a in read.answers] == [
        ("60906475", "", "text"),
        ("60906476", "", "choice"),
    ]
    assert (dict(read.hidden), dict(read.variables)) == ({}, {})


@pytest.mark.parametrize(
    ("hidden", "expected", "notes"),
    [
        (None, {}, 0),
        ("x", {}, 0),
        ({"a": "1", "b": 2, "c": 2.5}, {"a": "1", "b": "2", "c": "2.5"}, 0),
        ({"d": True, "e": None}, {"d": "true"}, 0),
        ({"a": "", "b": {"c": 1}, "d": [1]}, {"a": ""}, 2),
    ],
)
def test_hidden_fields_are_texts(full, hidden, expected, notes):
    read = parse(changed(full, hidden=hidden))
    assert read.hidden == expected
    assert len([note for note in read.notes if note.startswith("Hidden")]) == notes


@pytest.mark.parametrize(
    ("calculated", "variables", "expected"),
    [
        (None, None, {}),
        ({"score": 3}, None, {"score": 3}),
        ({"score": 3}, [{"key": "score", "type": "number", "number": 4}], {"score": 4}),
        ({}, [{"key": "price", "type": "number", "number": 9.5}], {"price": 9.5}),
        ({}, [{"key": "end", "type": "outcome_id", "outcome_id": "o1"}], {"end": "o1"}),
        ({"score": True}, [7, {}, {"key": "x"}, {"key": "y", "type": []}], {}),
        ([], {"key": "x"}, {}),
    ],
)
def test_variables_and_the_score(full, calculated, variables, expected):
    read = parse(changed(full, calculated=calculated, variables=variables))
    assert read.variables == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-08-20T10:03:44Z", datetime(2026, 8, 20, 10, 3, 44, tzinfo=UTC)),
        ("2026-08-20T10:03:44.125Z", datetime(2026, 8, 20, 10, 3, 44, 125000, UTC)),
        ("2026-08-20T12:03:44+02:00", datetime(2026, 8, 20, 10, 3, 44, tzinfo=UTC)),
        ("2026-08-20T10:03:44", datetime(2026, 8, 20, 10, 3, 44, tzinfo=UTC)),
    ],
)
def test_times_are_utc(full, given, expected):
    moment = parse(changed(full, submitted_at=given)).submitted_at
    assert (moment, moment.tzinfo) == (expected, UTC)


@pytest.mark.parametrize("given", ["soon", "9999-12-31T23:59:59-14:00", "0", "20-08"])
def test_a_time_that_is_none_is_unreadable(full, given):
    with pytest.raises(Unreadable, match="not a time"):
        parse(changed(full, submitted_at=given))


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": None},
        {"token": ""},
        {"token": ...},
        {"token": {}},
        {"token": "two words"},
        {"token": "æ"},
        {"token": "t" * 129},
        {"token": "a\nb"},
        {"form_id": None},
        {"form_id": ["f"]},
    ],
)
def test_a_body_without_ids_is_keyed_by_its_hash_and_unreadable(full, wrong):
    body = changed(full, **wrong)
    key = identify(body)
    assert (key.form, key.kind) == ("", "complete")
    assert len(key.response) == len("sha256:") + 64
    with pytest.raises(Unreadable, match="names no"):
        parse(body)


@pytest.mark.parametrize("event", ["form_response_started", "", None, 7, ["x"]])
def test_another_event_never_takes_the_key_of_a_response(full, event):
    document = json.loads(full)
    document["event_type"] = event
    body = json.dumps(document).encode()
    assert identify(body).form == ""
    with pytest.raises(Unreadable, match="event"):
        parse(body)


def test_twin_keys_do_not_pass_as_a_submission(full):
    twin = full.replace(b'"token"', b'"token": "other", "t\\u006fken"', 1)
    with pytest.raises(Unreadable, match="same key twice"):
        parse(twin)


def test_nul_and_half_an_emoji_are_taken_out_with_a_note(full):
    broken = full.replace("Søs Example".encode(), rb"S\u0000\ud83cs", 1)
    assert identify(broken) == identify(full)
    read = parse(broken)
    assert read.answers[0].value == "S\ufffds"
    assert read.notes[-1].startswith("Characters that cannot be stored")
    assert read.notes[:-1] == parse(full).notes


def test_wrapping_leaves_out_what_is_personal_and_what_is_not_needed():
    item = {
        "token": TOKEN,
        "submitted_at": "2026-08-20T10:03:44Z",
        "metadata": {"user_agent": "a-browser", "network_id": "n1"},
        "answers": [{"type": "text", "text": "half \ud83c", "field": {"id": "q"}}],
    }
    body = wrap_response(FORM, item, {"id": FORM, "fields": [], "workspace": "w1"})
    assert b"a-browser" not in body
    assert b"w1" not in body
    assert parse(body).answers[0].value == "half \ufffd"
    assert json.loads(wrap_response(FORM, item, None))["form"] is None


def test_an_item_may_carry_only_its_response_id():
    item = {"response_id": TOKEN, "submitted_at": "2026-08-20T10:03:44Z"}
    assert identify(wrap_response(FORM, item, None)).response == TOKEN
