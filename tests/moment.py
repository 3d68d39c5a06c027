"""How sandbox and database stand at one moment, kept so that it can be had again."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from connector import schema
from connector.db import Database
from sandbox.box import Box


@dataclass(frozen=True)
class Moment:
    """A sandbox's records and options, and a SQLite database, as they stood."""

    kinds: dict[str, Any]
    options: dict[str, Any]
    database: bytes

    @classmethod
    def of(cls, box: Box, database: Path) -> Self:
        """Keep how both stand now."""
        with box.store.lock:
            kinds = copy.deepcopy(box.store._kinds)
        with closing(sqlite3.connect(database)) as file:
            return cls(kinds, copy.deepcopy(box.options), file.serialize())

    def put_back(self, box: Box, database: Path) -> None:
        """Have both stand as they did."""
        with box.store.lock:
            box.store._kinds.clear()
            box.store._kinds.update(copy.deepcopy(self.kinds))
            box.options.clear()
            box.options.update(copy.deepcopy(self.options))
            box.scratch.clear()
        database.parent.mkdir(parents=True, exist_ok=True)
        kept = database.with_name("kept.db")
        kept.write_bytes(self.database)
        with (
            closing(sqlite3.connect(kept)) as one,
            closing(sqlite3.connect(database)) as live,  # may be open elsewhere
        ):
            one.backup(live)


_migrated: list[bytes] = []


def upgrade(database: Database) -> None:
    """Bring a database to today's tables; a new SQLite file by a copy of the first.

    What upgrading itself does is for tests/test_migrations.py.
    """
    where = database.engine.url.database or ""
    file = Path(where)
    anew = database.engine.dialect.name == "sqlite" and where and not file.exists()
    if anew and _migrated:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated[0])
        return
    schema.upgrade(database)
    if anew:
        with closing(sqlite3.connect(file)) as made:
            _migrated.append(made.serialize())
