"""Credentials looked at over HTTP: whose account, what is missing, how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connector.credentials import accepted, check, reached
from connector.findings import Finding
from connector.settings import load_settings
from sandbox.app import create_sandbox, serving

SECRETS = {
    "HUBSPOT_TOKEN": "pat-eu1-very-secret",
    "MAILCHIMP_API_KEY": "0a1b2c-secret-us21",
    "TYPEFORM_TOKEN": "tfp_very_secret",
    "SURVEYMONKEY_TOKEN": "sm.very-secret",
}
EVERY = ("hubspot", "mailchimp", "typeform", "surveymonkey")


class Tools:
    """Four fresh accounts, and looks at them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.values = {
            **SECRETS,
            "HUBSPOT_BASE_URL": f"{url}/hubspot",
            "MAILCHIMP_BASE_URL": f"{url}/mailchimp/3.0",
            "MAILCHIMP_AUDIENCE_ID": "demo-audience",
            "TYPEFORM_BASE_URL": f"{url}/typeform",
            "TYPEFORM_CALLS_PER_S": "100",
            "SURVEYMONKEY_BASE_URL": f"{url}/surveymonkey/v3",
        }

    def look(self, tool: str, **more: str) -> dict[str, Finding]:
        """Return what is found, by check; no secret is in it."""
        accounts = load_settings(self.values | more).accounts["lyngby"]
        found = check(tool, accounts, "")
        told = repr(found)
        typed = [value for name, value in more.items() if name in SECRETS and value]
        assert not any(secret in told for secret in (*SECRETS.values(), *typed))
        return {one.check: one for one in found}

    def option(self, name: str, value: Any) -> None:
        url = f"{self.url}/sandbox/control/options"
        assert requests.put(url, json={name: value}, timeout=10).ok

    def form(self) -> None:
        headers = {"Authorization": "Bearer staff"}
        url = f"{self.url}/typeform/forms"
        assert requests.post(url, json={"title": "F"}, headers=headers, timeout=10).ok

    def calls(self) -> set[str]:
        counts = requests.get(f"{self.url}/sandbox/control/calls", timeout=10).json()
        return {name for tool in counts["counts"].values() for name in tool}


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    with serving(create_sandbox()) as url:
        yield url


@pytest.fixture
def tools(outside: str) -> Tools:
    assert requests.post(f"{outside}/sandbox/control/reset", timeout=10).ok
    return Tools(outside)


def faults(found: dict[str, Finding]) -> set[str]:
    return {name for name, one in found.items() if one.level == "fault"}


# --- all is well ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tool", "known"),
    [
        ("hubspot", "portal 4200001 (Sandbox)"),
        ("mailchimp", "sandbox-account (Sandbox)"),
        ("typeform", "Sandbox (sandbox-user)"),
        ("surveymonkey", "sandbox (900001)"),
    ],
)
def test_whose_account_it_is_is_said(tools, tool, known):
    found = tools.look(tool)
    assert {one.level for one in found.values()} == {"well"}
    assert known in next(iter(found.values())).what
    assert all(not one.remedy for one in found.values())
    assert accepted(tool, list(found.values()))


def test_nothing_is_written_at_any_tool(tools):
    tools.form()
    requests.delete(f"{tools.url}/sandbox/control/calls", timeout=10)
    for tool in EVERY:
        tools.look(tool)
    tools.option("hubspot.token_info", False)
    tools.look("hubspot")
    asked = {call for call in tools.calls() if not call.startswith("GET ")}
    assert asked == {"POST /oauth/v2/private-apps/get/access-token-info"}


def test_a_tool_that_is_off_is_not_looked_at():
    accounts = load_settings({"TYPEFORM_TOKEN": "t"}).accounts["lyngby"]
    assert check("hubspot", accounts, "") == []


@pytest.mark.parametrize("tool", EVERY)
def test_the_limits_are_kept_where_they_are_told(tools, tool, tmp_path):
    accounts = load_settings(tools.values).accounts["lyngby"]
    assert check(tool, accounts, str(tmp_path / "limits.db"))
    assert (tmp_path / "limits.db").exists()


