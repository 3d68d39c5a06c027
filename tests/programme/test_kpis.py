"""The figures of a round: who counts, what counts, and what follows from it."""

from datetime import UTC, date, datetime

import pytest

from connector.programme.kpis import (
    local_day,
    participation_answers,
    programme_figures,
    round_figures,
)
from tests.kpi_world import PLAN, TODAY, World, fresh_database, moment


@pytest.fixture
def world():
    with fresh_database().writing() as session:
        yield World(session)


def figure(world, key, round_key="r1", today=TODAY):
    figures = round_figures(world.session, PLAN, world.rounds[round_key], today)
    return next(each for each in figures if each.key == key)


def counts(each):
    return (each.population, each.yes, each.no, each.dont_know, each.unanswered)


def test_everyone_who_was_ever_in_the_round_counts_also_who_left(world):
    left = world.part(status="withdrawn")
    world.moved(left, "active")
    world.part(status="active")
    world.part(status="completed")
    for status in ("applied", "selected", "waitlisted", "declined", "withdrawn", None):
        world.part(status=status)
    world.part(role="mentor")
    world.part(round_key="r2")
    world.answers(left, mentee_network="yes")
    found = figure(world, "mentee_network")
    assert counts(found) == (3, 1, 0, 0, 2)
    assert found.population_rule == "ever_active"
    assert counts(found.narrower) == (1, 0, 0, 0, 1)
    assert found.narrower.population_rule == "completed"


def test_a_struck_move_and_a_forms_word_are_no_evidence(world):
    struck = world.part(status="withdrawn")
    world.moved(struck, "active", struck=True)
    selected = world.part(status="withdrawn")
    world.moved(selected, "selected")
    by_form = world.part(status="withdrawn")
    world.moved(by_form, "active").source = "form"
    assert figure(world, "mentee_network").population == 0


def test_merged_participations_count_once_with_the_evidence_of_both(world):
    stayed, gone = world.part(status="withdrawn"), world.part(status="withdrawn")
    world.moved(gone, "completed")
    world.answers(gone, mentee_network="yes")
    assert counts(figure(world, "mentee_network")) == (1, 1, 0, 0, 0)
    world.merge("participation", gone, stayed)
    assert counts(figure(world, "mentee_network")) == (1, 1, 0, 0, 0)
    world.moved(stayed, "active")
    assert figure(world, "mentee_network").population == 1
    said = participation_answers(world.session, PLAN, [stayed.id, gone.id, "unknown"])
    assert said == {
        stayed.id: {"mentee_network": "yes"},
        gone.id: {"mentee_network": "yes"},
    }


def test_the_parts_of_merged_people_join(world):
    stayed, gone = world.person(), world.person()
    world.part(person=gone)
    lead = world.part(person=stayed)
    world.merge("person", gone, stayed)
    world.answers(lead, mentee_network="no")
    assert counts(figure(world, "mentee_network")) == (1, 0, 1, 0, 0)


def test_the_newest_answer_counts_whatever_came_first(world):
    part = world.part()
    world.answers(part, at=moment(9), mentee_network="no")
    world.answers(part, at=moment(5), mentee_network="yes")
    assert counts(figure(world, "mentee_network")) == (1, 0, 1, 0, 0)
    world.answers(part, at=moment(9), mentee_network="dont_know")
    assert counts(figure(world, "mentee_network")) == (1, 0, 0, 1, 0)


def test_a_discarded_delivery_does_not_count(world):
    part, delivery = world.part(), world.delivery()
    world.answers(part, at=moment(1), mentee_network="no")
    world.answers(part, at=moment(2), mentee_network="yes", delivery_id=delivery.id)
    assert figure(world, "mentee_network").yes == 1
    delivery.state = "discarded"
    assert counts(figure(world, "mentee_network")) == (1, 0, 1, 0, 0)


def test_an_answer_without_a_link_finds_its_person(world):
    part = world.part()
    world.answers(
        person_id=part.person_id, round_id=part.round_id, mentee_network="yes"
    )
    assert figure(world, "mentee_network").yes == 1


