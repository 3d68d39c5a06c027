"""A response that we fetched: what is kept of it, its key, and what it says."""

# The tables read by their columns.
# ruff: noqa: E501

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mappings.live_surveymonkey import surveymonkey_survey
from mappings.reading import called
from tests.webhooks.surveymonkey_world import MODIFIED, asked, response, stored
from webhooks.registry import PROVIDERS
from webhooks.submission import DeliveryKey, Unreadable
from webhooks.surveymonkey import wrap_response

TEXT = asked("open_ended", "single")
SAID = [{"text": "t"}]


@pytest.fixture(scope="module")
def details(payload):
    return json.loads(payload("surveymonkey/details"))


@pytest.fixture(scope="module")
def items(payload):
    return json.loads(payload("surveymonkey/bulk"))["data"]


def parse(body: bytes):
    return PROVIDERS["surveymonkey"].parse(body)


def identify(body: bytes):
    return PROVIDERS["surveymonkey"].identify(body)


def test_a_whole_response_is_read_by_its_survey(details, items):
    read = parse(wrap_response(details, items[0]))
    assert (read.provider, read.form, read.response) == (
        "surveymonkey",
        "400100200",
        "13376313674",
    )
    assert (read.kind, read.revision) == ("complete", MODIFIED)
    assert read.submitted_at == datetime(2026, 8, 20, 10, 3, 44, tzinfo=UTC)
    assert read.notes == ()
    said = {f"{a.question}/{a.row}".rstrip("/"): a.value for a in read.answers}
    assert said == {
        "1002/name": "Bodil Eksempel",
        "1002/company": "Eksempel ApS",
        "1002/email": "bodil@work.example",
        "1002/phone": "+45 00 00 00 01",
        "1003": None,
        "1004": None,
        "1005": "Fordi æøå 🌉",
        "1006": 12,
        "1101": "2027-01-30",
        "1102/2201": 4,
        "1102/2202/other": "not yet matched",
        "1103": 9,
        "1104": 4,
        "1105": None,
        "1106/2601": None,
        "1106/2602": None,
        "1107/2701/4702": None,
        "1107/2702/4701": None,
        "1108": 80,
        "1109": "https://api.surveymonkey.example/v3/files/1",
    }
    picked = {a.question: [c.label for c in a.choices] for a in read.answers}
    assert picked["1004"] == ["Care & health", "Trade"]
    assert picked["1105"] == ["A network", "A job"]
    assert {a.title for a in read.answers if a.row == "email"} == {
        "Contact information / E-mailadresse"
    }


def test_answers_are_called_what_the_live_form_calls_their_questions(details, items):
    """But for comments, which stand alone: a mapping binds by these names."""
    live = surveymonkey_survey(details)
    asked_as = {name: each for each in live.questions for name in each.names}
    answers = parse(wrap_response(details, items[0])).answers
    stray = []
    for answer in answers:
        (name,) = called(answer.ref, answer.question, answer.row)
        question = asked_as.get(name)
        if question is None:
            stray.append(name)
            continue
        assert answer.kind == question.kind
        ends = answer.scale and (answer.scale.low, answer.scale.high)
        assert ends == ((question.low, question.high) if answer.scale else None)
        assert {c.key for c in answer.choices} <= {c.key for c in question.choices}
    assert stray == ["1102/2202/other"]


def test_what_came_unasked_is_kept_as_hidden_fields_and_variables(details, items):
    read = parse(wrap_response(details, items[0]))
    assert read.hidden == {
        "round": "r7",
        "lang": "en",
        "custom_value": "batch-2",
        "email_address": "bodil@mail.example",
    }
    assert read.variables == {"score": 3, "total_score": 4}


def test_nothing_personal_is_stored_that_nobody_needs(details, items):
    body = wrap_response(details, items[0])
    for gone in (b"192.0.2.7", b"Nobody", b"/r/?sm=", b"analyze", b"Preview", b"href"):
        assert gone not in body
    kept = json.loads(body)
    assert sorted(kept) == ["response", "survey"]
    assert sorted(kept["survey"]) == [
        "date_modified",
        "id",
        "language",
        "pages",
        "title",
    ]
    assert len(json.dumps(kept["survey"])) < len(json.dumps(details)) * 0.7


def test_a_survey_once_trimmed_reads_the_same(details, items):
    once = json.loads(wrap_response(details, items[0]))["survey"]
    assert wrap_response(once, items[0]) == wrap_response(details, items[0])


ADDRESSES = [
    ({"email": "a@x.example", "email_address": "b@x.example"}, "a@x.example"),
    ({"email": "", "email_address": "b@x.example"}, "b@x.example"),
    ({"email": None, "metadata": {"contact": {"email": {"value": "c@x.example"}}}}, "c@x.example"),
    ({"metadata": {"contact": {"email": {"value": ""}}}}, None),
    ({"metadata": {"contact": None}}, None),
    ({"custom_variables": {"email_address": "d@x.example"}, "email_address": "b@x.example"}, "d@x.example"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "address"), ADDRESSES)
