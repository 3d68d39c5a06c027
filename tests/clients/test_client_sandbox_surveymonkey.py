"""SurveyMonkey's client against the sandbox: surveys, answers, webhooks, limits."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from conftest import Day

from connector.clients import (
    Connecting,
    RemoteBusy,
    RemoteRefused,
    RemoteUnauthorised,
    SurveyMonkey,
    connect_surveymonkey,
)
from sandbox.app import create_sandbox, serving

NAME = {
    "headings": [{"heading": "Name"}],
    "ref": "name",
    "family": "open_ended",
    "subtype": "single",
}
Options = Callable[..., "Survey"]


class Survey:
    """One survey of the sandbox, its respondents and a client of its owner."""

    def __init__(self, address: str, day: Day) -> None:
        self.address = address
        self.base = f"{address}/surveymonkey/v3"
        self.client = connect_surveymonkey("sm-test", Connecting(self.base), budget=day)
        self.id = str(self._post("/surveymonkey/v3/surveys", _design())["id"])

    def answered(self, name: str, **told: Any) -> str:
        body = {"answers": {"Name": name}, **told}
        return str(self._post(f"/surveymonkey/to/{self.id}", body)["response"])

    def act(self, name: str, **told: Any) -> None:
        path = f"/sandbox/control/surveymonkey/{name}"
        self._post(path, {"survey": self.id, **told})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": "bearer sm-test"}
        url = self.address + path
        answer = requests.post(url, json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json()


def _design() -> dict[str, Any]:
    return {"title": "Join us", "pages": [{"questions": [NAME]}]}


@pytest.fixture
def sandboxed(day: Day) -> Iterator[Options]:
    clients: list[SurveyMonkey] = []

    with serving(app := create_sandbox()) as address:

        def made(**options: Any) -> Survey:
            survey = Survey(address, day)
            clients.append(survey.client)
            for name, value in options.items():
                app.extensions["sandbox"].options[f"surveymonkey.{name}"] = value
            return survey

        yield made
        for client in clients:
            client.door.close()


def test_answers_are_read_in_the_order_of_their_change(sandboxed: Options) -> None:
    survey = sandboxed()
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    ids = [
        survey.answered(f"N{n}", at=(start + timedelta(minutes=n)).isoformat())
        for n in range(105)
    ]
    survey.answered("Half", status="partial")

    found = list(survey.client.responses(survey.id))
    assert [one["id"] for one in found] == ids
    answers = found[0]["pages"][0]["questions"][0]["answers"]
    assert answers[0]["text"] == "N0"
    since = start + timedelta(minutes=103)
    later = survey.client.responses(survey.id, since, status=None)
    assert [one["id"] for one in later][:2] == ids[103:]


@pytest.mark.parametrize("inclusive", [True, False])
def test_since_counts_itself_either_way(sandboxed: Options, inclusive: bool) -> None:
    survey = sandboxed(start_inclusive=inclusive)
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    one = survey.answered("Mo", at=at.isoformat())

    assert [r["id"] for r in survey.client.responses(survey.id, at)] == [one]
    after = at + timedelta(seconds=2)
    assert list(survey.client.responses(survey.id, after)) == []


def test_a_change_comes_again_and_a_deletion_is_none(sandboxed: Options) -> None:
    survey = sandboxed()
    one = survey.answered("Mo", at="2026-11-01T09:00:00+00:00")
    before = survey.client.response(survey.id, one)
    survey.answered("Mo Jensen", response=one, at="2026-11-02T09:00:00+00:00")

    after = survey.client.response(survey.id, one)
    assert before is not None
    assert after is not None
    assert before["date_modified"] < after["date_modified"]
    assert before["date_created"] == after["date_created"]
    survey.act("delete_response", response=one)
    assert survey.client.response(survey.id, one) is None


def test_a_design_is_known_by_its_date(sandboxed: Options) -> None:
    survey = sandboxed()

    design = survey.client.design(survey.id)
    assert design["pages"][0]["questions"][0]["headings"][0]["heading"] == "Name"
    about = survey.client.survey(survey.id)
    assert "pages" not in about
    listed = {one["id"]: one for one in survey.client.surveys()}
    assert listed[survey.id]["date_modified"] == about["date_modified"]
    assert survey.client.me()["id"]


def test_webhooks_have_a_url_each(sandboxed: Options) -> None:
    survey, client = (made := sandboxed()), made.client
    url = f"{survey.address}/"
    hook = client.create_webhook("response_completed", [survey.id], url, "Vidensbro")
    assert [one["object_ids"] for one in client.webhooks()] == [[survey.id]]

    with pytest.raises(RemoteRefused):
        client.create_webhook("response_deleted", [survey.id], url, "Vidensbro")
    other = Survey(survey.address, Day())
    changed = client.update_webhook(hook["id"], [survey.id, other.id])
    assert changed["object_ids"] == [survey.id, other.id]
    other.client.door.close()
    assert client.delete_webhook(hook["id"]) is True
    assert client.delete_webhook(hook["id"]) is False


def test_a_spent_day_is_busy_until_midnight(sandboxed: Options, day: Day) -> None:
    survey = sandboxed(day_limit=2)  # one call has made the survey
    survey.client.me()

    with pytest.raises(RemoteBusy) as caught:
        survey.client.me()
    limit, remaining, reset_s = day.told_of[-1]
    assert (limit, remaining) == (2, 0)
    assert caught.value.retry_after_s is not None
    assert abs(caught.value.retry_after_s - reset_s) < 60
    assert 0 < reset_s <= 24 * 3600


def test_a_missing_scope_and_another_region_are_told_apart(sandboxed: Options) -> None:
    survey = sandboxed(detail_scope=False)
    with pytest.raises(RemoteRefused, match="missing_scope"):
        list(survey.client.responses(survey.id))

    survey = sandboxed()
    sandboxed(wrong_region=True)
    with pytest.raises(RemoteUnauthorised, match="wrong_region"):
        survey.client.me()
