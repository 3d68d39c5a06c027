"""KPI fields for the CRM's records, and the figures in words."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, insert

from connector.programme.claims import Claim
from connector.programme.entities import EvaluationResponse, Participation, Person
from connector.programme.kpi_fields import crm_fields, entity_kpis, kpi_properties
from connector.programme.kpi_text import (
    figure_dicts,
    percent,
    round_title,
    screen_lines,
)
from connector.programme.kpis import programme_figures, round_figures
from tests.kpi_world import KEY, PLAN, TODAY, World, fresh_database, moment


@pytest.fixture
def database():
    return fresh_database()


@pytest.fixture
def world(database):
    with database.writing() as session:
        yield World(session)


def test_properties_are_ours_short_and_said_in_danish():
    properties = kpi_properties(PLAN)
    names = [(spec.entity, spec.name) for spec in properties]
    assert len(set(names)) == len(names)
    for spec in properties:
        assert re.fullmatch(r"vidensbro_[a-z0-9_]{1,40}", spec.name)
        assert spec.label
        assert spec.description
        assert bool(spec.choices) == (spec.type == "enumeration")
    assert ("round", "vidensbro_mentee_network_state") in names
    assert ("organisation", "vidensbro_company_retention") in names
    # Staff's word and the resolved one have properties of their own already.
    assert ("participation", "vidensbro_mentee_employed_6m") not in names


def test_a_rounds_figures_are_flat_values(world):
    world.answers(world.part(), mentee_network="yes")
    world.part()
    figures = round_figures(world.session, PLAN, world.rounds["r1"], date(2016, 7, 1))
    fields = crm_fields(figures)
    assert fields["vidensbro_mentee_network_yes"] == 1
    assert fields["vidensbro_mentee_network_answered"] == 1
    assert fields["vidensbro_mentee_network_population"] == 2
    assert fields["vidensbro_mentee_network_dont_know"] == 0
    assert fields["vidensbro_mentee_network_state"] == "open"


def filled(world):
    """Lay a small round with a pair, a company and answers; return its parts."""
    company = world.organisation()
    mentor = world.part(role="mentor", organisation_id=company.id)
    mentee = world.part(organisation_id=company.id)
    world.part(round_key="r2", role="mentor", person=world.session.get(
        Person, mentee.person_id
    ))  # fmt: skip
    world.part(status="applied", round_key="r2")
    world.match(mentor, mentee)
    world.answers(mentee, mentee_network="no")
    world.answers(mentee, kind="company", company_retention="yes")
    world.answers(mentee, kind="six_month_follow_up", mentee_employed_6m="yes")
    return company, mentor, mentee


def test_every_record_gets_its_fields(world):
    company, mentor, mentee = filled(world)
    made = entity_kpis(world.session, PLAN, TODAY)
    first = made[("round", world.rounds["r1"].id)]
    assert first["vidensbro_mentor_count"] == 1
    assert first["vidensbro_mentee_count"] == 1
    assert first["vidensbro_match_count"] == 1
    assert made[("participation", mentee.id)] == {
        "vidensbro_mentee_network": "no",
        "vidensbro_company_retention": "yes",
        "vidensbro_closing_answered": "yes",
        "vidensbro_six_month_follow_up_answered": "yes",
        "vidensbro_company_answered": "yes",
    }
    assert made[("participation", mentor.id)] == {"vidensbro_closing_answered": "no"}
    assert made[("person", mentee.person_id)] == {
        "vidensbro_rounds": "r1, r2",
        "vidensbro_round_count": 2,
        "vidensbro_roles": "mentee, mentor",
    }
    assert made[("organisation", company.id)] == {
        "vidensbro_participants_sent": 1,
        "vidensbro_mentors": 1,
        "vidensbro_company_retention": "yes",
    }


def test_only_declared_properties_and_choices_are_ever_written(world):
    filled(world)
    declared = {(spec.entity, spec.name): spec for spec in kpi_properties(PLAN)}
    for (kind, _), fields in entity_kpis(world.session, PLAN, TODAY).items():
        for name, value in fields.items():
            spec = declared[(kind, name)]
            assert isinstance(value, int) == (spec.type == "number")
            if spec.type == "enumeration":
                assert value in dict(spec.choices)


def test_pairs_of_merged_people_are_one_and_ended_ones_none(world):
    mentor, mentee, twin, other = (
        world.part(role=role) for role in ("mentor", "mentee", "mentee", "mentee")
    )
    world.match(mentor, mentee)
    world.match(mentor, twin)
    world.match(mentor, other, state="ended")
    world.merge("participation", twin, mentee)
    made = entity_kpis(world.session, PLAN, TODAY)
    assert made[("round", world.rounds["r1"].id)]["vidensbro_match_count"] == 1


def test_a_thousand_people_cost_no_more_queries_than_ten(database):
    def queries(session):
        said = []

        def note(*arguments):
            said.append(arguments[2])

        event.listen(database.engine, "before_cursor_execute", note)
        entity_kpis(session, PLAN, TODAY)
        event.remove(database.engine, "before_cursor_execute", note)
        return len(said)

    with database.writing() as session:
        world = World(session)
        many(world, 10, "a")
        few = queries(session)
        many(world, 1000, "b")
        assert queries(session) == few <= 10


def many(world, number, prefix):
    """Lay ``number`` mentees with a claim and an answer each, in bulk."""
    ids = [f"{prefix}{n}" for n in range(number)]
    shared = {"programme": KEY}
    world.session.execute(insert(Person), [{"id": i, **shared} for i in ids])
    world.session.execute(
        insert(Participation),
        [
            {"id": f"p{i}", "person_id": i, "round_id": world.rounds["r1"].id,
             "role": "mentee", "status": "completed", **shared}
            for i in ids
        ],
    )  # fmt: skip
    world.session.execute(
        insert(Claim),
        [
            {"entity_kind": "participation", "entity_id": f"p{i}", "field": "status",
             "value": "active", "source": "staff", "origin": "hubspot",
             "asserted_at": moment(), **shared}
            for i in ids
        ],
    )  # fmt: skip
    world.session.execute(
        insert(EvaluationResponse),
        [
            {"id": f"e{i}", "kind": "closing", "role": "mentee",
             "participation_id": f"p{i}", "provider": "typeform", "form": "f",
             "response": i, "submitted_at": moment(), "language": "da",
             "indicators": {"mentee_network": "yes"}, **shared}
            for i in ids
        ],
    )  # fmt: skip


def test_the_start_screen_says_how_things_stand(world):
    for state in ["processed"] * 3 + ["parked", "quarantined", "received"]:
        world.delivery(state=state)
    world.delivery(state="partial", kind="partial")
    for number in range(20):
        mentee, mentor = world.part(), world.part(role="mentor")
        world.match(mentor, mentee)
        if number < 18:
            world.answers(mentee, mentee_network="yes" if number < 15 else "no")
        if number < 12:
            said = "yes" if number < 5 else "no"
            world.answers(mentee, kind="six_month_follow_up", mentee_employed_6m=said)
    world.part(status="applied", round_key="r2")
    assert screen_lines(world.session, PLAN, TODAY) == [
        "  6 form answers received · 3 processed · 1 waiting · 2 needs you",
        "  Round 1 (Mar–Jun): 20 mentors, 20 mentees, 20 matches",
        "  Network, mentees       15 of 18 answered yes   target 14 of 20   MET",
        "  Employed, six months    5 of 12 answered yes   target  7 of 20   OPEN",
        "  Round 2 (Nov–Mar): 0 mentors, 0 mentees, 0 matches, 1 applied",
    ]
    danish = screen_lines(world.session, PLAN, TODAY, "da")
    assert danish[2].split("   ")[-1] == "NÅET"


def test_figures_are_plain_data_for_json(world):
    world.answers(world.part(), mentee_network="yes")
    figures = programme_figures(world.session, PLAN, TODAY)
    told = json.loads(json.dumps(figure_dicts(figures, "en")))
    network = next(each for each in told if each["key"] == "mentee_network")
    assert network["label"] == "Network, mentees"
    assert network["target"] == [2, 3]
    assert network["closes_on"] == "2017-04-28"
    assert network["population_rule"]["name"] == "ever_active"
    assert "ever active" in network["population_rule"]["text"]
    assert network["narrower"]["population"] == 0


def test_per_cents_are_whole_and_written_as_the_language_does():
    assert percent(0.625, "en") == "63%"
    assert percent(2 / 3, "da") == "67\N{NO-BREAK SPACE}%"


def test_a_name_that_tells_the_months_is_not_told_twice(world):
    row = world.rounds["r2"]
    named = replace(PLAN.rounds[1], name={"en": "Round 2 (winter)"})
    plan = replace(PLAN, rounds=(PLAN.rounds[0], named))
    assert round_title(plan, row, "en") == "Round 2 (winter)"
    assert round_title(PLAN, row, "en", years=True) == "Round 2 (Nov 2016–Mar 2017)"
