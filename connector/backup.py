"""Backups: one file that holds everything that could not be fetched again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from connector.settings import ConfigError, Settings


def make_backup(settings: Settings, into: Path) -> Path:
    """Write a consistent copy of the database while it is in use; return its path."""
    path = _file_of(settings)
    if into.exists():
        raise ConfigError(f"{into} is there already; nothing was overwritten.")
    into.parent.mkdir(parents=True, exist_ok=True)
    into.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as held, closing(sqlite3.connect(into)) as copy:
        held.backup(copy)
    return into


def restore_backup(settings: Settings, source: Path) -> Path:
    """Put a backup where no database is; return the database's path."""
    path = _file_of(settings)
    if path.exists():
        raise ConfigError(f"{path} is there already; nothing was overwritten.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(path)) as db:
        held.backup(db)
    return path


def _file_of(settings: Settings) -> Path:
    url = make_url(settings.database_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        raise ConfigError("DATABASE_URL: backups of this kind are for SQLite.")
    return Path(url.database)
