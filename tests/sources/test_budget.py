"""The day's calls: counted over processes, spread, with a reserve for what is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.clients import RemoteBusy
from connector.db import Database
from connector.sources import budget as module
from connector.sources.budget import DayBudget, until_reset
from tests.moment import upgrade


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'v.db'}")
    upgrade(made)
    return made


def spend_all(budget: DayBudget, purpose: str) -> int:
    """Spend until it is refused; return how many calls that was."""
    spent: list[None] = []

    def spend_on() -> None:
        while len(spent) < 1000:
            budget.spend(purpose)
            spent.append(None)

    with pytest.raises(RemoteBusy) as refused:
        spend_on()
    assert 0 < (refused.value.retry_after_s or 0) <= 86_400
    return len(spent)


def test_polling_leaves_a_reserve_for_events_and_events_one_for_setup(
    database: Database,
) -> None:
    budget = DayBudget(database, "surveymonkey", "token", 100)
    assert spend_all(budget, "poll") == 55
    assert spend_all(budget, "event") == 40
    assert spend_all(budget, "design") == 0
    assert spend_all(budget, "setup") == 5
    assert budget.left() == 0


def test_two_processes_share_the_day_and_two_accounts_do_not(
    database: Database,
) -> None:
    DayBudget(database, "surveymonkey", "token", 100).spend("poll")
    assert DayBudget(database, "surveymonkey", "token", 100).left() == 99
    assert DayBudget(database, "surveymonkey", "other", 100).left() == 100


def test_what_the_tool_says_counts_others_calls_too(database: Database) -> None:
    budget = DayBudget(database, "surveymonkey", "token", 500)
    budget.spend("poll")
    budget.told(500, 230, 3600)
    assert budget.left() == 230
    assert spend_all(budget, "poll") == 5  # 225 are kept back
    budget.told(1000, 990, 3600)  # a larger plan
    assert budget.left() == 990


def test_the_next_day_begins_anew_at_midnight_gmt(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(module, "utcnow", lambda: now)
    budget = DayBudget(database, "surveymonkey", "token", 10)
    spend_all(budget, "setup")
    assert until_reset() == timedelta(minutes=30)
    monkeypatch.setattr(module, "utcnow", lambda: now + timedelta(minutes=30))
    assert budget.left() == 10
