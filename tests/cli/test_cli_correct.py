"""deliveries correct: an answer counts otherwise than it was given."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connector.programme.entities import (
    Consent,
    EvaluationResponse,
    Participation,
    Person,
    ReviewItem,
)
from tests.cli.cli_world import body

WHY = ("--reason", "Told us on the phone", "--yes")


def rows(office, table, **wanted):
    with office.service.database.reading() as session:
        return list(session.scalars(select(table).filter_by(**wanted)))


def person(office, **wanted):
    [found] = [p for p in rows(office, Person, **wanted) if p.email]
    return found


def told(office, number):
    return office.json("deliveries", "show", number)


def test_a_parked_answer_is_put_right_and_stands(office):
    number = office.mentor(email="bo at havbro")
    assert told(office, number)["summary"]["state"] == "parked"
    shown = office("deliveries", "correct", number, "email", "bo@havbro.example", *WHY)
    assert "bo at havbro -> bo@havbro.example" in shown.stdout
    assert f"Corrected. Delivery {number} is processed." in shown.stdout
    assert person(office).email == "bo@havbro.example"
    after = told(office, number)
    assert {a[0]: a[2] for a in after["answers"]}["email"] == "bo at havbro"
    [made] = after["corrections"]
    assert (made["given"], made["meant"]) == ("bo at havbro", "bo@havbro.example")
    assert made["counts"]
    page = office("deliveries", "show", number).stdout
    assert "counts as" in page
    assert "Told us on the phone" in page
    assert "Told us on the phone" in office("trace", "bo@havbro.example").stdout


def test_it_shows_the_difference_and_waits_for_a_yes(office):
    number = office.mentee(phone="+4520123456")
    waiting = office(
        "deliveries", "correct", number, "phone", "+4520999999", *WHY[:2], code=1
    )
    assert "+4520123456" in waiting.stdout
    assert "+4520999999" in waiting.stdout
    assert "Nothing was done" in waiting.stderr
    assert person(office).phone == "+4520123456"
    assert told(office, number)["corrections"] == []


def test_it_needs_a_reason_and_a_value(office):
    number = office.mentee()
    args = ("deliveries", "correct", number, "phone")
    assert "--reason" in office(*args, "+4520999999", "--yes", code=2).stderr
    assert "VALUE" in office(*args, *WHY, code=2).stderr
    assert "VALUE" in office(*args, "x", "--undo", *WHY, code=2).stderr


@pytest.mark.parametrize(
    ("question", "value", "sentence"),
    [
        ("emali", "x", "Did you mean email?"),
        ("email", "no address", "gyldig e-mailadresse"),
        ("consent_newsletter", "måske", "neither yes (ja) nor no (nej)"),
        ("experience", "many", "is not one of: "),
        ("language", "da, en", "takes one of"),
        ("hidden:lang", "fi", "is not one of: da"),
        ("phone", "12", "telefonnummer"),
    ],
)
def test_what_is_wrong_is_said_at_once(office, question, value, sentence):
    number = office.mentee()
    args = ("deliveries", "correct", number, question, value)
    assert sentence in office(*args, *WHY, code=2).stderr
    assert told(office, number)["corrections"] == []


def test_a_question_is_known_by_title_and_by_its_field(office):
    number = office.mentee()
    correct = ("deliveries", "correct", number)
    office(*correct, "Telefon", "+4520999991", *WHY)
    assert person(office).phone == "+4520999991"
    office(*correct, "mentee.phone", "+4520999992", *WHY)
    assert person(office).phone == "+4520999992"


@pytest.mark.parametrize(
    "values", [["cv, network"], ["cv", "network"], ["CV og ansøgning", "Netværk"]]
)
def test_choices_go_by_code_and_label(office, values):
    number = office.mentee()
    plan = office.service.programme("lyngby").questions["topics_wanted"]
    codes = [one.code for one in plan.choices][:2]
    labels = [one.label["da"] for one in plan.choices][:2]
    chosen = {
        "cv, network": [", ".join(codes)], "cv": codes,
    }.get(values[0], labels)  # fmt: skip
    office("deliveries", "correct", number, "topics_wanted", *chosen, *WHY)
    [part] = rows(office, Participation)
    assert part.details["topics"] == codes


def test_an_answer_is_cleared_and_one_is_added(office):
    number = office.mentee(phone="+4520123456")
    office("deliveries", "correct", number, "phone", "", *WHY)
    office("deliveries", "correct", number, "linkedin", "linkedin.com/in/anna", *WHY)
    one = person(office)
    assert one.phone is None
    assert one.linkedin == "https://linkedin.com/in/anna"
    page = office("deliveries", "show", number).stdout
    assert "(no answer)" in page


def test_undo_is_as_if_it_never_was(office):
    number = office.mentee(phone="+4520123456")
    for value in ("+4520999991", "+4520999992"):
        office("deliveries", "correct", number, "phone", value, *WHY)
    undo = ("deliveries", "correct", number, "phone", "--undo", "--yes")
    office(*undo)
    assert person(office).phone == "+4520999991"
    office(*undo)
    assert person(office).phone == "+4520123456"
    assert "Nothing is corrected" in office(*undo, code=1).stderr
    kept = told(office, number)["corrections"]
    assert [one["counts"] for one in kept] == [False, False]
    assert "undone" in office("deliveries", "show", number).stdout


def test_a_replay_keeps_it_and_a_newer_answer_beats_it(office):
    number = office.mentee(phone="+4520123456")
    office("deliveries", "correct", number, "phone", "+4520999999", *WHY)
    office("deliveries", "replay", "--all", "--yes")
    assert person(office).phone == "+4520999999"
    office.answer(
        "mentee_application",
        {
            "first_name": "Anna", "last_name": "Prøve", "email": "anna@people.example",
            "phone": "+4520777777", "language": ["da"], "consent_programme": True,
        },
        at="2016-01-20T10:00:00Z",
    )  # fmt: skip
    office("deliveries", "replay", "--all", "--yes")
    assert person(office).phone == "+4520777777"


def newsletter(office):
    return [c.given for c in rows(office, Consent, purpose="newsletter")]


def test_a_consent_is_put_right_either_way_and_back(office):
    number = office.mentee(consent_newsletter=True)
    correct = ("deliveries", "correct", number, "newsletter")
    office(*correct, "nej", *WHY)
    assert newsletter(office) == [False]
    office(*correct, "--undo", "--yes")
    assert newsletter(office) == [True]
    no = office.mentee("Bo", consent_newsletter=False, email="bo@people.example")
    office("deliveries", "correct", no, "newsletter", "ja", *WHY)
    assert newsletter(office) == [True, True]
    office("deliveries", "replay", "--all", "--yes")
    assert newsletter(office) == [True, True]
    office("deliveries", "correct", no, "newsletter", "--undo", "--yes")
    assert newsletter(office) == [True, False]


def test_what_cannot_be_corrected_is_told(office):
    content = body("mentee_application", {"first_name": "Anna"})
    content["form_response"]["form_id"] = "unbound"
    office.deliver(content)
    from connector.processing import drain

    drain(office.service)
    unread = office("deliveries", "correct", 1, "email", "a@b.example", *WHY, code=1)
    assert "quarantine list" in unread.stderr
    gone = office.mentee()
    office("deliveries", "discard", gone, "--reason", "A try", "--yes")
    said = office("deliveries", "correct", gone, "phone", "+4520999999", *WHY, code=1)
    assert f"vidensbro deliveries replay {gone}" in said.stderr


def test_a_slip_in_the_address_leads_to_the_person_known_by_the_right_one(office):
    known = office.mentor(email="anna@people.example", first_name="Anna")
    number = office.mentee(email="anan@people.example")
    assert len([p for p in rows(office, Person) if p.email]) == 2
    office("deliveries", "correct", number, "email", "anna@people.example", *WHY)
    stands = office.json("trace", "anna@people.example")
    people = [e for e in stands["entities"] if e["kind"] == "person"]
    assert len(people) == 1
    parts = [e for e in stands["entities"] if e["kind"] == "participation"]
    assert len(parts) == 2
    office("deliveries", "replay", "--all", "--yes")
    assert (
        office.json("trace", "anna@people.example")["entities"] == (stands["entities"])
        or len(people) == 1
    )
    office("deliveries", "correct", number, "email", "--undo", "--yes")
    emails = sorted(p.email for p in rows(office, Person) if p.email)
    assert emails == ["anan@people.example", "anna@people.example"]
    assert told(office, known)["corrections"] == []


def test_whoever_has_the_wrong_address_in_truth_is_somebody_else(office):
    number = office.mentee(email="anan@people.example")
    office("deliveries", "correct", number, "email", "anna@people.example", *WHY)
    office.mentee("Anan", email="anan@people.example")
    emails = sorted(p.email for p in rows(office, Person) if p.email)
    assert emails == ["anan@people.example", "anna@people.example"]
    assert not [p for p in rows(office, Person) if p.provisional]


def test_the_right_address_ends_the_doubt_about_a_shared_one(office):
    office.mentee()
    number = office.mentee("Carl")
    [doubtful] = [p for p in rows(office, Person) if p.provisional]
    office("deliveries", "correct", number, "email", "carl@people.example", *WHY)
    with office.service.database.reading() as session:
        now = session.get(Person, doubtful.id)
        item = session.scalars(select(ReviewItem)).one()
    assert (now.provisional, now.email) == (False, "carl@people.example")
    assert item.settled_at is not None
    office("deliveries", "correct", number, "email", "--undo", "--yes")
    with office.service.database.reading() as session:
        now = session.get(Person, doubtful.id)
        item = session.scalars(select(ReviewItem)).one()
    assert now.provisional
    assert item.settled_at is None


def test_another_name_parts_two_that_the_address_joined_and_its_undoing_joins_them(
    office,
):
    office.mentee()
    number = office.mentee(email="anan@people.example")
    office("deliveries", "correct", number, "email", "anna@people.example", *WHY)
    office("deliveries", "correct", number, "first_name", "Beate", *WHY)
    assert [one["kind"] for one in office.json("people", "review")] == [
        "shared_address"
    ]
    office("deliveries", "correct", number, "first_name", "--undo", "--yes")
    assert office.json("people", "review") == []
    people = [
        e
        for e in office.json("trace", "anna@people.example")["entities"]
        if e["kind"] == "person"
    ]
    assert len(people) == 1


def test_two_whom_staff_told_apart_are_asked_about_no_more(office):
    office.mentee()
    number = office.mentee("Carl")
    [item] = office.json("people", "review")
    office("people", "review", "--apart", item["item"])
    office("deliveries", "correct", number, "email", "carl@people.example", *WHY)
    office("deliveries", "correct", number, "email", "--undo", "--yes")
    assert office.json("people", "review") == []
    assert not [p for p in rows(office, Person) if p.provisional]


def test_an_answer_of_two_moves_to_its_own_person(office):
    office.mentee(email="office@people.example")
    number = office.mentee(email="office@people.example", linkedin="linkedin.com/in/x")
    office("deliveries", "correct", number, "email", "anna@people.example", *WHY)
    found = {p.email: p.linkedin for p in rows(office, Person) if p.email}
    assert found == {
        "office@people.example": None,
        "anna@people.example": "https://linkedin.com/in/x",
    }


def test_a_hidden_field_is_put_right_too(office):
    content = body("mentee_application", {"first_name": "Anna", "last_name": "Prøve",
                   "email": "anna@people.example", "consent_programme": True},
                   at="2016-07-15T10:00:00Z")  # fmt: skip
    content["form_response"]["hidden"] = {"round": "r7"}
    number = office.deliver(content)
    office("deliveries", "replay", number, "--yes", code=1)
    from connector.processing import drain

    drain(office.service)
    assert told(office, number)["summary"]["state"] == "parked"
    shown = office("deliveries", "correct", number, "round", "r2", *WHY).stdout
    assert f"Delivery {number} is processed." in shown
    [part] = rows(office, Participation)
    assert part.status == "applied"
    assert told(office, number)["hidden"] == {"round": "r7"}


def test_an_evaluations_answer_moves_the_figure(office):
    office.mentor()
    number = office.answer(
        "closing_evaluation_mentor",
        {"recommend": ["no"], "email": "bo@havbro.example"},
        at="2016-06-20T10:00:00Z",
    )
    shown = office("deliveries", "correct", number, "recommend", "Ja", *WHY).stdout
    assert "Nej -> Ja" in shown
    assert "Figures" in shown
    [found] = rows(office, EvaluationResponse)
    assert found.indicators["mentor_recommend"] == "yes"
