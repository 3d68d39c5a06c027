"""What runs by the clock: each chore of each programme, when it is due.

When a chore last ran stands in the database, so that one that was missed while the
service was off runs as soon as it is on again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, has_passed, utcnow
from connector.service import Service
from connector.settings import Settings

log = logging.getLogger(__name__)
RETRY = timedelta(minutes=10)
"""A chore that failed is tried again after this, whatever its rule says."""


class ChoreRun(Base):
    """When a programme's chore last ran. ``problem`` is empty where it went well.

    ``failing_since`` is when it first did not, after the last time that it did.
    """

    __tablename__ = "chore_run"
    __table_args__ = (UniqueConstraint("programme", "chore"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    chore: Mapped[str]
    started_at: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    failing_since: Mapped[datetime | None]


@dataclass(frozen=True)
class Chore:
    """One thing to do now and then.

    ``is_over`` tells whether the time since the last start is long enough. ``run``
    does it and returns what is wrong, a sentence without anybody's data, "" where all
    is well. ``is_asked_for`` tells whether the settings want it at all.
    """

    is_over: Callable[[datetime, ZoneInfo], bool]
    run: Callable[[Service, str], str]
    is_asked_for: Callable[[Settings], bool] = lambda _settings: True


def each(interval: timedelta) -> Callable[[datetime, ZoneInfo], bool]:
    """Return the rule: again when so much time has passed."""
    return lambda last, _zone: has_passed(interval, last)


def nightly(hour: int) -> Callable[[datetime, ZoneInfo], bool]:
    """Return the rule: once after that hour of each day, in the programme's zone."""

    def is_over(last: datetime, zone: ZoneInfo) -> bool:
        now = utcnow().astimezone(zone)
        then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        if now < then:
            then -= timedelta(days=1)
        return last < then

    return is_over


def weekly(weekday: int, hour: int) -> Callable[[datetime, ZoneInfo], bool]:
    """Return the rule: once after that hour of that weekday (0 is Monday)."""

    def is_over(last: datetime, zone: ZoneInfo) -> bool:
        ran = last.astimezone(zone)
        past = (ran.weekday() - weekday) % 7
        then = (ran - timedelta(days=past)).replace(
            hour=hour, minute=0, second=0, microsecond=0
        )
        if then <= ran:
            then += timedelta(days=7)
        return utcnow() >= then

    return is_over


def tend(service: Service, chores: Mapping[str, Chore]) -> list[tuple[str, str]]:
    """Run what is due; return (programme, chore) of each. None holds up another."""
    done = []
    for key in service.settings.programmes:
        for name, chore in chores.items():
            if chore.is_asked_for(service.settings) and is_due(
                service, key, name, chore
            ):
                run(service, key, name, chore)
                done.append((key, name))
    return done


def is_due(service: Service, key: str, name: str, chore: Chore) -> bool:
    """Tell whether a chore's interval is over, or it never ran."""
    with service.database.reading() as session:
        row = _row(session, key, name)
    if row is None:
        return True
    # A failure is tried again soon, and so is what ran while the clock was ahead.
    if has_passed(RETRY if row.problem else timedelta.max, row.started_at):
        return True
    return chore.is_over(row.started_at, ZoneInfo(service.programme(key).zone))


def run(service: Service, key: str, name: str, chore: Chore) -> str:
    """Run a chore now; return what is wrong, "" where all is well."""
    started = utcnow()
    try:
        problem = chore.run(service, key)
    except Exception as error:
        log.exception("%s of %s failed: %s", name, key, type(error).__name__)
        problem = f"It failed ({type(error).__name__}); it is tried again."
    note(service, key, name, started, problem)
    return problem


def note(
    service: Service, key: str, name: str, started: datetime, problem: str = ""
) -> None:
    """Remember how a chore went, by the clock or by hand."""
    with service.database.writing() as session:
        row = _row(session, key, name)
        if row is None:
            row = ChoreRun(programme=key, chore=name)
            session.add(row)
        row.started_at, row.problem = started, problem
        if not problem:
            row.succeeded_at, row.failing_since = utcnow(), None
        elif row.failing_since is None:
            row.failing_since = started


def runs(session: Session, key: str) -> Sequence[ChoreRun]:
    """Return how every chore of a programme stands."""
    query = select(ChoreRun).where(ChoreRun.programme == key)
    return session.scalars(query.order_by(ChoreRun.chore)).all()


def _row(session: Session, key: str, name: str) -> ChoreRun | None:
    return session.scalar(
        select(ChoreRun).where(ChoreRun.programme == key, ChoreRun.chore == name)
    )
