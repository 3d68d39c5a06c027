"""The door: what is tried again, how long it waits, and what an error says."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from conftest import Provider

from connector.clients import (
    HubSpot,
    Mailchimp,
    RemoteBusy,
    RemoteRefused,
    RemoteUnauthorised,
    Typeform,
)
from connector.clients.door import Call
from connector.clients.retry_after import LONGEST_S, retry_after_s

DETAILS = {"portalId": 123, "timeZone": "Europe/Copenhagen"}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAGE = "/crm/pipelines/2026-09/0-162/1/stages/2"


@pytest.mark.parametrize("status", [408, 423, 429, 477, 500, 502, 503, 504, 521])
def test_a_busy_provider_is_asked_again(
    hubspot: HubSpot, provider: Provider, slept: list[float], status: int
) -> None:
    provider.replies = [(status, {}), (200, DETAILS)]

    assert hubspot.portal() == ("123", "Europe/Copenhagen")
    assert len(slept) == 1


def test_tries_are_bounded(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    provider.answer = lambda _: (503, "<html>down</html>")

    with pytest.raises(RemoteBusy, match="HubSpot 503"):
        hubspot.portal()
    assert len(provider.seen) == 5
    assert sum(slept) <= 120


def test_retry_after_in_seconds_is_waited_out(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    provider.replies = [(429, {}, {"Retry-After": "17"}), (200, DETAILS)]

    hubspot.portal()
    assert 17 <= slept[0] <= 18


def test_retry_after_as_a_date_is_waited_out(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=40)
    later = {"Retry-After": format_datetime(moment, usegmt=True)}
    provider.replies = [(503, {}, later), (200, DETAILS)]

    hubspot.portal()
    assert 35 < slept[0] <= 41


def test_a_longer_wait_than_our_patience_is_left_to_the_caller(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    provider.replies = [(429, {}, {"Retry-After": "7200"})]

    with pytest.raises(RemoteBusy) as caught:
        hubspot.portal()
    assert caught.value.retry_after_s == 7200
    assert len(provider.seen) == 1
    assert slept == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("-5", 0),
        ("1.5", 1.5),
        ("99999999999", LONGEST_S),
        ("inf", LONGEST_S),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Tue, 24 Nov 2026 12:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 12:01:00 -0000", 60),
        ("Tue, 24 Nov 2020 12:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_and_clamped(text: str, seconds: float | None) -> None:
    assert retry_after_s({"Retry-After": text}, NOW) == seconds


def test_hubspots_daily_limit_is_not_waited_for(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    provider.replies = [(429, {"policyName": "DAILY", "errorType": "RATE_LIMIT"})]

    with pytest.raises(RemoteBusy) as caught:
        hubspot.portal()
    assert caught.value.retry_after_s == 3600
    assert slept == []


def test_hubspots_burst_limit_waits_the_window(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    burst = {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}
    provider.replies = [(429, burst), (200, DETAILS)]

    hubspot.portal()
    assert 10 <= slept[0] <= 11


@pytest.mark.parametrize("status", [401, 403])
def test_a_revoked_credential_is_tried_once(
    hubspot: HubSpot, provider: Provider, status: int
) -> None:
    provider.replies = [(status, {"category": "INVALID_AUTHENTICATION"})]

    with pytest.raises(RemoteUnauthorised) as caught:
        hubspot.portal()
    assert caught.value.status == status
    assert len(provider.seen) == 1


def test_an_error_says_neither_address_nor_query_nor_body(
    hubspot: HubSpot, provider: Provider
) -> None:
    words = "Contact ada@people.example is in trouble"
    provider.replies = [(400, {"category": "VALIDATION_ERROR", "message": words})]

    with pytest.raises(RemoteRefused) as caught:
        hubspot.read("contacts", "ada@people.example", ["email"])
    assert str(caught.value) == "HubSpot 400 VALIDATION_ERROR"
    assert caught.value.message == "Contact (address) is in trouble"


def test_a_redirect_is_refused_and_not_followed(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(302, None, {"Location": "https://elsewhere.example/"})]

    with pytest.raises(RemoteRefused, match="302"):
        hubspot.portal()


def test_a_page_instead_of_json_is_busy(
    hubspot: HubSpot, provider: Provider, slept: list[float]
) -> None:
    provider.replies = [(200, "<html>"), (200, DETAILS)]

    assert hubspot.portal()[0] == "123"


def test_the_request_says_who_and_what(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, DETAILS)]

    hubspot.portal()
    headers = provider.seen[0].headers
    assert headers["Authorization"] == "Bearer pat-test"
    assert headers["User-Agent"].startswith("vidensbro/")


def test_an_unrepeatable_call_is_not_repeated_after_a_read_timeout(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [requests.ReadTimeout("slow")]

    with pytest.raises(RemoteBusy) as caught:
        hubspot.create_group("contacts", "vidensbro", "Vidensbro")
    assert caught.value.maybe_done
    assert len(provider.seen) == 1


def test_an_unrepeatable_call_is_repeated_if_it_never_arrived(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [
        requests.ConnectTimeout("no way"),
        (429, {}),
        (201, {"name": "vidensbro"}),
    ]

    created = hubspot.create_group("contacts", "vidensbro", "Vidensbro")
    assert created == {"name": "vidensbro"}


def test_a_repeatable_call_is_repeated_after_a_reset(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [requests.ConnectionError("reset"), (200, DETAILS)]

    assert hubspot.portal()[0] == "123"


def test_mailchimps_page_of_html_is_busy(
    mailchimp: Mailchimp, provider: Provider, slept: list[float]
) -> None:
    provider.replies = [(502, "<html>Bad gateway</html>"), (200, {"account_id": "x"})]

    assert mailchimp.account() == {"account_id": "x"}


@pytest.mark.parametrize("status", [403, 429])
def test_mailchimps_throttling_without_json_is_busy(
    mailchimp: Mailchimp, provider: Provider, status: int
) -> None:
    provider.replies = [(status, "slow down"), (200, {"account_id": "x"})]

    assert mailchimp.account() == {"account_id": "x"}


def test_mailchimps_403_with_json_is_the_key(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(403, {"title": "Forbidden", "detail": "No access"})]

    with pytest.raises(RemoteUnauthorised, match="Forbidden"):
        mailchimp.account()


def test_typeforms_code_is_kept(typeform: Typeform, provider: Provider) -> None:
    provider.replies = [(404, {"code": "FORM_NOT_FOUND", "description": "gone"})]

    with pytest.raises(RemoteRefused, match="Typeform 404 FORM_NOT_FOUND"):
        typeform.form("abc")


def test_an_empty_answer_is_none(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(204, None)]

    assert hubspot.door.call(Call("DELETE", STAGE)).data is None


@pytest.mark.parametrize("data", [{}, [], None, {"status": "COMPLETE"}])
def test_an_answer_of_another_shape_is_no_answer(
    hubspot: HubSpot, provider: Provider, data: object
) -> None:
    provider.answer = lambda _: (200, data)

    for ask in (
        lambda: hubspot.batch_read("contacts", ["1"], []),
        lambda: hubspot.associations("a", "b", ["1"]),
        lambda: hubspot.properties("contacts"),
        hubspot.portal,
    ):
        with pytest.raises(RemoteBusy, match="answer without"):
            ask()
