"""What a correction and a discard come to in HubSpot and Mailchimp, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from sqlalchemy import update

from connector.crm_tasks import tend_tasks
from connector.db import utcnow
from connector.programme.entities import Consent
from connector.sync.mailchimp.desired import desired
from tests.cli.cli_world import DEFINITIONS, Cli
from tests.sync.hubspot_hooks import event, hear
from tests.sync.hubspot_world import OBJECTS, contact, merge_in_crm
from tests.world import KEY, World, environment, mentee, world

WRONG, RIGHT = "anan@people.example", "anna@people.example"
WHY = ("--reason", "Told us on the phone", "--yes")


class Town(Cli):
    """A town whose tools are in step, and the commands that its staff have."""

    def __init__(self, made: World) -> None:
        env = environment(made.directory, made.sandbox_url)
        super().__init__({**env, "PUBLIC_URL": made.web_url})
        self.world = made
        self.clock = utcnow() - timedelta(hours=1)

    def apply(self, name: str = "Anna Prøve", **answers: object) -> int:
        """Have somebody apply, a minute after the last; return their delivery's number.

        Of two answers in one second a coin, their ids, says which is the newer.
        """
        self.clock += timedelta(minutes=1)
        self.world.apply_as_mentee(name, answers=answers, at=self.clock)
        self.world.drain()
        return int(self.json("deliveries", "list", "--limit", 1)[0]["id"])

    def emails(self) -> list[str]:
        """Return the addresses of HubSpot's contacts."""
        contacts = self.world.records("contacts")
        return sorted(c["properties"].get("email") or "" for c in contacts)

    def members(self) -> dict[str, str]:
        """Return address -> status in the newsletter."""
        found = self.world.members().items()
        return {email: member["status"] for email, member in found}

    def act(self, what: str, email: str) -> None:
        """Have a member do something at the newsletter tool itself."""
        url = f"{self.world.sandbox_url}/sandbox/control/mailchimp/{what}"
        requests.post(url, json={"email": email}, timeout=20).raise_for_status()


def erase(world: World, contact_id: str) -> None:
    """Delete a contact for good, as staff do, and let HubSpot tell of it."""
    world.crm("POST", f"{OBJECTS}/contacts/gdpr-delete", {"objectId": contact_id})
    now = int(utcnow().timestamp() * 1000)
    what = event("contact.privacyDeletion", "contacts", contact_id, occurredAt=now)
    hear(world, what)
    world.settle(2)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr("tests.world.FORMS", DEFINITIONS)  # we are elsewhere
    with world(tmp_path) as made:
        yield Town(made)


def test_a_slip_in_the_address_is_put_right_in_both_tools(town):
    number = town.apply(email=WRONG)
    town.world.settle()
    assert town.emails() == [WRONG]
    assert town.members() == {WRONG: "subscribed"}
    told = town("deliveries", "correct", number, "email", RIGHT, *WHY).stdout
    assert "HubSpot" in told
    assert "Mailchimp" in told
    town.world.settle()
    assert town.emails() == [RIGHT]
    assert town.members() == {RIGHT: "subscribed"}
    town("deliveries", "replay", "--all", "--yes")
    town.world.settle()
    assert town.emails() == [RIGHT]
    assert town.members() == {RIGHT: "subscribed"}
    town("deliveries", "correct", number, "email", "--undo", "--yes")
    town.world.settle()
    assert town.emails() == [WRONG]
    assert set(town.members()) == {WRONG}


def test_a_slip_put_right_before_the_sync_leaves_no_trace_in_the_tools(town):
    number = town.apply(email=WRONG)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    assert town.emails() == [RIGHT]
    assert town.members() == {RIGHT: "subscribed"}


def test_the_person_was_known_by_the_right_address(town):
    town.apply()
    town.world.settle()
    number = town.apply(email=WRONG)
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed", WRONG: "subscribed"}
    told = town("deliveries", "correct", number, "email", RIGHT, *WHY).stdout
    assert "two contacts in HubSpot" in told
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed", WRONG: "unsubscribed"}
    assert "To kontakter i HubSpot" in town("people", "review").output
    people = town.json("trace", RIGHT)["entities"]
    assert len([e for e in people if e["kind"] == "person"]) == 1
    parts = [e for e in people if e["kind"] == "participation"]
    assert len(parts) == 1
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed", WRONG: "unsubscribed"}


def test_undone_and_put_right_again_the_newsletter_leaves_the_wrong_address(town):
    number = town.apply(email=WRONG)
    town.world.settle()
    correct = ("deliveries", "correct", number, "email")
    town(*correct, RIGHT, *WHY)
    town.apply(phone="+4520999999")
    town.world.settle(1)
    town(*correct, "--undo", "--yes")
    town.world.settle(2)
    assert set(town.members()) == {RIGHT, WRONG}
    town(*correct, RIGHT, *WHY)
    town.world.settle(2)
    assert town.members() == {RIGHT: "subscribed", WRONG: "unsubscribed"}


