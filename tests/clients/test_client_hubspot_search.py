"""Searching what changed: complete past the cap, past ties and past changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Clock, Provider, Reply, Seen

from connector.clients import HubSpot, RemoteRefused

START = datetime(2026, 11, 1, tzinfo=UTC)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class Crm:
    """A search that keeps HubSpot's rules: 200 a page, 10 000 in all, ascending."""

    def __init__(self, name: str, times: dict[str, datetime]) -> None:
        self.name = name
        self.times = times
        self.meanwhile: list[tuple[str, datetime]] = []

    def __call__(self, seen: Seen) -> Reply:
        body = seen.body
        offset = int(body["after"])
        if offset + body["limit"] > 10_000:
            return 400, {"message": "too deep"}
        assert body["sorts"] == [self.name]
        rows = sorted(
            (moment, one)
            for one, moment in self.times.items()
            if self._fits(moment, body["filterGroups"][0]["filters"])
        )
        page = rows[offset : offset + body["limit"]]
        data: dict[str, Any] = {
            "total": len(rows),
            "results": [self._raw(one, moment) for moment, one in page],
        }
        if offset + len(page) < len(rows):
            data["paging"] = {"next": {"after": str(offset + len(page))}}
        if self.meanwhile:
            one, moment = self.meanwhile.pop(0)
            self.times[one] = moment
        return 200, data

    def _fits(self, moment: datetime, filters: list[dict[str, str]]) -> bool:
        operators = {one["operator"]: int(one["value"]) for one in filters}
        assert {one["propertyName"] for one in filters} == {self.name}
        at = _ms(moment)
        return operators["GTE"] <= at <= operators.get("LTE", at)

    def _raw(self, one: str, moment: datetime) -> dict[str, Any]:
        text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"id": one, "properties": {self.name: text}}


def test_more_than_ten_thousand_are_found(hubspot: HubSpot, provider: Provider) -> None:
    times = {str(n): START + timedelta(seconds=n // 3) for n in range(10_450)}
    provider.answer = Crm("hs_lastmodifieddate", times)

    found = [one.id for one in hubspot.search_modified("0-162", START, [])]
    assert len(found) == 10_450
    assert set(found) == set(times)


def test_many_changed_in_one_instant_are_found(
    hubspot: HubSpot, provider: Provider
) -> None:
    times = {str(n): START for n in range(900)}
    times |= {f"later{n}": START + timedelta(seconds=1) for n in range(300)}
    provider.answer = Crm("hs_lastmodifieddate", times)

    found = [one.id for one in hubspot.search_modified("companies", START, [])]
    assert sorted(found) == sorted(times)


def test_a_change_meanwhile_hides_no_other_record(
    hubspot: HubSpot, provider: Provider
) -> None:
    times = {str(n): START + timedelta(seconds=n) for n in range(450)}
    crm = Crm("lastmodifieddate", dict(times))
    crm.meanwhile = [(str(n), START + timedelta(hours=1)) for n in range(3)]
    provider.answer = crm

    found = [one.id for one in hubspot.search_modified("contacts", START, ["email"])]
    assert set(found) == set(times)
    assert provider.seen[0].body["properties"] == ["email", "lastmodifieddate"]


def test_until_bounds_the_window(hubspot: HubSpot, provider: Provider) -> None:
    times = {str(n): START + timedelta(seconds=n) for n in range(10)}
    provider.answer = Crm("lastmodifieddate", times)

    until = START + timedelta(seconds=4)
    found = hubspot.search_modified("0-1", START, [], until=until)
    assert [one.id for one in found] == ["0", "1", "2", "3", "4"]


def test_too_many_in_one_instant_is_said_and_not_passed_over(
    hubspot: HubSpot, provider: Provider
) -> None:
    times = {str(n): START for n in range(10_100)}
    provider.answer = Crm("lastmodifieddate", times)

    with pytest.raises(RemoteRefused, match="too_many_at_one_instant"):
        list(hubspot.search_modified("contacts", START, []))


def test_searches_have_a_limit_of_their_own(
    hubspot: HubSpot, provider: Provider, clock: Clock
) -> None:
    provider.answer = Crm("lastmodifieddate", {})

    for _ in range(4):
        list(hubspot.search_modified("contacts", START, []))
    assert clock.waited == []
    list(hubspot.search_modified("contacts", START, []))
    assert sum(clock.waited) == pytest.approx(1, abs=0.1)
