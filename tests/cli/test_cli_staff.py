"""people, participation, match, milestone, outreach: what staff say by command."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Milestone, Organisation, Outreach, Person

ANNA, BO = "anna@people.example", "bo@havbro.example"


def one(office, query):
    with office.service.database.reading() as session:
        return session.scalars(query).one()


# --- participation ----------------------------------------------------------------
def set_status(office, *more, code=0, who=ANNA):
    return office("participation", "set", who, "r1", "mentee", *more, code=code)


def test_a_status_said_by_staff_stands(office):
    office.mentee()
    told = set_status(office, "--status", "withdrawn", "--reason", "got_job").output
    assert "status withdrawn, withdrawal_reason got_job" in told
    office.mentee()
    trace = office.json("trace", ANNA)
    part = next(e for e in trace["entities"] if e["kind"] == "participation")
    fields = {f["name"]: f for f in part["fields"]}
    assert fields["status"]["value"] == "withdrawn"
    said = [w for w in fields["status"]["words"] if w["decides"]]
    assert [(w["source"], w["origin"]) for w in said] == [("staff", "command")]


def test_a_person_may_be_named_by_id(office):
    office.mentee()
    person = one(office, select(Person).where(Person.email == ANNA))
    assert (
        "status active"
        in set_status(office, "--status", "active", who=person.id).output
    )


def test_a_mistaken_move_is_struck_and_never_counted(office):
    office.mentee()
    set_status(office, "--status", "active")
    figures = office.json("kpi", "show", "--round", "r1")["r1"]
    network = next(f for f in figures if f["key"] == "mentee_network")
    assert network["population"] == 1
    assert "status applied" in set_status(office, "--strike").output
    figures = office.json("kpi", "show", "--round", "r1")["r1"]
    network = next(f for f in figures if f["key"] == "mentee_network")
    assert network["population"] == 0
    again = set_status(office, "--strike", code=1)
    assert "Staff have said nothing" in again.stderr
    claim = one(office, select(Claim).where(Claim.source == "staff"))
    assert claim.superseded_at is not None


def test_striking_goes_back_one_step(office):
    office.mentee()
    set_status(office, "--status", "selected")
    set_status(office, "--status", "declined")
    assert "status selected" in set_status(office, "--strike").output


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (
            (ANNA, "r1", "mentee", "--status", "gone"),
            2,
            "'gone' is not one of: applied",
        ),
        ((ANNA, "r1", "mentee", "--reason", "bored"), 2, "'bored' is not one of"),
        ((ANNA, "r1", "mentee"), 2, "Say --status"),
        ((ANNA, "r1", "mentee", "--strike", "--status", "active"), 2, "Say --status"),
        ((ANNA, "r9", "mentee", "--status", "active"), 1, "There is no round r9"),
        ((ANNA, "r2", "mentee", "--status", "active"), 1, "is no mentee in round r2"),
        ((BO, "r1", "mentee", "--status", "active"), 1, "Nobody in this programme"),
        ((ANNA, "r1", "boss", "--status", "active"), 2, "Invalid value for"),
        ((ANNA, "r1", "mentee", "--strike", "--programme", "x"), 2, "no programme x"),
    ],
)
def test_what_cannot_be_said_of_a_participation(office, args, code, sentence):
    office.mentee()
    result = office("participation", "set", *args, code=code)
    assert sentence in result.stderr
    assert not result.stdout


# --- match ------------------------------------------------------------------------
def test_a_match_is_made_and_ended(office):
    office.mentee()
    office.mentor()
    assert "state proposed" in office("match", "set", BO, ANNA, "--round", "r1").output
    for who, role in ((BO, "mentor"), (ANNA, "mentee")):
        office("participation", "set", who, "r1", role, "--status", "active")
    assert "state active" in office("match", "set", BO, ANNA, "--round", "r1").output
    told = office("match", "set", BO, ANNA, "--round", "r1", "--end").output
    assert "state ended" in told
    turned = office("match", "set", ANNA, BO, "--round", "r1", code=1)
    assert "is no mentor in round r1" in turned.stderr
    office("match", "set", BO, ANNA, code=2)


# --- milestone --------------------------------------------------------------------
def test_a_milestone_is_done_on_a_day(office):
    done = ("milestone", "done", "material_published")
    office(*done, "--on", "2017-06-12", "--evidence", "https://programme.example/m")
    row = one(office, select(Milestone))
    assert str(row.done_on) == "2017-06-12"
    assert row.evidence == "https://programme.example/m"
    figures = office.json("kpi", "show")["programme"]
    state = next(f["state"] for f in figures if f["key"] == "material_published")
    assert state == "met"
    office(*done)  # today is too late, and staff's newest word counts
    figures = office.json("kpi", "show")["programme"]
    state = next(f["state"] for f in figures if f["key"] == "material_published")
    assert state == "missed"
    assert one(office, select(Milestone)).evidence == "https://programme.example/m"


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("other",), 1, "There is no milestone other. Milestones: material_published"),
        (("material_published", "--on", "12/6"), 2, "12/6 is no day"),
    ],
)
def test_a_milestone_that_cannot_be_done(office, args, code, sentence):
    assert sentence in office("milestone", "done", *args, code=code).stderr


def test_a_day_to_come_is_refused(office):
    day = (utcnow() + timedelta(days=3)).date()
    done = ("milestone", "done", "material_published", "--on", day)
    assert "has not come yet" in office(*done, code=2).stderr
    assert one(office, select(Milestone)).done_on is None


# --- outreach ---------------------------------------------------------------------
def test_a_city_is_informed_and_then_interested(office):
    add = ("outreach", "add", "Havnby Kommune")
    unknown = office(*add, "--informed", "2017-09-01", code=2)
    assert "Add it with --kind" in unknown.stderr
    office(*add, "--kind", "city", "--informed", "2017-09-01", "--channel", "talk")
    office(*add, "--interested", "2017-10-02", "--in", "all")
    row = one(office, select(Outreach))
    assert (str(row.informed_on), row.channel) == ("2017-09-01", "talk")
    assert (str(row.interested_on), row.interested_in) == ("2017-10-02", "all")
    assert one(office, select(Organisation)).kind == "city"


def test_a_company_is_no_city_unless_it_is_said(office):
    office.mentor()
    add = ("outreach", "add", "Havbro A/S", "--informed", "2017-09-01")
    assert "only a city or a partner counts" in office(*add, code=2).stderr
    with office.service.database.reading() as session:
        assert not session.scalars(select(Outreach)).all()
    office(*add, "--kind", "partner")
    assert str(one(office, select(Outreach)).informed_on) == "2017-09-01"


def test_outreach_says_something(office):
    assert "Say at least" in office("outreach", "add", "Havnby", code=2).stderr
