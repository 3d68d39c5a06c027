"""A copy of the service's state to try things on, and nothing that leads outside.

The copy is a database of its own in a private directory below DATA_DIR (0700, the file
0600), gone when the rehearsal ends. One that a crash left behind is removed by the next
rehearsal, or when the worker starts. The real database is only read, in one glance:
SQLite's backup holds no lock that a writer waits for (in WAL mode), and PostgreSQL is
read in one snapshot.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, select, update

from connector.accounts import Accounts
from connector.db import Database
from connector.inbox import Delivery
from connector.schema import METADATA
from connector.service import Service
from connector.settings import Settings
from connector.singleflight import only_one

NAME = "rehearsal"
PATIENCE_S = 30.0
ROWS_AT_ONCE = 500
SPARE_BYTES = 50_000_000


class CannotRehearse(Exception):  # noqa: N818 - named by what happened
    """No copy can be made now; nothing was done, and the text says what to do."""


BUSY = "Another rehearsal is under way. Nothing was done. Try again in a moment."
NO_ROOM = (
    "There is not enough room on the disk for a rehearsal: it works on a copy of the "
    "database. Nothing was done. Make {megabytes} MB free below DATA_DIR."
)


@contextmanager
def copied(service: Service, key: str) -> Iterator[Service]:
    """Give a service that is all of one programme, on a copy, with every tool off.

    Raise ``CannotRehearse`` where another rehearsal does not end or room is lacking.
    """
    with only_one(service, NAME, patience_s=PATIENCE_S) as alone:
        if not alone:
            raise CannotRehearse(BUSY)
        folder = _folder(service.settings)
        _remove(folder)  # what a crash left behind
        try:
            folder.mkdir(mode=0o700, parents=True)
            yield from _open(service, key, folder)
        finally:
            _remove(folder)


def sweep(service: Service) -> None:
    """Remove the copy that a rehearsal left behind when it was killed."""
    if not _folder(service.settings).exists():
        return
    with only_one(service, NAME) as alone:
        if alone:
            _remove(_folder(service.settings))


def _folder(settings: Settings) -> Path:
    return settings.data_dir / NAME


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _open(service: Service, key: str, folder: Path) -> Iterator[Service]:
    settings = _settings(service.settings, key, folder)
    (folder / "copy.db").touch(mode=0o600)
    copy = Database(settings.database_url)
    event.listen(copy.engine, "connect", _hasty)
    try:
        if service.database.engine.dialect.name == "sqlite":
            _copy_file(service.database.engine, copy.engine, folder)
        else:
            _copy_rows(service.database.engine, copy.engine)
        _let_go(copy)
        yield Service(settings, copy)
    finally:
        copy.engine.dispose()


def _settings(settings: Settings, key: str, folder: Path) -> Settings:
    """Return settings that lead to the copy alone: no tool, no queue, no post."""
    return replace(
        settings,
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'copy.db'}",
        queue_url="",
        programmes=(key,),
        accounts={key: Accounts(hubspot=None, mailchimp=None, typeform=None)},
        post=None,
    )


def _hasty(connection: Any, _record: object) -> None:
    """Spare the disk: after a power cut nobody wants this copy."""
    connection.execute("PRAGMA synchronous=OFF")


def _copy_file(source: Engine, target: Engine, folder: Path) -> None:
    size = Path(str(source.url.database)).stat().st_size
    if shutil.disk_usage(folder).free < 2 * size + SPARE_BYTES:
        megabytes = (2 * size + SPARE_BYTES) // 1_000_000
        raise CannotRehearse(NO_ROOM.format(megabytes=megabytes))
    with (
        closing(source.raw_connection()) as held,
        closing(target.raw_connection()) as copy,
    ):
        driver: Any = held.driver_connection
        driver.backup(copy.driver_connection)


def _copy_rows(source: Engine, target: Engine) -> None:
    METADATA.create_all(target)
    snapshot = source.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with snapshot.connect() as held, target.begin() as copy:
        for table in METADATA.sorted_tables:
            _copy_table(held, copy, table)


def _copy_table(held: Connection, copy: Connection, table: Any) -> None:
    rows = held.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
    for part in rows.mappings().partitions():
        copy.execute(insert(table), [dict(row) for row in part])


def _let_go(copy: Database) -> None:
    """What the worker is at in this instant is read in the copy like all the rest."""
    with copy.writing() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.state == "received", Delivery.leased_until.is_not(None))
            .values(leased_until=None, attempts=Delivery.attempts - 1)
        )
