"""SurveyMonkey's errors and its calls a day: counted, told and waited for."""

from typing import Any

import pytest
from conftest import SURVEYMONKEY, Clock, Day, Provider

from connector.clients import (
    Connecting,
    RemoteBusy,
    RemoteRefused,
    RemoteUnauthorised,
    SurveyMonkey,
    Waiting,
    connect_surveymonkey,
)

EMPTY: dict[str, Any] = {"data": [], "links": {}}
PREFIX = "X-Ratelimit-App-Global"


def _headers(**figures: object) -> dict[str, str]:
    return {
        f"{PREFIX}-{name.replace('_', '-')}": str(value)
        for name, value in figures.items()
    }


def _error(number: object, message: str = "no") -> dict[str, Any]:
    return {"error": {"id": number, "name": "x", "message": message}}


@pytest.mark.parametrize("number", ["1010", "1011", "1012", "1013"])
def test_a_token_that_is_no_good_pauses_the_connection(
    surveymonkey: SurveyMonkey, provider: Provider, number: str
) -> None:
    provider.replies = [(401, _error(number))]

    with pytest.raises(RemoteUnauthorised):
        surveymonkey.me()
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        ("1014", "missing_scope", "scope"),
        ("1015", "missing_plan", "plan"),
        ("1016", "no_access", "may not"),
        ("1017", "quota", "quota"),
    ],
)
def test_what_the_account_may_not_do_is_refused_in_words(
    surveymonkey: SurveyMonkey, provider: Provider, number: str, code: str, word: str
) -> None:
    provider.replies = [(403, _error(number))]

    with pytest.raises(RemoteRefused) as caught:
        list(surveymonkey.responses("11"))
    assert caught.value.code == code
    assert word in caught.value.message


def test_another_region_is_named(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(403, _error("1018"))]

    with pytest.raises(RemoteUnauthorised, match="wrong_region") as caught:
        surveymonkey.me()
    assert "access_url" in caught.value.message


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_revoked_grant_has_a_shape_of_its_own(
    surveymonkey: SurveyMonkey, provider: Provider, status: int
) -> None:
    said = {"status": 1, "errmsg": "Client revoked access grant"}
    provider.replies = [(status, said)]

    with pytest.raises(RemoteUnauthorised) as caught:
        surveymonkey.design("11")
    assert caught.value.code == "revoked_token"
    assert caught.value.message == "Client revoked access grant"


def test_an_error_may_be_a_bare_number(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(403, {"error": 1014}), (400, {"error": 1001})]

    with pytest.raises(RemoteRefused) as caught:
        surveymonkey.me()
    assert caught.value.code == "missing_scope"
    with pytest.raises(RemoteRefused) as caught:
        surveymonkey.me()
    assert caught.value.code == "1001"


def test_a_403_without_a_body_is_about_the_token(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(403, None)]

    with pytest.raises(RemoteUnauthorised):
        surveymonkey.me()


@pytest.mark.parametrize(
    ("status", "number"), [(500, "1050"), (503, "1051"), (400, "1054")]
)
def test_a_fault_of_its_own_is_asked_again(
    surveymonkey: SurveyMonkey, provider: Provider, status: int, number: str
) -> None:
    provider.replies = [(status, _error(number)), (200, {"id": "1"})]

    assert surveymonkey.me() == {"id": "1"}


@pytest.mark.parametrize(
    ("figures", "wait_s"),
    [
        ({"Minute_Remaining": 0, "Minute_Reset": 41}, 41),
        ({"Minute_Remaining": 5, "Minute_Reset": 41}, 60),
        ({"Minute_Remaining": "soon", "Minute_Reset": "x"}, 60),
        ({}, 60),
    ],
)
def test_too_many_in_a_minute_waits_for_its_reset(
    surveymonkey: SurveyMonkey,
    provider: Provider,
    slept: list[float],
    figures: dict[str, object],
    wait_s: int,
) -> None:
    provider.replies = [
        (429, _error("1040"), _headers(**figures)),
        (200, {"id": "1"}),
    ]

    surveymonkey.me()
    assert len(slept) == 1
    assert wait_s <= slept[0] <= wait_s + 1


