"""The backups: there is one, and it is not old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from connector.backup.making import OURS
from connector.chores import ChoreRun
from connector.db import utcnow
from connector.doctor.disk import is_writable
from connector.doctor.worker import moment
from connector.findings import Finding
from connector.inbox import Delivery
from connector.service import Service

NAME = "backup"
OLD = timedelta(hours=50)
"""Two nights and a little: one that was missed is made up for the night after."""
BY_HAND = "Make one now: vidensbro backup; and see that the worker runs at night"


def check_backups(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the nightly backup's last run, and at the newest file.

    One file holds every programme; the first one's chore makes it.
    """
    settings = service.settings
    if settings.demo:
        return
    run, first = _runs(service, settings.programmes[0])
    if run is not None and run.problem:
        yield Finding(NAME, "fault", f"The last backup failed: {run.problem}", BY_HAND)
        return
    folder = settings.backup_dir
    if folder is not None and not is_writable(folder):
        what = f"BACKUP_DIR ({folder}) is no directory that this user can write."
        remedy = (
            "Run this as the service's own user, give that user the directory (chown), "
            "or set BACKUP_DIR to another"
        )
        yield Finding(NAME, "fault", what, remedy)
        return
    made = [_newest(folder) if folder else None, run.succeeded_at if run else None]
    # One of tomorrow is of a clock that was ahead: it says nothing of last night.
    last = max((at for at in made if at and at <= utcnow()), default=None)
    if last is not None and utcnow() - last < OLD:
        yield Finding(NAME, "well", f"The newest backup is of {moment(last)}.")
    elif folder is None:
        what = "No backups are made by night: BACKUP_DIR is not set."
        remedy = "Set BACKUP_DIR to a directory on another disk, then restart"
        yield Finding(NAME, "warning", what, remedy)
    elif last is not None:
        what = f"The newest backup is old: of {moment(last)}."
        yield Finding(NAME, "warning", what, BY_HAND)
    elif first is not None and utcnow() - first > OLD:
        yield Finding(NAME, "warning", "There is no backup yet.", BY_HAND)
    else:
        yield Finding(NAME, "well", "The first backup is made tonight.")


def _runs(service: Service, key: str) -> tuple[ChoreRun | None, datetime | None]:
    """Return the backup's last run, and when the first answer came in."""
    with service.database.reading() as session:
        run = session.scalar(
            select(ChoreRun).where(ChoreRun.programme == key, ChoreRun.chore == NAME)
        )
        first: datetime | None = session.scalar(select(func.min(Delivery.received_at)))
    return run, first


def _newest(folder: Path) -> datetime | None:
    """Return the newest backup's time; None where there is none, or no directory."""
    if not folder.is_dir():
        return None
    ours = (one for one in folder.iterdir() if OURS.fullmatch(one.name))
    times = [one.stat().st_mtime for one in ours]
    return datetime.fromtimestamp(max(times), UTC) if times else None
