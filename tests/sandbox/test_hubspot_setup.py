"""What an account is set up with: properties, pipelines, object types, associations."""

import pytest

V = "2026-09"
SERVICES = f"/crm/pipelines/{V}/0-162"


def test_the_account_tells_its_number_and_zone(hub):
    hub.option(portal_id=77, time_zone="Europe/Copenhagen")
    details = hub.ask("GET", f"/account-info/{V}/details").json
    assert details["portalId"] == 77
    assert details["timeZone"] == "Europe/Copenhagen"


def test_properties_are_listed_and_created_in_an_existing_group(hub):
    lost = hub.define("contacts", "thing", groupName="programme")
    assert lost.status_code == 400
    group = {"name": "programme", "label": "Programme"}
    groups = f"/crm/properties/{V}/contacts/groups"
    assert hub.ask("POST", groups, group).status_code == 201
    assert hub.ask("POST", groups, group).status_code == 409
    assert hub.define("contacts", "thing", groupName="programme").status_code == 201
    assert hub.define("contacts", "thing").status_code == 409
    listed = hub.ask("GET", f"/crm/properties/{V}/contacts").json["results"]
    by_name = {one["name"]: one for one in listed}
    assert by_name["thing"]["groupName"] == "programme"
    assert by_name["createdate"]["modificationMetadata"]["readOnlyValue"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "number"},
        {"type": "poem"},
        {"name": "With Space"},
        {"label": None},
        {"options": [{"label": "only"}]},
    ],
)
def test_a_definition_that_does_not_fit_is_refused(hub, wrong):
    wanted = {"name": "thing", "label": "Thing", "groupName": "contactinformation"}
    wanted |= {"type": "string", "fieldType": "text"} | wrong
    path = f"/crm/properties/{V}/contacts"
    assert hub.ask("POST", path, wanted).status_code == 400


def test_a_batch_of_properties_is_all_or_nothing(hub):
    base = {"groupName": "contactinformation", "type": "string", "fieldType": "text"}
    inputs = [base | {"name": name, "label": name} for name in ("one", "two", "two")]
    path = f"/crm/properties/{V}/contacts/batch/create"
    assert hub.ask("POST", path, {"inputs": inputs}).status_code == 409
    answer = hub.ask("POST", path, {"inputs": inputs[:2]})
    assert answer.status_code == 200
    assert [one["name"] for one in answer.json["results"]] == ["one", "two"]


def test_ten_unique_properties_and_none_made_so_later(hub):
    hub.define("contacts", "plain")
    for i in range(10):
        assert hub.define("contacts", f"u{i}", hasUniqueValue=True).status_code == 201
    assert hub.define("contacts", "u10", hasUniqueValue=True).status_code == 400
    path = f"/crm/properties/{V}/contacts/plain"
    assert hub.ask("PATCH", path, {"hasUniqueValue": True}).status_code == 400
    assert hub.ask("PATCH", path, {"label": "Other"}).json["label"] == "Other"
    native = f"/crm/properties/{V}/contacts/email"
    assert hub.ask("PATCH", native, {"label": "Other"}).status_code == 400


def test_unique_properties_on_native_objects_are_an_option(hub):
    hub.option(unique_on_native=False)
    assert hub.define("services", hasUniqueValue=True).status_code == 400
    assert hub.define("contacts", hasUniqueValue=True).status_code == 201
    hub.option(unique_on_native=True)
    assert hub.define("services", hasUniqueValue=True).status_code == 201


def test_objects_not_activated_refuse_until_a_person_activates_them(hub):
    hub.option(activated=[])
    library = f"/crm/object-library/{V}/enablement"
    every = hub.ask("GET", library).json["enablementByObjectTypeId"]
    assert (every["0-1"], every["0-162"]) == (True, False)
    answer = hub.objects("POST", "0-162", {"properties": {}})
    assert answer.status_code == 403
    assert "not enabled" in answer.json["message"]
    assert hub.ask("GET", SERVICES).status_code == 403
    assert hub.ask("POST", f"{library}/0-162").status_code == 405
    hub.ask("POST", f"{library}/0-162", staff=True)
    assert hub.ask("GET", f"{library}/0-162").json == {"enablement": True}
    assert hub.objects("POST", "0-162", {"properties": {}}).status_code == 201


def stages_of(hub):
    (pipeline,) = hub.ask("GET", SERVICES).json["results"]
    return pipeline["id"], [stage["id"] for stage in pipeline["stages"]]


