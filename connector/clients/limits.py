"""Rolling limits on calls, kept across processes and restarts.

pyrate-limiter's buckets hold the times of the calls made; the waiting is done here,
with an injected sleep and a bound, because its own `Limiter` can do neither. Nothing
runs in the background: expired times are removed as new ones come.
"""

import contextlib
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrate_limiter import InMemoryBucket, Rate, RateItem, SQLiteBucket
from pyrate_limiter.abstracts import AbstractBucket

from connector.clients.errors import RemoteBusy

_SHORTEST_WAIT_S = 0.05
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class PerSeconds:
    """At most `calls` within any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Waiting:
    """How a caller waits for its turn: with which sleep, clock and patience.

    `now_ms` replaces the bucket's own clock, for tests in virtual time.
    """

    max_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    now_ms: Callable[[], int] | None = None


class RollingLimit:
    """One named limit; `take` blocks until a call may be made."""

    def __init__(self, name: str, bucket: AbstractBucket, waiting: Waiting) -> None:
        self.name = name
        self._bucket = bucket
        self._waiting = waiting
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for room for one call.

        Raises `RemoteBusy` as soon as it is clear that the wait would be longer than
        `Waiting.max_s`, or when the store cannot be reached.
        """
        waited = 0.0
        while (wait_s := self._try()) is not None:
            if waited + wait_s > self._waiting.max_s:
                raise RemoteBusy(f"limit {self.name} is used up", wait_s)
            self._waiting.sleep(wait_s)
            waited += wait_s

    def close(self) -> None:
        self._bucket.close()

    def _try(self) -> float | None:
        """None when the call was entered, else the seconds to wait."""
        try:
            with self._lock, _exclusive(self._bucket):
                item = RateItem(self.name, self._now_ms())
                if self._bucket.put(item):
                    self._bucket.leak(item.timestamp)
                    return None
                wait_ms = self._bucket.waiting(item)
        except sqlite3.OperationalError as err:
            raise RemoteBusy(f"store of limit {self.name} is locked") from err
        if not isinstance(wait_ms, int):
            raise TypeError("an asynchronous bucket cannot be used here")
        return max(wait_ms / 1000, _SHORTEST_WAIT_S)

    def _now_ms(self) -> int:
        if self._waiting.now_ms is not None:
            return self._waiting.now_ms()
        return int(self._bucket.now())  # type: ignore[no-untyped-call]


def limiter_for(
    name: str,
    rates: Sequence[PerSeconds],
    store: str | Path | None = None,
    waiting: Waiting | None = None,
) -> RollingLimit:
    """Make the limit `name`, shared by all who name the same store.

    `store` is a file path (SQLite), a `postgresql` URL, or None for this process
    alone. `name` becomes a table's name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a limit's name: {name!r}")
    bucket = _bucket(name, [_rate(rate) for rate in rates], store)
    return RollingLimit(name, bucket, waiting or Waiting())


def _rate(rate: PerSeconds) -> Rate:
    return Rate(rate.calls, int(rate.seconds * 1000))


def _bucket(name: str, rates: list[Rate], store: str | Path | None) -> AbstractBucket:
    if store is None:
        return InMemoryBucket(rates)
    if str(store).startswith("postgres"):
        from pyrate_limiter import PostgresBucket

        return PostgresBucket(_Connections(str(store)), name, rates)
    Path(store).parent.mkdir(parents=True, exist_ok=True)
    return SQLiteBucket.init_from_file(rates, table=name, db_path=str(store))


@contextlib.contextmanager
def _exclusive(bucket: AbstractBucket) -> Iterator[None]:
    """Let no other process count between our count and our entry.

    SQLiteBucket counts and inserts in two statements; its file lock would need
    another package, so the write lock of the database is taken first. It commits the
    entry itself. The PostgreSQL bucket locks its table.
    """
    if not isinstance(bucket, SQLiteBucket):
        yield
        return
    with bucket.lock:
        bucket.conn.execute("BEGIN IMMEDIATE").close()
        try:
            yield
        finally:
            if bucket.conn.in_transaction:
                bucket.conn.rollback()


class _Connections:
    """The part of a psycopg pool that the PostgreSQL bucket uses.

    One connection a call is enough here: a call to a provider takes far longer, and
    it saves a dependency. The zone is fixed because the bucket stores plain times.
    """

    closed = False

    def __init__(self, url: str) -> None:
        self._url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)

    @contextlib.contextmanager
    def connection(self) -> Iterator[Any]:
        import psycopg

        try:
            with psycopg.connect(self._url, options="-c timezone=UTC") as connection:
                yield connection
        except psycopg.OperationalError as err:
            raise RemoteBusy("store of the limits cannot be reached") from err

    def close(self) -> None:
        self.closed = True
