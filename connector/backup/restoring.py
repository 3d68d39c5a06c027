"""Restoring: into an empty place, all of it or nothing, and gently afterwards.

Everything is checked before the first write, and made under another name before it is
moved to its own. What a lost machine did after the backup stands in the tools alone;
``connector.restored`` says how that is met.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from connector.backup.archive import MAPPINGS, TABLES, Manifest, Unpacking, opened
from connector.backup.faults import NEWER, BackupFault
from connector.backup.making import HALF, mapping_files
from connector.backup.tables import go_on_counting, put_back
from connector.db import Database
from connector.restored import begin
from connector.schema import bring_to, knows
from connector.settings import Settings
from mappings.durable import keep_names

SUFFIX = ".restoring"


@dataclass(frozen=True)
class Restored:
    """What was put back: how many rows, which files, and what is to be set again."""

    made_at: datetime
    rows: int
    mapping_files: int
    unset: Sequence[str]


def restore(settings: Settings, source: Path) -> Restored:
    """Put a backup where nothing stands yet; return what was put back.

    Raise ``BackupFault``, with nothing changed, where something stands there already,
    or the backup is damaged, of a newer version, or sealed with another key.
    """
    with opened(source, settings.backup_key) as archive:
        manifest = archive.manifest
        try:
            _refuse(settings, archive)
            files = _mappings(settings, archive)
            if settings.database_url.startswith("sqlite"):
                rows = _into_file(settings, archive)
            else:
                rows = _into_server(settings, archive)
        except OSError as error:
            raise BackupFault(
                _cut_off(error.strerror or type(error).__name__)
            ) from error
        except DBAPIError as error:
            raise BackupFault(_cut_off(_of_database(error))) from error
    return Restored(
        datetime.fromisoformat(manifest.made_at),
        rows,
        files,
        sorted(set(manifest.settings) - set(settings.given)),
    )


def _cut_off(reason: str) -> str:
    return (
        f"The backup could not be put back ({reason}). The backup itself is untouched, "
        "and no database stands there that is only half restored. Mend that, then the "
        "same once more: vidensbro restore"
    )


def _of_database(error: DBAPIError) -> str:
    """Return the first line of what the database said, without any value."""
    said = str(error.orig).strip().partition("\n")[0]
    is_about_rows = isinstance(error, IntegrityError | DataError)
    return type(error).__name__ if is_about_rows else said


# --- what is refused -----------------------------------------------------------------
def _refuse(settings: Settings, archive: Unpacking) -> None:
    manifest = archive.manifest
    if not knows(manifest.schema):
        raise BackupFault(
            NEWER.format(version=f"{manifest.version}, schema {manifest.schema}")
        )
    if manifest.demo != settings.demo:
        one, other = ("the demo", "a real programme")
        held, here = (one, other) if manifest.demo else (other, one)
        raise BackupFault(
            f"The backup is of {held}, the settings are those of {here}. Nothing was "
            "restored. Set the settings that the programme ran with first."
        )
    missing = set(manifest.programmes) - set(settings.programmes)
    if missing:
        raise BackupFault(
            f"The backup is of {', '.join(manifest.programmes)}; PROGRAMMES does not "
            f"name {', '.join(sorted(missing))}. Nothing was restored."
        )
    _refuse_database(settings)
    _refuse_mappings(settings, archive)


def _refuse_database(settings: Settings) -> None:
    path = _file_of(settings)
    if path is not None:
        if path.exists() and _has_tables(path):
            raise BackupFault(
                f"A database stands in {path} already; nothing was restored. Stop the "
                f"web side and the worker and move all of it aside: {_aside(path)}"
            )
        if _wal(path).exists() and _wal(path).stat().st_size:
            raise BackupFault(
                f"{_wal(path)} holds the newest of a database that was moved away; "
                "nothing was restored. Put it beside that one, as its name with -wal "
                "at the end: without it, its last answers are lost."
            )
        return
    database = Database(settings.database_url)
    with database.engine.connect() as connection:
        held = inspect(connection).get_table_names()
    database.engine.dispose()
    if held:
        raise BackupFault(
            "DATABASE_URL: that database holds tables already; nothing was restored. "
            "Name an empty one: CREATE DATABASE another_name"
        )


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _aside(path: Path) -> str:
    """Return the command; SQLite finds what is not in the file yet by its name."""
    moves = [f"mv {path} {path}.before"]
    if _wal(path).exists():
        moves.append(f"mv {_wal(path)} {path}.before-wal")
    return " && ".join(moves)


def _has_tables(path: Path) -> bool:
    """Tell whether a file is more than what a process that found none left there."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as held:
            return bool(
                held.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            )
    except sqlite3.Error:
        return True  # whatever it is, it is not ours to replace