def test_the_two_contacts_are_merged_in_hubspot_and_nobody_waits_for_it(town):
    town.apply()
    number = town.apply(email=WRONG)
    town.world.settle(2)
    correct = ("deliveries", "correct", number, "email")
    town(*correct, RIGHT, *WHY)
    town.world.settle(1)
    tend_tasks(town.world.service, KEY)
    [task] = town.world.records("0-27")
    stays, goes = (contact(town.world, email)["id"] for email in (RIGHT, WRONG))
    merge_in_crm(town.world, "contacts", stays, goes)
    town.world.settle(2)
    tend_tasks(town.world.service, KEY)
    assert town.json("people", "review") == []
    task = town.world.record("0-27", hs_object_id=task["id"])
    assert task["properties"]["hs_task_status"] == "COMPLETED"
    town(*correct, "--undo", "--yes")
    town.world.settle(2)
    assert [one["kind"] for one in town.json("people", "review")] == ["crm_clash"]
    town(*correct, RIGHT, *WHY)
    town.world.settle(2)
    tend_tasks(town.world.service, KEY)
    assert town.json("people", "review") == []
    assert town.members() == {RIGHT: "subscribed", WRONG: "unsubscribed"}


def test_deleted_for_good_while_they_were_one_neither_is_written_to_again(town):
    town.apply()
    number = town.apply(email=WRONG)
    town.world.settle(2)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle(1)
    erase(town.world, contact(town.world, RIGHT)["id"])
    told = town("deliveries", "correct", number, "email", "--undo", "--yes").stdout
    assert "deleted for good in HubSpot" in told
    town.world.settle(2)
    assert town.members() == {RIGHT: "unsubscribed", WRONG: "unsubscribed"}


def test_an_answer_of_somebody_deleted_for_good_makes_nobody_new(town):
    town.apply(email=WRONG)
    number = town.apply(email=WRONG, phone="+4520999999")
    town.world.settle(2)
    erase(town.world, contact(town.world, WRONG)["id"])
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle(2)
    assert town.emails() == []
    assert set(town.members().values()) == {"unsubscribed"}


def test_a_bounce_at_the_wrong_address_is_not_their_no_but_they_are_asked(town):
    number = town.apply(email=WRONG)
    town.world.settle()
    town.act("clean", WRONG)
    town.world.settle()
    assert town.members() == {WRONG: "cleaned"}
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    assert town.members() == {RIGHT: "pending", WRONG: "cleaned"}


def test_a_no_heard_at_the_newsletter_is_never_lifted(town):
    number = town.apply()
    town.world.settle()
    town.act("unsubscribe", RIGHT)
    town.world.settle()
    late = utcnow().replace(hour=23, minute=30)
    with town.world.service.database.writing() as session:
        heard = update(Consent).where(Consent.source == "newsletter")
        session.execute(heard.values(at=late))
    correct = ("deliveries", "correct", number, "newsletter")
    told = town(*correct, "ja", *WHY).stdout
    day = late.astimezone(ZoneInfo("Europe/Copenhagen")).date()
    assert f"Mailchimp heard a no to the newsletter from this person on {day}" in told
    assert "Nothing would change" in told
    town.world.settle()
    assert town.members() == {RIGHT: "unsubscribed"}


def test_a_consent_is_withdrawn_and_given_back(town):
    number = town.apply()
    town.world.settle()
    correct = ("deliveries", "correct", number, "newsletter")
    town(*correct, "nej", *WHY)
    town.world.settle()
    assert town.members() == {RIGHT: "unsubscribed"}
    town(*correct, "--undo", "--yes")
    town.world.settle()
    assert town.members()[RIGHT] != "subscribed"


def test_a_discard_takes_the_newsletter_back_too(town):
    number = town.apply()
    town.world.settle()
    town("deliveries", "discard", number, "--reason", "Spam", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "unsubscribed"}
    assert town.emails() == [""]
    assert "Spam" in town("deliveries", "show", number).stdout
    with town.world.service.database.reading() as session:
        plan = town.world.service.programme(KEY)
        assert not [one for one in desired(session, plan).values() if one.people]
    town("deliveries", "replay", number, "--yes")
    town.world.settle()
    assert town.emails() == [RIGHT]
    assert town.members()[RIGHT] == "pending"


def test_a_discarded_no_stands_against_the_address_that_another_goes_by(town):
    town.apply()
    number = town.apply("Carl Prøve", email=RIGHT, consent_newsletter=False)
    town.world.settle(2)
    town("deliveries", "discard", number, "--reason", "Twice", "--yes")
    town.world.settle(2)
    assert town.members() == {}
    town("deliveries", "replay", number, "--yes")
    town.world.settle(2)
    assert town.members() == {}


