"""Records in batches: matching by identity, and one bad record alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Provider, Reply, Seen

from connector.clients import HubSpot, RemoteBusy, RemoteRefused
from connector.clients.hubspot import Write

WHEN = "2026-11-24T12:00:00.000Z"


def _raw(record_id: str, **more: Any) -> dict[str, Any]:
    base = {"id": record_id, "createdAt": WHEN, "updatedAt": WHEN, "archived": False}
    return {**base, "properties": {}, **more}


def _batch(results: list[Any], errors: list[Any] | None = None) -> Reply:
    data = {"status": "COMPLETE", "results": results}
    if errors is None:
        return 200, data
    return 207, {**data, "numErrors": len(errors), "errors": errors}


def _writes(count: int) -> list[Write]:
    return [Write(f"v{n}", {"firstname": f"N{n}"}, f"t{n}") for n in range(count)]


def _accepting(bad: set[str]) -> Callable[[Seen], Reply]:
    """Refuse a whole batch, naming no trace, as long as a bad one is in it."""

    def answer(seen: Seen) -> Reply:
        ids = [one["id"] for one in seen.body["inputs"]]
        if bad & set(ids):
            return 400, {"category": "VALIDATION_ERROR", "message": "one is wrong"}
        results = [
            _raw(f"9{one['id'][1:]}", objectWriteTraceId=one["objectWriteTraceId"])
            for one in reversed(seen.body["inputs"])
        ]
        return _batch(results)

    return answer


def test_upsert_sends_key_trace_and_strings(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [_batch([_raw("7", objectWriteTraceId="t", new=True)])]
    write = Write("p-1", {"firstname": "Ada", "phone": None}, "t")

    answer = hubspot.batch_upsert("contacts", [write], "vidensbro_id")
    assert provider.seen[0].path == "/crm/objects/2026-09/contacts/batch/upsert"
    assert provider.seen[0].body["inputs"] == [
        {
            "id": "p-1",
            "idProperty": "vidensbro_id",
            "objectWriteTraceId": "t",
            "properties": {"firstname": "Ada", "phone": ""},
        }
    ]
    assert answer.results["t"].id == "7"
    assert answer.results["t"].new
    assert answer.problems == {}


def test_results_are_matched_by_trace_not_by_place(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.answer = _accepting(set())

    answer = hubspot.batch_upsert("0-162", _writes(3), "vidensbro_id")
    assert {trace: one.id for trace, one in answer.results.items()} == {
        "t0": "90",
        "t1": "91",
        "t2": "92",
    }


def test_results_without_a_trace_are_matched_by_our_unique_value(
    hubspot: HubSpot, provider: Provider
) -> None:
    results = [
        _raw("2", properties={"vidensbro_id": "v1"}),
        _raw("1", properties={"vidensbro_id": "v0"}),
    ]
    provider.replies = [_batch(results)]

    answer = hubspot.batch_upsert("contacts", _writes(2), "vidensbro_id")
    assert answer.results["t0"].id == "1"
    assert answer.results["t1"].id == "2"


def test_an_update_is_matched_by_record_id(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [_batch([_raw("12"), _raw("11")])]
    writes = [Write("11", {"a": "1"}, "x"), Write("12", {"a": "2"}, "y")]

    answer = hubspot.batch_update("companies", writes)
    assert "idProperty" not in provider.seen[0].body["inputs"][0]
    assert (answer.results["x"].id, answer.results["y"].id) == ("11", "12")


def test_a_207_keeps_the_good_and_names_the_bad(
    hubspot: HubSpot, provider: Provider
) -> None:
    error = {
        "status": "error",
        "category": "CONFLICT",
        "message": "Contact already exists. Existing ID: 4711",
        "context": {"objectWriteTraceId": ["t1"]},
    }
    good = [_raw("0", objectWriteTraceId="t0"), _raw("2", objectWriteTraceId="t2")]
    provider.replies = [_batch(good, [error])]

    answer = hubspot.batch_upsert("contacts", _writes(3), "vidensbro_id")
    assert set(answer.results) == {"t0", "t2"}
    assert answer.problems["t1"].code == "CONFLICT"
    assert answer.problems["t1"].existing_id == "4711"
    assert len(provider.seen) == 1


def test_a_trace_in_a_details_context_is_found(
    hubspot: HubSpot, provider: Provider
) -> None:
    detail = {
        "message": "ada@people.example is not an option",
        "code": "INVALID_OPTION",
        "context": {"objectWriteTraceId": ["t0"]},
    }
    error = {"category": "VALIDATION_ERROR", "message": "no", "errors": [detail]}
    provider.replies = [_batch([], [error])]

    problem = hubspot.batch_upsert("contacts", _writes(1), "k").problems["t0"]
    assert problem.code == "INVALID_OPTION"
    assert "people.example" not in problem.message


def test_a_whole_refusal_is_halved_until_the_bad_one_is_alone(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.answer = _accepting({"v37"})

    answer = hubspot.batch_upsert("contacts", _writes(100), "vidensbro_id")
    assert set(answer.problems) == {"t37"}
    assert answer.problems["t37"].status == 400
    assert len(answer.results) == 99
    assert len(provider.seen) <= 15


def test_a_whole_refusal_that_names_the_trace_is_not_halved(
    hubspot: HubSpot, provider: Provider
) -> None:
    refusal = {
        "category": "VALIDATION_ERROR",
        "message": "wrong",
        "context": {"objectWriteTraceId": ["t1"]},
    }
    good = [_raw("0", objectWriteTraceId="t0"), _raw("2", objectWriteTraceId="t2")]
    provider.replies = [(400, refusal), _batch(good[:1]), _batch(good[1:])]

    answer = hubspot.batch_upsert("contacts", _writes(3), "vidensbro_id")
    assert set(answer.problems) == {"t1"}
    assert set(answer.results) == {"t0", "t2"}


def test_an_error_without_a_name_has_the_rest_sent_again(
    hubspot: HubSpot, provider: Provider
) -> None:
    nameless = {"category": "VALIDATION_ERROR", "message": "something is wrong"}
    provider.replies = [
        _batch([_raw("0", objectWriteTraceId="t0")], [nameless]),
        (409, {"category": "CONFLICT", "message": "Existing ID: 5"}),
    ]

    answer = hubspot.batch_upsert("contacts", _writes(2), "vidensbro_id")
    assert [one["id"] for one in provider.seen[1].body["inputs"]] == ["v1"]
    assert answer.problems["t1"].existing_id == "5"


def test_a_write_never_answered_is_a_problem(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.answer = lambda _: _batch([])

    answer = hubspot.batch_upsert("contacts", _writes(2), "vidensbro_id")
    assert {one.code for one in answer.problems.values()} == {"unanswered"}


def test_a_thousand_writes_are_ten_calls(hubspot: HubSpot, provider: Provider) -> None:
    provider.answer = _accepting(set())

    answer = hubspot.batch_upsert("contacts", _writes(1000), "vidensbro_id")
    assert len(answer.results) == 1000
    assert [len(one.body["inputs"]) for one in provider.seen] == [100] * 10


def test_a_wrong_path_is_not_halved(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(404, {"message": "no such type"})]

    with pytest.raises(RemoteRefused):
        hubspot.batch_upsert("0-999", _writes(50), "vidensbro_id")


def test_a_batch_while_busy_is_repeated_whole(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [
        (423, {"message": "locked"}),
        _batch([_raw("1", objectWriteTraceId="t0")]),
    ]

    answer = hubspot.batch_upsert("contacts", _writes(1), "vidensbro_id")
    assert provider.seen[0].body == provider.seen[1].body
    assert answer.results["t0"].id == "1"


def test_one_record_twice_in_a_call_is_our_mistake(hubspot: HubSpot) -> None:
    twice = [Write("v", {"a": "1"}, "t1"), Write("v", {"a": "2"}, "t2")]

    with pytest.raises(ValueError, match="twice"):
        hubspot.batch_upsert("contacts", twice, "vidensbro_id")


def test_a_read_tells_found_and_missing(hubspot: HubSpot, provider: Provider) -> None:
    gone = {
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects",
        "context": {"ids": ["3"]},
    }
    provider.replies = [_batch([_raw("2"), _raw("1")], [gone])]

    answer = hubspot.batch_read("contacts", ["1", "2", "3"], ["email"])
    assert [one.id for one in answer.found] == ["2", "1"]
    assert answer.by_key["1"].id == "1"
    assert answer.missing == ["3"]
    assert answer.problems == {}


def test_an_id_left_out_in_silence_is_missing(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [_batch([_raw("1")])]

    assert hubspot.batch_read("contacts", ["1", "2"], []).missing == ["2"]


def test_an_error_of_another_kind_is_not_missing(
    hubspot: HubSpot, provider: Provider
) -> None:
    error = {"category": "INTERNAL", "message": "oops", "context": {"ids": ["2"]}}
    provider.replies = [_batch([_raw("1")], [error])]

    answer = hubspot.batch_read("contacts", ["1", "2"], [])
    assert answer.missing == []
    assert answer.problems["2"].code == "INTERNAL"


def test_an_error_without_ids_has_the_rest_read_again(
    hubspot: HubSpot, provider: Provider
) -> None:
    error = {"category": "INTERNAL", "message": "oops"}
    provider.replies = [_batch([_raw("1")], [error]), _batch([_raw("2")])]

    answer = hubspot.batch_read("contacts", ["1", "2"], [])
    assert set(answer.by_key) == {"1", "2"}
    assert answer.missing == []


def test_reading_by_address_finds_secondary_ones(
    hubspot: HubSpot, provider: Provider
) -> None:
    properties = {
        "email": "ada@work.example",
        "hs_additional_emails": "old@home.example;ada@home.example",
    }
    provider.replies = [_batch([_raw("1", properties=properties)])]

    asked = ["Ada@Home.example", "nobody@home.example"]
    answer = hubspot.batch_read("contacts", asked, [], id_property="email")
    body = provider.seen[0].body
    assert body["idProperty"] == "email"
    assert body["properties"] == ["email", "hs_additional_emails"]
    assert answer.by_key["Ada@Home.example"].id == "1"
    assert answer.missing == ["nobody@home.example"]


def test_history_is_read_fifty_at_a_time(hubspot: HubSpot, provider: Provider) -> None:
    past = [
        {"value": "b", "timestamp": WHEN, "sourceType": "CRM_UI", "sourceId": "u:1"},
        {"value": "a", "timestamp": "2026-01-01T00:00:00Z", "sourceType": "API"},
    ]

    def answer(seen: Seen) -> Reply:
        return _batch(
            [
                _raw(one["id"], propertiesWithHistory={"city": past})
                for one in seen.body["inputs"]
            ]
        )

    provider.answer = answer
    ids = [str(n) for n in range(70)]
    found = hubspot.batch_read("contacts", ids, ["city"], history=["city"]).found

    assert [len(one.body["inputs"]) for one in provider.seen] == [50, 20]
    assert provider.seen[0].body["propertiesWithHistory"] == ["city"]
    latest, first = found[0].history["city"]
    assert latest.at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert (latest.value, latest.source_type, latest.source_id) == (
        "b",
        "CRM_UI",
        "u:1",
    )
    assert first.source_id is None


def test_a_single_read_follows_a_merge(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, _raw("8", url="https://app.example/8"))]

    one = hubspot.read("contacts", "7", ["email", "city"])
    assert one is not None
    assert (one.id, one.url) == ("8", "https://app.example/8")
    assert provider.seen[0].path == "/crm/objects/2026-09/contacts/7"
    assert provider.seen[0].query["properties"] == "email,city"


def test_a_single_read_of_nothing_is_none(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(404, {"category": "OBJECT_NOT_FOUND"})]

    assert hubspot.read("contacts", "7", []) is None


def test_archiving_reports_problems_by_id(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(400, {"message": "bad"}), (204, None), (400, {})]

    problems = hubspot.batch_archive("contacts", ["1", "x"])
    assert set(problems) == {"x"}
    assert provider.seen[0].path == "/crm/objects/2026-09/contacts/batch/archive"


def test_an_outage_in_the_middle_is_raised(
    hubspot: HubSpot, provider: Provider
) -> None:
    accept = _accepting(set())
    provider.answer = lambda seen: (
        accept(seen) if len(provider.seen) == 1 else (500, {})
    )

    with pytest.raises(RemoteBusy):
        hubspot.batch_upsert("contacts", _writes(150), "vidensbro_id")
