"""SurveyMonkey: lists to the last page, webhooks whole, and what is gone."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import Day, Provider, Reply, Seen

from connector.clients import (
    RemoteBusy,
    RemoteRefused,
    RemoteUnauthorised,
    SurveyMonkey,
    connect_surveymonkey,
)

BULK = "/v3/surveys/11/responses/bulk"
START = datetime(2026, 11, 1, tzinfo=UTC)
HOOK = {
    "id": "7",
    "name": "Vidensbro",
    "event_type": "response_completed",
    "object_type": "survey",
    "object_ids": ["11", "12"],
    "subscription_url": "https://us.example/response_completed",
    "href": "https://api.surveymonkey.net/v3/webhooks/7",
}


def _page(data: list[Any], seen: Seen, *, more: bool = False, total: Any = None) -> Any:
    """A list's answer, whose links lead to another host, as recorded ones do."""
    other = "https://api.surveymonkey.net/v3/elsewhere?page="
    page = int(seen.query["page"])
    links = {"self": f"{other}{page}"}
    if more:
        links |= {"next": f"{other}{page + 1}", "last": f"{other}99"}
    answer = {"data": data, "page": page, "per_page": 100, "links": links}
    return answer if total is None else {**answer, "total": total}


class Survey:
    """A survey's bulk list: by change, ascending, from after a time, 100 a page."""

    def __init__(self, count: int, *, tells_total: bool = True) -> None:
        self.changed = {str(n): START + timedelta(minutes=n) for n in range(count)}
        self.tells_total = tells_total
        self.meanwhile: list[dict[str, datetime | None]] = []

    def __call__(self, seen: Seen) -> Reply:
        assert seen.path == BULK
        start = seen.query.get("start_modified_at", "2000-01-01T00:00:00")
        since = datetime.strptime(start, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        rows = sorted((at, int(one)) for one, at in self.changed.items() if at > since)
        first = (int(seen.query["page"]) - 1) * 100
        data = [self._item(str(one), at) for at, one in rows[first : first + 100]]
        total = len(rows) if self.tells_total else None
        answer = _page(data, seen, more=first + 100 < len(rows), total=total)
        for one, at in (self.meanwhile.pop(0) if self.meanwhile else {}).items():
            self.changed.pop(one)
            if at is not None:
                self.changed[one] = at
        return 200, answer

    def _item(self, one: str, at: datetime) -> dict[str, Any]:
        return {
            "id": one,
            "response_status": "completed",
            "date_modified": at.isoformat(),
            "pages": [],
        }


def test_responses_are_walked_by_page_number(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.answer = Survey(250)

    found = [one["id"] for one in surveymonkey.responses("11")]
    assert found == [str(n) for n in range(250)]
    assert [one.query["page"] for one in provider.seen] == ["1", "2", "3"]
    assert provider.seen[0].query == {
        "page": "1",
        "per_page": "100",
        "sort_by": "date_modified",
        "sort_order": "ASC",
        "status": "completed",
    }
    assert {one.headers["Authorization"] for one in provider.seen} == {"Bearer sm-test"}


def test_a_full_last_page_is_the_last(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.answer = Survey(100)

    assert len(list(surveymonkey.responses("11"))) == 100
    assert len(provider.seen) == 1


def test_since_is_inclusive_in_utc(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.answer = Survey(10)
    since = (START + timedelta(minutes=4)).astimezone(timezone(timedelta(hours=2)))

    found = [one["id"] for one in surveymonkey.responses("11", since, status=None)]
    assert found == ["4", "5", "6", "7", "8", "9"]
    assert provider.seen[0].query["start_modified_at"] == "2026-11-01T00:03:59"
    assert "status" not in provider.seen[0].query


@pytest.mark.parametrize("last", [START + timedelta(days=30), None])
def test_a_change_or_a_deletion_meanwhile_hides_no_other(
    surveymonkey: SurveyMonkey, provider: Provider, last: datetime | None
) -> None:
    survey = Survey(250)
    survey.meanwhile = [{"3": last, "7": last}]
    provider.answer = survey

    found = [one["id"] for one in surveymonkey.responses("11")]
    assert set(found) == {str(n) for n in range(250)}
    assert len(provider.seen) == 6
    twice = {one for one in found if found.count(one) > 1}
    assert twice == ({"3", "7"} if last else set())


def test_one_missed_in_the_first_two_walks_is_found(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    """Two of one second, at the end of a page, come in another order at each call."""
    survey = Survey(101)
    first, second = survey.changed["99"], survey.changed["100"]
    swaps = iter([False, True, False, True, False, False])

    def answer(seen: Seen) -> Reply:
        pair = ("100", "99") if next(swaps) else ("99", "100")
        survey.changed |= dict(zip(pair, (first, second), strict=True))
        status, data = survey(seen)[:2]
        for one in data["data"]:
            one["date_modified"] = first.isoformat()
        return status, data

    provider.answer = answer
    assert "100" in {one["id"] for one in surveymonkey.responses("11")}
    assert len(provider.seen) == 6


def test_a_total_that_never_fits_does_not_walk_for_ever(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    survey = Survey(150)

    def answer(seen: Seen) -> Reply:
        status, data = survey(seen)[:2]
        return status, {**data, "total": 900}

    provider.answer = answer
    assert len(list(surveymonkey.responses("11"))) == 150
    assert len(provider.seen) == 3 * 2


def test_a_list_without_a_total_is_walked_once(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.answer = Survey(150, tells_total=False)

    assert len(list(surveymonkey.responses("11"))) == 150
    assert len(provider.seen) == 2


def test_an_empty_page_ends_whatever_its_links_say(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.answer = lambda seen: (200, _page([], seen, more=True))

    assert list(surveymonkey.responses("11")) == []
    assert len(provider.seen) == 1


def test_one_response_with_its_answers(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(200, {"id": "5", "pages": []})]

    assert surveymonkey.response("11", "5") == {"id": "5", "pages": []}
    assert provider.seen[0].path == "/v3/surveys/11/responses/5/details"


def test_surveys_and_their_design(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.path != "/v3/surveys":
            return 200, {"id": "11", "date_modified": "2026-11-01T08:00:00"}
        first = seen.query["page"] == "1"
        ids = range(100) if first else range(100, 102)
        return 200, _page([{"id": str(n)} for n in ids], seen, more=first)

    provider.answer = answer
    assert len(surveymonkey.surveys()) == 102
    assert surveymonkey.survey("11")["date_modified"] == "2026-11-01T08:00:00"
    assert surveymonkey.design("11")["id"] == "11"
    assert surveymonkey.me()["id"] == "11"
    assert [one.path for one in provider.seen[2:]] == [
        "/v3/surveys/11",
        "/v3/surveys/11/details",
        "/v3/users/me",
    ]
    assert provider.seen[0].query["include"] == "date_modified,language"


def test_webhooks_are_listed_with_their_details(
    surveymonkey: SurveyMonkey, provider: Provider, day: Day
) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.path == "/v3/webhooks":
            names = [{"id": "7", "name": "a"}, {"id": "8", "name": "b"}]
            return 200, _page(names, seen)
        if seen.path.endswith("/8"):
            return 404, {"error": {"id": "1020", "http_status_code": 404}}
        return 200, {**HOOK, "authorization": "word"}

    provider.answer = answer
    assert surveymonkey.webhooks() == [HOOK]
    assert day.spent == ["setup"] * 3


def test_a_webhook_is_made_changed_and_ended(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [
        (201, HOOK),
        (200, HOOK),
        (200, HOOK),
        (204, None),
        (404, {"error": {"id": "1020"}}),
    ]
    url = "https://us.example/response_completed"

    made = surveymonkey.create_webhook(
        "response_completed", ["11", "12"], url, "Vidensbro"
    )
    assert made == HOOK
    assert provider.seen[0].body == {
        "name": "Vidensbro",
        "event_type": "response_completed",
        "object_type": "survey",
        "object_ids": ["11", "12"],
        "subscription_url": url,
    }
    surveymonkey.update_webhook("7", ["11", "12", "13"])
    surveymonkey.update_webhook("7", ["11"], url)
    assert surveymonkey.delete_webhook("7") is True
    assert surveymonkey.delete_webhook("7") is False
    assert [(one.method, one.path, one.body) for one in provider.seen[1:]] == [
        ("PATCH", "/v3/webhooks/7", {"object_ids": ["11", "12", "13"]}),
        ("PATCH", "/v3/webhooks/7", {"object_ids": ["11"], "subscription_url": url}),
        ("DELETE", "/v3/webhooks/7", None),
        ("DELETE", "/v3/webhooks/7", None),
    ]


def test_a_refused_webhook_is_an_error(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    error = {"id": "1026", "message": "The requested resource already exists."}
    provider.answer = lambda _: (409, {"error": error})

    with pytest.raises(RemoteRefused) as caught:
        surveymonkey.create_webhook("response_deleted", ["1"], "https://x.example", "n")
    assert (caught.value.status, caught.value.code) == (409, "1026")
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    "reply",
    [
        (404, {"error": {"id": "1020", "message": "not found"}}),
        (404, None),
        (410, {"error": {"id": 1020}}),
        (200, {"error": {"id": "1020"}}),
    ],
)
def test_a_deleted_response_is_none(
    surveymonkey: SurveyMonkey, provider: Provider, reply: Reply
) -> None:
    provider.replies = [reply]

    assert surveymonkey.response("11", "5") is None


@pytest.mark.parametrize("number", ["1052", "1053"])
def test_a_deleted_account_is_no_deleted_response(
    surveymonkey: SurveyMonkey, provider: Provider, number: str
) -> None:
    provider.replies = [(404 if number == "1052" else 410, {"error": {"id": number}})]

    with pytest.raises(RemoteUnauthorised) as caught:
        surveymonkey.response("11", "5")
    assert caught.value.code == "user_gone"


def test_the_usual_address_is_that_of_the_us() -> None:
    client = connect_surveymonkey("t")
    assert client.door.base_url == "https://api.surveymonkey.com/v3"
    client.door.close()


@pytest.mark.parametrize("data", [{}, [], None, "text"])
def test_an_answer_of_another_shape_is_no_answer(
    surveymonkey: SurveyMonkey, provider: Provider, data: object
) -> None:
    provider.answer = lambda _: (200, data)

    for ask in (
        surveymonkey.me,
        lambda: surveymonkey.design("11"),
        lambda: surveymonkey.response("11", "5"),
        lambda: list(surveymonkey.responses("11")),
        surveymonkey.webhooks,
    ):
        with pytest.raises(RemoteBusy):
            ask()


def test_a_changed_webhook_may_come_back_without_a_body(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    provider.replies = [(204, None)]

    assert surveymonkey.update_webhook("7", ["11"]) == {}


def test_a_survey_and_its_link_are_made_by_one_try_each(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    survey = {"title": "Bliv mentor", "language": "da", "pages": [{"questions": []}]}
    link = {"id": "9", "url": "https://www.surveymonkey.example/r/A1"}
    provider.replies = [(201, {"id": "11"}), (201, link)]

    assert surveymonkey.create_survey(survey)["id"] == "11"
    assert surveymonkey.create_weblink("11", "Bliv mentor")["url"] == link["url"]
    assert [one.body for one in provider.seen] == [
        survey,
        {"type": "weblink", "name": "Bliv mentor", "allow_multiple_responses": True},
    ]
    provider.replies = [(502, None)]
    with pytest.raises(RemoteBusy):
        surveymonkey.create_survey(survey)
    assert len(provider.seen) == 3


def test_collectors_come_with_their_address(
    surveymonkey: SurveyMonkey, provider: Provider
) -> None:
    row = {"id": "9", "name": "Ours", "type": "weblink", "url": "https://x.example/r/A"}
    provider.answer = lambda seen: (200, _page([row], seen))

    assert surveymonkey.collectors("11") == [row]
    assert provider.seen[0].query["include"] == "type,url"