def test_a_spent_day_is_left_until_its_reset(
    surveymonkey: SurveyMonkey, provider: Provider, slept: list[float]
) -> None:
    figures = _headers(
        Minute_Remaining=0,
        Minute_Reset=20,
        Day_Limit=500,
        Day_Remaining=0,
        Day_Reset=7200,
    )
    provider.replies = [(429, _error("1040"), figures)]

    with pytest.raises(RemoteBusy) as caught:
        surveymonkey.me()
    assert caught.value.retry_after_s == 7200
    assert slept == []


def test_a_limit_told_under_a_200_is_busy(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(200, _error("1040"))]

    with pytest.raises(RemoteBusy) as caught:
        surveymonkey.me()
    assert caught.value.retry_after_s == 60


def test_each_call_is_counted_for_its_purpose(
    surveymonkey: SurveyMonkey, provider: Provider, day: Day
) -> None:
    provider.answer = lambda seen: (200, {**EMPTY, "id": "1"})

    surveymonkey.me()
    surveymonkey.survey("11")
    surveymonkey.design("11")
    list(surveymonkey.responses("11"))
    surveymonkey.response("11", "5")
    list(surveymonkey.with_purpose("event").responses("11"))
    surveymonkey.with_purpose("setup").design("11")
    assert day.spent == [
        "setup",
        "design",
        "design",
        "poll",
        "event",
        "event",
        "setup",
    ]


def test_what_the_day_is_spent_for_is_not_called(
    surveymonkey: SurveyMonkey, provider: Provider, day: Day, slept: list[float]
) -> None:
    day.refused = {"poll"}
    provider.answer = lambda seen: (200, EMPTY)

    with pytest.raises(RemoteBusy) as caught:
        list(surveymonkey.responses("11"))
    assert caught.value.retry_after_s == 9000
    assert provider.seen == []
    assert slept == []
    assert list(surveymonkey.with_purpose("event").responses("11")) == []


def test_a_repeated_try_is_a_call_of_the_day(
    surveymonkey: SurveyMonkey, provider: Provider, day: Day
) -> None:
    provider.replies = [(503, None), (200, {"id": "1"})]

    surveymonkey.me()
    assert day.spent == ["setup", "setup"]


def test_the_days_figures_are_handed_on_from_every_answer(
    surveymonkey: SurveyMonkey, provider: Provider, day: Day
) -> None:
    figures = _headers(Day_Limit=500, Day_Remaining=499, Day_Reset=3600)
    provider.replies = [
        (200, {"id": "1"}, figures),
        (200, {"id": "1"}, _headers(Day_Limit=500)),
        (404, _error("1020"), _headers(Day_Limit=500, Day_Remaining=1, Day_Reset=60)),
        (200, {"id": "1"}, _headers(Day_Limit="-", Day_Remaining=1, Day_Reset=1)),
    ]

    surveymonkey.me()
    surveymonkey.me()
    surveymonkey.response("11", "5")
    surveymonkey.me()
    assert day.told_of == [(500, 499, 3600.0), (500, 1, 60.0)]


def test_without_a_budget_every_call_is_made(
    provider: Provider, how: Connecting
) -> None:
    provider.answer = lambda seen: (200, {"id": "1"}, _headers(Day_Remaining=0))
    at = Connecting(SURVEYMONKEY, None, how.patience, how.waiting)
    client = connect_surveymonkey("sm-test", at)

    assert client.me() == {"id": "1"}
    client.door.close()


def test_a_hundred_calls_a_minute(
    provider: Provider, how: Connecting, clock: Clock
) -> None:
    provider.answer = lambda seen: (200, {"id": "1"})
    patient = Waiting(90, clock.sleep, clock.now)
    client = connect_surveymonkey(
        "sm-test", Connecting(SURVEYMONKEY, None, how.patience, patient)
    )

    for _ in range(100):
        client.me()
    assert clock.waited == []
    client.me()
    assert 59 < sum(clock.waited) <= 61
    client.door.close()
