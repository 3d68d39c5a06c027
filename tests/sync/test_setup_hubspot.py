"""Setup of HubSpot, over HTTP: what is planned, done, noted and left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.db import new_id
from connector.service import lay_out
from connector.sync.cycle import change, ensure, find, sync_programme
from connector.sync.setup import apply_all, plan_all
from connector.sync.state import RemoteRecord
from tests.sync.setup_world import KEY, SetupWorld, run, world

STATUSES = [
    "Ansøgt",
    "Udvalgt",
    "Venteliste",
    "Afslået",
    "Aktiv",
    "Gennemført",
    "Trukket sig",
]
SERVICES = "/hubspot/crm/objects/2026-09/0-162"


@pytest.fixture
def crm(tmp_path: Path):
    with world(tmp_path) as made:
        yield made


def whats(plan):
    return [step.what for step in plan.steps]


def test_everything_is_made_once_and_a_second_run_plans_nothing(crm: SetupWorld):
    service = crm.service("hubspot")
    plan = plan_all(service, KEY)
    assert len(plan.steps) == 4 * 3 + 1
    assert crm.writes() == {}

    assert apply_all(plan) == whats(plan)
    assert plan.notes == []
    for kind in ("contacts", "companies", "0-410", "0-162"):
        assert crm.properties(kind)["vidensbro_id"]["hasUniqueValue"] is True
    assert crm.labels("0-162") == STATUSES
    assert [one["label"] for one in crm.pipelines("0-162")][-1] == "Prøveprogrammet"

    crm.writes()
    again = run(service)
    assert (again.steps, again.notes, crm.writes()) == ([], [], {})


def test_properties_speak_the_programmes_language(crm: SetupWorld):
    run(crm.service("hubspot"))
    role = crm.properties("0-162")["vidensbro_role"]
    assert role["label"] == "Rolle"
    assert role["description"] == "Mentor eller mentee i runden"
    assert role["groupName"] == "vidensbro"
    reasons = crm.properties("0-162")["vidensbro_withdrawal_reason"]["options"]
    assert (reasons[0]["value"], reasons[0]["label"]) == ("got_job", "Fik job")
    answered = crm.properties("0-162")["vidensbro_closing_answered"]
    assert [one["value"] for one in answered["options"]] == ["true", "false"]
    topics = crm.properties("0-162")["vidensbro_topics"]
    assert topics["fieldType"] == "checkbox"


def test_one_call_makes_all_properties_of_an_object(crm: SetupWorld):
    run(crm.service("hubspot"))
    writes = crm.writes()
    batches = {name: n for name, n in writes.items() if "batch/create" in name}
    assert list(batches.values()) == [1, 1, 1, 1]
    # Beside them: a group and the key for each of four objects, and the pipeline.
    assert sum(writes.values()) == 4 + 4 * 2 + 1


def test_an_object_not_activated_is_left_to_a_person(tmp_path: Path):
    with world(tmp_path, {"hubspot.activated": ["0-410"]}) as crm:
        service = crm.service("hubspot")
        plan = run(service)
        assert not [step for step in plan.steps if step.part == "0-162"]
        (note,) = plan.notes
        assert "Services (0-162)" in note
        assert "HUBSPOT_PARTICIPATION_OBJECT=0-3" in note

        crm.option("hubspot.activated", ["0-410", "0-162"])
        later = run(service)
        assert {step.part for step in later.steps} == {"0-162"}
        assert (run(service).steps, later.notes) == ([], [])


def test_a_free_accounts_empty_pipeline_is_adapted(tmp_path: Path):
    with world(tmp_path, {"hubspot.tier": "free"}) as crm:
        (before,) = crm.pipelines("0-162")
        service = crm.service("hubspot")
        assert run(service).notes == []
        (after,) = crm.pipelines("0-162")
        assert [one["label"] for one in after["stages"]] == STATUSES
        old = {one["id"] for one in before["stages"]}
        assert old < {one["id"] for one in after["stages"]}
        again = run(service)
        assert (again.steps, again.notes) == ([], [])


def test_a_free_accounts_used_pipeline_is_left_alone(tmp_path: Path):
    with world(tmp_path, {"hubspot.tier": "free"}) as crm:
        crm.ask("POST", SERVICES, {"properties": {"hs_name": "Theirs"}})
        before = crm.pipelines("0-162")
        service = crm.service("hubspot")
        plan = run(service)
        assert crm.pipelines("0-162") == before
        (note,) = plan.notes
        assert "Starter" in note
        assert "Ansøgt, Udvalgt" in note
        # It may be allowed by the next time, so it is tried again, and nothing else.
        assert [step.part for step in run(service).steps] == ["0-162"]


def test_stages_that_are_not_ours_stay_and_are_told_of(tmp_path: Path):
    with world(tmp_path, {"hubspot.tier": "free"}) as crm:
        (pipeline,) = crm.pipelines("0-162")
        path = f"/hubspot/crm/pipelines/2026-09/0-162/{pipeline['id']}/stages"
        for place in range(3, 9):
            stage = {"label": f"S{place}", "displayOrder": place, "metadata": {}}
            crm.ask("POST", path, stage)
        plan = run(crm.service("hubspot"))
        assert crm.labels("0-162")[:7] == STATUSES
        assert crm.labels("0-162")[7:] == ["S7", "S8"]
        (note,) = plan.notes
        assert "S7, S8" in note


def test_a_missing_stage_is_added_and_the_sync_hears_of_it(crm: SetupWorld):
    service = crm.service("hubspot")
    run(service)
    pipeline = crm.pipelines("0-162")[-1]
    ids = {one["label"]: one["id"] for one in pipeline["stages"]}
    with service.database.writing() as session:
        ensure(session, KEY, "hubspot").facts = {
            "hubspot.stages": {
                "pipeline": pipeline["id"],
                "by_status": {"applied": ids["Ansøgt"], "selected": ids["Udvalgt"]},
            },
            "other": 1,
        }
    stages = f"/hubspot/crm/pipelines/2026-09/0-162/{pipeline['id']}/stages"
    crm.ask("DELETE", f"{stages}/{ids['Venteliste']}")
    # Renamed by staff, but known to the sync: it stays what it is.
    renamed = {"label": "Valgt ud", "metadata": {}}
    crm.ask("PATCH", f"{stages}/{ids['Udvalgt']}", renamed)

    plan = run(service)
    assert len(plan.steps) == 1
    assert plan.steps[0].what.endswith("Venteliste.")
    assert "Valgt ud" in crm.labels("0-162")
    assert "Udvalgt" not in crm.labels("0-162")
    with service.database.reading() as session:
        row = find(session, KEY, "hubspot")
        assert row is not None
        known = row.facts["hubspot.stages"]["by_status"]
        assert row.facts["other"] == 1
    assert known["selected"] == ids["Udvalgt"]
    assert len(known) == 7
    assert run(service).steps == []


def test_a_property_of_the_same_name_and_another_type_is_not_touched(crm: SetupWorld):
    crm.property("0-162", name="vidensbro_role", type="string", fieldType="text")
    theirs = crm.properties("0-162")["vidensbro_role"]
    plan = run(crm.service("hubspot"))
    assert crm.properties("0-162")["vidensbro_role"] == theirs
    (note,) = plan.notes
    assert "vidensbro_role" in note
    assert "string/text" in note


def test_options_are_added_and_staffs_own_stay(crm: SetupWorld):
    options = [
        {"label": "Mentoren", "value": "mentor", "displayOrder": 0, "hidden": False},
        {"label": "Coach", "value": "coach", "displayOrder": 1, "hidden": False},
    ]
    crm.property(
        "0-162", name="vidensbro_role", type="enumeration", fieldType="radio",
        options=options,
    )  # fmt: skip
    service = crm.service("hubspot")
    plan = run(service)
    assert plan.notes == []
    assert any("vidensbro_role" in what and "Mentee" in what for what in whats(plan))
    role = crm.properties("0-162")["vidensbro_role"]
    assert [(one["value"], one["label"]) for one in role["options"]] == [
        ("mentor", "Mentoren"),
        ("coach", "Coach"),
        ("mentee", "Mentee"),
    ]
    assert (role["label"], role["fieldType"]) == ("Theirs", "radio")
    assert run(service).steps == []


def test_one_choice_cannot_hold_several_values(crm: SetupWorld):
    crm.property(
        "0-162", name="vidensbro_topics", type="enumeration", fieldType="select"
    )
    plan = run(crm.service("hubspot"))
    (note,) = plan.notes
    assert "enumeration/checkbox" in note
    assert crm.properties("0-162")["vidensbro_topics"]["options"] == []


def test_an_id_that_is_not_unique_stops_that_object_only(crm: SetupWorld):
    crm.property("0-162", name="vidensbro_id", type="string", fieldType="text")
    plan = run(crm.service("hubspot"))
    assert {step.part for step in plan.steps} == {"contacts", "companies", "0-410"}
    (note,) = plan.notes
    assert "vidensbro_id" in note


def test_an_object_that_refuses_a_unique_property_names_the_way_round(tmp_path: Path):
    with world(tmp_path, {"hubspot.unique_on_native": False}) as crm:
        service = crm.service("hubspot")
        plan = plan_all(service, KEY)
        done = apply_all(plan)
        courses, services = plan.notes
        assert "HUBSPOT_ROUND_OBJECT=0-3" in courses
        assert "HUBSPOT_PARTICIPATION_OBJECT=0-3" in services
        assert "does not support unique" in services
        # Nothing else is built on an object that cannot be used.
        assert "vidensbro_role" not in crm.properties("0-162")
        assert len(crm.pipelines("0-162")) == 1
        assert "vidensbro_roles" in crm.properties("contacts")
        assert len(done) == 3 * 2 + 2

        deals = crm.service(
            "hubspot", HUBSPOT_ROUND_OBJECT="0-3", HUBSPOT_PARTICIPATION_OBJECT="0-3"
        )
        assert run(deals).notes == []
        assert run(deals).steps == []


@pytest.mark.parametrize("tier", ["starter", "free"])
def test_deals_serve_as_both(tmp_path: Path, tier: str):
    with world(tmp_path, {"hubspot.tier": tier, "hubspot.activated": []}) as crm:
        service = crm.service(
            "hubspot", HUBSPOT_ROUND_OBJECT="0-3", HUBSPOT_PARTICIPATION_OBJECT="0-3"
        )
        plan = run(service)
        assert plan.notes == []
        assert len(crm.pipelines("0-3")) == (2 if tier == "starter" else 1)
        stages = crm.pipelines("0-3")[-1]["stages"]
        assert [one["label"] for one in stages] == STATUSES
        assert all("probability" in one["metadata"] for one in stages)
        have = crm.properties("0-3")
        assert {"vidensbro_role", "vidensbro_starts"} <= set(have)
        # A figure on the round, a verdict on the participation: a text takes either.
        network = have["vidensbro_kpi_mentee_network"]
        assert (network["type"], network["options"]) == ("string", [])
        assert run(service).steps == []


def test_a_round_prepared_for_deals_is_accepted_as_one(tmp_path: Path):
    with world(tmp_path, {"hubspot.activated": []}) as crm:
        service = crm.service(
            "hubspot", HUBSPOT_ROUND_OBJECT="0-3", HUBSPOT_PARTICIPATION_OBJECT="0-3"
        )
        run(service)
        lay_out(service)
        change(service, KEY, "hubspot", "active")
        outcome = sync_programme(service, KEY)["hubspot"]
        assert (dict(outcome.counts), outcome.problems) == ({"created": 1}, [])
        deals = "/hubspot/crm/objects/2026-09/0-3?properties=dealname"
        (deal,) = crm.ask("GET", deals)["results"]
        assert deal["properties"]["dealname"] == "Runde 1"


def test_what_somebody_makes_meanwhile_is_taken_as_made(crm: SetupWorld):
    service = crm.service("hubspot")
    plan = plan_all(service, KEY)
    path = "/hubspot/crm/properties/2026-09/0-162"
    group = {"name": "vidensbro", "label": "Vidensbro"}
    crm.ask("POST", f"{path}/groups", group)
    text = {"type": "string", "fieldType": "text"}
    crm.property("0-162", name="vidensbro_id", hasUniqueValue=True, **text)
    crm.property("0-162", name="vidensbro_source", **text)
    assert apply_all(plan) == whats(plan)
    assert plan.notes == []
    assert crm.properties("0-162")["vidensbro_source"]["label"] == "Theirs"
    assert "vidensbro_topics" in crm.properties("0-162")


def test_an_id_made_meanwhile_that_is_not_unique_is_told(crm: SetupWorld):
    plan = plan_all(crm.service("hubspot"), KEY)
    crm.property("0-162", name="vidensbro_id", type="string", fieldType="text")
    apply_all(plan)
    (note,) = plan.notes
    assert "ikke er entydig" in note
    assert "vidensbro_topics" not in crm.properties("0-162")


def test_one_refused_property_does_not_hold_up_the_others(crm: SetupWorld):
    service = crm.service("hubspot")
    refused = {"tool": "hubspot", "kind": "status", "status": 400, "method": "POST"}
    batch = {**refused, "path": "0-162/batch/create$"}
    crm.ask("POST", "/sandbox/control/faults", batch)
    plan = plan_all(service, KEY)
    (step,) = [s for s in plan.steps if s.part == "0-162" and "egenskaber" in s.what]

    def told(begun):
        # The first property made singly is refused as well.
        if begun is step:
            single = {**refused, "path": "properties/2026-09/0-162$"}
            crm.ask("POST", "/sandbox/control/faults", single)

    done = apply_all(plan, told)
    assert step.what not in done
    (note,) = plan.notes
    have = crm.properties("0-162")
    assert "vidensbro_role (" in note
    assert "vidensbro_role" not in have
    assert "vidensbro_topics" in have
    again = run(service)
    assert len(again.steps) == 1
    assert run(service).steps == []


@pytest.mark.parametrize(
    "path",
    ["contacts/groups$", "0-162$", "0-162/batch/create$", "pipelines/2026-09/0-162$"],
)
def test_a_lost_answer_is_made_good_by_the_next_run(crm: SetupWorld, path: str):
    service = crm.service("hubspot")
    plan = plan_all(service, KEY)
    lost = {"tool": "hubspot", "kind": "accept_then_reset", "method": "POST"}
    crm.ask("POST", "/sandbox/control/faults", {**lost, "path": path})
    done = apply_all(plan)
    assert len(done) < len(plan.steps)
    assert plan.notes[0].startswith("HubSpot kan ikke nås nu")
    assert run(service).notes == []
    assert run(service).steps == []
    assert len(crm.pipelines("0-162")) == 2


def test_what_was_refused_is_tried_again(crm: SetupWorld):
    service = crm.service("hubspot")
    with service.database.writing() as session:
        session.add(
            RemoteRecord(
                programme=KEY,
                tool="hubspot",
                object_type="contacts",
                entity_kind="person",
                entity_id=new_id(),
                problem="PROPERTY_DOESNT_EXIST",
                problem_hash="0123456789abcdef",
            )
        )
    run(service)
    with service.database.reading() as session:
        assert session.query(RemoteRecord).one().problem_hash == ""


def test_another_account_is_left_alone(crm: SetupWorld):
    service = crm.service("hubspot")
    with service.database.writing() as session:
        ensure(session, KEY, "hubspot").account = "1"
    plan = run(service)
    assert plan.steps == []
    assert "rebind" in plan.notes[0]
    assert crm.writes() == {}


def test_a_tool_that_refuses_the_key_holds_up_no_other(crm: SetupWorld):
    fault = {"tool": "hubspot", "kind": "status", "status": 401, "times": 1}
    crm.ask("POST", "/sandbox/control/faults", fault)
    plan = plan_all(crm.service("hubspot", "mailchimp"), KEY)
    assert {step.tool for step in plan.steps} == {"mailchimp"}
    (note,) = plan.notes
    assert note.startswith("HubSpot kunne ikke læses")


def test_a_key_that_is_taken_away_midway_ends_it_there(crm: SetupWorld):
    service = crm.service("hubspot")
    plan = plan_all(service, KEY)
    fault = {"tool": "hubspot", "kind": "status", "status": 401, "times": 99}
    crm.ask("POST", "/sandbox/control/faults", {**fault, "method": "POST"})
    assert apply_all(plan) == []
    assert len(plan.notes) == 1
