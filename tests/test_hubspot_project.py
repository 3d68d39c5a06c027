"""The HubSpot developer project: it declares what the service needs, and no more."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from connector.accounts import HubSpotAccount
from connector.clients.hubspot.paths import LATEST, PATHS
from connector.sync.hubspot.objects import objects
from mappings.loading import load_programme
from webhooks.registry import PROVIDERS

PROJECT = Path(__file__).parent.parent / "hubspot"
README = (PROJECT / "README.md").read_text("utf-8")
# Entity -> what HubSpot calls its object in a subscription.
SUBSCRIBED = {
    "person": "contact",
    "organisation": "company",
    "participation": "service",
}
LIFE = {"creation", "deletion", "merge", "restore", "associationChange"}


def read(path: str):
    return json.loads((PROJECT / path).read_text("utf-8"))


APP = read("src/app/app-hsmeta.json")
WEBHOOKS = read("src/app/webhooks/webhooks-hsmeta.json")
SUBSCRIPTIONS = WEBHOOKS["config"]["subscriptions"]
SCOPES = APP["config"]["auth"]["requiredScopes"]


def read_back() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rule in load_programme("template").leaving("hubspot"):
        if rule.hubspot.read_back:
            found.setdefault(rule.entity, set()).add(rule.hubspot.property)
    return found


def test_the_project_is_of_the_version_that_the_client_calls():
    project = read("hsproject.json")
    assert project["srcDir"] == "src"
    assert project["platformVersion"].replace(".", "-") in PATHS


def test_all_its_files_are_json_of_the_kinds_that_hubspot_looks_for():
    files = sorted(path.name for path in PROJECT.rglob("*.json"))
    assert files == ["app-hsmeta.json", "hsproject.json", "webhooks-hsmeta.json"]
    assert (APP["type"], WEBHOOKS["type"]) == ("app", "webhooks")
    assert APP["uid"] != WEBHOOKS["uid"]


def test_the_app_is_for_one_account_with_a_token_that_stays():
    assert APP["config"]["distribution"] == "private"
    assert APP["config"]["auth"]["type"] == "static"


def test_every_property_that_staff_may_edit_is_subscribed_and_no_other():
    changes = [
        (each["objectType"], each["propertyName"])
        for each in SUBSCRIPTIONS["crmObjects"]
        if each["subscriptionType"] == "object.propertyChange"
    ]
    wanted = {
        (SUBSCRIBED[entity], name)
        for entity, names in read_back().items()
        for name in names
    }
    assert Counter(changes) == Counter(wanted)


@pytest.mark.parametrize("kind", sorted(SUBSCRIBED.values()))
def test_what_happens_to_a_whole_record_is_subscribed(kind):
    told = [
        each["subscriptionType"].removeprefix("object.")
        for each in SUBSCRIPTIONS["crmObjects"]
        if each["objectType"] == kind and "propertyName" not in each
    ]
    assert Counter(told) == Counter(LIFE)


def test_an_erasure_is_subscribed_where_it_has_its_only_form():
    told = [each["subscriptionType"] for each in SUBSCRIPTIONS["hubEvents"]]
    assert told == ["contact.privacyDeletion"]
    assert SUBSCRIPTIONS["legacyCrmObjects"] == []


def test_every_subscription_is_switched_on_and_within_hubspots_limit():
    every = [*SUBSCRIPTIONS["crmObjects"], *SUBSCRIPTIONS["hubEvents"]]
    assert all(each["active"] is True for each in every)
    assert len(every) <= 1000


def test_the_address_is_one_that_the_service_answers_and_nobodys():
    settings = WEBHOOKS["config"]["settings"]
    address = "https://vidensbro.example/webhooks/PROGRAMME/hubspot"
    assert settings["targetUrl"] == address
    assert address.rpartition("/")[2] in PROVIDERS
    assert settings["maxConcurrentRequests"] > 5


NAMED = {"0-410": "courses", "0-162": "services"}


def called() -> set[str]:
    """Return the objects that the sync writes, by the name that their scopes have."""
    account = HubSpotAccount(
        token="",
        base_url="",
        version=LATEST,
        round_object="0-410",
        participation_object="0-162",
        requests_per_10_s=1,
        searches_per_s=1,
    )
    types = {kind.type for kind in objects(account).values()}
    return {NAMED.get(each, each) for each in types}


@pytest.mark.parametrize("family", ["objects", "schemas"])
@pytest.mark.parametrize("access", ["read", "write"])
def test_the_scopes_cover_every_object_that_the_client_calls(family, access):
    missing = {f"crm.{family}.{name}.{access}" for name in called()} - set(SCOPES)
    assert not missing


def test_owners_are_read_and_nothing_else_is_asked_for():
    wanted = {
        f"crm.{family}.{name}.{access}"
        for family in ("objects", "schemas")
        for name in called()
        for access in ("read", "write")
    }
    # Meetings and notes go by the scopes of contacts (HubSpot's specifications).
    assert Counter(SCOPES) == Counter({*wanted, "crm.objects.owners.read", "oauth"})


def test_the_readme_names_the_files_and_settings_that_there_are():
    for path in re.findall(r"`(src/[^`]+)`", README):
        assert (PROJECT / path).is_file()
    for path in re.findall(r"`(mappings/[^`]+)`", README):
        assert (PROJECT.parent / path).is_file()
    settings = (PROJECT.parent / "docs/settings.md").read_text("utf-8")
    names = set(re.findall(r"`([A-Z][A-Z_0-9]+)`", README))
    assert {"PUBLIC_URL", "HUBSPOT_TOKEN", "HUBSPOT_APP_SECRETS"} <= names
    assert all(f"| `{name}` |" in settings for name in names)


def test_nothing_in_the_project_is_anybodys():
    for path in PROJECT.rglob("*.*"):
        text = path.read_text("utf-8")
        assert not re.findall(r"pat-\w{2}\d-\w+", text)
        hosts = re.findall(r"https://([\w.-]+)", text)
        assert all(host.endswith((".example", "api.hubapi.com")) for host in hosts)
