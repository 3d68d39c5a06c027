"""The day's calls of one credential: counted, spread, and some kept back for events.

A private SurveyMonkey app has 500 calls a day, reset at midnight GMT. Polling leaves a
reserve to what webhooks announce, so that a new application is never a day late; and
some to setup, so that a person at the keyboard is not turned away.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connector.clients import RemoteBusy
from connector.db import Database, utcnow
from connector.sources.state import CallBudget

EVENTS, SETUP = 0.4, 0.05
"""Shares of the day that polling leaves alone, and that events leave alone."""


class DayBudget:
    """The calls that a client may still make today, shared by all processes."""

    def __init__(
        self, database: Database, provider: str, credential: str, allowed: int
    ) -> None:
        """``allowed`` is a day's calls, until the tool itself says how many."""
        self._database = database
        self._provider = provider
        self._account = account_of(credential)
        self._allowed = allowed

    def spend(self, purpose: str) -> None:
        """Count one call; raise RemoteBusy where its purpose has used up its part.

        ``purpose`` is poll, event, design or setup. Nothing is called then.
        """
        with self._database.writing() as session:
            row = self._row(session)
            if self._left(row) <= self._kept_back(row, purpose):
                raise RemoteBusy(
                    f"the day's {row.allowed} calls are spent but for a reserve",
                    retry_after_s=until_reset().total_seconds(),
                )
            row.used += 1
            if row.remaining is not None:
                row.remaining -= 1

    def told(self, limit: int, remaining: int, reset_s: float) -> None:
        """Take over what the tool says of the day's calls: others may use them too."""
        with self._database.writing() as session:
            row = self._row(session)
            row.allowed, row.remaining = limit, remaining

    def left(self) -> int:
        """Return how many calls are left today, the reserves among them."""
        with self._database.writing() as session:
            return self._left(self._row(session))

    def _left(self, row: CallBudget) -> int:
        ours = row.allowed - row.used
        return ours if row.remaining is None else min(ours, row.remaining)

    def _kept_back(self, row: CallBudget, purpose: str) -> int:
        share = {"setup": 0.0, "poll": EVENTS + SETUP}.get(purpose, SETUP)
        return int(row.allowed * share)

    def _row(self, session: Session) -> CallBudget:
        today = utcnow().astimezone(UTC).date()
        found = (
            select(CallBudget)
            .where(
                CallBudget.provider == self._provider,
                CallBudget.account == self._account,
                CallBudget.day == today,
            )
            .with_for_update()
        )
        row = session.scalar(found)
        if row is None:
            try:
                with session.begin_nested():
                    session.add(
                        CallBudget(
                            provider=self._provider,
                            account=self._account,
                            day=today,
                            used=0,
                            allowed=self._allowed,
                        )
                    )
            except IntegrityError:
                pass  # another process began the day in the same moment
            row = session.scalars(found).one()
        return row


def account_of(credential: str) -> str:
    """Return what stands for a credential in ``call_budget``: no part of it."""
    return hashlib.sha256(credential.encode()).hexdigest()[:16]


def until_reset() -> timedelta:
    """Return the time until the next midnight GMT."""
    now = utcnow()
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return tomorrow - now
