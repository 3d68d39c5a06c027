"""The bell: telling the worker that something waits. Losing a ring loses nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey, crontab

from connector.settings import Settings

log = logging.getLogger(__name__)
GATHER_S = 0.25


def make_queue(settings: Settings) -> Huey:
    """Return the queue that rings: SQLite's beside the data, or a server's by URL."""
    if settings.queue_url.startswith("postgres"):
        return PostgresHuey("vidensbro", dsn=settings.queue_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = Path(settings.data_dir) / "queue.db"
    return SqliteHuey("vidensbro", filename=str(path), results=False)


@dataclass(frozen=True)
class Tasks:
    """What runs when: none of them carries data, all of them find their own work."""

    queue: Huey
    drain: Any
    sync: Any
    sweep: Any
    tend: Any


def _nothing() -> None:
    """The web side only rings; the worker's side does the work."""


def bind(
    queue: Huey,
    drain: Callable[[], None] = _nothing,
    sync: Callable[[], None] = _nothing,
    sweep: Callable[[], None] = _nothing,
    tend: Callable[[], None] = _nothing,
) -> Tasks:
    """Register the tasks on ``queue``. The web side binds them to nothing."""

    @queue.task(name="drain")  # type: ignore[untyped-decorator]
    def drain_task() -> None:
        drain()

    @queue.task(name="sync")  # type: ignore[untyped-decorator]
    def sync_task() -> None:
        sync()

    @queue.periodic_task(crontab(minute="*"), name="sweep")  # type: ignore[untyped-decorator]
    def sweep_task() -> None:
        sweep()

    @queue.task(name="tend")  # type: ignore[untyped-decorator]
    def tend_task() -> None:
        tend()

    return Tasks(queue, drain_task, sync_task, sweep_task, tend_task)


class Bell:
    """Rings at most once every ``GATHER_S`` seconds, whatever the burst."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before the first ring."""
        self._settings = settings
        self._lock = threading.Lock()
        self._rings_until = 0.0
        self._tasks: Tasks | None = None

    def ring(self) -> None:
        """Have the worker drain the inbox shortly; never raise."""
        now = time.monotonic()
        with self._lock:
            if self._rings_until > now:
                return  # a drain is due later than now: it will see our commit
            self._rings_until = now + GATHER_S
        try:
            if self._tasks is None:
                self._tasks = bind(make_queue(self._settings))
            self._tasks.drain.schedule(delay=GATHER_S)
        except Exception as error:  # noqa: BLE001 - the minute's sweep comes anyway
            log.warning("the bell did not ring: %s", type(error).__name__)
