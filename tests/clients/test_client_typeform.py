"""Typeform: webhooks whole and without their secret, responses to the last page."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from conftest import Provider, Reply, Seen

from connector.clients import RemoteBusy, Typeform

HOOK = "/forms/f1/webhooks/vidensbro"


def test_a_webhook_is_put_with_all_five_fields(
    typeform: Typeform, provider: Provider
) -> None:
    provider.replies = [(200, {"id": "w", "enabled": True, "secret": "s3"})]

    hook = typeform.put_webhook("f1", "vidensbro", "https://us.example/x", "s3")
    assert (provider.seen[0].method, provider.seen[0].path) == ("PUT", HOOK)
    assert provider.seen[0].body == {
        "url": "https://us.example/x",
        "enabled": True,
        "secret": "s3",
        "verify_ssl": True,
        "event_types": {"form_response": True},
    }
    assert hook == {"id": "w", "enabled": True}


def test_a_webhook_that_is_not_there_is_none(
    typeform: Typeform, provider: Provider
) -> None:
    provider.replies = [(404, {"code": "NOT_FOUND"}), (200, {"id": "w", "secret": "x"})]

    assert typeform.webhook("f1", "vidensbro") is None
    assert typeform.webhook("f1", "vidensbro") == {"id": "w"}


def test_webhooks_are_listed_without_secrets(
    typeform: Typeform, provider: Provider
) -> None:
    provider.replies = [(200, {"items": [{"tag": "a", "secret": "x"}]})]

    assert typeform.webhooks("f1") == [{"tag": "a"}]


class Account:
    """Responses newest first, `before` exclusive, at most a page."""

    def __init__(self, count: int) -> None:
        self.tokens = [f"t{n}" for n in range(count)][::-1]

    def __call__(self, seen: Seen) -> Reply:
        tokens = self.tokens
        if "before" in seen.query:
            tokens = tokens[tokens.index(seen.query["before"]) + 1 :]
        page: list[dict[str, Any]] = [
            {"token": one} for one in tokens[: int(seen.query["page_size"])]
        ]
        return 200, {"total_items": len(tokens), "items": page}


def test_responses_are_walked_back_to_the_first(
    typeform: Typeform, provider: Provider
) -> None:
    provider.answer = Account(2400)
    since = datetime(2026, 11, 1, 9, tzinfo=UTC)

    found = [one["token"] for one in typeform.responses("f1", since)]
    assert found == [f"t{n}" for n in range(2400)][::-1]
    assert [one.query.get("before") for one in provider.seen] == [None, "t1400", "t400"]
    assert {one.query["since"] for one in provider.seen} == {"2026-11-01T09:00:00Z"}


def test_a_full_last_page_ends_too(typeform: Typeform, provider: Provider) -> None:
    provider.answer = Account(1000)

    assert len(list(typeform.responses("f1"))) == 1000
    assert len(provider.seen) == 2


def test_a_cursor_that_does_not_move_ends(
    typeform: Typeform, provider: Provider
) -> None:
    page = {"items": [{"token": f"t{n}"} for n in range(1000)]}
    provider.answer = lambda _: (200, page)

    assert len(list(typeform.responses("f1"))) == 1000
    assert len(provider.seen) == 2


def test_forms_page_by_page(typeform: Typeform, provider: Provider) -> None:
    provider.replies = [
        (200, {"page_count": 2, "items": [{"id": "a"}]}),
        (200, {"page_count": 2, "items": [{"id": "b"}]}),
    ]

    assert [one["id"] for one in typeform.forms()] == ["a", "b"]
    assert [one.query["page"] for one in provider.seen] == ["1", "2"]


def test_me_and_a_form(typeform: Typeform, provider: Provider) -> None:
    provider.replies = [(200, {"alias": "city"}), (200, {"id": "f/1"})]

    assert typeform.me() == {"alias": "city"}
    assert typeform.form("f/1") == {"id": "f/1"}
    assert provider.seen[1].path == "/forms/f%2F1"
    assert provider.seen[0].headers["Authorization"] == "Bearer tfp_test"


def test_only_completed_responses_are_asked_for(
    typeform: Typeform, provider: Provider
) -> None:
    provider.answer = Account(3)

    list(typeform.responses("f1"))
    typeform.count("f1")
    assert {one.query["response_type"] for one in provider.seen} == {"completed"}


def test_responses_are_counted_by_their_total(
    typeform: Typeform, provider: Provider
) -> None:
    provider.answer = lambda _: (200, {"total_items": 4711, "items": [{"token": "t"}]})
    since = datetime(2026, 11, 1, 9, tzinfo=UTC)

    assert typeform.count("f1") == 4711
    assert typeform.count("f1", since) == 4711
    assert [one.query for one in provider.seen] == [
        {"page_size": "1", "response_type": "completed"},
        {
            "page_size": "1",
            "response_type": "completed",
            "since": "2026-11-01T09:00:00Z",
        },
    ]


FORM = {"title": "Bliv mentor", "type": "form", "hidden": ["round"], "fields": []}


def test_a_form_is_made_by_one_try(typeform: Typeform, provider: Provider) -> None:
    provider.replies = [(201, {"id": "f1", "_links": {}})]

    assert typeform.create_form(FORM)["id"] == "f1"
    assert (provider.seen[0].method, provider.seen[0].path) == ("POST", "/forms")
    assert provider.seen[0].body == FORM


@pytest.mark.parametrize(
    "reply", [requests.exceptions.ReadTimeout(), (502, None), (200, {})]
)
def test_what_may_have_been_made_is_not_asked_for_again(
    typeform: Typeform, provider: Provider, reply: Reply
) -> None:
    provider.replies = [reply]

    with pytest.raises(RemoteBusy) as caught:
        typeform.create_form(FORM)
    assert caught.value.maybe_done
    assert len(provider.seen) == 1
