"""One record at a time: values, refusals, history, archive, merge."""

import pytest


def codes(answer):
    return [error["code"] for error in answer.json["errors"]]


def test_a_token_is_required(hub):
    answer = hub.objects("GET", "contacts", bearer="")
    assert answer.status_code == 401
    assert answer.json["category"] == "INVALID_AUTHENTICATION"
    assert hub.objects("GET", "contacts").status_code == 200


def test_an_unknown_version_or_type_is_refused(hub):
    assert hub.ask("GET", "/crm/objects/2031-13/contacts").status_code == 404
    answer = hub.objects("GET", "wizards")
    assert answer.status_code == 400
    assert "infer object type" in answer.json["message"]
    assert set(answer.json) >= {"status", "message", "category", "correlationId"}


def test_types_go_by_number_and_by_name(hub):
    key = hub.add("contacts", {"firstname": "Ada"})
    assert hub.objects("GET", f"0-1/{key}").json["properties"]["firstname"] == "Ada"


def test_empty_is_null_and_every_value_is_a_string(hub):
    key = hub.add("companies", {"name": "Nordlys", "city": ""})
    wanted = "properties=name,city,made_up"
    found = hub.objects("GET", f"companies/{key}?{wanted}").json["properties"]
    assert found["name"] == "Nordlys"
    assert found["city"] is None
    assert "made_up" not in found
    assert found["hs_object_id"] == key


def test_clearing_a_value_leaves_null(hub):
    key = hub.add("contacts", {"city": "Aarhus"})
    hub.objects("PATCH", f"contacts/{key}", {"properties": {"city": ""}})
    found = hub.objects("GET", f"contacts/{key}?properties=city").json
    assert found["properties"]["city"] is None


def test_an_address_is_lower_cased_and_validated(hub):
    key = hub.add("contacts", {"email": "Ada@Nordlys.EXAMPLE"})
    found = hub.objects("GET", f"contacts/{key}").json["properties"]
    assert found["email"] == "ada@nordlys.example"
    bad = hub.objects("POST", "contacts", {"properties": {"email": "ada(at)nordlys"}})
    assert bad.status_code == 400
    assert codes(bad) == ["INVALID_EMAIL"]


def test_a_second_contact_of_the_same_address_conflicts(hub):
    key = hub.add("contacts", {"email": "ada@nordlys.example"})
    again = {"properties": {"email": "ADA@nordlys.example"}}
    answer = hub.objects("POST", "contacts", again)
    assert answer.status_code == 409
    assert answer.json["message"] == f"Contact already exists. Existing ID: {key}"


def test_an_additional_address_conflicts_too_and_finds_by_its_own_name(hub):
    key = hub.add("contacts", {"email": "ada@nordlys.example"})
    more = {"properties": {"hs_additional_emails": "ada@home.example"}}
    refused = hub.objects("PATCH", f"contacts/{key}", more)
    assert codes(refused) == ["READ_ONLY_VALUE"]
    hub.objects("PATCH", f"contacts/{key}", more, staff=True)
    clash = {"properties": {"email": "ada@home.example"}}
    assert hub.objects("POST", "contacts", clash).status_code == 409
    by_primary = "contacts/ada@home.example?idProperty=email"
    assert hub.objects("GET", by_primary).status_code == 404
    by_more = "contacts/ada@home.example?idProperty=hs_additional_emails"
    assert hub.objects("GET", by_more).json["id"] == key


def test_companies_of_one_domain_may_be_many(hub):
    first = hub.add("companies", {"domain": "nordlys.example"})
    assert hub.add("companies", {"domain": "nordlys.example"}) != first