def _refuse_mappings(settings: Settings, archive: Unpacking) -> None:
    names = archive.manifest.of(MAPPINGS)
    folder = settings.programmes_dir
    if not names:
        return
    if folder is None:
        raise BackupFault(
            "The backup holds mapping files, and VIDENSBRO_PROGRAMMES does not say "
            "where they belong. Nothing was restored."
        )
    if not _all_in(folder, archive):
        raise BackupFault(
            f"Other mapping files stand in {folder} already; nothing was restored. "
            f"Move them aside: mv {folder} {folder}.before"
        )


def _all_in(folder: Path, archive: Unpacking) -> bool:
    """Tell whether what stands there is in the archive: a restore was cut off."""
    names = set(archive.manifest.of(MAPPINGS))
    held = {
        f"{MAPPINGS}{path.relative_to(folder).as_posix()}": path
        for path in mapping_files(folder)
    }
    return set(held) <= names and all(
        path.read_bytes() == archive.read(name) for name, path in held.items()
    )


# --- what is written -----------------------------------------------------------------
def _mappings(settings: Settings, archive: Unpacking) -> int:
    """Put each mapping file whole into its place; return how many there are.

    The folder itself stays: it may be a volume, or a link, and hold a repository.
    """
    names = archive.manifest.of(MAPPINGS)
    folder = settings.programmes_dir
    if not names or folder is None:
        return 0
    half = folder / HALF
    shutil.rmtree(half, ignore_errors=True)  # the rest of one that a crash cut off
    half.mkdir(parents=True)
    for name in names:
        path = folder / name.removeprefix(MAPPINGS)
        if not path.exists():
            archive.copy(name, half / "file")
            path.parent.mkdir(parents=True, exist_ok=True)
            (half / "file").rename(path)
            keep_names(path.parent)
    half.rmdir()
    keep_names(folder)
    return len(names)


def _into_file(settings: Settings, archive: Unpacking) -> int:
    path = _file_of(settings)
    assert path is not None  # noqa: S101 - it is SQLite
    fresh = path.with_name(path.name + SUFFIX)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(fresh)
    fresh.touch(mode=0o600)
    try:
        database = Database(f"sqlite:///{fresh}")
        with database.engine.begin() as connection:
            rows = _fill(connection, archive)
        database.engine.dispose()
        with closing(sqlite3.connect(fresh)) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            held.execute("PRAGMA journal_mode=DELETE")
        _remove(path)  # without tables, or not there
        fresh.replace(path)
        keep_names(path.parent)
    finally:
        _remove(fresh)
    return rows


def _into_server(settings: Settings, archive: Unpacking) -> int:
    database = Database(settings.database_url)
    with database.engine.begin() as connection:
        rows = _fill(connection, archive)
    database.engine.dispose()
    return rows


def _fill(connection: Connection, archive: Unpacking) -> int:
    """Make the tables as they were, put the rows back, and bring them up to date."""
    manifest: Manifest = archive.manifest
    bring_to(connection, manifest.schema)
    parts = manifest.of(TABLES)
    rows = sum(put_back(connection, archive.lines(name)) for name in parts)
    bring_to(connection, "head")
    go_on_counting(connection)
    begin(connection, datetime.fromisoformat(manifest.made_at))
    return rows


def _file_of(settings: Settings) -> Path | None:
    url = make_url(settings.database_url)
    if url.drivername.startswith("sqlite") and url.database:
        return Path(url.database)
    return None


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