def test_the_recipients_address_is_found_in_its_three_places(more, address):
    hidden = parse(stored(TEXT, SAID, **more)).hidden
    assert hidden.get("email_address") == address


def test_the_language_is_the_variables_else_the_responses_else_the_surveys(details):
    def lang(**more):
        return parse(wrap_response(details, response([], **more))).hidden["lang"]

    assert lang() == "da"
    assert lang(language="en") == "en"
    assert lang(language="en", custom_variables={"lang": "de"}) == "de"
    assert lang(custom_variables={"lang": ""}) == "da"


def test_odd_variables_are_left_out_and_said():
    odd = {"a": 7, "b": None, "c": ["x"], "d": "", "e": 2.5, "f": True}
    read = parse(stored(TEXT, SAID, custom_variables=odd))
    assert read.hidden == {"a": "7", "d": "", "e": "2.5", "f": "true"}
    assert read.notes == ("Custom variable 'c' is no text: left out.",)
    assert parse(stored(TEXT, SAID, custom_variables=[1])).hidden == {}


# mode · status · kind
KINDS = [
    ("default", "completed", "complete"), ("default", "partial", "partial"),
    ("default", "overquota", "partial"), ("default", "disqualified", "partial"),
    ("default", "new", "partial"), ("default", None, "partial"),
    ("data_entry", "completed", "complete"), ("edit", "completed", "complete"),
    ("edit", "partial", "partial"), (None, "completed", "complete"),
    ("preview", "completed", "test"), ("survey_preview", "completed", "test"),
    ("preview", "partial", "test"), ("something_new", "completed", "test"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "status", "kind"), KINDS)
def test_only_a_completed_real_response_is_complete(mode, status, kind):
    body = stored(TEXT, SAID, collection_mode=mode, response_status=status)
    assert (identify(body).kind, parse(body).kind) == (kind, kind)


def test_the_key_is_survey_response_kind_and_last_change(details, items):
    keys = [identify(wrap_response(details, item)) for item in items]
    assert keys == [
        DeliveryKey("400100200", "13376313674", "complete", MODIFIED),
        DeliveryKey("400100200", "13376313675", "partial", MODIFIED),
        DeliveryKey("400100200", "13376313676", "test", MODIFIED),
    ]


def test_the_key_is_the_same_however_and_whenever_it_was_fetched(details, items):
    item = items[0]
    turned = dict(reversed(item.items()))
    zulu = {**item, "date_modified": "2026-08-20T12:03:44+02:00"}
    wanted = identify(wrap_response(details, item))
    for design, each in ((details, turned), ({}, item), (details, zulu)):
        assert identify(wrap_response(design, each)) == wanted
    edited = {**item, "date_modified": "2026-08-20T10:03:45+00:00"}
    assert identify(wrap_response(details, edited)) != wanted


def test_an_item_that_names_no_survey_is_of_the_one_it_was_fetched_by(details, items):
    item = {name: items[0][name] for name in items[0] if name != "survey_id"}
    assert identify(wrap_response(details, item)).form == "400100200"


def test_key_and_submission_name_the_same_response(details, items):
    for item in items:
        body = wrap_response(details, item)
        key, read = identify(body), parse(body)
        assert (key.form, key.response, key.kind, key.revision) == (
            read.form,
            read.response,
            read.kind,
            read.revision,
        )


def test_the_time_is_that_of_the_last_change_in_utc():
    body = stored(
        TEXT,
        SAID,
        date_modified="2026-08-20T12:03:44",
        date_created="2020-01-01T00:00:00",
    )
    assert parse(body).submitted_at == datetime(2026, 8, 20, 12, 3, 44, tzinfo=UTC)


def test_empty_pages_are_no_answers_and_missing_ones_are_no_response():
    for pages in ([], [{}], [None], [{"questions": None}], [{"questions": []}]):
        assert parse(stored(TEXT, SAID, pages=pages)).answers == ()
    for pages in (None, {}, "p"):
        with pytest.raises(Unreadable, match="without answers"):
            parse(stored(TEXT, SAID, pages=pages))


UNREADABLE = [
    {"date_modified": None}, {"date_modified": "soon"}, {"date_modified": ""},
    {"id": None}, {"id": ""}, {"id": "a b"}, {"id": "x" * 129}, {"id": ["1"]},
]  # fmt: skip


@pytest.mark.parametrize("more", UNREADABLE)
def test_a_response_without_id_or_time_is_said_to_be_unreadable(more):
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$") as caught:
        parse(stored(TEXT, SAID, **more))
    assert caught.value.__cause__ is None


def test_half_an_emoji_is_mended_and_said():
    read = parse(stored(TEXT, [{"text": "a\ud83d\u0000b"}]))
    assert read.answers[0].value == "a�b"
    assert read.notes == (
        "Characters that cannot be stored were taken out of the answers.",
    )