# --- the credential itself -----------------------------------------------------------
@pytest.mark.parametrize(
    ("tool", "option", "name", "setting"),
    [
        ("hubspot", "hubspot.token", "hubspot.token", "HUBSPOT_TOKEN"),
        ("mailchimp", "mailchimp.api_key", "mailchimp.key", "MAILCHIMP_API_KEY"),
        ("typeform", "typeform.token", "typeform.token", "TYPEFORM_TOKEN"),
        (
            "surveymonkey",
            "surveymonkey.token",
            "surveymonkey.token",
            "SURVEYMONKEY_TOKEN",
        ),
    ],
)
def test_one_that_is_not_accepted_is_said_with_where_to_get_another(
    tools, tool, option, name, setting
):
    tools.option(option, "another")
    found = tools.look(tool)
    assert list(found) == [name]
    assert found[name].level == "fault"
    assert "does not accept this" in found[name].what
    assert setting in found[name].remedy
    assert not accepted(tool, list(found.values()))
    assert reached(tool, list(found.values()))


@pytest.mark.parametrize("tool", EVERY)
@pytest.mark.parametrize("typed", ["two words", "pat-“copied”", "pasted\ttwice"])
def test_what_can_be_no_credential_is_not_sent(tools, tool, typed):
    setting = next(name for name in SECRETS if name.lower().startswith(tool))
    found = tools.look(tool, **{setting: typed})
    (only,) = found.values()
    assert only.level == "fault"
    assert "holds a space or a letter" in only.what
    assert not tools.calls()


@pytest.mark.parametrize("typed", ["pat-eu1-12ab-34cd-ef", "a0b1c2d3e4f5a6b7"])
def test_a_key_of_another_tool_or_half_of_one_is_no_key_of_mailchimp(tools, typed):
    found = tools.look("mailchimp", MAILCHIMP_API_KEY=typed, MAILCHIMP_BASE_URL="")
    (only,) = found.values()
    assert (only.check, only.level) == ("mailchimp.key", "fault")
    assert "no data centre" in only.what
    assert "set MAILCHIMP_API_KEY" in only.remedy


@pytest.mark.parametrize("tool", EVERY)
def test_a_tool_that_cannot_be_reached_is_a_finding(tools, tool, monkeypatch):
    monkeypatch.setattr("connector.credentials.asking.QUICK", _impatient())
    found = tools.look(tool, **{f"{tool.upper()}_BASE_URL": "http://127.0.0.1:9"})
    assert faults(found) == {f"{tool}.reach"}
    assert "gave no answer at 127.0.0.1:9" in found[f"{tool}.reach"].what
    assert not reached(tool, list(found.values()))


@pytest.mark.parametrize("tool", EVERY)
def test_a_tool_that_is_down_is_a_finding(tools, tool, monkeypatch):
    monkeypatch.setattr("connector.credentials.asking.QUICK", _impatient())
    fault = {"tool": tool, "kind": "status", "status": 503, "times": 20}
    requests.post(f"{tools.url}/sandbox/control/faults", json=fault, timeout=10)
    assert faults(tools.look(tool)) == {f"{tool}.reach"}


@pytest.mark.parametrize("tool", EVERY)
def test_a_wrong_address_is_not_taken_for_a_wrong_credential(tools, tool):
    address = {f"{tool.upper()}_BASE_URL": f"{tools.url}/nothing/here"}
    found = tools.look(tool, **address)
    assert faults(found) == {f"{tool}.reach"}
    assert f"{tool.upper()}_BASE_URL" in found[f"{tool}.reach"].remedy


def _impatient() -> Any:
    from connector.clients import Patience

    return Patience(attempts=1, max_wait_s=0)


# --- HubSpot -------------------------------------------------------------------------
def test_missing_scopes_are_named_with_the_click(tools):
    tools.option("hubspot.scopes", ALL_SCOPES[:-2])
    found = tools.look("hubspot")
    assert faults(found) == {"hubspot.scopes"}
    for scope in ALL_SCOPES[-2:]:
        assert scope in found["hubspot.scopes"].what
    assert "Add new scope" in found["hubspot.scopes"].remedy


