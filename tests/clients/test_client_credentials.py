"""The calls by which a credential is looked at; none of them writes."""

import pytest
from conftest import Provider

from connector.clients import HubSpot, Mailchimp, RemoteBusy, RemoteRefused


def test_a_portal_is_told_with_its_name(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, {"portalId": 42, "portalName": "Testby"})]
    assert hubspot.account()["portalName"] == "Testby"
    assert provider.seen[0].path == "/account-info/2026-09/details"


def test_a_tokens_scopes_are_asked_for_by_the_token(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(200, {"hubId": 42, "scopes": ["crm.objects.contacts.read"]})]
    assert hubspot.granted_scopes("pat-test") == ["crm.objects.contacts.read"]
    assert provider.seen[0].body == {"tokenKey": "pat-test"}
    # Not in the address, which ends in logs.
    assert "pat-test" not in provider.seen[0].path
    assert not provider.seen[0].query


def test_an_unknown_token_is_refused_and_no_scopes_are_made_up(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(404, {"category": "OBJECT_NOT_FOUND"})]
    with pytest.raises(RemoteRefused):
        hubspot.granted_scopes("pat-test")
    provider.replies = [(200, {"hubId": 42})] * 5
    with pytest.raises(RemoteBusy):
        hubspot.granted_scopes("pat-test")


def test_a_peek_reads_one_records_id(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, {"results": []})]
    hubspot.peek("0-162")
    assert provider.seen[0].path == "/crm/objects/2026-09/0-162"
    assert provider.seen[0].query == {"limit": "1", "properties": "hs_object_id"}


def test_all_audiences_are_listed(mailchimp: Mailchimp, provider: Provider) -> None:
    lists = [{"id": f"a{n}", "name": "N", "stats": {}} for n in range(3)]
    provider.replies = [(200, {"lists": lists, "total_items": 3})]
    assert [one["id"] for one in mailchimp.audiences()] == ["a0", "a1", "a2"]
    assert provider.seen[0].path == "/3.0/lists"
