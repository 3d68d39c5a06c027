"""deliveries: list, show, replay, discard."""

from __future__ import annotations

import os
import sys

import pytest
from sqlalchemy import select

from connector.inbox import Delivery
from connector.programme.entities import Consent, Participation, Person
from tests.cli.cli_world import ROOT, body
from tests.terminal import Terminal


def states(office):
    return {row["id"]: row["state"] for row in office.json("deliveries", "list")}


def test_a_list_names_nobody(office):
    number = office.mentee()
    parked = office.mentor(email="no address")
    told = office("deliveries", "list").output
    assert "mentee_application" in told
    assert "Anna" not in told and "anna@" not in told  # noqa: PT018
    assert states(office) == {number: "processed", parked: "parked"}
    only = office.json("deliveries", "list", "--state", "parked")
    assert [row["id"] for row in only] == [parked]
    assert office.json("deliveries", "list", "--form", "mentor_application") == only
    assert len(office.json("deliveries", "list", "--limit", 1)) == 1


def test_a_delivery_is_shown_with_answers_and_reasons(office):
    number = office.mentor(email="no address")
    told = office("deliveries", "show", number).output
    assert "Havbro A/S" in told
    assert "needs you: " in told
    shown = office.json("deliveries", "show", number)
    assert {a[0]: a[2] for a in shown["answers"]}["employer"] == "Havbro A/S"
    assert shown["reasons"]


def test_a_delivery_that_is_not_there(office):
    result = office("deliveries", "show", 404, code=1)
    assert result.stderr == "Error: There is no delivery 404 in programme lyngby.\n"


def test_an_answer_cannot_steer_the_terminal(office):
    number = office.mentee(motivation="\x1b[2Jall gone")
    assert "\x1b" not in office("deliveries", "show", number).output


def test_a_replay_counts_first_and_waits_for_a_yes(office):
    first, second = office.mentee(), office.mentor(email="no address")
    told = office("deliveries", "replay", "--all", "--dry-run").output
    assert [line.split() for line in told.splitlines()[1:]] == [
        ["parked", "1"], ["unchanged", "1"], ["Nothing", "would", "change."],
    ]  # fmt: skip
    waiting = office("deliveries", "replay", "--all", code=1)
    assert "Nothing was done" in waiting.stderr
    assert "Replayed 2." in office("deliveries", "replay", "--all", "--yes").output
    assert states(office) == {first: "processed", second: "parked"}


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        ([], 2, "Say which"),
        (["7"], 1, "No delivery fits"),
        (["--state", "parked"], 1, "No delivery fits"),
        (["--state", "odd"], 2, "Invalid value"),
    ],
)
def test_a_replay_of_nothing(office, args, code, sentence):
    assert sentence in office("deliveries", "replay", *args, code=code).stderr


def test_an_unknown_form_stays_quarantined(office):
    content = body("mentee_application", {"first_name": "Anna"})
    content["form_response"]["form_id"] = "unbound"
    number = office.deliver(content)
    office("deliveries", "replay", number, "--yes", code=1)
    from connector.processing import drain

    drain(office.service)
    assert states(office) == {number: "quarantined"}
    told = office("deliveries", "replay", number, "--dry-run").output
    assert "no mapping" in told


def test_a_discarded_answer_counts_no_longer_until_it_is_replayed(office):
    office.mentee()
    mistake = office.mentee(phone="+4599999999", linkedin="https://linkedin.com/in/x")

    def phone():
        with office.service.database.reading() as session:
            return session.scalars(select(Person.phone)).first()

    assert (
        "Nothing was done"
        in office("deliveries", "discard", mistake, "--reason", "A try", code=1).stderr
    )
    before = phone()
    office("deliveries", "discard", mistake, "--reason", "A try", "--yes")
    assert phone() != before
    assert states(office)[mistake] == "discarded"
    office("deliveries", "replay", "--all", "--yes")
    assert states(office)[mistake] == "discarded"
    office("deliveries", "replay", mistake, "--yes")
    assert phone() == before
    assert states(office)[mistake] == "processed"


def test_a_discard_takes_a_yes_back_and_leaves_a_no(office):
    number = office.mentee(consent_newsletter=True, consent_research=False)
    office("deliveries", "discard", number, "--reason", "A try", "--yes")
    with office.service.database.reading() as session:
        left = session.execute(select(Consent.purpose, Consent.given)).all()
        status = session.scalar(select(Participation.status))
    assert [tuple(row) for row in left] == [("research", False)]
    assert status is None
    office("deliveries", "discard", 404, "--reason", "A try", "--yes", code=1)


def test_a_broken_body_is_shown_as_such(office):
    number = office.mentee()
    with office.service.database.writing() as session:
        row = session.get(Delivery, number)
        row.body = b"{"
    assert "cannot be read" in office("deliveries", "show", number).output
    told = office("deliveries", "replay", number, "--dry-run").output
    assert "unreadable" in told


def test_a_person_at_the_terminal_is_asked(office, monkeypatch):
    number = office.mentee()
    monkeypatch.setattr("connector.cli.desk.somebody_there", lambda: True)
    told = office(
        "deliveries", "discard", number, "--reason", "A try", input="n\n", code=1
    )
    assert "Nothing was done." in told.stderr
    assert states(office) == {number: "processed"}
    office("deliveries", "discard", number, "--reason", "A try", input="y\n")
    assert states(office) == {number: "discarded"}


def test_no_line_runs_over_the_end_of_a_terminal(office, tmp_path):
    first = office.mentee("Anna-Bodil", last_name="Prøve-Langstrup")
    office(
        "deliveries", "discard", first, "--reason", "A try of our own. " * 5, "--yes"
    )
    more = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    script = (
        "from connector.cli.root import root\n"
        f"root.main(['deliveries', 'show', '{first}'], standalone_mode=False)\n"
        f"root.main(['deliveries', 'replay', '{first}', '--dry-run'])\n"
    )
    (tmp_path / "both.py").write_text(script)
    told = Terminal(tmp_path, {**office.env, **more}).type(
        f"{sys.executable} both.py 2>/dev/null"
    )
    assert told.code == 0, told.text
    assert [line for line in told.text.splitlines() if len(line) > 80] == []
    text = " ".join(told.text.split())
    assert f"Delivery {first}: mentee_application from typeform, complete" in text
    assert "Programme: 2 consents created, 1 delivery changed" in text
