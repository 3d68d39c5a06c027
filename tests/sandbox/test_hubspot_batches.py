"""Batches: limits, upserts on a unique property, all or nothing, traced errors."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def row(key, trace=None, **properties):
    made = {"id": key, "idProperty": "vidensbro_id", "properties": properties}
    return made | ({"objectWriteTraceId": trace} if trace else {})


@pytest.fixture
def keyed(hub):
    assert hub.define("contacts", hasUniqueValue=True).status_code == 201
    return hub


@pytest.mark.parametrize("operation", ["read", "create", "update", "upsert", "archive"])
def test_a_hundred_inputs_and_not_one_more(hub, operation):
    inputs = [{"id": str(i), "properties": {}} for i in range(101)]
    answer = hub.batch("contacts", operation, inputs)
    assert answer.status_code == 400
    assert "100" in answer.json["message"]


def test_a_read_with_history_takes_fifty(hub):
    ids = [{"id": hub.add("contacts", {"city": "Aarhus"})} for _ in range(51)]
    history = {"propertiesWithHistory": ["city"]}
    assert hub.batch("contacts", "read", ids, **history).status_code == 400
    answer = hub.batch("contacts", "read", ids[:50], **history)
    assert answer.status_code == 200
    first = answer.json["results"][0]["propertiesWithHistory"]["city"]
    assert first[0]["value"] == "Aarhus"


def test_an_upsert_makes_and_then_changes(keyed):
    made = keyed.batch("contacts", "upsert", [row("p1", city="Aarhus")])
    assert made.status_code == 200
    assert made.json["results"][0]["new"] is True
    assert made.json["results"][0]["properties"]["vidensbro_id"] == "p1"
    again = keyed.batch("contacts", "upsert", [row("p1", city="Ribe")])
    assert again.json["results"][0]["new"] is False
    assert again.json["results"][0]["id"] == made.json["results"][0]["id"]
    assert again.json["results"][0]["properties"]["city"] == "Ribe"


def test_an_upsert_needs_a_unique_property(hub):
    hub.define("contacts", "loose")
    loose = {"id": "1", "idProperty": "loose", "properties": {}}
    answer = hub.batch("contacts", "upsert", [loose])
    assert answer.status_code == 400
    assert "non-unique" in answer.json["message"]
    nothing = {"id": "1", "properties": {}}
    assert hub.batch("contacts", "upsert", [nothing]).status_code == 400


def test_a_partial_upsert_by_address_is_refused(hub):
    one = {"id": "ada@nordlys.example", "idProperty": "email", "properties": {}}
    traced = one | {"objectWriteTraceId": "t1"}
    answer = hub.batch("contacts", "upsert", [traced])
    assert answer.status_code == 400
    assert "Partial upserts" in answer.json["message"]
    assert hub.batch("contacts", "upsert", [one]).json["results"][0]["new"] is True


def test_an_upsert_of_a_known_address_conflicts_on_its_own_row_only(keyed):
    key = keyed.add("contacts", {"email": "ada@nordlys.example"})
    rows = [
        row("p1", "t1", email="ada@nordlys.example"),
        row("p2", "t2", email="bo@nordlys.example"),
    ]
    answer = keyed.batch("contacts", "upsert", rows)
    assert answer.status_code == 207
    assert answer.json["numErrors"] == 1
    (error,) = answer.json["errors"]
    assert error["category"] == "CONFLICT"
    assert error["message"] == f"Contact already exists. Existing ID: {key}"
    assert error["context"]["objectWriteTraceId"] == ["t1"]
    (result,) = answer.json["results"]
    assert result["objectWriteTraceId"] == "t2"


def test_without_traces_one_bad_row_fails_all_and_nothing_is_written(keyed):
    rows = [row("p1", city="Aarhus"), row("p2", made_up="x")]
    answer = keyed.batch("contacts", "upsert", rows)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert keyed.objects("GET", "contacts").json["results"] == []
    redo = keyed.batch("contacts", "upsert", rows[:1])
    assert redo.json["results"][0]["new"] is True


def test_a_batch_that_fails_as_a_whole_leaves_changed_records_as_they_were(hub):
    key = hub.add("contacts", {"city": "Ribe"})
    rows = [
        {"id": key, "properties": {"city": "Aarhus"}},
        {"id": "404", "properties": {"city": "Aarhus"}},
    ]
    assert hub.batch("contacts", "update", rows).status_code == 404
    found = hub.objects("GET", f"contacts/{key}?properties=city").json
    assert found["properties"]["city"] == "Ribe"


def test_an_id_twice_in_a_batch_is_refused(keyed):
    answer = keyed.batch("contacts", "upsert", [row("p1", "a"), row("p1", "b")])
    assert answer.status_code == 400
    assert "Duplicate IDs" in answer.json["message"]


def test_a_unique_value_belongs_to_one_record(keyed):
    keyed.add("contacts", {"vidensbro_id": "p1"})
    answer = keyed.objects("POST", "contacts", {"properties": {"vidensbro_id": "p1"}})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"


def test_read_by_address_and_by_key_leaves_out_the_unknown(keyed):
    key = keyed.add("contacts", {"email": "ada@nordlys.example", "vidensbro_id": "p1"})
    ids = [{"id": "ADA@nordlys.example"}, {"id": "bo@nordlys.example"}]
    by_address = keyed.batch("contacts", "read", ids, idProperty="email")
    assert by_address.status_code == 207
    assert [one["id"] for one in by_address.json["results"]] == [key]
    assert by_address.json["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    by_key = keyed.batch("contacts", "read", [{"id": "p1"}], idProperty="vidensbro_id")
    assert by_key.status_code == 200
    assert by_key.json["results"][0]["id"] == key


def test_updates_go_by_record_id_or_key_and_not_by_address(keyed):
    key = keyed.add("contacts", {"email": "ada@nordlys.example", "vidensbro_id": "p1"})
    change = {"properties": {"city": "Aarhus"}}
    by_key = keyed.batch("contacts", "update", [row("p1", city="Ribe")])
    assert by_key.json["results"][0]["id"] == key
    address = {"id": "ada@nordlys.example", "idProperty": "email", **change}
    assert keyed.batch("contacts", "update", [address]).status_code == 400
    silent = keyed.batch("contacts", "update", [{"id": "ada@nordlys.example"} | change])
    assert silent.status_code == 200
    assert silent.json["results"] == []
    found = keyed.objects("GET", f"contacts/{key}?properties=city").json
    assert found["properties"]["city"] == "Ribe"


def test_archive_takes_records_out_of_batch_reads(hub):
    key = hub.add("companies", {"name": "Nordlys"})
    assert hub.batch("companies", "archive", [{"id": key}]).status_code == 204
    read = hub.batch("companies", "read", [{"id": key}])
    assert read.json["results"] == []


def test_create_by_batch_with_associations_inline(hub):
    person = hub.add("contacts", {"firstname": "Ada"})
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 280}]
    new = {
        "properties": {"name": "Nordlys"},
        "associations": [{"to": {"id": person}, "types": types}],
    }
    answer = hub.batch("companies", "create", [new])
    assert answer.status_code == 201
    key = answer.json["results"][0]["id"]
    seen = hub.objects("GET", f"contacts/{person}?associations=companies").json
    assert seen["associations"]["companies"]["results"][0]["id"] == key


def test_a_partial_fault_refuses_the_rows_it_picks(keyed):
    keyed.fault(kind="partial", path="upsert", ids=["p2"], status=423)
    rows = [row("p1", "a"), row("p2", "b"), row("p3", "c")]
    answer = keyed.batch("contacts", "upsert", rows)
    assert answer.status_code == 207
    assert answer.json["errors"][0]["context"]["objectWriteTraceId"] == ["b"]
    assert len(answer.json["results"]) == 2
    assert keyed.batch("contacts", "upsert", rows).status_code == 200


def test_the_same_upsert_from_many_threads_makes_one_record(keyed):
    def upsert(_):
        client = keyed.app.test_client()
        answer = client.post(
            "/hubspot/crm/objects/2026-09/contacts/batch/upsert",
            json={"inputs": [row(f"p{i}", f"t{i}", city="Ribe") for i in range(20)]},
            headers={"Authorization": "Bearer pat-test"},
        )
        return sum(one["new"] for one in answer.json["results"])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(upsert, range(8))) == 20
    assert len(keyed.objects("GET", "contacts?limit=100").json["results"]) == 20
