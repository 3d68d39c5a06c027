"""Making a backup: consistent while everything runs, whole or not there at all."""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from connector.backup.archive import MAPPINGS, TABLES, Manifest, Packing
from connector.backup.faults import BackupFault
from connector.backup.sealing import CHUNK
from connector.backup.tables import lines_of, tables
from connector.chores import note, runs
from connector.db import Database, utcnow
from connector.release import running_version
from connector.schema import is_current, revision_of
from connector.service import Service
from connector.settings import ConfigError, Settings
from mappings.durable import keep_names

log = logging.getLogger(__name__)
CHORE = "backup"
NAME = "vidensbro-%Y-%m-%dT%H%M%SZ.backup"
OURS = re.compile(r"vidensbro-\d{4}-\d\d-\d\dT\d{6}Z\.backup")
"""Only a file of such a name is ever deleted, and what is left of one."""
LEFT = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.part")
"""A backup that is being made: no other one has the same name."""
LEFT_AFTER_S = 24 * 60 * 60
HALF = ".restoring"
"""In the folder of mapping files: where a restore makes each before it is in place."""
NOT_CODE = {"__pycache__", ".git", HALF}


def back_up(service: Service, into: Path | None = None) -> Path:
    """Write a backup and remember that it was made; return where it stands.

    Without ``into`` it gets a dated name in BACKUP_DIR. Raise ``BackupFault`` where it
    cannot be written, ``ConfigError`` where nobody said where to.
    """
    path = into or _dated(service.settings)
    made = make_backup(service.settings, service.database, path)
    try:
        for key in service.settings.programmes:
            note(service, key, CHORE, utcnow())
    except (
        DBAPIError
    ) as error:  # its disk may be full: the backup is whole all the same
        log.warning("the backup could not be noted: %s", type(error).__name__)
    return made


def nightly_backup(service: Service, key: str) -> str:
    """Make the night's backup and keep the newest; return what is wrong.

    One file holds every programme: the first one's chore makes it.
    """
    settings = service.settings
    if settings.backup_dir is None:
        return ""
    if key != settings.programmes[0]:
        return _problem_of(service, settings.programmes[0])
    try:
        # What failed is tried again soon: each time would leave one more.
        prune(settings.backup_dir, settings.backups_kept)
        back_up(service)
        prune(settings.backup_dir, settings.backups_kept)
    except (BackupFault, ConfigError) as error:
        return str(error)
    return ""


def _problem_of(service: Service, key: str) -> str:
    with service.database.reading() as session:
        return next((r.problem for r in runs(session, key) if r.chore == CHORE), "")


def prune(folder: Path, kept: int) -> list[Path]:
    """Delete our own oldest backups beyond ``kept``; return which.

    Raise ``BackupFault`` where one cannot be deleted.
    """
    names = folder.iterdir() if folder.is_dir() else ()
    ours = sorted(path for path in names if OURS.fullmatch(path.name))
    old = ours[:-kept] if kept else []
    for path in old:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BackupFault(
                UNDELETED.format(path=path, why=error.strerror)
            ) from error
    return old


UNDELETED = (
    "{path} is older than BACKUPS_KEPT asks for and cannot be deleted ({why}). The "
    "newest backup is whole; no further one is made before that, or they would fill "
    "the disk. Delete it, or let the service do so."
)


def make_backup(settings: Settings, database: Database, into: Path) -> Path:
    """Write everything into one file that only its owner can read; return its path."""
    if into.exists():
        raise BackupFault(f"{into} is there already; nothing was overwritten.")
    part = into.with_name(f".{into.name}.{secrets.token_hex(4)}.part")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        _sweep(into)
        _refuse_other_schema(database)
        with os.fdopen(_private(part), "wb") as out:
            _pack(settings, database, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(into)
        keep_names(into.parent)
    except OSError as error:
        raise BackupFault(_why(into, error)) from error
    except DBAPIError as error:
        raise BackupFault(UNREADABLE) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return into


def _refuse_other_schema(database: Database) -> None:
    if not is_current(database):
        raise BackupFault(
            "The database is of another version than this one. Make the backup with "
            "the version that runs, or first: vidensbro db upgrade"
        )


def _sweep(into: Path) -> None:
    """Delete what a crash left of one of these, long after."""
    for path in into.parent.iterdir():
        left = LEFT.fullmatch(path.name)
        if left is None or not (left["name"] == into.name or OURS.fullmatch(left[1])):
            continue
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > LEFT_AFTER_S:
                path.unlink()


def _pack(settings: Settings, database: Database, out: BinaryIO) -> None:
    packing = Packing(out, settings.backup_key)
    try:
        _fill(packing, settings, database)
    except BaseException:
        packing.abandon()
        raise


def _fill(packing: Packing, settings: Settings, database: Database) -> None:
    made_at = utcnow()
    with _one_moment(database) as connection, connection.begin():
        schema = revision_of(connection)
        for table in tables():
            name = f"{TABLES}{table.name}.jsonl"
            packing.add(name, lines_of(connection, table))
    folder = settings.programmes_dir
    for path in mapping_files(folder):
        name = path.relative_to(folder or "").as_posix()
        packing.add(f"{MAPPINGS}{name}", _pieces(path))
    packing.finish(
        Manifest(
            version=running_version(),
            schema=schema or "",
            made_at=made_at.isoformat(),
            demo=settings.demo,
            programmes=list(settings.programmes),
            settings=sorted(settings.given),
        )
    )


def _one_moment(database: Database) -> Connection:
    """Return a connection that sees the database as it stood at its first look.

    On SQLite that is what a reader of the write-ahead log sees; nobody waits for it.
    """
    if database.engine.dialect.name == "sqlite":
        return database.engine.execution_options(reads_only=True).connect()
    return database.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ).connect()


def mapping_files(folder: Path | None) -> list[Path]:
    """Return the cities' own mapping files."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not NOT_CODE & set(path.relative_to(folder).parts)
    )


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as held:
            while piece := held.read(CHUNK):
                yield piece
    except OSError as error:
        raise BackupFault(
            f"{path} cannot be read ({error.strerror}), so no backup was made. Mend "
            "that, then: vidensbro backup. The older backups are untouched."
        ) from error


def _dated(settings: Settings) -> Path:
    if settings.backup_dir is None:
        raise ConfigError(
            "BACKUP_DIR is not set, and no file was named. Say where to: "
            "vidensbro backup FILE"
        )
    return settings.backup_dir / datetime.now(UTC).strftime(NAME)


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


UNREADABLE = (
    "The database could not be read, so no backup was made; the older ones are "
    "untouched. What is wrong with it says: vidensbro doctor"
)


def _why(into: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        said = f"The disk of {into.parent} is full. Make room there"
    elif error.errno == errno.EROFS:
        said = (
            f"{into.parent} may not be written to. Where systemd runs the service, its "
            "ReadWritePaths= has to name it (systemctl edit vidensbro-worker). Do that"
        )
    else:
        reason = error.strerror or type(error).__name__
        said = f"{into.parent} cannot be written to ({reason}). Mend that"
    return f"{said}, then: vidensbro backup. The older backups are untouched."
