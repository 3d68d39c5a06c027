"""Regions: an account is where it is, and the others are tried only at real hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from connector.credentials import check
from connector.credentials.trying import Asked, try_out
from connector.findings import Finding
from connector.settings import load_settings

US, EU, NEW = "api.typeform.com", "api.eu.typeform.com", "api.typeform.eu"
M_US, M_EU, M_CA = (
    "api.surveymonkey.com",
    "api.eu.surveymonkey.com",
    "api.surveymonkey.ca",
)
QUICK = {"TYPEFORM_CALLS_PER_S": "100"}
GRANTED = [
    "users_read", "surveys_read", "responses_read", "responses_read_detail",
    "webhooks_read", "webhooks_write",
]  # fmt: skip


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


class TypeformAt:
    """Typeform, with an account in one region; where others refuse or are empty."""

    def __init__(self, mock: Any, home: str, accepts: set[str], *, forms: bool) -> None:
        self.home, self.accepts, self.forms = home, accepts, forms
        self.asked: list[str] = []
        for host in (US, EU, NEW):
            pattern = re.compile(f"https://{re.escape(host)}/.*")
            mock.add_callback("GET", pattern, callback=self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, Any, str]:
        host, _, path = str(request.url).removeprefix("https://").partition("/")
        self.asked.append(host)
        if host not in self.accepts:
            return 401, {}, '{"code": "AUTHENTICATION_FAILED"}'
        known = self._known()
        found = next((known[one] for one in known if path.startswith(one)), None)
        if found is None:
            return 404, {}, '{"code": "FORM_NOT_FOUND"}'
        return 200, {}, json.dumps(found)

    def _known(self) -> dict[str, Any]:
        links = {"responses": f"https://{self.home}/forms/f1/responses"}
        items = [{"id": "f1"}] if self.forms else []
        form = {
            "forms/f1/webhooks": {"items": []},
            "forms/f1/responses": {"total_items": 0, "items": []},
            "forms/f1": {"id": "f1", "_links": links},
        }
        return {
            "me": {"alias": "Testby", "user_id": "u1"},
            "forms?": {"page_count": 1, "items": items},
            **(form if self.forms else {}),
        }


def look(tool: str, **values: str) -> dict[str, Finding]:
    given = {f"{tool.upper()}_TOKEN": "a-token", **QUICK, **values}
    accounts = load_settings(given).accounts["lyngby"]
    return {one.check: one for one in check(tool, accounts, "")}


def tried(tool: str, **values: str) -> Any:
    return try_out(Asked(tool, "a-token", {**QUICK, **values}, "lyngby"))


@pytest.mark.parametrize(
    ("home", "accepts"),
    [(US, {US}), (EU, {US, EU}), (EU, {EU}), (NEW, {NEW})],
    ids=["us", "old eu, us answers emptily", "old eu", "new eu"],
)
def test_typeforms_region_is_found_by_trying(web, home, accepts):
    TypeformAt(web, home, accepts, forms=True)
    found = tried("typeform")
    assert found.sound
    assert f"are at {home}" in told(found, "typeform.region")
    wanted = {} if home == US else {"TYPEFORM_BASE_URL": f"https://{home}"}
    kept = {k: v for k, v in found.values.items() if k == "TYPEFORM_BASE_URL"}
    assert kept == wanted


def told(found: Any, name: str) -> str:
    return next(one.what for one in found.findings if one.check == name)


@pytest.mark.parametrize(
    ("home", "accepts"), [(EU, {US, EU}), (EU, {EU}), (NEW, {NEW})]
)
def test_a_wrong_region_is_a_finding_that_says_which_one_fits(web, home, accepts):
    TypeformAt(web, home, accepts, forms=True)
    found = look("typeform")["typeform.region"]
    assert found.level == "fault"
    assert found.remedy == f"Set TYPEFORM_BASE_URL=https://{home}"


def test_a_region_that_was_set_is_not_replaced(web):
    TypeformAt(web, NEW, {NEW}, forms=True)
    found = tried("typeform", TYPEFORM_BASE_URL=f"https://{US}")
    assert not found.sound
    assert found.values["TYPEFORM_BASE_URL"] == f"https://{US}"


def test_an_account_without_forms_is_where_its_token_is_accepted(web):
    TypeformAt(web, NEW, {NEW}, forms=False)
    found = tried("typeform")
    assert found.values["TYPEFORM_BASE_URL"] == f"https://{NEW}"
    assert "once it has a form" in told(found, "typeform.region")


def test_a_token_that_no_region_accepts_is_said_to_be_none(web):
    TypeformAt(web, US, set(), forms=True)
    found = look("typeform")
    assert list(found) == ["typeform.token"]
    assert "nor in its other regions" in found["typeform.token"].what


def test_only_the_tools_own_hosts_are_tried(web):
    asked = TypeformAt(web, US, {US}, forms=True)
    web.add("GET", "https://sandbox.example/me", json={}, status=401)
    found = look("typeform", TYPEFORM_BASE_URL="https://sandbox.example")
    assert "other regions" not in found["typeform.token"].what
    assert not asked.asked


class MonkeyAt:
    """SurveyMonkey, with an account in one region."""

    def __init__(self, mock: Any, home: str, refusal: str) -> None:
        status = 403 if refusal == "1018" else 401
        for host in (M_US, M_EU, M_CA):
            url = f"https://{host}/v3/users/me"
            if host == home:
                scopes = {"available": GRANTED, "granted": GRANTED}
                body = {"id": "7", "username": "testby", "scopes": scopes}
                mock.add("GET", url, json=body)
            else:
                error = {"id": refusal, "message": "No."}
                mock.add("GET", url, json={"error": error}, status=status)


@pytest.mark.parametrize("refusal", ["1018", "1011"])
@pytest.mark.parametrize("home", [M_US, M_EU, M_CA])
def test_surveymonkeys_region_is_found_by_trying(web, home, refusal):
    MonkeyAt(web, home, refusal)
    found = tried("surveymonkey")
    assert found.sound
    wanted = None if home == M_US else f"https://{home}/v3"
    assert found.values.get("SURVEYMONKEY_BASE_URL") == wanted


@pytest.mark.parametrize("refusal", ["1018", "1011"])
def test_surveymonkeys_wrong_region_says_which_one_fits(web, refusal):
    MonkeyAt(web, M_CA, refusal)
    found = look("surveymonkey")
    assert list(found) == ["surveymonkey.region"]
    assert "region Canada" in found["surveymonkey.region"].what
    remedy = f"Set SURVEYMONKEY_BASE_URL=https://{M_CA}/v3"
    assert found["surveymonkey.region"].remedy == remedy


def test_a_token_that_is_accepted_nowhere_is_none(web):
    MonkeyAt(web, "nowhere.example", "1011")
    assert list(look("surveymonkey")) == ["surveymonkey.token"]


def test_the_data_centre_is_the_keys_ending(web):
    url = "https://us21.api.mailchimp.com/3.0"
    web.add("GET", f"{url}/", json={"account_id": "a", "account_name": "Testby"})
    one = {"id": "l1", "name": "News", "stats": {"member_count": 3}}
    web.add("GET", f"{url}/lists", json={"lists": [one], "total_items": 1})
    web.add("GET", f"{url}/lists/l1", json=one)
    found = try_out(Asked("mailchimp", "abc-us21", {}, "lyngby"))
    assert found.sound
    assert found.values["MAILCHIMP_AUDIENCE_ID"] == "l1"
    assert "MAILCHIMP_BASE_URL" not in found.values
    assert len(found.values["MAILCHIMP_WEBHOOK_SECRETS"]) == 64
