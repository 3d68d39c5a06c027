"""How a check is run: nothing that it raises gets out, and it has only so much time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from connector.clients import RemoteError
from connector.findings import Finding
from connector.service import Service
from connector.settings import ConfigError
from mappings.faults import MappingError

log = logging.getLogger(__name__)
DEADLINE_S = 40.0
"""For everything that asks a tool or the network; all of it runs at the same time."""
FIRST = "Mend this first, then run: vidensbro doctor"
OWN_FAULT = (
    "That is a fault of Vidensbro's own. Run: LOG_LEVEL=DEBUG vidensbro doctor, and "
    "show what it prints to whoever looks after the service"
)
IN_WORDS = (ConfigError, RemoteError, MappingError)
"""Errors whose text is a sentence without anybody's data."""


@dataclass(frozen=True)
class Check:
    """One thing to look at. ``run`` gets the service and a programme's key.

    ``once``: it is about the installation, not about a programme. ``calls``: it asks a
    tool or the network. ``needs`` names the checks without which it says nothing.
    ``behind`` is the check of the tool itself, which tells why that cannot be asked.
    """

    run: Callable[[Service, str], Iterable[Finding]]
    once: bool = False
    calls: bool = False
    needs: frozenset[str] = frozenset()
    behind: str = ""


@dataclass(frozen=True)
class Job:
    """One check of one programme."""

    name: str
    check: Check
    service: Service = field(repr=False, hash=False, compare=False)
    key: str


def alone(job: Job, found: list[Finding] | None = None) -> list[Finding]:
    """Run one check to its end; what it raises is a finding, beside what it found.

    ``found`` is added to as the check goes on, and returned.
    """
    found = [] if found is None else found
    try:
        for one in job.check.run(job.service, job.key):
            found.append(one)
    except IN_WORDS as error:
        more = getattr(error, "message", "")
        what = " ".join(filter(None, (str(error), more)))
        found.append(Finding(job.name, "fault", what, FIRST))
    except Exception as error:
        # The next check is still made.
        log.debug("%s could not be looked at", job.name, exc_info=error)
        what = f"This could not be looked at: {type(error).__name__}."
        found.append(Finding(job.name, "fault", what, OWN_FAULT))
    return found


def together(
    jobs: Sequence[Job], deadline_s: float = DEADLINE_S
) -> dict[Job, list[Finding]]:
    """Run checks beside each other; one that is late is a finding, and left alone."""
    found: dict[Job, list[Finding]] = {job: [] for job in jobs}
    threads = {
        job: threading.Thread(target=alone, args=(job, found[job]), daemon=True)
        for job in jobs
    }
    ends = time.monotonic() + deadline_s
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(ends - time.monotonic(), 0))
    late = {job for job, thread in threads.items() if thread.is_alive()}
    return {job: [*told, *_late(job, deadline_s, late)] for job, told in found.items()}


def _late(job: Job, after_s: float, late: Collection[Job]) -> Iterator[Finding]:
    if job in late:
        what = f"No answer within {after_s:.0f} seconds; the rest was looked at."
        yield Finding(job.name, "fault", what, "Try again in some minutes.")
