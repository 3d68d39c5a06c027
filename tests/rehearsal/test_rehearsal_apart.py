"""A rehearsal touches nothing real, locks nobody out, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.deliveries import Selection, replay
from connector.inbox import Delivery
from connector.rehearsal import CannotRehearse, copying, rehearse, sweep
from connector.schema import METADATA
from connector.service import Service
from connector.singleflight import only_one
from connector.tasks import Worker
from tests.postgres import a_database
from tests.small_world import KEY, Small, small_world


@pytest.fixture(params=["sqlite", "postgresql"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    url = a_database(request) if request.param == "postgresql" else ""
    made = small_world(tmp_path, database_url=url)
    yield made
    made.service.database.engine.dispose()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Small:
    return small_world(tmp_path)


def everything(here: Small) -> dict[str, Any]:
    """Return every row of every table."""
    with here.service.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in METADATA.sorted_tables
        }


def again(service: Service) -> None:
    replay(service, KEY, Selection())


def folder(here: Small) -> Path:
    return here.settings.data_dir / copying.NAME


def test_nothing_real_is_touched(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve"))
    waits = here.apply_as_mentee("Bo Prøve")
    here.store(waits)
    before = everything(here)
    told = rehearse(here.service, KEY, again)
    assert everything(here) == before
    assert told.waiting == 1
    people = [o for o in told.section("programme").changes if o.kind == "person"]
    assert [(one.word, one.id) for one in people] == [("created", None)]
    assert {s.name: s.state for s in told.sections} == {
        "programme": "", "figures": "", "hubspot": "off", "mailchimp": "off",
    }  # fmt: skip
    assert rehearse(here.service, KEY, again) == told
    assert not folder(here).exists()
    here.drain()
    assert rehearse(here.service, KEY, again).nothing


def test_answers_are_taken_meanwhile(here: Small) -> None:
    late = here.apply_as_mentee("Late Prøve")
    here.take(here.apply_as_mentee("Anna Prøve"))

    def act(copy: Service) -> None:
        again(copy)
        assert here.post(late).status_code == 200
        here.drain()

    assert rehearse(here.service, KEY, act).nothing
    assert [one.state for one in here.deliveries()] == ["processed", "processed"]


def test_no_tool_queue_or_lock_of_the_real_service_is_in_reach(
    on_sqlite: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = on_sqlite
    here.take(here.apply_as_mentee("Anna Prøve"))

    def nobody(*_: object) -> None:
        raise AssertionError("a rehearsal called somebody")

    def act(copy: Service) -> None:
        off = dataclasses.asdict(copy.settings.accounts[KEY])
        assert not any(off.values())
        assert copy.settings.post is None
        assert copy.settings.programmes == (KEY,)
        assert copy.settings.queue_url == ""
        assert copy.settings.data_dir == folder(here)
        with only_one(copy, "sync") as mine, only_one(here.service, "sync") as theirs:
            assert mine
            assert theirs
        again(copy)

    monkeypatch.setattr(socket.socket, "connect", nobody)
    assert rehearse(here.service, KEY, act).nothing


def test_the_copy_is_private(on_sqlite: Small) -> None:
    def act(_copy: Service) -> None:
        again(_copy)
        assert stat.S_IMODE(folder(on_sqlite).stat().st_mode) == 0o700
        files = list(folder(on_sqlite).glob("copy.db*"))
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}

    on_sqlite.take(on_sqlite.apply_as_mentee("Anna Prøve"))
    rehearse(on_sqlite.service, KEY, act)


def test_an_act_that_fails_leaves_nothing(here: Small) -> None:
    def act(_copy: Service) -> None:
        raise ValueError("it went wrong")

    with pytest.raises(ValueError, match="it went wrong"):
        rehearse(here.service, KEY, act)
    assert not folder(here).exists()


def test_one_at_a_time(on_sqlite: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PATIENCE_S", 0.0)

    def act(_copy: Service) -> None:
        with pytest.raises(CannotRehearse, match="Another rehearsal"):
            rehearse(on_sqlite.service, KEY, again)
        sweep(on_sqlite.service)
        assert folder(on_sqlite).exists()

    rehearse(on_sqlite.service, KEY, act)
    assert not folder(on_sqlite).exists()


def test_a_full_disk_is_told(on_sqlite: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = copying.shutil.disk_usage(on_sqlite.directory)._replace(free=1000)
    monkeypatch.setattr(copying.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(CannotRehearse, match="MB free"):
        rehearse(on_sqlite.service, KEY, again)
    assert not folder(on_sqlite).exists()


def test_what_a_killed_rehearsal_left_is_removed(on_sqlite: Small) -> None:
    here = on_sqlite
    here.take(here.apply_as_mentee("Anna Prøve"))
    for tidy in (lambda: rehearse(here.service, KEY, again), lambda: started(here)):
        kill_one(here)
        assert (folder(here) / "copy.db").exists()
        tidy()
        assert not folder(here).exists()


def kill_one(here: Small) -> None:
    """Kill a process in the midst of a rehearsal."""
    url, data = here.settings.database_url, here.settings.data_dir
    code = f"""
        import os, signal
        from connector.rehearsal import rehearse
        from connector.service import Service
        from connector.settings import load_settings
        service = Service.open(load_settings({{
            "DATABASE_URL": {url!r}, "DATA_DIR": {str(data)!r}, "PROGRAMMES": {KEY!r},
            "VIDENSBRO_PROGRAMMES": {str(here.settings.programmes_dir)!r},
            "TYPEFORM_TOKEN": "token",
        }}))
        rehearse(service, {KEY!r}, lambda copy: os.kill(os.getpid(), signal.SIGKILL))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, env=dict(os.environ)
    )
    assert done.returncode == -signal.SIGKILL


def started(here: Small) -> None:
    """Start the worker and end it at once."""
    worker = Worker(here.service)
    worker.tasks.queue.create_consumer = lambda **_: Ended()
    worker.run()


class Ended:
    """A consumer that is told to end before it begins."""

    def run(self) -> None:
        """Do nothing."""


def test_a_lease_that_runs_holds_nothing_up(on_sqlite: Small) -> None:
    here = on_sqlite
    [number] = here.take(here.apply_as_mentee("Anna Prøve"))
    from connector import inbox

    with here.service.database.writing() as session:
        session.get(Delivery, number).state = "received"
        assert inbox.claim_next(session) == [number]
    told = rehearse(here.service, KEY, again)
    [one] = told.section("programme").changes
    assert [(f.field, f.after) for f in one.fields] == [("state", "processed")]
