"""Tasks from the command line: made by a sync run, and shown when set aside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from connector.db import utcnow
from connector.matters import MatterRow
from tests.cli.cli_world import Cli
from tests.sync.tasks_world import Office, office, park


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as made:
        made.put_back()
        yield made


def test_a_sync_run_makes_tasks_and_status_shows_what_was_set_aside(
    here: Office,
) -> None:
    number = park(here.world)
    run = Cli(here.env)
    run("sync", "run")
    here.close(here.task(), "hun har ingen telefon")
    run("sync", "run")
    told = f"delivery:{number}: hun har ingen telefon"
    assert told in run("sync", "status").stdout
    [aside] = run.json("sync", "status")["aside"]
    assert (aside["key"], aside["kind"]) == (f"delivery:{number}", "delivery")
    late = utcnow().replace(hour=23, minute=30)
    with here.world.service.database.writing() as session:
        session.execute(update(MatterRow).values(set_aside_at=late))
    shown = run("deliveries", "show", number).stdout
    day = late.astimezone(ZoneInfo("Europe/Copenhagen")).date()
    assert f"Set aside in HubSpot on {day}" in shown
    assert "hun har ingen telefon" in shown


def test_a_doubt_that_was_set_aside_asks_nobody_any_more(here: Office) -> None:
    here.world.apply_as_mentee("Carla", answers={"email": "anna@people.example"})
    here.world.settle(2)
    run = Cli(here.env)
    run("sync", "run")
    assert "On the review list: 1" in run("sync", "status", code=1).stdout
    here.close(here.task(), "efter ferien")
    run("sync", "run")
    assert "review list" not in run("sync", "status").stdout
    assert len(run.json("people", "review")) == 1


def test_an_owner_that_nobody_is_is_told(here: Office) -> None:
    park(here.world)
    here.env["HUBSPOT_TASK_OWNER"] = "ukendt@programme.example"
    run = Cli(here.env)
    assert "HUBSPOT_TASK_OWNER: no user" in run("sync", "run", code=1).output
    assert "HUBSPOT_TASK_OWNER: no user" in run("sync", "status", code=1).stdout