def test_a_pipeline_object_starts_with_one_pipeline_and_records_in_its_first_stage(hub):
    pipeline, stages = stages_of(hub)
    key = hub.add("services", {"hs_name": "Ada, round 1"})
    shown = "properties=hs_pipeline,hs_pipeline_stage"
    found = hub.objects("GET", f"services/{key}?{shown}").json["properties"]
    assert found["hs_pipeline"] == pipeline
    assert found["hs_pipeline_stage"] == stages[0]
    wrong = {"properties": {"hs_pipeline_stage": "elsewhere"}}
    answer = hub.objects("PATCH", f"services/{key}", wrong)
    assert answer.json["errors"][0]["code"] == "INVALID_OPTION"
    lost = {"properties": {"hs_pipeline": "elsewhere"}}
    assert hub.objects("PATCH", f"services/{key}", lost).status_code == 400
    assert hub.ask("GET", f"/crm/pipelines/{V}/contacts").status_code == 400


def test_a_second_pipeline_needs_more_than_a_free_account(hub):
    stage = {"label": "Applied", "displayOrder": 0, "metadata": {}}
    wanted = {"label": "Mentoring", "displayOrder": 1, "stages": [stage]}
    assert hub.ask("POST", SERVICES, wanted).status_code == 403
    hub.option(tier="starter")
    made = hub.ask("POST", SERVICES, wanted)
    assert made.status_code == 201
    assert made.json["stages"][0]["label"] == "Applied"
    assert len(hub.ask("GET", SERVICES).json["results"]) == 2
    key = made.json["id"]
    moved = {"hs_pipeline": key}
    record = hub.add("services", moved)
    assert hub.ask("DELETE", f"{SERVICES}/{key}").status_code == 400
    hub.objects("DELETE", f"services/{record}")
    assert hub.ask("DELETE", f"{SERVICES}/{key}").status_code == 204


def test_stages_are_added_renamed_and_deleted_unless_in_use(hub):
    pipeline, stages = stages_of(hub)
    path = f"{SERVICES}/{pipeline}/stages"
    wanted = {"label": "Applied", "displayOrder": 9, "metadata": {}}
    assert hub.ask("POST", path, wanted | {"metadata": None}).status_code == 400
    made = hub.ask("POST", path, wanted | {"stageId": "applied"})
    assert (made.status_code, made.json["id"]) == (201, "applied")
    renamed = hub.ask("PATCH", f"{path}/applied", {"label": "Asked", "metadata": {}})
    assert renamed.json["label"] == "Asked"
    hub.add("services", {"hs_pipeline_stage": "applied"})
    used = hub.ask("DELETE", f"{path}/applied")
    assert used.status_code == 400
    assert used.json["subCategory"] == "PipelineError.STAGE_ID_IN_USE"
    assert hub.ask("DELETE", f"{path}/{stages[0]}").status_code == 204
    assert stages[0] not in stages_of(hub)[1]


def test_replacing_stages_keeps_those_in_use(hub):
    pipeline, stages = stages_of(hub)
    hub.add("services", {"hs_pipeline_stage": stages[1]})
    new = {"stageId": "applied", "label": "Applied", "displayOrder": 0, "metadata": {}}
    wanted = {"label": "Mentoring", "displayOrder": 0, "stages": [new]}
    path = f"{SERVICES}/{pipeline}"
    assert hub.ask("PUT", path, wanted).status_code == 400
    kept = new | {"stageId": stages[1], "label": "Going on", "displayOrder": 1}
    wanted["stages"] = [new, kept]
    answer = hub.ask("PUT", path, wanted)
    assert [one["id"] for one in answer.json["stages"]] == ["applied", stages[1]]


def test_a_deal_stage_needs_a_probability(hub):
    path = f"/crm/pipelines/{V}/deals/default/stages"
    wanted = {"label": "Applied", "displayOrder": 9, "metadata": {}}
    assert hub.ask("POST", path, wanted).status_code == 400
    wanted["metadata"] = {"probability": "0.5"}
    assert hub.ask("POST", path, wanted).status_code == 201


@pytest.fixture
def pair(hub):
    person = hub.add("contacts", {"firstname": "Ada"})
    return person, hub.add("services", {"hs_name": "Ada, round 1"})


ASSOCIATIONS = f"/crm/associations/{V}"


def joined(hub, record, *, start="services", end="contacts"):
    body = {"inputs": [{"id": record}]}
    answer = hub.ask("POST", f"{ASSOCIATIONS}/{start}/{end}/batch/read", body)
    return [to["toObjectId"] for one in answer.json["results"] for to in one["to"]]


