"""What runs when: a drain when the bell rings, a sync after it and every interval.

Beside them the chores: answers that no webhook brought, nightly compares, and the like.
"""

from __future__ import annotations

import logging
import threading
import time

from connector import pulse
from connector.bell import bind, make_queue
from connector.chores import tend
from connector.processing import drain
from connector.rehearsal.copying import sweep
from connector.restored import go_on
from connector.service import Service
from connector.singleflight import only_one
from connector.sources.reconcile import Asked, reconcile
from connector.sync.cycle import sync_programme
from connector.timetable import CHORES

log = logging.getLogger(__name__)
STOP_S = 10


class Worker:
    """The one place where work is done: drains, and one sync at a time beside them."""

    def __init__(self, service: Service) -> None:
        """Bind the queue's tasks to this service's work."""
        self.service = service
        self.tasks = bind(
            make_queue(service.settings), self.drain, self.sync, self.drain, self.tend
        )
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._tending = threading.Event()

    def drain(self) -> None:
        """Process what waits; have it synced at once where something came in.

        A webhook may only have said where to look: that is looked into at once, too.
        """
        if drain(self.service):
            self.tasks.sync()
            self.tasks.tend()

    def sync(self) -> None:
        """Sync every programme, unless somebody is at it: then they go round again."""
        self._wanted.set()
        with only_one(self.service, "sync") as alone:
            while alone and self._wanted.is_set():
                self._wanted.clear()
                self._sync_all()

    def tend(self) -> None:
        """Fetch what no webhook brought, and run the chores that are due.

        Whoever is at it goes round again for a ring that came meanwhile.
        """
        self._tending.set()
        with only_one(self.service, "tend") as alone:
            while alone and self._tending.is_set():
                self._tending.clear()
                self._reconcile_all()
                tend(self.service, CHORES)

    def _reconcile_all(self) -> None:
        for key in self.service.settings.programmes:
            try:
                found = reconcile(self.service, key, Asked(due_only=True))
            except Exception as error:
                log.exception("reconciling %s: %s", key, type(error).__name__)
                continue
            if any(one.new for one in found):
                self.tasks.drain()

    def _sync_all(self) -> None:
        for key in self.service.settings.programmes:
            try:
                go_on(self.service, key)
                sync_programme(self.service, key)
            except Exception as error:
                log.exception("sync of %s failed: %s", key, type(error).__name__)

    def run(self) -> None:
        """Work until SIGTERM: what is under way gets ``STOP_S`` to come to its end.

        What does not is cut off, as by a power cut: it is done again at the next start.
        """
        sweep(self.service)
        for keeping in (self._tick, self._beat):
            threading.Thread(target=keeping, daemon=True).start()
        self.tasks.drain()
        self.tasks.tend()
        consumer = self.tasks.queue.create_consumer(
            workers=3, periodic=True, initial_delay=0.1, max_delay=0.5,
            scheduler_interval=1, backoff=1.15, graceful_signal="TERM",
            shutdown_timeout=STOP_S,
        )  # fmt: skip
        try:
            consumer.run()
        finally:
            self._stop.set()

    def _tick(self) -> None:
        """Ring for a sync every interval: staff's edits make no bell ring here."""
        while not self._stop.wait(self.service.settings.sync_interval_s):
            try:
                if self.tasks.queue.pending_count() == 0:
                    self.tasks.sync()
                    self.tasks.tend()
            except Exception as error:  # noqa: BLE001 - the next tick comes
                log.warning("a tick failed: %s", type(error).__name__)
                time.sleep(1)

    def _beat(self) -> None:
        """Say every few seconds that the worker is there, whatever it is busy with."""
        while True:
            try:
                with self.service.database.writing() as session:
                    pulse.beat(session, pulse.WORKER)
            except Exception as error:  # noqa: BLE001 - the next beat comes
                log.warning("a beat failed: %s", type(error).__name__)
            if self._stop.wait(pulse.EVERY_S):
                return
