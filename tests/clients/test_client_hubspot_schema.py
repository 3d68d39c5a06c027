"""The account's own shape: properties, pipelines, activated objects."""

import pytest
from conftest import HUBSPOT, Connecting, Provider

from connector.clients import HubSpot, connect_hubspot


def test_a_property_is_created_as_given(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(201, {"name": "vidensbro_id"})]
    definition = {
        "name": "vidensbro_id",
        "label": "Vidensbro ID",
        "groupName": "vidensbro",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }

    hubspot.create_property("0-162", definition)
    assert provider.seen[0].path == "/crm/properties/2026-09/0-162"
    assert provider.seen[0].body == definition


def test_options_are_added_and_none_is_lost(
    hubspot: HubSpot, provider: Provider
) -> None:
    held = {"label": "Staff's", "value": "s", "hidden": False, "displayOrder": 4}
    kept = {"label": "Hidden", "value": "h", "hidden": True}
    provider.replies = [(200, {"options": [held, kept]}), (200, {})]

    added = [{"label": "New", "value": "n"}, {"label": "Ours", "value": "s"}]
    hubspot.add_property_options("contacts", "role", added)
    assert provider.seen[1].method == "PATCH"
    assert provider.seen[1].path == "/crm/properties/2026-09/contacts/role"
    assert provider.seen[1].body["options"] == [
        held,
        {**kept, "displayOrder": 1},
        {"label": "New", "value": "n", "hidden": False, "displayOrder": 2},
    ]


def test_a_property_is_changed(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, {})]

    hubspot.update_property("contacts", "role", {"label": "Rolle"})
    assert provider.seen[0].body == {"label": "Rolle"}


def test_lists_are_unwrapped(hubspot: HubSpot, provider: Provider) -> None:
    provider.answer = lambda seen: (200, {"results": [{"path": seen.path}]})

    assert [
        hubspot.properties("contacts")[0]["path"],
        hubspot.groups("contacts")[0]["path"],
        hubspot.pipelines("0-162")[0]["path"],
    ] == [
        "/crm/properties/2026-09/contacts",
        "/crm/properties/2026-09/contacts/groups",
        "/crm/pipelines/2026-09/0-162",
    ]


def test_a_pipeline_and_its_stages(hubspot: HubSpot, provider: Provider) -> None:
    provider.answer = lambda _: (200, {"id": "p1"})

    hubspot.create_pipeline("0-162", "Round", [{"label": "Applied"}])
    hubspot.update_pipeline("0-162", "p1", {"label": "Rounds"})
    hubspot.create_stage("0-162", "p1", {"label": "Active", "displayOrder": 1})
    hubspot.update_stage("0-162", "p1", "s1", {"label": "Matched"})
    assert provider.seen[0].body["stages"] == [
        {"label": "Applied", "displayOrder": 0, "metadata": {}}
    ]
    assert provider.seen[2].path == "/crm/pipelines/2026-09/0-162/p1/stages"
    assert provider.seen[3].path == "/crm/pipelines/2026-09/0-162/p1/stages/s1"
    assert provider.seen[3].body == {"label": "Matched", "metadata": {}}


def test_a_stage_is_deleted(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(204, None)]

    hubspot.delete_stage("0-162", "p1", "s1")
    assert provider.seen[0].method == "DELETE"
    assert provider.seen[0].path == "/crm/pipelines/2026-09/0-162/p1/stages/s1"


def test_enablement_by_object_type(hubspot: HubSpot, provider: Provider) -> None:
    enabled = {"0-162": True, "0-410": False}
    provider.replies = [(200, {"enablementByObjectTypeId": enabled})]

    assert hubspot.enablement() == enabled
    assert provider.seen[0].path == "/crm/object-library/2026-09/enablement"


def test_portal_is_read_from_account_info(hubspot: HubSpot, provider: Provider) -> None:
    provider.replies = [(200, {"portalId": 42, "timeZone": "Europe/Copenhagen"})]

    assert hubspot.portal() == ("42", "Europe/Copenhagen")
    assert provider.seen[0].path == "/account-info/2026-09/details"


def test_an_id_cannot_leave_its_place_in_a_path(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [(404, {})]

    hubspot.read("contacts", "../companies/1", [])
    assert provider.seen[0].path == "/crm/objects/2026-09/contacts/..%2Fcompanies%2F1"


def test_an_unknown_version_is_refused_at_once(how: Connecting) -> None:
    with pytest.raises(ValueError, match="2031-03"):
        connect_hubspot("t", Connecting(HUBSPOT), version="2031-03")
