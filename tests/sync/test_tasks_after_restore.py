"""A machine is lost after it made tasks: none of them stays open for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from connector.backup.making import back_up
from connector.crm_tasks import tend_tasks
from connector.crm_tasks.left_over import AFTER
from connector.db import utcnow
from connector.restored import go_on
from connector.sources.reconcile import reconcile
from connector.sync.cycle import ensure
from connector.sync.lost import FACT
from tests.crash_world import DAY, IMPOSSIBLE, START
from tests.test_lost_machine import lost, restored
from tests.world import KEY, World, world


def tasks(here: World) -> dict[str, str]:
    """Return title -> status of every task."""
    held = [one["properties"] for one in here.records("0-27")]
    assert len({one["hs_task_subject"] for one in held}) == len(held)
    return {one["hs_task_subject"]: one["hs_task_status"] for one in held}


def days_pass(here: World) -> None:
    with here.service.database.writing() as session:
        row = ensure(session, KEY, "hubspot")
        at = (utcnow() - AFTER - timedelta(minutes=1)).isoformat()
        row.facts = {**row.facts, FACT: [{**one, "to": at} for one in row.facts[FACT]]}


def test_a_task_whose_matter_settled_meanwhile_is_closed(tmp_path: Path) -> None:
    with world(tmp_path) as old:
        old.apply_as_mentee("Bo Prøve", at=START)
        old.settle()
        file = back_up(old.service, tmp_path / "night.backup")
        for day, name in enumerate(("Anna", "Carla"), start=1):
            old.apply_as_mentee(
                f"{name} Prøve", at=START + day * DAY, answers={"phone": IMPOSSIBLE}
            )
            old.settle()
        tend_tasks(old.service, KEY)
        anna = old.record("contacts", firstname="Anna")["id"]
        old.edit("contacts", anna, phone="+4520777777")  # and the machine is lost
        here = lost(old, tmp_path)
        restored(here, file)
        reconcile(here.service, KEY)
        here.drain()
        tend_tasks(here.service, KEY)
        go_on(here.service, KEY)
        here.settle(2)
        here.crm("POST", "/crm/objects/2026-09/0-27", {"properties": {
            "hs_task_subject": "Theirs", "hs_task_status": "NOT_STARTED",
            "hs_timestamp": "2026-01-01T00:00:00Z"}})  # fmt: skip
        tend_tasks(here.service, KEY)
        days_pass(here)
        tend_tasks(here.service, KEY)
        assert sorted(tasks(here).values()) == [
            "COMPLETED",
            "NOT_STARTED",
            "NOT_STARTED",
        ]
        assert tasks(here)["Theirs"] == "NOT_STARTED"
        [carla] = [
            t for t, s in tasks(here).items() if s != "COMPLETED" and t != "Theirs"
        ]
        assert carla == "Vidensbro: Besvarelse 3 skal ses efter"
        here.forget_calls()
        tend_tasks(here.service, KEY)
        assert not [c for c in here.calls()["recent"] if "search" in c["path"]]
