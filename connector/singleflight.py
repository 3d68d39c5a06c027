"""One at a time: whoever holds a name does the work, others leave it to them.

The hold ends with the process that has it, however that ends: a file lock on one
machine, an advisory lock on PostgreSQL.
"""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from connector.service import Service


@contextmanager
def only_one(service: Service, name: str) -> Iterator[bool]:
    """Yield True while this process alone holds ``name``, False when another does."""
    if service.settings.database_url.startswith("sqlite"):
        yield from _by_file(service, name)
    else:
        yield from _by_database(service, name)


def _by_file(service: Service, name: str) -> Iterator[bool]:
    service.settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (service.settings.data_dir / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _by_database(service: Service, name: str) -> Iterator[bool]:
    key = zlib.crc32(name.encode())
    with service.database.engine.connect() as connection:
        held = connection.scalar(
            text("SELECT pg_try_advisory_lock(:key)"), {"key": key}
        )
        try:
            yield bool(held)
        finally:
            if held:
                connection.execute(
                    text("SELECT pg_advisory_unlock(:key)"), {"key": key}
                )