def test_who_signed_up_by_another_answer_stays(town):
    town.apply()
    number = town.apply(phone="+4520999999")
    town.world.settle()
    town("deliveries", "discard", number, "--reason", "Twice", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed"}
    assert town.emails() == [RIGHT]


def test_only_the_discarded_answer_had_said_yes(town):
    town.apply(consent_newsletter=None)
    number = town.apply()
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed"}
    town("deliveries", "discard", number, "--reason", "Not hers", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "unsubscribed"}
    assert town.emails() == [RIGHT]
    assert mentee("Anna")["email"] == RIGHT


def test_a_discarded_yes_is_taken_back_where_a_correction_had_joined_two(town):
    town.apply(consent_newsletter=None)
    number = town.apply(email=WRONG)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed"}
    town("deliveries", "discard", number, "--reason", "Not hers", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "unsubscribed"}
    town("deliveries", "replay", number, "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "pending"}


def test_a_yes_of_their_own_outlives_a_discard_where_a_correction_had_joined_two(town):
    town.apply()
    number = town.apply(email=WRONG)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    town("deliveries", "discard", number, "--reason", "Twice", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed"}
    assert town.emails() == [RIGHT]


def test_an_address_stays_that_the_other_of_two_joined_answers_gives(town):
    first = town.apply()
    number = town.apply(email=WRONG)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    town("deliveries", "discard", first, "--reason", "Twice", "--yes")
    town.world.settle()
    assert town.members() == {RIGHT: "subscribed"}
    assert town.emails() == [RIGHT]
    people = [e for e in town.json("trace", RIGHT)["entities"] if e["kind"] == "person"]
    assert len(people) == 1


def test_an_address_that_another_answer_gives_outlives_a_correction(town):
    first = town.apply()
    number = town.apply(email=WRONG)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle()
    town("deliveries", "correct", first, "phone", "+4520999998", *WHY)
    town("deliveries", "correct", first, "email", "anna.p@people.example", *WHY)
    town.world.settle()
    assert town.members()[RIGHT] == "subscribed"


def test_a_wrong_address_that_hubspot_keeps_finds_nobody(town):
    number = town.apply(email=WRONG)
    town.world.settle(1)
    town("deliveries", "correct", number, "email", RIGHT, *WHY)
    town.world.settle(1)
    [contact] = town.world.records("contacts")
    town.world.edit("contacts", contact["id"], hs_additional_emails=WRONG)
    town.world.settle(1)
    assert town.members() == {RIGHT: "subscribed"}
    town.apply("Anan Nabo", email=WRONG)
    people = town.json("trace", WRONG)["entities"]
    names = [
        field["value"]
        for one in people
        if one["kind"] == "person"
        for field in one["fields"]
        if field["name"] == "first_name"
    ]
    assert sorted(names) == ["Anan", "Anna"]


# --- what is shown before it is asked for ------------------------------------------
FULL = {
    "linkedin": "https://example.com/in/anna", "motivation": "A new start",
    "desired_field": "desired_field-communication", "experience": "experience-2_to_5",
    "education": "education-bachelor", "topics_wanted": ["topics_wanted-cv"],
    "specialist_first_name": "Ditte", "specialist_last_name": "Prøve",
    "specialist_email": "ditte@nordlys.example", "heard_from": "heard_from-employer",
}  # fmt: skip


@pytest.fixture
def full(town: Town) -> int:
    """An application in which every question is answered; its delivery's number."""
    town.env["COLUMNS"] = "80"
    number = town.apply("Anna Prøve-Langstrup", **FULL)
    town.world.settle()
    return number


def test_a_discard_is_shown_on_one_screen_with_what_matters(town, full):
    words = ("deliveries", "discard", full, "--reason", "A try")
    lines = town(*words, code=1).stdout.splitlines()
    assert len(lines) < 24  # the question needs a line, too
    assert max(map(len, lines)) <= 80
    told = " ".join(" ".join(lines).split())
    for said in (
        "Programme: ", "HubSpot: ", "Mailchimp: ",
        f"person vanished, 7 fields: Anna Prøve-Langstrup <{RIGHT}>",
        f"email {RIGHT} -> nothing", "firstname Anna -> nothing",
        "vidensbro_newsletter yes -> nothing", "status subscribed -> unsubscribed",
        "--all-fields",
    ):  # fmt: skip
        assert said in told, told


def test_all_fields_of_a_discard_are_shown_where_they_are_asked_for(town, full):
    words = ("deliveries", "discard", full, "--reason", "A try")
    assert "communication" not in town(*words, code=1).stdout
    told = town(*words, "--all-fields", code=1).stdout
    assert "communication" in told
    assert "ditte@nordlys.example" in told
    assert "--all-fields" not in told


def test_a_correction_of_one_field_is_shown_whole_and_one_of_many_on_a_screen(
    town, full
):
    town.apply("Bo Prøve")
    town.world.settle()
    words = ("deliveries", "correct", full, "phone", "+4520999999", *WHY[:2])
    assert "--all-fields" not in town(*words, code=1).stdout
    words = ("deliveries", "correct", full, "email", "bo@people.example", *WHY[:2])
    lines = town(*words, code=1).stdout.splitlines()
    assert len(lines) < 24
    assert "--all-fields" in lines[-1]
    assert len(town(*words, "--all-fields", code=1).stdout.splitlines()) > 24