@pytest.mark.parametrize(
    ("definition", "value", "code"),
    [
        ({}, "x" * 65_537, "INVALID_STRING_LENGTH"),
        ({"type": "number", "fieldType": "number"}, "many", "INVALID_NUMBER"),
        ({"type": "date", "fieldType": "date"}, "24/11/2026", "INVALID_DATE"),
        ({"type": "date", "fieldType": "date"}, "1798761600001", "INVALID_DATE"),
        ({"type": "datetime", "fieldType": "date"}, "today", "INVALID_LONG"),
        ({"type": "bool", "fieldType": "booleancheckbox"}, "yes", "INVALID_OPTION"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(hub, definition, value, code):
    assert hub.define("contacts", "thing", **definition).status_code == 201
    answer = hub.objects("POST", "contacts", {"properties": {"thing": value}})
    assert answer.status_code == 400
    assert codes(answer) == [code]
    assert answer.json["errors"][0]["context"] == {"propertyName": ["thing"]}


@pytest.mark.parametrize(
    ("definition", "value", "stored"),
    [
        ({}, "x" * 65_536, "x" * 65_536),
        ({"type": "number", "fieldType": "number"}, 4, "4"),
        ({"type": "date", "fieldType": "date"}, "2026-12-31", "2026-12-31"),
        ({"type": "date", "fieldType": "date"}, "1798675200000", "2026-12-31"),
        (
            {"type": "datetime", "fieldType": "date"},
            "2026-12-31T01:00:00+01:00",
            "2026-12-31T00:00:00Z",
        ),
        ({"type": "bool", "fieldType": "booleancheckbox"}, True, "true"),
    ],
)
def test_a_value_comes_back_in_hubspots_own_form(hub, definition, value, stored):
    hub.define("contacts", "thing", **definition)
    key = hub.add("contacts", {"thing": value})
    found = hub.objects("GET", f"contacts/{key}?properties=thing").json
    assert found["properties"]["thing"] == stored


def test_options_are_checked_and_a_leading_semicolon_adds(hub):
    options = [{"label": one, "value": one} for one in ("mentor", "mentee")]
    many = {"type": "enumeration", "fieldType": "checkbox", "options": options}
    hub.define("contacts", "roles", **many)
    key = hub.add("contacts", {"roles": "mentor"})
    bad = hub.objects("PATCH", f"contacts/{key}", {"properties": {"roles": "Mentor"}})
    assert codes(bad) == ["INVALID_OPTION"]
    hub.objects("PATCH", f"contacts/{key}", {"properties": {"roles": ";mentee"}})
    found = hub.objects("GET", f"contacts/{key}?properties=roles").json
    assert found["properties"]["roles"] == "mentor;mentee"


def test_unknown_and_read_only_properties_are_refused(hub):
    unknown = hub.objects("POST", "contacts", {"properties": {"made_up": "1"}})
    assert codes(unknown) == ["PROPERTY_DOESNT_EXIST"]
    read_only = hub.objects("POST", "contacts", {"properties": {"createdate": "1"}})
    assert codes(read_only) == ["READ_ONLY_VALUE"]


def test_history_tells_who_and_when_the_newest_first(hub):
    key = hub.add("contacts", {"city": "Odense"}, at="2026-01-05T09:00:00+00:00")
    change = {"properties": {"city": "Aarhus"}}
    hub.objects(
        "PATCH", f"contacts/{key}", change, staff=True, at="2026-02-01T12:00:00+01:00"
    )
    found = hub.objects("GET", f"contacts/{key}?propertiesWithHistory=city").json
    newest, oldest = found["propertiesWithHistory"]["city"]
    assert newest["value"] == "Aarhus"
    assert newest["timestamp"] == "2026-02-01T11:00:00.000Z"
    assert newest["sourceType"] == "CRM_UI"
    assert newest["sourceId"].startswith("userId:")
    assert oldest["sourceType"] == "INTEGRATION"
    assert oldest["sourceId"] == "5150001"
    assert found["createdAt"] == "2026-01-05T09:00:00.000Z"
    assert found["properties"]["lastmodifieddate"] > "2026-02-01T12"


def test_an_archived_record_is_gone_from_reads_and_frees_its_address(hub):
    key = hub.add("contacts", {"email": "ada@nordlys.example"})
    assert hub.objects("DELETE", f"contacts/{key}").status_code == 204
    answer = hub.objects("GET", f"contacts/{key}")
    assert answer.status_code == 404
    assert answer.json["category"] == "OBJECT_NOT_FOUND"
    shown = hub.objects("GET", f"contacts/{key}?archived=true").json
    assert shown["archived"] is True
    patch = hub.objects("PATCH", f"contacts/{key}", {"properties": {"city": "Ribe"}})
    assert patch.status_code == 404
    assert hub.objects("GET", "contacts").json["results"] == []
    assert hub.add("contacts", {"email": "ada@nordlys.example"}) != key


def test_a_merged_id_answers_singly_with_the_survivor_but_not_in_batches(hub):
    keep = hub.add("contacts", {"email": "ada@nordlys.example", "city": "Aarhus"})
    gone = hub.add("contacts", {"email": "ada@home.example", "jobtitle": "Mentor"})
    body = {"primaryObjectId": keep, "objectIdToMerge": gone}
    merged = hub.objects("POST", "contacts/merge", body)
    assert merged.json["id"] == keep
    properties = merged.json["properties"]
    assert properties["hs_additional_emails"] == "ada@home.example"
    assert properties["jobtitle"] == "Mentor"
    assert hub.objects("GET", f"contacts/{gone}").json["id"] == keep
    change = {"properties": {"city": "Ribe"}}
    assert hub.objects("PATCH", f"contacts/{gone}", change).json["id"] == keep
    read = hub.batch("contacts", "read", [{"id": gone}, {"id": keep}])
    assert read.status_code == 207
    assert [one["id"] for one in read.json["results"]] == [keep]
    assert read.json["errors"][0]["context"]["ids"] == [gone]
    update = hub.batch("contacts", "update", [{"id": gone, **change}])
    assert update.status_code == 404
    again = {"primaryObjectId": keep, "objectIdToMerge": keep}
    assert hub.objects("POST", "contacts/merge", again).status_code == 400


def test_the_list_is_paged(hub):
    keys = [hub.add("companies", {"name": f"C{i}"}) for i in range(3)]
    first = hub.objects("GET", "companies?limit=2").json
    assert [one["id"] for one in first["results"]] == keys[:2]
    after = first["paging"]["next"]["after"]
    second = hub.objects("GET", f"companies?limit=2&after={after}").json
    assert [one["id"] for one in second["results"]] == keys[2:]
    assert "paging" not in second


def test_deleting_for_good_by_an_unknown_address_blocks_that_address(hub):
    key = hub.add("contacts", {"email": "ada@nordlys.example"})
    hub.objects("POST", "contacts/gdpr-delete", {"objectId": key})
    assert hub.objects("GET", f"contacts/{key}?archived=true").status_code == 404
    typo = {"objectId": "aad@nordlys.example", "idProperty": "email"}
    assert hub.objects("POST", "contacts/gdpr-delete", typo).status_code == 204
    blocked = {"properties": {"email": "aad@nordlys.example"}}
    assert hub.objects("POST", "contacts", blocked).status_code == 400


@pytest.mark.parametrize("at", ["yesterday", "2026-01-01T00:00:00"])
def test_a_back_date_needs_a_time_with_a_zone(hub, at):
    answer = hub.objects("POST", "contacts", {"properties": {}}, at=at)
    assert answer.status_code == 400
