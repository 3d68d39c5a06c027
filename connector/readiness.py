"""Whether deliveries can be taken in now, and what else an operator should know.

A hosted platform sends requests only where ``/readyz`` answers 200. Deliveries are to
be taken in while the worker is down or the disk fills up, so these two are words in its
answer and change nothing else; but a disk without room for one more delivery does.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from sqlalchemy.engine import make_url

from connector import pulse
from connector.db import utcnow
from connector.schema import is_current
from connector.service import Service

MAINTENANCE = "maintenance"
"""A file of this name in DATA_DIR has every webhook answered 503 while it is there."""
LOOK_EVERY_S = 5.0
SCARCE = 0.05
ROOM_BYTES = 4 * 1024 * 1024
"""What SQLite takes for the largest delivery, in its log and in its file."""
WELL = "ok"
UPGRADE = "the database waits for: vidensbro db upgrade"
NONE = "there is no database"


class Readiness:
    """Looks at the database now and then, and remembers that all was well."""

    def __init__(self, service: Service) -> None:
        """Nothing is looked at yet."""
        self._service = service
        self._well_until = 0.0

    def obstacle(self) -> str:
        """Return why nothing can be taken in now, "" where it can.

        While the schema is another one than this version's (it is being upgraded, or
        the database restored), a delivery is not tried at all. A database that cannot
        be reached is found when a delivery is stored.
        """
        if self._maintained():
            return "maintenance"
        if time.monotonic() < self._well_until:
            return ""
        try:
            found = self.database()
        except Exception:  # noqa: BLE001 - storing says what it is
            return ""
        if found == WELL:
            self._well_until = time.monotonic() + LOOK_EVERY_S
            return ""
        return found

    def database(self) -> str:
        """Return how the database stands; raise what the database raises."""
        database = self._service.database
        path = _file_of(database.url)
        if path is not None and not path.exists():
            database.engine.dispose()  # a file that comes back is another one
            return NONE
        if is_current(database):
            return WELL
        database.engine.dispose()
        return UPGRADE

    def report(self) -> tuple[dict[str, str], int]:
        """Return what ``/readyz`` answers: how each part stands, and the status."""
        told = {"database": self._database(), "disk": self._disk()}
        if self._maintained():
            told["maintenance"] = "the file stands in DATA_DIR"
        ready = told["database"] == WELL and "maintenance" not in told and self._room()
        told["worker"] = self._worker() if told["database"] == WELL else "not known"
        return {"status": WELL if ready else "not ready", **told}, 200 if ready else 503

    def _maintained(self) -> bool:
        try:
            return (self._service.settings.data_dir / MAINTENANCE).exists()
        except OSError:  # a folder that nobody may look into holds no word of ours
            return False

    def _database(self) -> str:
        try:
            return self.database()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
            return f"no database: {type(error).__name__}"

    def _worker(self) -> str:
        try:
            with self._service.database.reading() as session:
                seen = pulse.last(session, pulse.WORKER)
        except Exception as error:  # noqa: BLE001 - it was there a moment ago
            return f"not known: {type(error).__name__}"
        if seen is None:
            return "never seen"
        if pulse.is_alive(seen):
            return WELL
        silent = abs(utcnow() - seen)
        return f"not seen for {int(silent.total_seconds() // 60)} minutes"

    def _room(self) -> bool:
        """Tell whether a delivery fits on the disk, as far as that can be known."""
        path = _file_of(self._service.database.url)
        try:
            return path is None or shutil.disk_usage(path.parent).free >= ROOM_BYTES
        except OSError:
            return True

    def _disk(self) -> str:
        try:
            usage = shutil.disk_usage(self._service.settings.data_dir)
        except OSError as error:
            return f"not known: {type(error).__name__}"
        free = usage.free / usage.total
        return WELL if free >= SCARCE else f"{free:.1%} free"


def _file_of(url: str) -> Path | None:
    parts = make_url(url)
    if parts.drivername.startswith("sqlite") and parts.database:
        return Path(parts.database)
    return None