def test_associating_joins_both_ways_and_moves_no_modified_date(hub, pair):
    person, service = pair
    before = hub.objects("GET", f"services/{service}").json["updatedAt"]
    body = {"inputs": [{"from": {"id": person}, "to": {"id": service}}]}
    path = f"{ASSOCIATIONS}/0-1/0-162/batch"
    answer = hub.ask("POST", f"{path}/associate/default", body)
    assert answer.status_code == 200
    ends = [(one["from"]["id"], one["to"]["id"]) for one in answer.json["results"]]
    assert ends == [(person, service), (service, person)]
    assert joined(hub, service) == [person]
    assert joined(hub, person, start="contacts", end="services") == [service]
    assert hub.objects("GET", f"services/{service}").json["updatedAt"] == before
    gone = {"inputs": [{"from": {"id": person}, "to": [{"id": service}]}]}
    assert hub.ask("POST", f"{path}/archive", gone).json["status"] == "COMPLETE"
    assert joined(hub, service) == []


def test_single_association_and_its_end(hub, pair):
    person, service = pair
    path = f"contacts/{person}/associations"
    put = hub.objects("PUT", f"{path}/default/services/{service}")
    assert put.status_code == 200
    listed = hub.objects("GET", f"{path}/services").json["results"]
    assert [one["toObjectId"] for one in listed] == [service]
    assert hub.objects("DELETE", f"{path}/services/{service}").status_code == 204
    assert joined(hub, service) == []
    assert hub.objects("PUT", f"{path}/default/services/404").status_code == 404


def test_a_labelled_association_names_its_type(hub, pair):
    person, service = pair
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": 12}]
    path = f"contacts/{person}/associations/services/{service}"
    assert hub.objects("PUT", path, types).status_code == 201
    assert hub.objects("PUT", path, []).status_code == 400
    listed = hub.objects("GET", f"contacts/{person}/associations/services").json
    ids = [one["typeId"] for one in listed["results"][0]["associationTypes"]]
    assert 12 in ids


def test_an_unknown_record_in_a_batch_is_an_error_of_its_own(hub, pair):
    person, service = pair
    inputs = [{"from": {"id": person}, "to": {"id": one}} for one in ("404", service)]
    path = f"{ASSOCIATIONS}/contacts/services/batch/associate/default"
    answer = hub.ask("POST", path, {"inputs": inputs})
    assert answer.status_code == 207
    assert answer.json["numErrors"] == 1
    assert joined(hub, service) == [person]


def test_reading_is_paged_and_says_who_has_none(hub, pair):
    _, service = pair
    hub.option(association_page=2)
    people = [hub.add("contacts", {"city": "Ribe"}) for _ in range(3)]
    for person in people:
        hub.objects("PUT", f"services/{service}/associations/default/0-1/{person}")
    path = f"{ASSOCIATIONS}/services/contacts/batch/read"
    first = hub.ask("POST", path, {"inputs": [{"id": service}]}).json["results"][0]
    assert [to["toObjectId"] for to in first["to"]] == people[:2]
    after = first["paging"]["next"]["after"]
    wanted = {"inputs": [{"id": service, "after": after}]}
    second = hub.ask("POST", path, wanted).json["results"][0]
    assert [to["toObjectId"] for to in second["to"]] == people[2:]
    none = hub.ask("POST", path, {"inputs": [{"id": "404"}]})
    assert none.status_code == 207
    assert "NO_ASSOCIATIONS_FOUND" in none.json["errors"][0]["subCategory"]
    many = {"inputs": [{"id": str(i)} for i in range(1001)]}
    assert hub.ask("POST", path, many).status_code == 400


def test_a_merge_hands_associations_over_and_an_archive_ends_them(hub, pair):
    person, service = pair
    hub.objects("PUT", f"contacts/{person}/associations/default/services/{service}")
    keep = hub.add("contacts", {"firstname": "Ada"})
    body = {"primaryObjectId": keep, "objectIdToMerge": person}
    hub.objects("POST", "contacts/merge", body)
    assert joined(hub, service) == [keep]
    hub.objects("DELETE", f"contacts/{keep}")
    assert joined(hub, service) == []


def test_the_rate_limit_is_a_rolling_window_with_headers(hub):
    hub.option(rate_limit=2)
    first = hub.objects("GET", "contacts")
    assert first.headers["X-HubSpot-RateLimit-Max"] == "2"
    assert first.headers["X-HubSpot-RateLimit-Remaining"] == "1"
    hub.objects("GET", "contacts")
    third = hub.objects("GET", "contacts")
    assert third.status_code == 429
    assert third.json["errorType"] == "RATE_LIMIT"
    assert third.json["policyName"] == "TEN_SECONDLY_ROLLING"
    assert "Retry-After" not in third.headers
    assert hub.objects("GET", "contacts", bearer="other-app").status_code == 200
    assert hub.objects("GET", "contacts", staff=True).status_code == 200


def test_search_has_a_limit_of_its_own_and_no_headers(hub):
    hub.option(search_rate_limit=1)
    first = hub.search("contacts")
    assert first.status_code == 200
    assert "X-HubSpot-RateLimit-Max" not in first.headers
    assert hub.search("contacts").json["policyName"] == "SECONDLY"
