"""What waits for a person becomes one task in HubSpot, and ends with its matter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from connector import crm_tasks
from connector.chores import run
from connector.connections import pause, rebind, resume
from connector.corrections import Correction
from connector.corrections.discarding import discard
from connector.crm_tasks import making
from connector.db import utcnow
from connector.deliveries import Selection, replay
from connector.inbox import Delivery
from connector.matters import MatterRow
from connector.matters.waiting import open_matters
from connector.people import keep_apart
from connector.programme.entities import EvidenceNote, MeetingSession, ReviewItem
from connector.sources.state import FormWatch
from connector.sync.hubspot.tasks import look_for
from connector.timetable import CHORES
from tests.sync.hubspot_world import (
    connection,
    contact,
    fault,
    hubspot_calls,
    participation,
    remote,
    rows,
    staff_claims,
    writes,
)
from tests.sync.tasks_world import (
    OWNER,
    PERSONAL,
    Office,
    all_goes_wrong,
    drift,
    office,
    park,
    quarantine,
)
from tests.world import KEY

TITLES = {
    "da": (
        "Besvarelse 3 skal ses efter",
        "Der kommer svar fra en formular, som intet læser",
        "Er det én person eller to?",
        "Formularen “Afsluttende evaluering, mentee” passer ikke længere",
        "Mailchimp tager ikke længere imod vores nøgle",
        "HubSpot tog ikke imod en kontakt",
        "Tilsynet med formularernes webhooks er ikke lykkedes i over et døgn",
    ),
    "en": (
        "Delivery 3 needs a look",
        "Answers come from a form that nothing reads",
        "One person or two?",
        "The form “Closing evaluation, mentee” no longer fits",
        "Mailchimp no longer accepts our key",
        "HubSpot did not take a contact",
        "The care of the forms' webhooks has not worked for more than a day",
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give the office, which is built once."""
    with office(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture
def here(built: Office) -> Office:
    """Give the office as it was when nothing was wrong."""
    built.put_back()
    return built


@pytest.mark.parametrize("locale", ["da", "en"])
def test_each_kind_of_matter_is_a_task_in_the_programmes_language(
    tmp_path: Path, locale: str
) -> None:
    with office(tmp_path, locale) as here:
        here.put_back()
        all_goes_wrong(here.world)
        assert here.tend() == ""
        tasks = {one.title.removeprefix("Vidensbro: "): one for one in here.tasks()}
        assert sorted(tasks) == sorted(TITLES[locale])
        heads = {"da": "Hvad skal I gøre?", "en": "What is there to do?"}
        for task in tasks.values():
            assert heads[locale] in task.text
            assert "vidensbro " in task.text
            assert not [word for word in PERSONAL if word in f"{task.title}{task.text}"]
            assert task.values["hubspot_owner_id"] == "880001"
        parked, _, doubt, _, refused, record, _ = (tasks[t] for t in TITLES[locale])
        eva = contact(here.world, "eva@people.example")
        anna = contact(here.world, "anna@people.example")
        board = remote(here.world, participation(here.world, "Eva").id).remote_id
        assert parked.records == {f"contacts:{eva['id']}", f"0-162:{board}"}
        assert doubt.records == record.records == {f"contacts:{anna['id']}"}
        field = {"da": "i “Telefon” på kontakten i HubSpot",
                 "en": "into “Phone” on the contact in HubSpot"}  # fmt: skip
        assert field[locale] in parked.text
        assert refused.values["hs_task_priority"] == "HIGH"
        assert refused.records == frozenset()


def test_a_task_closes_itself_when_its_matter_is_settled(here: Office) -> None:
    number = park(here.world)
    here.tend()
    task = here.task()
    discard(here.world.service, KEY, number, "en prøve")
    here.tend()
    [closed] = here.tasks()
    assert closed.done
    assert closed.id == task.id
    assert "Sagen løste sig den" in closed.text
    here.world.forget_calls()
    assert here.tend() == ""
    assert hubspot_calls(here.world) == {}
    here.world.service.database.engine.dispose()


def test_a_doubt_that_is_answered_closes_its_task(here: Office) -> None:
    here.world.apply_as_mentee("Carla", answers={"email": "anna@people.example"})
    here.world.settle(2)
    here.tend()
    task = here.task("Er det én person eller to?")
    assert "holdt tilbage" in task.text
    [item] = rows(here.world, ReviewItem)
    keep_apart(here.world.service, KEY, item.id)
    here.tend()
    assert all(one.done for one in here.tasks())


def test_a_doubt_ends_with_its_only_answer_and_comes_back_with_it(
    here: Office,
) -> None:
    here.world.apply_as_mentee("Carla", answers={"email": "anna@people.example"})
    here.world.drain()
    here.tend()
    first = here.task("Er det én person eller to?")
    number = max(row.id for row in rows(here.world, Delivery))
    discard(here.world.service, KEY, number, "en prøve")
    here.tend()
    assert [one.done for one in here.tasks()] == [True]
    replay(here.world.service, KEY, Selection(ids=(number,)))
    here.tend()
    assert here.task("Er det én person eller to?").id != first.id


@pytest.mark.parametrize("editor", ["paragraphs", "divs"])
def test_closed_with_a_reason_it_is_set_aside(here: Office, editor: str) -> None:
    here.world.options(hubspot__task_editor=editor)
    park(here.world)
    here.tend()
    here.close(here.task(), "Hun har ingen telefon & det er i orden")
    here.tend()
    [row] = rows(here.world, MatterRow)
    assert row.reason == "Hun har ingen telefon & det er i orden"
    assert open_matters(here.world.service, KEY) == []
    here.tend()
    assert [one.done for one in here.tasks()] == [True]
    assert [row.state for row in rows(here.world, Delivery)].count("parked") == 1


def test_set_aside_never_lets_go_who_is_held_back(here: Office) -> None:
    here.world.apply_as_mentee("Carla", answers={"email": "anna@people.example"})
    here.world.settle(2)
    here.tend()
    here.close(here.task(), "det ser vi på efter ferien")
    here.tend()
    here.world.settle(2)
    names = {one["properties"].get("firstname") for one in here.world.records("0-1")}
    assert "Carla" not in names
    [item] = rows(here.world, ReviewItem)
    assert item.settled_at is None


def test_what_staff_open_again_asks_again_and_closes_itself(here: Office) -> None:
    number = park(here.world)
    here.tend()
    here.close(here.task(), "hun ringer")
    here.tend()
    [task] = here.tasks()
    here.edit(task, "hs_task_status", "NOT_STARTED")
    here.tend()
    [waits] = open_matters(here.world.service, KEY)
    assert waits.key == f"delivery:{number}"
    assert [row.reason for row in rows(here.world, MatterRow)] == [""]
    discard(here.world.service, KEY, number, "en prøve")
    here.tend()
    assert [(one.id, one.done) for one in here.tasks()] == [(task.id, True)]


def test_closed_without_a_reason_it_is_opened_again_once(here: Office) -> None:
    park(here.world)
    here.tend()
    here.close(here.task())
    here.tend()
    again = here.task()
    assert "lukket uden begrundelse" in again.text
    here.close(again, "- ")
    here.tend()
    assert [one.done for one in here.tasks()] == [True]
    assert len(open_matters(here.world.service, KEY)) == 1


def test_asked_why_the_reason_then_counts(here: Office) -> None:
    park(here.world)
    here.tend()
    here.close(here.task())
    here.tend()
    here.close(here.task(), "er aftalt")
    here.tend()
    assert [row.reason for row in rows(here.world, MatterRow)] == ["er aftalt"]


def test_deleted_with_a_reason_counts_and_without_one_is_asked_once(
    here: Office,
) -> None:
    park(here.world)
    here.tend()
    first = here.task()
    here.act("hubspot/archive", record=f"0-27:{first.id}")
    here.tend()
    second = here.task()
    assert second.id != first.id
    assert "lukket uden begrundelse" in second.text
    here.edit(second, "hs_task_body", f"{second.values['hs_task_body']}<p>aftalt</p>")
    here.act("hubspot/archive", record=f"0-27:{second.id}")
    here.tend()
    assert here.tasks() == []
    assert [row.reason for row in rows(here.world, MatterRow)] == ["aftalt"]


def test_what_is_new_is_added_and_what_staff_did_stays(here: Office) -> None:
    drift(here.world, "mentee_network")
    here.tend()
    task = here.task()
    here.edit(task, "hubspot_owner_id", "880002")
    here.edit(task, "hs_timestamp", "2027-01-01T08:00:00Z")
    mine = f"<p>Max kigger</p>{task.values['hs_task_body']}"
    here.edit(task, "hs_task_body", mine)
    drift(here.world, "mentee_network", "mentee_job_search")
    here.tend()
    here.tend()
    now = here.task()
    assert now.id == task.id
    assert now.values["hubspot_owner_id"] == "880002"
    assert now.values["hs_timestamp"].startswith("2027-01-01")
    assert now.values["hs_task_body"].startswith(mine)
    assert now.text.count("Noget er nyt") == 1
    assert "mentee_job_search er væk" in now.text


def test_set_aside_it_asks_again_only_when_it_means_something_else(
    here: Office,
) -> None:
    drift(here.world, "mentee_network")
    here.tend()
    here.close(here.task(), "retter vi efter runden")
    here.tend()
    drift(here.world, "mentee_network")
    here.tend()
    assert all(one.done for one in here.tasks())
    drift(here.world, "mentee_job_search")
    here.tend()
    assert "mentee_job_search" in here.task().text


def test_more_answers_of_a_form_that_was_set_aside_ask_nothing(here: Office) -> None:
    quarantine(here.world)
    here.tend()
    assert "(1)" in here.task().text
    quarantine(here.world, 2)
    here.tend()
    here.close(here.task(), "en gammel prøveformular")
    here.tend()
    quarantine(here.world, 3)
    here.tend()
    assert [one.done for one in here.tasks()] == [True]


def test_a_form_that_was_mended_is_looked_at_before_anybody_is_asked(
    here: Office,
) -> None:
    drift(here.world, "mentee_network")
    with here.world.service.database.writing() as session:
        session.execute(
            update(FormWatch).values(compared_at=utcnow() - timedelta(hours=5))
        )
    here.tend()
    here.close(here.task())
    here.tend()
    assert [one.done for one in here.tasks()] == [True]
    drift(here.world)
    here.tend()
    assert [one.done for one in here.tasks()] == [True]
    assert "uden begrundelse" not in here.tasks()[0].text


def test_settled_and_back_again_it_is_a_new_matter(here: Office) -> None:
    pause(here.world.service, KEY, "mailchimp")
    here.tend()
    here.close(here.task(), "ferie")
    here.tend()
    resume(here.world.service, KEY, "mailchimp")
    here.tend()
    pause(here.world.service, KEY, "mailchimp")
    here.tend()
    assert here.task().title == "Vidensbro: Forbindelsen til Mailchimp er sat på pause"


def test_what_settled_long_ago_is_forgotten(here: Office) -> None:
    number = park(here.world)
    here.tend()
    pause(here.world.service, KEY, "mailchimp")
    here.tend()
    discard(here.world.service, KEY, number, "en prøve")
    resume(here.world.service, KEY, "mailchimp")
    here.tend()
    with here.world.service.database.writing() as session:
        session.execute(
            update(MatterRow)
            .where(MatterRow.kind == "delivery")
            .values(settled_at=utcnow() - timedelta(days=91))
        )
    run(here.world.service, KEY, "forget", CHORES["forget"])
    assert [row.kind for row in rows(here.world, MatterRow)] == ["connection"]


def test_a_delivery_that_is_being_replayed_keeps_its_task(here: Office) -> None:
    number = park(here.world)
    here.tend()
    with here.world.service.database.writing() as session:
        session.execute(
            update(Delivery).where(Delivery.id == number).values(state="received")
        )
    here.tend()
    assert not here.task().done
    here.world.drain()
    here.tend()
    assert len(here.tasks()) == 1


@pytest.mark.parametrize("kind", ["accept_then_reset", "reset", "status"])
def test_an_answer_that_was_lost_makes_no_second_task(here: Office, kind: str) -> None:
    park(here.world)
    more = {"status": 503} if kind == "status" else {}
    fault(here.world, kind=kind, path="0-27/batch/create", times=1, **more)
    here.tend()
    here.tend()
    made = len(here.tasks())
    here.minutes_pass()
    here.tend()
    here.tend()
    assert made == (1 if kind == "accept_then_reset" else made)
    task = here.task()
    eva = contact(here.world, "eva@people.example")
    assert f"contacts:{eva['id']}" in task.records
    assert len(here.tasks()) == 1


def test_a_worker_that_lost_its_hold_makes_no_second_task(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    park(here.world)
    others = iter([here.tend])

    def look(*asked: Any) -> dict[str, str]:
        found = look_for(*asked)
        for other in others:
            other()
        return found

    monkeypatch.setattr(crm_tasks, "only_one", lambda *_: nullcontext(True))
    monkeypatch.setattr(making, "look_for", look)
    here.tend()
    assert len(here.tasks()) == 1


def test_an_answer_without_traces_makes_no_second_task(here: Office) -> None:
    here.world.options(hubspot__echoes_traces=False)
    park(here.world)
    here.tend()
    here.tend()
    here.minutes_pass()
    here.tend()
    assert here.task().records
    assert [row.task_state for row in rows(here.world, MatterRow)] == ["open"]


def test_a_record_that_takes_no_task_leaves_it_elsewhere(here: Office) -> None:
    park(here.world)
    fault(here.world, kind="status", status=400, path="associations.*/0-27/0-162/")
    assert here.tend() == ""
    eva = contact(here.world, "eva@people.example")
    assert here.task().records == {f"contacts:{eva['id']}"}


def test_a_database_from_a_backup_finds_the_tasks_made_after_it(here: Office) -> None:
    park(here.world)
    here.tend()
    with here.world.service.database.writing() as session:
        session.query(MatterRow).delete()
    here.tend()
    assert len(here.tasks()) == 1
    discard(here.world.service, KEY, 3, "en prøve")
    here.tend()
    assert [one.done for one in here.tasks()] == [True]


def test_an_address_of_nobody_is_said_and_the_task_is_made(here: Office) -> None:
    park(here.world)
    here.world.options(hubspot__owners=[{"id": "5", "email": "x@programme.example"}])
    assert here.tend().startswith("HUBSPOT_TASK_OWNER: no user")
    assert "hubspot_owner_id" not in here.task().values
    assert here.tend().startswith("HUBSPOT_TASK_OWNER: no user")
    assert OWNER not in str(connection(here.world).facts)


def test_users_that_are_not_shown_hold_up_no_task(here: Office) -> None:
    park(here.world)
    fault(here.world, kind="status", status=403, path="/owners/")
    assert here.tend().startswith("HubSpot does not show us its users")
    assert "hubspot_owner_id" not in here.task().values


def test_paused_nothing_is_made_and_it_comes_when_hubspot_goes_on(
    here: Office,
) -> None:
    park(here.world)
    pause(here.world.service, KEY, "hubspot")
    assert here.tend() == ""
    assert here.tasks() == []
    resume(here.world.service, KEY, "hubspot")
    here.tend()
    assert here.task().title == "Vidensbro: Besvarelse 3 skal ses efter"


def test_of_another_account_the_tasks_are_made_anew(here: Office) -> None:
    park(here.world)
    here.tend()
    here.world.options(hubspot__portal_id=4242)
    here.tend()
    assert connection(here.world).state == "stopped"
    rebind(here.world.service, KEY, "hubspot")
    [row] = [r for r in rows(here.world, MatterRow) if r.kind == "delivery"]
    assert (row.task, row.task_state, row.placed) == ("", "", "")


def test_a_scope_that_is_missing_is_said_and_nothing_else_stops(here: Office) -> None:
    park(here.world)
    fault(here.world, kind="status", status=403, path="/0-27/")
    assert here.tend().startswith("HubSpot does not let us keep tasks")
    assert connection(here.world).state == "active"


def test_many_at_once_are_twenty_tasks_and_one_for_the_rest(here: Office) -> None:
    many(here, 130)
    here.world.forget_calls()
    here.tend()
    calls = hubspot_calls(here.world)
    assert len(here.tasks()) == 21
    assert sum(calls.values()) <= 8, calls
    rest = here.task("110 til")
    assert "vidensbro deliveries list --state parked" in rest.text
    settle_some(here, 100)
    here.tend()
    here.tend()
    assert sum(not one.done for one in here.tasks()) == 21
    settle_some(here, 15)
    here.tend()
    here.tend()
    assert sum(not one.done for one in here.tasks()) == 15
    here.world.forget_calls()
    here.tend()
    assert writes(here.world) == 0


def test_a_task_comes_back_as_nothing(here: Office) -> None:
    park(here.world)
    before = len(staff_claims(here.world))
    here.tend()
    here.edit(here.task(), "hs_task_body", "<p>#evidence: 45 min</p>")
    here.world.sync()
    assert len(staff_claims(here.world)) == before
    assert rows(here.world, MeetingSession) == rows(here.world, EvidenceNote) == []
    assert rows(here.world, Correction) == []


def many(here: Office, count: int) -> None:
    """Park so many deliveries of one form."""
    with here.world.service.database.writing() as session:
        session.add_all(
            Delivery(
                programme=KEY, provider="typeform", form="f", response=f"many-{n}",
                kind="complete", body=b"{}", state="parked",
                received_at=utcnow() - timedelta(minutes=count - n),
                reasons=[{"record": "", "field": "", "question": "", "code": "x",
                          "message": {"da": "Passer ikke.", "en": "Does not fit."}}],
            )
            for n in range(count)
        )  # fmt: skip


def settle_some(here: Office, count: int) -> None:
    """Let the oldest of the many be read after all."""
    waiting = [row.id for row in rows(here.world, Delivery) if row.state == "parked"]
    with here.world.service.database.writing() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(sorted(waiting)[:count]))
            .values(state="processed")
        )
