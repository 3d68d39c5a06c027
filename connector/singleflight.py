"""One at a time: whoever holds a name does the work, others leave it to them.

The hold ends with the process that has it, however that ends: a file lock on one
machine, an advisory lock on PostgreSQL.
"""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from sqlalchemy import text

from connector.service import Service

PATIENCE_S = 15.0
"""How long a compare waits for a sync: the worker's clock starts both at the same
moment. Shorter than the time that a process gets to end."""
_LOOK_AGAIN_S = 0.05


@contextmanager
def only_one(service: Service, name: str, *, patience_s: float = 0.0) -> Iterator[bool]:
    """Yield True while this process alone holds ``name``, False when another does.

    With ``patience_s`` the other is waited for, so long at most.
    """
    if service.settings.database_url.startswith("sqlite"):
        yield from _by_file(service, name, patience_s)
    else:
        yield from _by_database(service, name, patience_s)


def _within(patience_s: float, take: Callable[[], bool]) -> bool:
    """Try to take the hold until it is ours or the patience is over."""
    ends = time.monotonic() + patience_s
    while not take():
        if time.monotonic() >= ends:
            return False
        time.sleep(_LOOK_AGAIN_S)
    return True


def _take_file(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _by_file(service: Service, name: str, patience_s: float) -> Iterator[bool]:
    service.settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (service.settings.data_dir / f"{name}.lock").open("w") as handle:
        yield _within(patience_s, lambda: _take_file(handle))


def _by_database(service: Service, name: str, patience_s: float) -> Iterator[bool]:
    key = zlib.crc32(name.encode())
    taking = text("SELECT pg_try_advisory_lock(:key)")
    with service.database.engine.connect() as connection:
        held = _within(
            patience_s, lambda: bool(connection.scalar(taking, {"key": key}))
        )
        try:
            yield held
        finally:
            if held:
                connection.execute(
                    text("SELECT pg_advisory_unlock(:key)"), {"key": key}
                )
