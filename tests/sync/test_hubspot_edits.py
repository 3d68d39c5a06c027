"""What staff change in HubSpot comes back, counts as its policy says, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.programme.entities import Address, Outreach
from tests.sync.hubspot_world import (
    DAY,
    START,
    company,
    connection,
    contact,
    held,
    hubspot_calls,
    make,
    part,
    participation,
    person,
    remote,
    rows,
    staff_claims,
    writes,
)
from tests.world import World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve", at=START)
        made.settle(2)
        yield made


def test_a_dragged_status_is_staffs_word_at_the_time_of_the_drag(here: World) -> None:
    dragged = START + 3 * DAY
    record = part(here, "Anna Prøve")
    here.edit("0-162", record["id"], dragged, hs_pipeline_stage=here.stage("selected"))
    here.settle(2)
    assert participation(here, "Anna").status == "selected"
    [claim] = staff_claims(here, "status")
    assert (claim.value, claim.asserted_at) == ("selected", dragged)
    assert held(contact(here, "anna@people.example"), "vidensbro_roles") == (
        ";r1.mentee.selected;"
    )


def test_a_second_application_never_resets_the_status(here: World) -> None:
    record = part(here, "Anna Prøve")
    here.edit(
        "0-162", record["id"], START + DAY, hs_pipeline_stage=here.stage("active")
    )
    here.apply_as_mentee("Anna Prøve", at=START + 2 * DAY)
    here.settle(2)
    assert participation(here, "Anna").status == "active"
    assert held(part(here, "Anna Prøve"), "hs_pipeline_stage") == here.stage("active")


def test_a_stage_of_staffs_own_is_left_alone(here: World) -> None:
    pipeline = connection(here).facts["hubspot.stages"]["pipeline"]
    stage = here.crm(
        "POST", f"/crm/pipelines/2026-09/0-162/{pipeline}/stages",
        {"label": "Venter på brev", "displayOrder": 9, "metadata": {}},
    )["id"]  # fmt: skip
    record = part(here, "Anna Prøve")
    here.edit("0-162", record["id"], hs_pipeline_stage=stage)
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520999999"})
    here.settle(3)
    assert participation(here, "Anna").status == "applied"
    assert held(part(here, "Anna Prøve"), "hs_pipeline_stage") == stage
    assert staff_claims(here, "status") == []
    here.edit("0-162", record["id"], hs_pipeline_stage=here.stage("selected"))
    here.settle(2)
    assert participation(here, "Anna").status == "selected"


def test_an_option_of_staffs_own_is_left_alone_too(here: World) -> None:
    record = part(here, "Anna Prøve")
    path = "/crm/properties/2026-09/0-162/vidensbro_employed_6m_staff"
    known = here.crm("GET", path)["options"]
    more = [*known, {"value": "maybe", "label": "Måske", "displayOrder": 9}]
    here.crm("PATCH", path, {"options": more})
    here.edit("0-162", record["id"], vidensbro_employed_6m_staff="maybe")
    here.settle(3)
    assert participation(here, "Anna").employed_6m is None
    assert held(part(here, "Anna Prøve"), "vidensbro_employed_6m_staff") == "maybe"


def test_the_reason_for_withdrawing_comes_back(here: World) -> None:
    record = part(here, "Anna Prøve")
    here.edit(
        "0-162", record["id"], hs_pipeline_stage=here.stage("withdrawn"),
        vidensbro_withdrawal_reason="got_job",
    )  # fmt: skip
    here.settle(2)
    found = participation(here, "Anna")
    assert (found.status, found.withdrawal_reason) == ("withdrawn", "got_job")


def test_a_corrected_phone_survives_older_answers_and_yields_to_newer_ones(
    here: World,
) -> None:
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], START + 5 * DAY, phone="+45 20 11 11 11")
    here.apply_as_mentee(
        "Anna Prøve", at=START + 4 * DAY, answers={"phone": "+4520222222"}
    )
    here.settle(3)
    assert held(contact(here, "anna@people.example"), "phone") == "+45 20 11 11 11"
    assert person(here, "Anna").phone == "+45 20 11 11 11"
    here.apply_as_mentee(
        "Anna Prøve", at=START + 6 * DAY, answers={"phone": "+4520333333"}
    )
    here.settle(3)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520333333"


def test_an_edit_made_while_an_answer_waits_is_read_before_it_is_overwritten(
    here: World,
) -> None:
    here.options(hubspot__search_delay_s=3600)  # the search shows nothing of it
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], START + 5 * DAY, lastname="Rettet")
    here.apply_as_mentee(
        "Anna Prøve", at=START + 4 * DAY, answers={"phone": "+4520222222"}
    )
    here.settle(2)
    found = contact(here, "anna@people.example")
    assert (held(found, "lastname"), held(found, "phone")) == ("Rettet", "+4520222222")
    assert person(here, "Anna").last_name == "Rettet"


def test_a_corrected_address_is_known_and_the_newsletter_follows(here: World) -> None:
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], START + DAY, email="anna.new@people.example")
    here.settle(2)
    assert person(here, "Anna").email == "anna.new@people.example"
    known = {a.email for a in rows(here, Address)}
    assert {"anna@people.example", "anna.new@people.example"} <= known
    assert "anna.new@people.example" in here.members()
    # The old address in a later form neither renames her nor makes another person.
    here.apply_as_mentee("Anna Prøve", at=START + 2 * DAY)
    here.settle(2)
    assert held(here.record("contacts"), "email") == "anna.new@people.example"


def test_a_field_that_staff_cleared_stays_empty_until_a_newer_answer(
    here: World,
) -> None:
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], START + DAY, phone="")
    here.settle(3)
    assert person(here, "Anna").phone is None
    assert held(contact(here, "anna@people.example"), "phone") == ""
    here.apply_as_mentee("Anna Prøve", at=START + 2 * DAY)
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520123456"


def test_our_own_values_never_become_staffs(here: World) -> None:
    here.apply_as_mentor(
        "Bo Prøve", answers={"email": "Bo.Proeve@Havbro.example", "last_name": "Prøve "}
    )
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520555555"})
    here.settle(4)
    assert staff_claims(here) == []


def test_a_value_that_hubspot_writes_its_own_way_is_still_ours(here: World) -> None:
    """HubSpot formats numbers some time after the write that it answered (seen)."""
    record = contact(here, "anna@people.example")
    here.crm(
        "PATCH", f"/crm/objects/2026-09/contacts/{record['id']}",
        {"properties": {"phone": "+45 20 12 34 56"}}, **{"X-Sandbox-Actor": "hubspot"},
    )  # fmt: skip
    here.settle(2)
    assert staff_claims(here, "phone") == []


def test_nothing_is_written_when_nothing_changed(here: World) -> None:
    here.forget_calls()
    here.settle(3)
    assert writes(here) == 0
    assert not any(call.endswith("batch/read") and "objects" in call
                   for call in hubspot_calls(here))  # fmt: skip


def test_staffs_word_on_employment_and_the_followup_both_stand(here: World) -> None:
    token = held(part(here, "Anna Prøve"), "vidensbro_six_month_follow_up_link")
    token = token.rpartition("token=")[2]
    here.answer(
        "six_month_follow_up", {"employed": "employed-no"},
        hidden={"token": token}, at=START + 2 * DAY,
    )  # fmt: skip
    here.settle(2)
    record = part(here, "Anna Prøve")
    assert held(record, "vidensbro_employed_6m") == "no"
    here.edit("0-162", record["id"], START + DAY, vidensbro_employed_6m_staff="yes")
    here.settle(2)
    record = part(here, "Anna Prøve")
    assert held(record, "vidensbro_employed_6m") == "yes"
    assert held(record, "vidensbro_employed_6m_staff") == "yes"
    here.edit("0-162", record["id"], START + 3 * DAY, vidensbro_employed_6m_staff="")
    here.settle(2)
    assert held(part(here, "Anna Prøve"), "vidensbro_employed_6m") == "no"
    assert participation(here, "Anna").employed_6m_staff is None


def test_a_city_made_in_hubspot_joins_with_its_dates(here: World) -> None:
    made = make(
        here, "companies", name="Odense Kommune", vidensbro_kind="city",
        vidensbro_informed_on="2026-10-01",
    )  # fmt: skip
    here.settle(2)
    [row] = rows(here, Outreach)
    assert row.informed_on.isoformat() == "2026-10-01"
    record = here.record("companies", name="Odense Kommune")
    assert (record["id"], held(record, "vidensbro_id")) == (
        made, company(here, "Odense Kommune").id,
    )  # fmt: skip
    here.edit("companies", made, vidensbro_interested_on="2026-11-02")
    here.settle(2)
    [row] = rows(here, Outreach)
    assert row.interested_on.isoformat() == "2026-11-02"
    here.edit("companies", made, vidensbro_interested_on="")
    here.settle(2)
    assert rows(here, Outreach)[0].interested_on is None


def test_a_city_that_the_programme_knows_is_joined_not_doubled(here: World) -> None:
    made = make(here, "companies", name="Nordlys Teknik", vidensbro_kind="partner",
                domain="nordlys.example")  # fmt: skip
    here.answer(
        "company_registration",
        {
            "organisation_name": "Nordlys Teknik", "first_name": "Per",
            "last_name": "Prøve", "email": "per@nordlys.example",
            "consent_programme": True,
        },
    )  # fmt: skip
    here.settle(3)
    found = [r for r in here.records("companies") if "Nordlys" in held(r, "name")]
    assert [r["id"] for r in found if held(r, "vidensbro_kind") == "partner"] == [made]


def test_a_late_search_never_takes_a_newer_value_back(here: World) -> None:
    here.options(hubspot__search_delay_s=1)
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], START + DAY, phone="+4520777777")
    here.apply_as_mentee(
        "Anna Prøve", at=START + 2 * DAY, answers={"phone": "+4520888888"}
    )
    here.settle(3)
    here.options(hubspot__search_delay_s=0)
    here.settle(2)
    assert held(contact(here, "anna@people.example"), "phone") == "+4520888888"
    assert len(staff_claims(here, "phone")) <= 1


def test_a_lost_key_is_written_again_instead_of_a_new_record(here: World) -> None:
    record = contact(here, "anna@people.example")
    here.edit("contacts", record["id"], vidensbro_id="")
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520888888"})
    here.settle(3)
    again = here.record("contacts")
    assert again["id"] == record["id"]
    assert held(again, "phone") == "+4520888888"
    assert held(again, "vidensbro_id") == person(here, "Anna").id


def test_a_restored_record_is_written_again(here: World) -> None:
    who = person(here, "Anna").id
    record = contact(here, "anna@people.example")
    here.crm("DELETE", f"/crm/objects/2026-09/contacts/{record['id']}")
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520888888"})
    here.settle(3)
    assert remote(here, who).state == "gone"
    assert here.records("contacts") == []