def test_an_answer_to_another_evaluation_is_not_this_one(world):
    world.answers(world.part(), kind="midway", mentee_network="yes")
    assert figure(world, "mentee_network").answered == 0


def test_employment_follows_the_resolved_word_then_the_answer(world):
    staff = world.part(employed_6m="yes")
    world.answers(staff, kind="six_month_follow_up", mentee_employed_6m="no")
    world.answers(world.part(), kind="six_month_follow_up", mentee_employed_6m="yes")
    world.part(employed_6m="dont_know")
    world.part()
    found = figure(world, "mentee_employed_6m")
    assert counts(found) == (4, 2, 0, 1, 1)
    assert found.counting_rule == "best_evidence"


def test_a_share_says_all_that_is_known_of_it(world):
    for verdict in ["yes"] * 8 + ["no"] * 3 + ["dont_know"]:
        world.answers(world.part(), mentee_network=verdict)
    for _ in range(3):
        world.part()
    found = figure(world, "mentee_network", today=date(2016, 7, 28))
    assert counts(found) == (15, 8, 3, 1, 3)
    assert (found.answered, found.lowest, found.highest) == (12, 8, 11)
    assert (found.target_text, found.target_count) == ("≥ 2/3", 10)
    assert (found.state, found.needed) == ("open", (2, 3))
    assert found.interval == pytest.approx((0.3906, 0.8619), abs=5e-4)
    assert (found.closes_on, found.round) == (date(2016, 7, 28), "r1")
    later = figure(world, "mentee_network", today=date(2016, 7, 29))
    assert (later.state, later.needed) == ("undetermined", None)


def test_nobody_in_a_round_is_open_and_has_no_interval(world):
    found = figure(world, "mentor_network", round_key="r2")
    assert counts(found) == (0, 0, 0, 0, 0)
    assert (found.state, found.interval, found.needed) == ("open", None, None)


def company_world(world, verdicts, *, together=False):
    """Lay one organisation with a specialist and mentee for each verdict or None."""
    organisation = world.organisation()
    for verdict in verdicts:
        part = world.part(
            organisation_id=organisation.id, specialist_id=world.person().id
        )
        if verdict:
            said = {} if together else {"part": part}
            world.answers(
                kind="company", company_retention=verdict, role="company",
                round_id=part.round_id, organisation_id=organisation.id,
                person_id=world.person().id, **said,
            )  # fmt: skip
    return organisation


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["yes"], (1, 1, 0, 0, 0)),
        (["yes", "yes"], (1, 1, 0, 0, 0)),
        (["yes", None], (1, 0, 0, 0, 1)),
        (["yes", "no"], (1, 0, 1, 0, 0)),
        (["no", None], (1, 0, 1, 0, 0)),
        (["yes", "dont_know"], (1, 0, 0, 1, 0)),
        (["dont_know", None], (1, 0, 0, 0, 1)),
        ([None], (1, 0, 0, 0, 1)),
    ],
)
def test_an_organisation_says_yes_when_all_its_answers_do(
    world, verdicts, expected, together
):
    company_world(world, verdicts, together=together)
    world.part()  # a mentee whom nobody sent adds no organisation
    found = figure(world, "company_retention")
    assert counts(found) == expected
    assert found.counting_rule == "all_answers_yes"


def test_merged_organisations_are_one_and_rounds_are_joined(world):
    stayed = company_world(world, ["yes"])
    gone = company_world(world, ["no"])
    assert figure(world, "company_retention").population == 2
    world.merge("organisation", gone, stayed)
    assert counts(figure(world, "company_retention")) == (1, 0, 1, 0, 0)


def test_two_mentees_of_one_specialist_wait_for_one_answer(world):
    organisation, specialist = world.organisation(), world.person()
    parts = [
        world.part(organisation_id=organisation.id, specialist_id=specialist.id)
        for _ in range(2)
    ]
    world.answers(parts[0], kind="company", company_retention="yes")
    assert counts(figure(world, "company_retention")) == (1, 1, 0, 0, 0)