ALL_SCOPES = [
    *(f"crm.objects.{kind}.{act}"
      for kind in ("contacts", "companies", "courses", "services")
      for act in ("read", "write")),
    *(f"crm.schemas.{kind}.write"
      for kind in ("contacts", "companies", "courses", "services")),
    "crm.objects.owners.read",
]  # fmt: skip


def test_these_scopes_are_enough(tools):
    tools.option("hubspot.scopes", ALL_SCOPES)
    assert tools.look("hubspot")["hubspot.scopes"].level == "well"


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_each_scope_is_missed(tools, scope):
    tools.option("hubspot.scopes", [one for one in ALL_SCOPES if one != scope])
    assert scope in tools.look("hubspot")["hubspot.scopes"].what


def test_a_token_whose_scopes_are_not_told_is_tried_by_reading(tools):
    tools.option("hubspot.token_info", False)
    lacks = {"crm.objects.services.read", "crm.objects.owners.read"}
    tools.option("hubspot.scopes", [one for one in ALL_SCOPES if one not in lacks])
    found = tools.look("hubspot")
    assert faults(found) == {"hubspot.scopes"}
    assert all(scope in found["hubspot.scopes"].what for scope in lacks)
    assert "crm.objects.contacts" not in found["hubspot.scopes"].what
    assert "HubSpot asks for" in found["hubspot.scopes"].what


def test_writing_that_cannot_be_seen_is_not_called_well(tools):
    tools.option("hubspot.token_info", False)
    tools.option("hubspot.scopes", [s for s in ALL_SCOPES if s.endswith("read")])
    found = tools.look("hubspot")["hubspot.scopes"]
    assert found.level == "warning"
    assert "cannot be seen without writing" in found.what
    assert "crm.schemas.services.write" in found.remedy


def test_objects_that_are_not_activated_are_named(tools):
    tools.option("hubspot.activated", ["0-410"])
    found = tools.look("hubspot")
    assert faults(found) == {"hubspot.objects"}
    assert "Services (0-162)" in found["hubspot.objects"].what
    assert "Courses" not in found["hubspot.objects"].what
    assert "Object library" in found["hubspot.objects"].remedy
    assert "HUBSPOT_PARTICIPATION_OBJECT=0-3" in found["hubspot.objects"].remedy


def test_deals_need_no_activation_and_scopes_of_their_own(tools):
    tools.option("hubspot.activated", [])
    tools.option("hubspot.scopes", ALL_SCOPES)
    deals = {
        "HUBSPOT_ROUND_OBJECT": "0-3",
        "HUBSPOT_PARTICIPATION_OBJECT": "0-3",
    }
    found = {one.check: one for one in _with(tools, deals)}
    assert faults(found) == {"hubspot.scopes"}
    assert "crm.objects.deals.write" in found["hubspot.scopes"].what
    assert "courses" not in found["hubspot.scopes"].what
    assert "deals" in found["hubspot.objects"].what


def _with(tools: Tools, more: dict[str, str]) -> list[Finding]:
    return check("hubspot", load_settings(tools.values | more).accounts["lyngby"], "")


def test_a_developers_test_account_is_said_to_be_one(tools):
    tools.option("hubspot.account_type", "DEVELOPER_TEST")
    found = tools.look("hubspot")["hubspot.token"]
    assert found.level == "warning"
    assert "test account" in found.what


# --- Mailchimp -----------------------------------------------------------------------
def test_an_audience_that_is_not_there_is_said_with_those_that_are(tools):
    tools.option("mailchimp.other_audiences", [{"id": "zz9", "name": "Others"}])
    found = tools.look("mailchimp", MAILCHIMP_AUDIENCE_ID="gone")
    assert faults(found) == {"mailchimp.audience"}
    remedy = found["mailchimp.audience"].remedy
    assert "Demo audience (demo-audience" in remedy
    assert "Others (zz9" in remedy


def test_an_account_without_audiences_is_told_to_make_one(tools):
    tools.option("mailchimp.no_audience", True)
    found = tools.look("mailchimp", MAILCHIMP_AUDIENCE_ID="gone")
    assert "Create audience" in found["mailchimp.audience"].remedy


