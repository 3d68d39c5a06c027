"""Meetings and notes in the sandbox's HubSpot: by its API, and as staff log them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.hubspot.associations import default_type
from sandbox.hubspot.kinds import kind_of

if TYPE_CHECKING:
    from conftest import Hub

CONTROL = "/sandbox/control/hubspot"
AT = "2026-05-04T10:00:00Z"
OTHERS = ("0-162", "0-410", "0-1", "0-2")
BODIES = {
    "0-47": {"hs_timestamp": AT, "hs_meeting_title": "CV"},
    "0-46": {"hs_timestamp": AT, "hs_note_body": "<p>Hun fik et job.</p>"},
}


def act(hub: Hub, name: str, **told: Any) -> Any:
    answer = hub.client.post(f"{CONTROL}/{name}", json=told)
    assert answer.status_code == 200, answer.json
    return answer.json


def ends(hub: Hub, one: str, key: str, other: str) -> set[str]:
    """The other ends, by the batch that pollers read."""
    path = f"/crm/associations/2026-09/{one}/{other}/batch/read"
    answer = hub.ask("POST", path, {"inputs": [{"id": key}]})
    return {to["toObjectId"] for found in answer.json["results"] for to in found["to"]}


@pytest.mark.parametrize("kind", BODIES)
def test_a_batch_makes_reads_finds_and_archives_them(hub: Hub, kind: str) -> None:
    inputs = [{"properties": BODIES[kind], "associations": []}] * 2
    made = hub.batch(kind, "create", inputs)
    assert made.status_code == 201
    keys = [one["id"] for one in made.json["results"]]
    names = [*BODIES[kind], "hs_lastmodifieddate"]
    read = hub.batch(kind, "read", [{"id": key} for key in keys], properties=names)
    assert read.status_code == 200
    for one in read.json["results"]:
        assert BODIES[kind].items() <= one["properties"].items()
    since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE"}
    later = min(
        one["properties"]["hs_lastmodifieddate"] for one in read.json["results"]
    )
    found = hub.search(kind, since | {"value": later})
    assert [one["id"] for one in found.json["results"]] == keys
    never = hub.search(kind, since | {"value": "2126-01-01T00:00:00Z"})
    assert never.json["total"] == 0
    assert hub.objects("DELETE", f"{kind}/{keys[0]}").status_code == 204
    assert hub.objects("GET", f"{kind}/{keys[0]}").status_code == 404
    assert hub.objects("GET", f"{kind}/{keys[1]}").status_code == 200


@pytest.mark.parametrize("kind", BODIES)
def test_they_are_made_with_what_they_are_about(hub: Hub, kind: str) -> None:
    there = {other: hub.add(other, {}) for other in OTHERS}
    links = [
        {
            "to": {"id": key},
            "types": [
                {
                    "associationCategory": "HUBSPOT_DEFINED",
                    "associationTypeId": default_type(kind_of(kind), kind_of(other)),
                }
            ],
        }
        for other, key in there.items()
    ]
    body = {"properties": BODIES[kind], "associations": links}
    made = hub.objects("POST", kind, body)
    assert made.status_code == 201
    for other, key in there.items():
        assert ends(hub, kind, made.json["id"], other) == {key}
        assert ends(hub, other, key, kind) == {made.json["id"]}


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [("0-46", "0-1", 202), ("0-46", "0-2", 190), ("0-46", "0-3", 214)],
)
def test_documented_association_types_stand(one: str, other: str, number: int) -> None:
    assert default_type(kind_of(one), kind_of(other)) == number


def test_no_two_association_types_are_the_same(hub: Hub) -> None:
    kinds = [kind_of(name) for name in (*OTHERS, "0-3", "0-46", "0-47")]
    numbers = [default_type(one, other) for one in kinds for other in kinds]
    assert len(set(numbers)) == len(numbers)


def test_an_unknown_association_makes_no_record(hub: Hub) -> None:
    link = {"to": {"id": "1"}, "types": [{"associationTypeId": 1}]}
    body = {"properties": BODIES["0-46"], "associations": [link]}
    assert hub.objects("POST", "notes", body).status_code == 400
    assert hub.objects("GET", "notes").json["results"] == []


def test_a_note_needs_its_time(hub: Hub) -> None:
    answer = hub.objects("POST", "notes", {"properties": {"hs_note_body": "x"}})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["context"] == {"propertyName": ["hs_timestamp"]}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("SCHEDULED", 201),
        ("COMPLETED", 201),
        ("NO_SHOW", 201),
        ("CANCELED", 201),
        ("RESCHEDULED", 201),
        ("", 201),
        ("Completed", 400),
    ],
)
def test_a_meeting_has_one_of_five_outcomes(
    hub: Hub, outcome: str, status: int
) -> None:
    body = {"properties": {"hs_meeting_outcome": outcome}}
    assert hub.objects("POST", "meetings", body).status_code == status


def test_staff_log_a_meeting_on_a_participation(hub: Hub) -> None:
    person, place = hub.add("contacts", {}), hub.add("services", {"hs_name": "Ada"})
    made = act(
        hub,
        "meeting",
        record=f"0-162:{place}",
        date="2026-05-04",
        time="16:30",
        minutes="45",
        title="CV & netværk",
        body="Vi læste <CV>.",
        outcome="COMPLETED",
        contacts=[f"0-1:{person}"],
    )
    held = made["properties"]
    # 16:30 in the portal's zone, Copenhagen, is 14:30 UTC in May.
    assert held["hs_meeting_start_time"] == "2026-05-04T14:30:00Z"
    assert held["hs_meeting_end_time"] == "2026-05-04T15:15:00Z"
    assert held["hs_timestamp"] == held["hs_meeting_start_time"]
    assert held["hs_meeting_title"] == "CV & netværk"
    assert held["hs_meeting_body"] == "<p>Vi læste &lt;CV&gt;.</p>"
    assert held["hs_meeting_outcome"] == "COMPLETED"
    assert ends(hub, "0-47", made["id"], "0-162") == {place}
    assert ends(hub, "0-1", person, "0-47") == {made["id"]}


def test_staff_log_a_meeting_on_a_round_by_the_form(hub: Hub) -> None:
    course = hub.add("courses", {"hs_course_name": "Runde 1"})
    people = [hub.add("contacts", {"firstname": name}) for name in ("Ada", "Bo", "Eva")]
    form = {
        "record": f"0-410:{course}",
        "date": "2026-11-02",
        "minutes": "120",
        "outcome": "NO_SHOW",
        "contacts": [f"0-1:{key}" for key in people[:2]],
    }
    answer = hub.client.post(f"{CONTROL}/meeting", data=form)
    assert answer.status_code == 303
    [made] = hub.objects(
        "GET", "meetings?properties=hs_meeting_start_time,hs_meeting_outcome"
    ).json["results"]
    assert made["properties"]["hs_meeting_start_time"] == "2026-11-02T11:00:00Z"
    assert made["properties"]["hs_meeting_outcome"] == "NO_SHOW"
    assert ends(hub, "0-47", made["id"], "0-1") == set(people[:2])
    assert ends(hub, "0-47", made["id"], "0-410") == {course}


def test_staff_write_a_note(hub: Hub) -> None:
    place = hub.add("services", {"hs_name": "Ada"})
    made = act(hub, "note", record=f"0-162:{place}", text="Hun fik job\n#interview <3")
    body = made["properties"]["hs_note_body"]
    assert body == "<p>Hun fik job</p><p>#interview &lt;3</p>"
    assert made["properties"]["hs_timestamp"]
    assert ends(hub, "0-162", place, "0-46") == {made["id"]}
    page = hub.client.get("/sandbox/hubspot").text
    assert "Hun fik job #interview &lt;3" in page.replace("  ", " ")
