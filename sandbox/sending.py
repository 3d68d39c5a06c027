"""Webhooks on their way out: sent, tried again, and on order lost on the way.

Options, for each tool by its name: `webhooks_off` (nothing is sent) and
`webhooks_drop` (`{"share": 0.1, "seed": 7}`: so many are lost at random, the same
ones for the same seed), as with `typeform.webhooks_off`.
"""

import heapq
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests

from sandbox.box import Box

_LONGEST_NAP_S = 0.2


@dataclass(frozen=True)
class Outgoing:
    """One request as it goes out."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    timeout_s: float = 30
    verify: bool = True


Make = Callable[[int], Outgoing | None]
"""The request for a try (from 0), or None when it need not go any more."""
Again = Callable[[int | None, int], float | None]
"""(status or None for no answer, tries made) -> seconds to the next try, or None."""
Told = Callable[[int | None], None]


@dataclass(order=True)
class _Job:
    due: float
    make: Make = field(compare=False)
    told: Told = field(compare=False)
    tries: int = field(default=0, compare=False)


def is_lost(box: Box, tool: str) -> bool:
    """Whether the next webhook of this tool never leaves, by the options."""
    if box.option(f"{tool}.webhooks_off", False):
        return True
    order: dict[str, Any] = box.option(f"{tool}.webhooks_drop", None) or {}
    if not order:
        return False
    with box.store.lock:
        key, seed = f"{tool}.drop.{order.get('seed', 0)}", order.get("seed", 0)
        # Loses the same ones every time; nothing secret hangs on it.
        dice: Random = box.scratch.setdefault(key, Random(seed))  # noqa: S311
        return dice.random() < float(order["share"])


class Sender:
    """One tool's webhooks. One thread works off what waits, and ends with it."""

    def __init__(self, box: Box, tool: str, again: Again) -> None:
        self._box = box
        self._tool = tool
        self._again = again
        self._lock = threading.Lock()
        self._queue: list[_Job] = []
        self._working = False
        self._under_way = 0
        self._local = threading.local()

    def send(self, make: Make, told: Told = lambda _status: None) -> int | None:
        """Make the first try now, further ones later; the first one's status."""
        if is_lost(self._box, self._tool):
            return None
        return self._attempt(_Job(0.0, make, told))

    def later(
        self, make: Make, wait_s: float = 0.0, told: Told = lambda _status: None
    ) -> None:
        """Make the first try in a while, behind the request that caused it."""
        if not is_lost(self._box, self._tool):
            self._queue_up(_Job(time.monotonic() + wait_s, make, told))

    def waiting(self) -> int:
        """How many wait for a try or are being made."""
        with self._lock:
            return len(self._queue) + self._under_way

    def _attempt(self, job: _Job) -> int | None:
        request = job.make(job.tries)
        if request is None:
            return None
        status = self._post(request)
        job.told(status)
        if status is None or not 200 <= status < 300:
            wait = self._again(status, job.tries + 1)
            if wait is not None:
                due = time.monotonic() + wait
                self._queue_up(_Job(due, job.make, job.told, job.tries + 1))
        return status

    def _post(self, request: Outgoing) -> int | None:
        try:
            answer = self._session().request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                timeout=request.timeout_s,
                allow_redirects=False,
                verify=request.verify,
            )
        except requests.RequestException:
            return None
        return answer.status_code

    def _session(self) -> requests.Session:
        """A connection kept open per thread: a demo sends hundreds in a row."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def _queue_up(self, job: _Job) -> None:
        with self._lock:
            heapq.heappush(self._queue, job)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._working = False
                    return
                wait = self._queue[0].due - time.monotonic()
                job = heapq.heappop(self._queue) if wait <= 0 else None
                self._under_way = 1 if job else 0
            if job is None:
                time.sleep(min(wait, _LONGEST_NAP_S))
                continue
            try:
                self._attempt(job)
            finally:
                with self._lock:
                    self._under_way = 0