def test_a_user_who_was_disabled_is_told_in_mailchimps_words(tools):
    tools.option("mailchimp.disabled_keys", [SECRETS["MAILCHIMP_API_KEY"]])
    found = tools.look("mailchimp")
    assert faults(found) == {"mailchimp.key"}
    assert "disabled" in found["mailchimp.key"].what


# --- Typeform ------------------------------------------------------------------------
@pytest.mark.parametrize("lacks", ["forms:read", "responses:read", "webhooks:read"])
@pytest.mark.parametrize("with_form", [True, False])
def test_each_reading_scope_is_missed(tools, lacks, with_form):
    if with_form:
        tools.form()
    every = ["accounts:read", "forms:read", "responses:read", "webhooks:read"]
    tools.option("typeform.scopes", [one for one in every if one != lacks])
    found = tools.look("typeform")
    assert faults(found) == {"typeform.scopes"}
    assert f"The token lacks {lacks}" in found["typeform.scopes"].what
    assert "Generate a new token" in found["typeform.scopes"].remedy


def test_a_token_that_does_not_tell_whose_it_is_serves(tools):
    tools.option("typeform.scopes", ["forms:read", "responses:read", "webhooks:read"])
    found = tools.look("typeform")
    assert not faults(found)
    assert "accounts:read" in found["typeform.token"].what


def test_typeforms_writing_scopes_are_said_to_be_unseen(tools):
    tools.form()
    told = tools.look("typeform")["typeform.scopes"].what
    assert "does not tell whether webhooks:write and forms:write" in told


def test_a_secret_without_a_token_is_a_warning(tools):
    found = tools.look("typeform", TYPEFORM_TOKEN="", TYPEFORM_SECRETS="x" * 20)
    assert found["typeform.token"].level == "warning"


# --- SurveyMonkey --------------------------------------------------------------------
MONKEY = [
    "users_read", "surveys_read", "responses_read", "responses_read_detail",
    "webhooks_read", "webhooks_write",
]  # fmt: skip


@pytest.mark.parametrize("lacks", MONKEY[1:])
def test_each_scope_of_the_app_is_missed(tools, lacks):
    tools.option("surveymonkey.scopes", [one for one in MONKEY if one != lacks])
    found = tools.look("surveymonkey")
    assert faults(found) == {"surveymonkey.scopes"}
    assert f"({lacks})" in found["surveymonkey.scopes"].what
    assert "Access Token again" in found["surveymonkey.scopes"].remedy


def test_what_the_plan_does_not_offer_is_the_plans_fault(tools):
    offered = [one for one in MONKEY if one != "responses_read_detail"]
    tools.option("surveymonkey.scopes", offered)
    tools.option("surveymonkey.available", offered)
    tools.option("surveymonkey.plan", "basic")
    found = tools.look("surveymonkey")
    assert faults(found) == {"surveymonkey.plan"}
    assert "(basic)" in found["surveymonkey.plan"].what
    assert "paid plans" in found["surveymonkey.plan"].remedy


def test_an_app_that_may_not_tell_its_scopes_is_looked_at_by_a_read(tools):
    tools.option("surveymonkey.scopes", MONKEY[1:])
    found = tools.look("surveymonkey")
    assert not faults(found)
    assert found["surveymonkey.scopes"].level == "warning"
    tools.option("surveymonkey.scopes", ["responses_read"])
    assert "surveys_read" in tools.look("surveymonkey")["surveymonkey.scopes"].what


def test_another_region_is_said_where_it_cannot_be_tried(tools):
    tools.option("surveymonkey.wrong_region", True)
    found = tools.look("surveymonkey")
    assert faults(found) == {"surveymonkey.region"}
    assert "https://api.eu.surveymonkey.com/v3" in found["surveymonkey.region"].remedy


def test_a_look_at_surveymonkey_costs_one_call(tools):
    requests.delete(f"{tools.url}/sandbox/control/calls", timeout=10)
    tools.look("surveymonkey")
    counts = requests.get(f"{tools.url}/sandbox/control/calls", timeout=10).json()
    assert sum(counts["counts"]["surveymonkey"].values()) == 1
