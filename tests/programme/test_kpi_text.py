"""KPI fields for the CRM's records, and the figures in words."""

import json
from dataclasses import replace

import pytest

from connector.programme.kpi_text import (
    figure_dicts,
    percent,
    round_title,
    screen_lines,
)
from connector.programme.kpis import programme_figures
from tests.kpi_world import PLAN, TODAY, World, fresh_database


@pytest.fixture
def database():
    return fresh_database()


@pytest.fixture
def world(database):
    with database.writing() as session:
        yield World(session)


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
    (first, *_) = screen_lines(world.session, PLAN, TODAY, shown_by="vidensbro digest")
    assert first.endswith("2 needs you: vidensbro digest")
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
