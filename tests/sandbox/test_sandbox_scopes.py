"""Accounts of the sandbox whose tokens may not do everything."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.app import create_sandbox
from sandbox.hubspot import scopes as hubspot_scopes

READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"
BEARER = {"Authorization": "Bearer t"}


def refused(answer: Any) -> list[str]:
    """Return the scopes that HubSpot asks for."""
    assert answer.status_code == 403
    assert answer.json["category"] == "MISSING_SCOPES"
    (detail,) = answer.json["errors"]
    return list(detail["context"]["requiredGranularScopes"])


def test_all_is_allowed_until_scopes_are_named(hub):
    assert hub.objects("GET", "contacts").status_code == 200
    told = hub.ask("POST", hubspot_scopes.TOKEN_INFO, {"tokenKey": "pat-test"}).json
    assert {READ, WRITE, hubspot_scopes.OWNERS} <= set(told["scopes"])


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/crm/objects/2026-09/contacts", READ),
        ("POST", "/crm/objects/2026-09/0-1/search", READ),
        ("POST", "/crm/objects/2026-09/0-1/batch/read", READ),
        ("POST", "/crm/objects/2026-09/0-1/batch/upsert", WRITE),
        ("PATCH", "/crm/objects/2026-09/0-162/7", "crm.objects.services.write"),
        ("GET", "/crm/objects/2026-09/0-47/7", READ),
        ("POST", "/crm/properties/2026-09/0-410", "crm.schemas.courses.write"),
        ("POST", "/crm/pipelines/2026-09/0-162", "crm.schemas.services.write"),
        ("GET", "/crm/owners/2026-09", hubspot_scopes.OWNERS),
    ],
)
def test_each_call_wants_its_scope(hub, method, path, wanted):
    hub.option(scopes=["something.else"])
    body = None if method == "GET" else {}
    assert refused(hub.ask(method, path, body)) == [wanted]
    hub.option(scopes=[wanted])
    assert (hub.ask(method, path, body).json or {}).get("category") != "MISSING_SCOPES"


def test_reading_properties_needs_no_scope_of_schemas(hub):
    hub.option(scopes=["crm.objects.courses.read"])
    assert hub.ask("GET", "/crm/properties/2026-09/0-410").status_code == 200
    assert hub.ask("GET", "/account-info/2026-09/details").status_code == 200


def test_staff_need_no_scopes(hub):
    hub.option(scopes=[])
    assert hub.objects("GET", "contacts", staff=True).status_code == 200


def test_token_information_can_be_one_that_knows_nothing(hub):
    hub.option(scopes=[READ])
    told = hub.ask("POST", hubspot_scopes.TOKEN_INFO, {"tokenKey": "pat-test"})
    assert told.json["scopes"] == [READ]
    hub.option(token_info=False)
    told = hub.ask("POST", hubspot_scopes.TOKEN_INFO, {"tokenKey": "pat-test"})
    assert told.status_code == 404


def test_one_token_can_be_the_only_good_one(hub):
    hub.option(token="pat-good")
    assert hub.objects("GET", "contacts").status_code == 401
    assert hub.objects("GET", "contacts", bearer="pat-good").status_code == 200


@pytest.fixture
def client():
    return create_sandbox().test_client()


def option(client: Any, **options: Any) -> None:
    named = {name.replace("__", "."): value for name, value in options.items()}
    client.put("/sandbox/control/options", json=named)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/me", "accounts:read"),
        ("/forms", "forms:read"),
        ("/forms/x/responses", "responses:read"),
        ("/forms/x/webhooks", "webhooks:read"),
    ],
)
def test_typeforms_reads_want_their_scopes(client, path, scope):
    option(client, typeform__scopes=[])
    assert client.get(f"/typeform{path}", headers=BEARER).status_code == 403
    option(client, typeform__scopes=[scope])
    assert client.get(f"/typeform{path}", headers=BEARER).status_code != 403


def test_typeforms_writes_want_others(client):
    option(client, typeform__scopes=["forms:read", "webhooks:read"])
    put = client.put("/typeform/forms/x/webhooks/t", json={}, headers=BEARER)
    made = client.post("/typeform/forms", json={"title": "x"}, headers=BEARER)
    assert (put.status_code, made.status_code) == (403, 403)


def test_surveymonkeys_app_is_granted_what_its_plan_offers(client):
    option(client, surveymonkey__scopes=["users_read"],
           surveymonkey__available=["users_read", "surveys_read"],
           surveymonkey__plan="basic")  # fmt: skip
    me = client.get("/surveymonkey/v3/users/me", headers=BEARER).json
    assert me["account_type"] == "basic"
    assert me["scopes"] == {
        "available": ["users_read", "surveys_read"],
        "granted": ["users_read"],
    }
    surveys = client.get("/surveymonkey/v3/surveys", headers=BEARER)
    assert surveys.status_code == 403
    assert surveys.json["error"]["id"] == "1014"


def test_mailchimp_lists_several_audiences_or_none(client):
    def names() -> list[str]:
        listed = client.get("/mailchimp/3.0/lists", headers=BEARER).json["lists"]
        return [one["name"] for one in listed]

    assert names() == ["Demo audience"]
    option(client, mailchimp__other_audiences=[{"id": "x", "name": "Other"}])
    assert names() == ["Demo audience", "Other"]
    one = client.get("/mailchimp/3.0/lists/x", headers=BEARER).json
    assert one["name"] == "Other"
    option(client, mailchimp__no_audience=True, mailchimp__other_audiences=[])
    assert names() == []
