"""Associations: an id counts as read only when its answer is complete."""

from typing import Any

import pytest
from conftest import Provider, Reply, Seen

from connector.clients import HubSpot, RemoteRefused

READ = "/crm/associations/2026-09/0-162/contacts/batch/read"


def _links(one: str, *others: str, after: str | None = None) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "from": {"id": one},
        "to": [{"toObjectId": other, "associationTypes": []} for other in others],
    }
    if after:
        raw["paging"] = {"next": {"after": after}}
    return raw


def _answer(*results: Any, errors: Any = None, status: str = "COMPLETE") -> Reply:
    data = {"status": status, "results": list(results)}
    return (207, {**data, "errors": errors}) if errors else (200, data)


def _none(one: str) -> dict[str, Any]:
    return {
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": "No contact is associated",
        "context": {"fromObjectId": [one]},
    }


def test_all_pages_are_read(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [
        _answer(_links("1", "10", "11", after="p2"), _links("2", "20")),
        _answer(_links("1", "12", "11")),
    ]

    found = hubspot.associations("0-162", "contacts", ["1", "2"])
    assert found == {"1": ["10", "11", "12"], "2": ["20"]}
    assert [one.path for one in provider.seen] == [READ, READ]
    assert provider.seen[1].body == {"inputs": [{"id": "1", "after": "p2"}]}


def test_no_associations_is_an_answer(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [_answer(_links("1", "10"), errors=[_none("2")])]

    assert hubspot.associations("0-162", "contacts", ["1", "2"]) == {
        "1": ["10"],
        "2": [],
    }


def test_left_out_of_a_faultless_answer_is_empty(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [_answer(_links("1", "10"))]

    assert hubspot.associations("0-162", "contacts", ["1", "2"])["2"] == []


def test_an_error_keeps_its_id_out(hubspot: HubSpot, provider: Provider) -> None:
    error = {"category": "INTERNAL", "context": {"fromObjectId": ["2"]}}
    provider.replies = [_answer(_links("1", "10"), errors=[error])]

    assert hubspot.associations("0-162", "contacts", ["1", "2", "3"]) == {
        "1": ["10"],
        "3": [],
    }


@pytest.mark.parametrize(
    ("errors", "status"),
    [([{"category": "INTERNAL", "message": "oops"}], "COMPLETE"), (None, "PENDING")],
)
def test_a_doubtful_answer_keeps_all_out_that_it_does_not_name(
    hubspot: HubSpot, provider: Provider, errors: Any, status: str
) -> None:
    provider.replies = [_answer(_links("1", "10"), errors=errors, status=status)]

    assert hubspot.associations("0-162", "contacts", ["1", "2"]) == {"1": ["10"]}


def test_a_later_page_that_fails_keeps_its_id_out(
    hubspot: HubSpot, provider: Provider
) -> None:
    error = {"category": "INTERNAL", "context": {"fromObjectId": ["1"]}}
    provider.replies = [
        _answer(_links("1", "10", after="p2"), _links("2", "20")),
        _answer(errors=[error]),
    ]

    assert hubspot.associations("0-162", "contacts", ["1", "2"]) == {"2": ["20"]}


def test_a_thousand_ids_a_call(hubspot: HubSpot, provider: Provider) -> None:
    provider.answer = lambda seen: _answer(
        *(_links(one["id"], "9") for one in seen.body["inputs"])
    )

    found = hubspot.associations("a", "b", [str(n) for n in range(1500)])
    assert len(found) == 1500
    assert [len(one.body["inputs"]) for one in provider.seen] == [1000, 500]


def _paired(seen: Seen) -> Reply:
    if any(one["to"]["id"] == "bad" for one in seen.body["inputs"]):
        return 400, {"category": "VALIDATION_ERROR", "message": "no such record"}
    return _answer(*seen.body["inputs"])


def test_pairs_are_associated_without_type_ids(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.answer = _paired

    problems = hubspot.associate_default("0-162", "0-1", [("1", "10"), ("2", "20")])
    assert problems == {}
    assert provider.seen[0].path == (
        "/crm/associations/2026-09/0-162/0-1/batch/associate/default"
    )
    assert provider.seen[0].body["inputs"][0] == {
        "from": {"id": "1"},
        "to": {"id": "10"},
    }


def test_one_bad_pair_is_found(hubspot: HubSpot, provider: Provider) -> None:
    provider.answer = _paired
    pairs = [(str(n), "bad" if n == 5 else "10") for n in range(8)]

    problems = hubspot.associate_default("0-162", "0-1", pairs)
    assert set(problems) == {("5", "bad")}
    assert problems["5", "bad"].status == 400


def test_an_error_that_names_the_pair_costs_no_further_call(
    hubspot: HubSpot, provider: Provider
) -> None:
    error = {
        "category": "OBJECT_NOT_FOUND",
        "message": "gone",
        "context": {"fromObjectId": ["2"], "toObjectId": ["20"]},
    }
    done = {"from": {"id": "1"}, "to": {"id": "10"}}
    provider.replies = [_answer(done, errors=[error])]

    problems = hubspot.associate_default("a", "b", [("1", "10"), ("2", "20")])
    assert {pair: one.code for pair, one in problems.items()} == {
        ("2", "20"): "OBJECT_NOT_FOUND"
    }


def test_ending_groups_by_the_first_record(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(204, None)]

    pairs = [("1", "10"), ("1", "11"), ("2", "20")]
    assert hubspot.disassociate("0-162", "contacts", pairs) == {}
    assert provider.seen[0].path == (
        "/crm/associations/2026-09/0-162/contacts/batch/archive"
    )
    assert provider.seen[0].body["inputs"] == [
        {"from": {"id": "1"}, "to": [{"id": "10"}, {"id": "11"}]},
        {"from": {"id": "2"}, "to": [{"id": "20"}]},
    ]


def test_a_refusal_of_the_account_is_raised(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(402, {"message": "pay first"})]

    with pytest.raises(RemoteRefused):
        hubspot.associate_default("a", "b", [("1", "2")])
