"""The main job, end to end: a form answer to the CRM and the newsletter, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connector.db import utcnow
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import Match, Person
from connector.programme.populations import load_facts
from tests.world import KEY, World, long_ago, world


def soon() -> datetime:
    """Return a time after every edit made until now."""
    return utcnow() + timedelta(seconds=2)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_an_application_stands_in_the_crm_and_the_newsletter(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    assert here.drain() == 1
    here.sync()
    contact = here.record("contacts", email="anna@people.example")
    assert contact["properties"]["firstname"] == "Anna"
    part = here.record("0-162", vidensbro_role="mentee")
    assert part["properties"]["hs_name"] == "Anna Prøve · Mentee · Runde 1"
    assert part["properties"]["hs_pipeline_stage"] == here.stage("applied")
    assert here.record("companies", name="Nordlys Teknik A/S")
    member = here.members()["anna@people.example"]
    assert member["status"] == "subscribed"
    assert member["merge_fields"]["VIDENSBRO"] == ";r1.mentee.applied;"


def test_what_staff_do_comes_back_and_survives_the_next_answer(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=long_ago(20))
    here.apply_as_mentor("Bo Prøve", at=long_ago(19))
    here.settle(1)
    anna = here.record("contacts", email="anna@people.example")
    bo = here.record("contacts", email="bo@havbro.example")
    mentee = here.record("0-162", vidensbro_role="mentee")
    mentor = here.record("0-162", vidensbro_role="mentor")

    for part in (mentee, mentor):
        here.edit("0-162", part["id"], hs_pipeline_stage=here.stage("active"))
    associate = "/crm/objects/2026-09/0-162/{}/associations/default/contacts/{}"
    here.crm("PUT", associate.format(mentee["id"], bo["id"]))
    here.edit("contacts", anna["id"], phone="+4520999999")
    here.settle(2)
    with here.service.database.reading() as session:
        match = session.scalars(select(Match)).one()
        person = session.scalars(
            select(Person).where(Person.first_name == "Anna")
        ).one()
    assert match.state == "active"
    assert person.phone == "+4520999999"

    # An answer given before the correction changes nothing; one given after it does,
    # for the phone. The status stays what staff said, whatever is answered.
    here.apply_as_mentee("Anna Prøve", at=long_ago(5), answers={"phone": "+4520888888"})
    here.settle(2)
    assert here.record("contacts", firstname="Anna")["properties"]["phone"] == (
        "+4520999999"
    )
    here.apply_as_mentee("Anna Prøve", answers={"phone": "+4520777777"}, at=soon())
    here.settle(2)
    assert here.record("contacts", firstname="Anna")["properties"]["phone"] == (
        "+4520777777"
    )
    part = here.record("0-162", vidensbro_role="mentee")
    assert part["properties"]["hs_pipeline_stage"] == here.stage("active")


def test_an_answer_by_the_personal_link_moves_the_figures(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=long_ago(20))
    here.settle(1)
    part = here.record("0-162", vidensbro_role="mentee")
    here.edit("0-162", part["id"], hs_pipeline_stage=here.stage("active"))
    here.sync()
    link = part["properties"]["vidensbro_closing_link"]
    form, token = link.rsplit("/", 1)[1].split("#token=")
    assert form == here.forms["closing_evaluation_mentee", "da"]
    here.answer(
        "closing_evaluation_mentee",
        {"mentee_network": "mentee_network-agree"},
        hidden={"token": token},
    )
    here.drain()
    here.sync()
    round_record = here.record("0-410")["properties"]
    assert round_record["vidensbro_kpi_mentee_network"] == (
        "1 ja af 1 svar, 1 i alt · mål 1 · nået"
    )
    part = here.record("0-162", vidensbro_role="mentee")["properties"]
    assert part["vidensbro_closing_answered"] == "true"
    assert part["vidensbro_kpi_mentee_network"] == "yes"


def test_a_move_between_two_polls_still_counts(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", at=long_ago(20))
    here.settle(1)
    part = here.record("0-162", vidensbro_role="mentee")
    for days, status in ((10, "active"), (3, "withdrawn")):
        stage = here.stage(status)
        here.edit("0-162", part["id"], at=long_ago(days), hs_pipeline_stage=stage)
    here.settle(2)
    with here.service.database.reading() as session:
        plan = here.service.programme(KEY)
        facts = load_facts(session, KEY)
        (taking,) = facts.parts.values()
    assert plan.key == KEY
    assert taking.row.status == "withdrawn"
    assert taking.took_part


def test_without_consent_to_the_programme_nothing_is_used(here: World) -> None:
    here.apply_as_mentee("Anna Prøve", answers={"consent_programme": False})
    here.settle(1)
    assert here.records("contacts") == []
    assert here.members() == {}
    with here.service.database.reading() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert delivery.state == "parked"
    assert delivery.reasons[0]["code"] == "no_consent"


def test_a_link_of_another_evaluation_is_not_counted(here: World) -> None:
    here.apply_as_mentor("Bo Prøve", at=long_ago(20))
    here.settle(1)
    link = here.record("0-162")["properties"]["vidensbro_closing_link"]
    here.answer(
        "closing_evaluation_mentee",
        {"mentee_network": "mentee_network-agree"},
        hidden={"token": link.split("#token=")[1]},
    )
    here.settle(1)
    with here.service.database.reading() as session:
        parked = session.scalars(select(Delivery).where(Delivery.state == "parked"))
        assert "wrong_link" in {r["code"] for r in parked.one().reasons}
        assert not load_facts(session, KEY).replies


def test_a_merge_in_the_crm_makes_no_words_of_staff(here: World) -> None:
    here.apply_as_mentee("Anna Olsen", at=long_ago(20))
    here.apply_as_mentee(
        "Anna Berg", at=long_ago(19),
        answers={"email": "anna.berg@people.example", "phone": "+4520222222"},
    )  # fmt: skip
    here.settle(2)
    one = here.record("contacts", lastname="Olsen")
    other = here.record("contacts", lastname="Berg")
    here.crm(
        "POST", "/crm/objects/2026-09/contacts/merge",
        {"primaryObjectId": one["id"], "objectIdToMerge": other["id"]},
    )  # fmt: skip
    here.settle(3)
    with here.service.database.reading() as session:
        said = session.scalars(
            select(Claim.field).where(
                Claim.entity_kind == "person", Claim.source == "staff"
            )
        )
        assert set(said) == {"email"}  # the address that staff left as the first one
