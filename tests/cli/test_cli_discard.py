"""deliveries discard: what waited for an answer alone waits for it no more."""

from __future__ import annotations

from sqlalchemy import select

from connector.programme.consents import newsletter_word
from connector.programme.entities import Participation, Person
from tests.cli.cli_world import body

WHY = ("--reason", "A try", "--yes")


def doubts(office):
    return [
        (one["one"]["name"], one["kind"]) for one in office.json("people", "review")
    ]


def held_back(office):
    with office.service.database.reading() as session:
        people = session.scalars(select(Person).where(Person.provisional.is_(True)))
        return [one.first_name for one in people]


def test_a_doubt_that_rests_on_it_alone_is_settled_and_asked_again_on_replay(office):
    office.mentee()
    number = office.mentee("Carl")
    waits = [("Carl Prøve", "shared_address")]
    assert doubts(office) == waits
    office("deliveries", "discard", number, *WHY)
    assert doubts(office) == []
    office("deliveries", "replay", number, "--yes")
    assert doubts(office) == waits
    assert held_back(office) == ["Carl"]


def test_a_doubt_about_somebody_of_whom_another_answer_speaks_stays(office):
    office.mentee()
    number = office.mentee("Carl")
    office.mentee("Carl", phone="+4520999999")
    office("deliveries", "discard", number, *WHY)
    assert doubts(office) == [("Carl Prøve", "shared_address")]


def test_what_staff_decided_before_is_not_asked_again(office):
    office.mentee()
    number = office.mentee("Carl")
    [item] = office.json("people", "review")
    office("people", "review", "--apart", item["item"])
    office("deliveries", "discard", number, *WHY)
    office("deliveries", "replay", number, "--yes")
    assert (doubts(office), held_back(office)) == ([], [])


def test_without_the_consent_to_the_programme_nobody_is_in_doubt(office):
    office.mentee()
    number = office.mentee("Carl")
    correct = ("deliveries", "correct", number, "consent_programme")
    office(*correct, "nej", *WHY)
    assert doubts(office) == []
    office(*correct, "--undo", "--yes")
    assert doubts(office) == [("Carl Prøve", "shared_address")]


def test_a_merge_that_is_undone_asks_nothing_about_nobody(office):
    office.mentee()
    number = office.mentee("Carl")
    [item] = office.json("people", "review")
    carl, anna = item["one"]["id"], item["other"]["id"]
    office("people", "merge", carl, anna, "--yes")
    office("deliveries", "discard", number, *WHY)
    office("people", "merge", carl, "--undo", "--yes")
    assert doubts(office) == []
    office("deliveries", "replay", number, "--yes")
    assert doubts(office) == [("Carl Prøve", "shared_address")]


def test_who_applied_again_meanwhile_is_one_person_when_it_counts_again(office):
    number = office.mentee()
    office("deliveries", "discard", number, *WHY)
    office.mentee(phone="+4520999999")
    office("deliveries", "replay", number, "--yes")
    entities = office.json("trace", "anna@people.example")["entities"]
    kinds = [one["kind"] for one in entities]
    assert (kinds.count("person"), kinds.count("participation")) == (1, 1)
    assert doubts(office) == []


def test_somebody_else_of_that_address_is_not_taken_for_them(office):
    number = office.mentee()
    office("deliveries", "discard", number, *WHY)
    office.mentee("Carl")
    office("deliveries", "replay", number, "--yes")
    told = office.json("trace", "anna@people.example")
    assert sorted(one["name"] for one in told["people"]) == ["Anna Prøve", "Carl Prøve"]


def test_what_staff_said_of_a_participation_stays_and_is_told(office):
    number = office.mentee()
    args = ("anna@people.example", "r1", "mentee", "--status", "selected")
    office("participation", "set", *args)
    told = office("deliveries", "discard", number, *WHY).stdout
    assert "The participation keeps the status that staff gave it" in told
    with office.service.database.reading() as session:
        assert session.scalars(select(Participation.status)).all() == ["selected"]
    office("deliveries", "replay", number, "--yes")
    other = office.mentee("Bo", email="bo@people.example")
    assert "keeps the status" not in office("deliveries", "discard", other, *WHY).stdout


def test_a_no_that_nobody_has_read_yet_stays(office):
    office.mentee()
    no = body(
        "mentee_application",
        {
            "first_name": "Anna", "last_name": "Prøve", "email": "anna@people.example",
            "consent_programme": True, "consent_newsletter": False,
        },
        response=office.next(), at="2016-01-16T10:00:00Z",
    )  # fmt: skip
    number = office.deliver(no)  # and discarded before the worker comes to it
    told = office("deliveries", "discard", number, *WHY).stdout
    assert '1 times "no" stays' in told
    with office.service.database.reading() as session:
        [word] = newsletter_word(session, "lyngby").values()
    assert not word.given


def test_a_no_that_stands_with_two_refuses_once_for_who_else_is_there(office):
    office.mentee()
    office.mentee("Carl")
    number = office.mentee(consent_newsletter=False)
    office("deliveries", "correct", number, "email", "other@people.example", *WHY)
    told = office("deliveries", "discard", number, *WHY).stdout
    assert '2 times "no" stays' in told
    with office.service.database.reading() as session:
        words = newsletter_word(session, "lyngby").values()
    assert not any(word.given for word in words)
