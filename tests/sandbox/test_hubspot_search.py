"""Search: operators, paging and its cap, the delay behind writes."""

import pytest


def where(name, operator, value=None, **more):
    made = {"propertyName": name, "operator": operator, **more}
    return made if value is None else made | {"value": value}


def found(answer):
    assert answer.status_code == 200, answer.json
    return {one["properties"]["name"] for one in answer.json["results"]}


@pytest.fixture
def firms(hub):
    hub.option(search_rate_limit=1000)
    number = {"type": "number", "fieldType": "number"}
    hub.define("companies", "mentors", **number)
    for name, mentors in (("A", "2"), ("B", "10"), ("C", "")):
        hub.add("companies", {"name": name, "mentors": mentors})
    return hub


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (where("mentors", "EQ", "10"), "B"),
        (where("mentors", "NEQ", "10"), "AC"),
        (where("mentors", "GT", "2"), "B"),
        (where("mentors", "GTE", "2"), "AB"),
        (where("mentors", "LT", "10"), "A"),
        (where("mentors", "LTE", "10"), "AB"),
        (where("mentors", "BETWEEN", "1", highValue="2"), "A"),
        (where("mentors", "IN", values=["2", "3"]), "A"),
        (where("mentors", "NOT_IN", values=["2", "3"]), "B"),
        (where("mentors", "HAS_PROPERTY"), "AB"),
        (where("mentors", "NOT_HAS_PROPERTY"), "C"),
        (where("name", "EQ", "a"), "A"),
        (where("name", "CONTAINS_TOKEN", "b*"), "B"),
        (where("name", "NOT_CONTAINS_TOKEN", "b"), "AC"),
    ],
)
def test_operators_compare_by_the_propertys_type(firms, condition, names):
    assert found(firms.search("companies", condition)) == set(names)


def test_filters_join_by_and_groups_by_or(firms):
    both = [where("mentors", "GTE", "2"), where("name", "EQ", "B")]
    assert found(firms.search("companies", *both)) == {"B"}
    groups = [{"filters": [one]} for one in (both[1], where("name", "EQ", "C"))]
    either = firms.search("companies", filterGroups=groups)
    assert found(either) == {"B", "C"}


@pytest.mark.parametrize("shape", ["object", "string"])
def test_sorting_is_by_type_with_the_empty_last(firms, shape):
    sorts = {
        "object": [{"propertyName": "mentors", "direction": "DESCENDING"}],
        "string": ["-mentors"],
    }
    answer = firms.search("companies", sorts=sorts[shape])
    names = [one["properties"]["name"] for one in answer.json["results"]]
    assert names == ["B", "A", "C"]


def test_pages_go_on_by_after(firms):
    first = firms.search("companies", limit=2).json
    assert first["total"] == 3
    assert first["paging"]["next"]["after"] == "2"
    second = firms.search("companies", limit=2, after="2").json
    assert [one["properties"]["name"] for one in second["results"]] == ["C"]
    assert "paging" not in second


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "9990", "limit": 11},
        {"limit": "many"},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [where("name", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [where("made_up", "HAS_PROPERTY")]}]},
        {"filterGroups": [{"filters": [where("name", "LIKE", "A")]}]},
        {"filterGroups": [{"filters": [where("mentors", "GT", "many")]}]},
        {"sorts": ["name", "mentors"]},
    ],
)
def test_beyond_the_limits_is_400(firms, body):
    assert firms.search("companies", **body).status_code == 400


def test_a_poll_by_modified_date_sees_a_back_dated_change(hub):
    key = hub.add("contacts", {"city": "Ribe"})
    seen = hub.objects("GET", f"contacts/{key}").json["properties"]["lastmodifieddate"]
    change = {"properties": {"city": "Aarhus"}}
    hub.objects("PATCH", f"contacts/{key}", change, at="2020-01-01T00:00:00Z")
    later = where("lastmodifieddate", "GTE", seen)
    (one,) = hub.search("contacts", later).json["results"]
    assert one["id"] == key
    milliseconds = where("lastmodifieddate", "LT", "1577836800000")
    assert hub.search("contacts", milliseconds).json["results"] == []


def test_the_delay_hides_new_records_and_new_states(hub):
    hub.option(search_delay_s=0)
    key = hub.add("companies", {"name": "Old"})
    hub.option(search_delay_s=60)
    assert hub.search("companies").json["results"] == []
    hub.client.put("/sandbox/control/options", json={"clock.offset_s": 90})
    assert found(hub.search("companies")) == {"Old"}
    hub.objects("PATCH", f"companies/{key}", {"properties": {"name": "New"}})
    assert found(hub.search("companies")) == {"Old"}
    hub.client.put("/sandbox/control/options", json={"clock.offset_s": 180})
    assert found(hub.search("companies")) == {"New"}


def test_archived_records_are_not_found(hub):
    key = hub.add("companies", {"name": "A"})
    hub.objects("DELETE", f"companies/{key}")
    assert hub.search("companies").json["total"] == 0