def own(world, key, today=TODAY):
    figures = programme_figures(world.session, PLAN, today)
    return [each for each in figures if each.key == key]


def test_the_programme_joins_its_rounds(world):
    world.answers(world.part(), mentee_network="yes")
    world.answers(world.part(round_key="r2"), mentee_network="no")
    (found,) = own(world, "mentee_network")
    assert counts(found) == (2, 1, 1, 0, 0)
    assert found.round is None
    assert found.closes_on == date(2017, 4, 28)


@pytest.mark.parametrize(
    ("done_on", "today", "state"),
    [
        (date(2017, 6, 30), date(2017, 7, 5), "met"),
        (date(2017, 7, 1), date(2017, 7, 5), "missed"),
        (None, date(2017, 6, 30), "open"),
        (None, date(2017, 7, 1), "missed"),
        (date(2017, 6, 30), date(2017, 6, 29), "open"),
    ],
)
def test_the_material_is_in_time_up_to_and_including_its_day(
    world, done_on, today, state
):
    world.milestone(done_on)
    (found,) = own(world, "material_published", today)
    assert found.state == state
    assert found.yes == (state == "met")


def test_cities_count_once_and_up_to_the_deadline(world):
    for day in [date(2017, 9, 30)] * 9 + [date(2017, 10, 1)]:
        world.outreach(world.organisation("city"), day)
    world.outreach(world.organisation("company"), date(2017, 5, 1))
    world.organisation("partner")
    (found,) = own(world, "cities_informed", date(2017, 9, 30))
    assert (found.yes, found.population, found.state) == (9, 11, "open")
    (found,) = own(world, "cities_informed", date(2017, 10, 1))
    assert (found.yes, found.state) == (9, "missed")
    stayed, gone = world.organisation("partner"), world.organisation("partner")
    world.outreach(gone, date(2017, 9, 1))
    world.merge("organisation", gone, stayed)
    (found,) = own(world, "cities_informed", date(2017, 10, 1))
    assert (found.yes, found.population, found.state) == (10, 12, "met")


def test_interest_is_a_share_of_the_informed_with_its_count_beside_it(world):
    informed = date(2017, 6, 1)
    for interested in (date(2017, 12, 31), date(2018, 1, 1), None, None, None):
        world.outreach(world.organisation("city"), informed, interested)
    world.outreach(world.organisation("city"), None, date(2017, 7, 1))
    (found,) = own(world, "cities_interested", date(2017, 12, 31))
    assert counts(found) == (5, 1, 0, 0, 4)
    assert (found.state, found.needed) == ("open", (1, 4))
    assert found.interval is None
    (found,) = own(world, "cities_interested", date(2018, 1, 1))
    assert counts(found) == (5, 1, 4, 0, 0)
    assert found.state == "missed"


def test_a_programme_year_runs_from_november_and_has_no_state(world):
    person = world.person()
    world.part(person=person)
    world.part(round_key="r2")
    world.part(round_key="r2", person=person)
    world.part(status="declined")
    found = own(world, "mentees_recruited")
    assert [(each.year, each.yes) for each in found] == [("2015/16", 1), ("2016/17", 2)]
    assert {(each.state, each.target) for each in found} == {(None, 20)}


def test_a_day_is_the_programmes_own():
    assert local_day(PLAN, datetime(2017, 6, 30, 21, 59, tzinfo=UTC)).day == 30
    assert local_day(PLAN, datetime(2017, 6, 30, 22, 0, tzinfo=UTC)).day == 1
    assert local_day(PLAN, datetime(2017, 12, 31, 22, 59, tzinfo=UTC)).day == 31


def test_the_row_of_the_organisation_that_stayed_speaks_for_both(world):
    stayed, gone = world.organisation("city"), world.organisation("city")
    world.outreach(gone, date(2017, 9, 1))
    world.outreach(stayed)  # staff took the day back after the merge
    world.merge("organisation", gone, stayed)
    (found,) = own(world, "cities_informed", date(2017, 9, 30))
    assert (found.yes, found.population) == (0, 1)
