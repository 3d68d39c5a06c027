"""What staff do in the sandbox's HubSpot: by its control routes and on its page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Hub

CONTROL, PAGE = "/sandbox/control/hubspot", "/sandbox/hubspot"
OWNERS = "/crm/owners/2026-09"


def act(hub: Hub, name: str, **told: Any) -> Any:
    return hub.client.post(f"{CONTROL}/{name}", json=told)


def linked(hub: Hub, one: str, key: str, other: str) -> set[str]:
    answer = hub.objects("GET", f"{one}/{key}/associations/{other}")
    return {one["toObjectId"] for one in answer.json["results"]}


def read_batch(hub: Hub, key: str, query: str = "") -> list[str]:
    path = f"contacts/batch/read{query}"
    answer = hub.objects("POST", path, {"inputs": [{"id": key}]})
    return [one["id"] for one in answer.json["results"]]


def person_on_place(hub: Hub) -> tuple[str, str]:
    person = hub.add("contacts", {"firstname": "Ada", "email": "ada@nordlys.example"})
    place = hub.add("services", {"hs_name": "Ada"})
    hub.objects("PUT", f"contacts/{person}/associations/default/services/{place}")
    return person, place


def test_an_edit_is_a_persons_in_the_history(hub: Hub) -> None:
    key = hub.add("contacts", {"city": "Ribe"})
    told = {"record": f"0-1:{key}", "property": "city", "value": "Aarhus"}
    assert act(hub, "edit", **told).json["properties"]["city"] == "Aarhus"
    found = hub.objects("GET", f"contacts/{key}?propertiesWithHistory=city").json
    newest, oldest = found["propertiesWithHistory"]["city"]
    assert (newest["sourceType"], newest["sourceId"]) == ("CRM_UI", "userId:7001")
    assert oldest["sourceType"] == "INTEGRATION"
    act(hub, "edit", **told | {"value": ""})
    found = hub.objects("GET", f"contacts/{key}?properties=city").json
    assert found["properties"]["city"] is None


@pytest.mark.parametrize(
    ("name", "told", "status"),
    [
        ("edit", {"record": "0-1:9", "property": "city"}, 404),
        ("edit", {"record": "0-1", "property": "city"}, 400),
        ("edit", {"record": "0-1:9"}, 400),
        ("edit", {}, 400),
        ("merge", {"stays": "0-1:9", "goes": "0-1:9"}, 400),
        ("merge", {"stays": "0-1:9", "goes": "0-2:8"}, 400),
        ("restore", {"record": "0-1:9"}, 404),
        ("forget", {"record": "0-2:9"}, 400),
        ("meeting", {"record": "0-1:9", "date": "today", "minutes": "1"}, 400),
        ("meeting", {"record": "0-1:9", "date": "2026-05-04", "minutes": "0"}, 400),
        ("meeting", {"record": "0-1:9", "date": "2026-05-04", "minutes": "45"}, 404),
        ("note", {"record": "0-1:9"}, 400),
    ],
)
def test_what_cannot_be_done_is_refused_whole(
    hub: Hub, name: str, told: dict[str, str], status: int
) -> None:
    answer = act(hub, name, **told)
    assert answer.status_code == status
    assert answer.json["message"]
    for kind in ("meetings", "notes"):
        assert hub.objects("GET", kind).json["results"] == []


@pytest.mark.parametrize("makes_new", [False, True])
def test_both_ids_of_a_merge_lead_to_the_survivor(hub: Hub, makes_new: bool) -> None:
    hub.option(merge_makes_new=makes_new)
    keep, place = person_on_place(hub)
    gone = hub.add("contacts", {"email": "ada@home.example", "city": "Ribe"})
    other = hub.add("services", {"hs_name": "Ada again"})
    hub.objects("PUT", f"contacts/{gone}/associations/default/services/{other}")
    hub.objects("PUT", f"contacts/{gone}/associations/default/contacts/{keep}")
    stays = act(hub, "merge", stays=f"0-1:{keep}", goes=f"0-1:{gone}").json["id"]
    assert (stays == keep) is not makes_new
    for key in (keep, gone):
        assert hub.objects("GET", f"contacts/{key}").json["id"] == stays
        change = {"properties": {"jobtitle": f"seen by {key}"}}
        assert hub.objects("PATCH", f"contacts/{key}", change).json["id"] == stays
    found = hub.objects(
        "GET", f"contacts/{stays}?properties=hs_merged_object_ids,city,email"
    ).json["properties"]
    merged = {keep, gone} - {stays}
    assert set(found["hs_merged_object_ids"].split(";")) == merged
    assert (found["city"], found["email"]) == ("Ribe", "ada@nordlys.example")
    assert found["hs_object_id"] == stays
    read = hub.batch("contacts", "read", [{"id": keep}, {"id": gone}, {"id": stays}])
    assert [one["id"] for one in read.json["results"]] == [stays]
    assert linked(hub, "contacts", stays, "services") == {place, other}
    assert linked(hub, "services", other, "contacts") == {stays}
    assert linked(hub, "contacts", stays, "contacts") == set()
    by_mail = hub.objects("GET", "contacts/ada@nordlys.example?idProperty=email")
    assert by_mail.json["id"] == stays


@pytest.mark.parametrize("links", [True, False])
def test_a_record_comes_back_from_the_bin(hub: Hub, links: bool) -> None:
    hub.option(restore_links=links)
    person, place = person_on_place(hub)
    assert act(hub, "archive", record=f"0-1:{person}").status_code == 200
    assert hub.objects("GET", f"contacts/{person}").status_code == 404
    binned = hub.objects("GET", "contacts?archived=true").json["results"]
    assert [one["id"] for one in binned] == [person]
    assert read_batch(hub, person) == []
    assert read_batch(hub, person, "?archived=true") == [person]
    stands = hub.add("contacts", {})
    assert read_batch(hub, stands, "?archived=true") == []
    assert linked(hub, "services", place, "contacts") == set()
    assert act(hub, "restore", record=f"0-1:{person}").status_code == 200
    back = hub.objects("GET", f"contacts/{person}").json
    assert back["archived"] is False
    assert "archivedAt" not in back
    assert back["properties"]["email"] == "ada@nordlys.example"
    assert linked(hub, "services", place, "contacts") == ({person} if links else set())
    by_mail = hub.objects("GET", "contacts/ada@nordlys.example?idProperty=email")
    assert by_mail.json["id"] == person


def test_what_was_deleted_meanwhile_is_not_joined_again(hub: Hub) -> None:
    person, place = person_on_place(hub)
    act(hub, "archive", record=f"0-1:{person}")
    act(hub, "archive", record=f"0-162:{place}")
    assert act(hub, "restore", record=f"0-1:{person}").status_code == 200
    assert linked(hub, "contacts", person, "services") == set()


def test_a_record_whose_address_is_taken_stays_in_the_bin(hub: Hub) -> None:
    person, _place = person_on_place(hub)
    act(hub, "archive", record=f"0-1:{person}")
    other = hub.add("contacts", {"email": "ada@nordlys.example"})
    answer = act(hub, "restore", record=f"0-1:{person}")
    assert answer.status_code == 409
    assert answer.json["message"].endswith(f"Existing ID: {other}")
    assert hub.objects("GET", f"contacts/{person}").status_code == 404
    assert hub.objects("GET", f"contacts/{other}").status_code == 200


def test_deleting_for_good_leaves_nothing(hub: Hub) -> None:
    person, place = person_on_place(hub)
    assert act(hub, "forget", record=f"0-1:{person}").status_code == 200
    gone = hub.objects("GET", f"contacts/{person}?archived=true")
    assert gone.status_code == 404
    assert linked(hub, "services", place, "contacts") == set()
    assert hub.add("contacts", {"email": "ada@nordlys.example"}) != person


def test_owners_are_listed_by_page(hub: Hub) -> None:
    first = hub.ask("GET", f"{OWNERS}?limit=1").json
    after = first["paging"]["next"]["after"]
    second = hub.ask("GET", f"{OWNERS}?limit=1&after={after}").json
    assert "paging" not in second
    [one], [other] = first["results"], second["results"]
    assert one["id"] != other["id"]
    assert one["email"].endswith(".example")
    assert one["userId"] == 7001
    assert (one["archived"], one["type"]) == (False, "PERSON")
    assert set(one) >= {"createdAt", "updatedAt", "firstName", "lastName"}
    assert hub.ask("GET", f"{OWNERS}?limit=501").status_code == 400
    found = hub.ask("GET", f"{OWNERS}?email={other['email']}").json["results"]
    assert found == [other]


def test_an_owner_who_left_has_only_a_former_users_id(hub: Hub) -> None:
    [left] = hub.ask("GET", f"{OWNERS}?archived=true").json["results"]
    assert "userId" not in left
    assert left["userIdIncludingInactive"] == 7003
    assert hub.ask("GET", f"{OWNERS}/{left['id']}").status_code == 404
    answer = hub.ask("GET", f"{OWNERS}/{left['id']}?archived=true")
    assert answer.json == left


def test_an_owner_is_found_by_user(hub: Hub) -> None:
    hub.option(owners=[{"id": "5", "userId": 9, "email": "eva@programme.example"}])
    [only] = hub.ask("GET", OWNERS).json["results"]
    assert hub.ask("GET", f"{OWNERS}/9?idProperty=userId").json == only
    assert hub.ask("GET", f"{OWNERS}/9").status_code == 404
    assert hub.ask("GET", f"{OWNERS}/9?idProperty=email").status_code == 400
    assert hub.ask("GET", OWNERS, bearer="").status_code == 401


def test_a_participation_has_an_owner(hub: Hub) -> None:
    place = hub.add("services", {"hs_name": "Ada"})
    change = {"properties": {"hubspot_owner_id": "880001"}}
    assert hub.objects("PATCH", f"services/{place}", change).status_code == 200
    found = hub.objects("GET", f"services/{place}?properties=hubspot_owner_id").json
    assert found["properties"]["hubspot_owner_id"] == "880001"


def test_a_form_leads_back_to_the_page_and_says_what_was_done(hub: Hub) -> None:
    key = hub.add("contacts", {"firstname": "Ada", "city": "Ribe"})
    told = {"record": f"0-1:{key}", "property": "city", "value": "Aarhus"}
    answer = hub.client.post(f"{CONTROL}/edit", data=told)
    assert answer.status_code == 303
    page = hub.client.get(answer.headers["Location"]).text
    assert "The record has been changed." in page
    assert "Aarhus" in page


def test_a_refused_form_shows_the_page_with_what_was_wrong(hub: Hub) -> None:
    key = hub.add("contacts", {"firstname": "Ada"})
    told = {"record": f"0-1:{key}", "property": "<made_up>", "value": "1"}
    answer = hub.client.post(f"{CONTROL}/edit", data=told)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "&lt;made_up&gt;" in answer.text
    assert "<made_up>" not in answer.text


def test_the_page_offers_what_can_be_chosen(hub: Hub) -> None:
    empty = hub.client.get(PAGE).text
    assert "There are no records yet." in empty
    person, place = person_on_place(hub)
    page = hub.client.get(PAGE)
    for name in ("edit", "merge", "archive", "meeting", "note", "associate"):
        assert f'action="{CONTROL}/{name}"' in page.text
    for name in ("forget", "part"):
        assert f'formaction="{CONTROL}/{name}"' in page.text
    assert f'<option value="0-1:{person}">' in page.text
    assert f'<option value="0-162:{place}">' in page.text
    assert '<option value="hubspot_owner_id">' in page.text
    assert '<option value="hs_object_id">' not in page.text
    assert f'action="{CONTROL}/restore"' not in page.text
    assert not re.search(r"<script(?! src)|style=|\son\w+=", page.text)
    act(hub, "archive", record=f"0-1:{person}")
    assert f'action="{CONTROL}/restore"' in hub.client.get(PAGE).text


@pytest.mark.parametrize("name", ["edit", "merge", "archive", "forget", "webhooks"])
def test_a_page_from_elsewhere_may_do_nothing(hub: Hub, name: str) -> None:
    key = hub.add("contacts", {"city": "Ribe"})
    told = {"record": f"0-1:{key}", "property": "city", "value": "Aarhus"}
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = hub.client.post(f"{CONTROL}/{name}", data=told, headers=headers)
        assert answer.status_code == 403
    found = hub.objects("GET", f"contacts/{key}?properties=city").json
    assert found["properties"]["city"] == "Ribe"
    assert hub.box.option("hubspot.webhooks", None) is None
