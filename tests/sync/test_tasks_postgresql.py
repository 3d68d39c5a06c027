"""Two workers on PostgreSQL tend the tasks at once: one task a matter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from connector.crm_tasks import tend_tasks
from connector.service import Service
from tests.postgres import a_database
from tests.sync.tasks_world import quarantine
from tests.world import KEY, World, world


def test_two_workers_make_one_task(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with world(tmp_path, database_url=a_database(request)) as here:
        quarantine(here)
        both = Barrier(2)
        with ThreadPoolExecutor(2) as workers:
            said = list(workers.map(lambda _: tend(here, both), range(2)))
        assert said == ["", ""]
        assert len(here.records("0-27")) == 1


def tend(here: World, both: Barrier) -> str:
    """Tend the tasks as a process of its own would, at the moment that all do."""
    service = Service.open(here.settings)
    both.wait(timeout=20)
    try:
        return tend_tasks(service, KEY)
    finally:
        service.database.engine.dispose()
