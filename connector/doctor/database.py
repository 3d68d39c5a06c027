"""The database and the queue beside it: there, of this version, and writable."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from connector.bell import make_queue
from connector.findings import Finding
from connector.pulse import Pulse
from connector.schema import is_current
from connector.service import Service
from connector.settings import Settings

UPGRADE = "Run: vidensbro db upgrade"
BEGIN = "Connect a tool: vidensbro init. Or look at the demo: vidensbro up"


def check_database(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the schema, and whether a row could be written."""
    name = "database"
    if not is_there(service):
        start = BEGIN if service.settings.demo else UPGRADE
        yield Finding(name, "fault", "There is no database yet.", start)
        return
    try:
        current = is_current(service.database)
    except SQLAlchemyError as error:
        yield Finding(name, "fault", _unusable(error), _reach(service))
        return
    if not current:
        what = "The database is not of this version."
        yield Finding(name, "fault", what, UPGRADE)
        return
    try:
        _try_a_row(service)
    except SQLAlchemyError as error:
        what = f"{_unusable(error)} Nothing can be stored: webhooks are answered 503."
        yield Finding(name, "fault", what, _reach(service))
        return
    yield Finding(name, "well", "The database has this version's tables.")


def is_there(service: Service) -> bool:
    """Tell whether there is anything to open; a look must not make an empty file."""
    url = make_url(service.settings.database_url)
    path = url.database or ""
    if not url.drivername.startswith("sqlite") or path.startswith("file:"):
        return True
    return Path(path).exists()


def is_ready(service: Service) -> bool:
    """Tell whether the database can be asked."""
    try:
        return is_there(service) and is_current(service.database)
    except SQLAlchemyError:
        return False


def check_queue(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the queue that rings for the worker: its own file, or a server's."""
    name = "queue"
    settings = service.settings
    remedy = (
        "QUEUE_URL: is the server there, and its password right?"
        if settings.queue_url
        else f"Stop the service, delete {settings.data_dir / 'queue.db'} (it holds "
        "nothing that counts), and start it again."
    )
    try:
        if settings.queue_url:
            _try_server(settings)
        else:
            _try_file(settings.data_dir / "queue.db")
    except Exception as error:  # noqa: BLE001 - a driver's own errors, by any name
        what = (
            f"The queue cannot be used ({type(error).__name__}). Answers are stored, "
            "and looked at once a minute only."
        )
        yield Finding(name, "fault", what, remedy)
        return
    yield Finding(name, "well", "The queue can be used.")


def _try_a_row(service: Service) -> None:
    """Write a row and take it back: nothing of it stays."""
    with service.database.engine.connect() as connection, connection.begin() as act:
        connection.execute(update(Pulse).values(name=Pulse.name))
        act.rollback()


def _try_server(settings: Settings) -> None:
    queue = make_queue(settings)
    try:
        queue.pending_count()
    finally:
        queue.storage.close()


def _try_file(path: Path) -> None:
    if not path.exists():
        # It is made at the first start: a look makes nothing.
        if path.parent.exists() and not os.access(path.parent, os.W_OK):
            raise PermissionError(path.parent.name)
        return
    address = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=5)) as queue:
        queue.isolation_level = None
        queue.execute("BEGIN IMMEDIATE")
        queue.execute("ROLLBACK")


def _unusable(error: SQLAlchemyError) -> str:
    """Say what the driver said, without an address or a password."""
    told = str(getattr(error, "orig", "") or "").splitlines()
    if "sqlite" in type(getattr(error, "orig", error)).__module__ and told:
        return f"The database cannot be used: {told[0]}."
    return f"The database cannot be used: {type(error).__name__}."


def _reach(service: Service) -> str:
    url = make_url(service.settings.database_url)
    if not url.drivername.startswith("sqlite"):
        return "DATABASE_URL: is the server there, and its user and password right?"
    return (
        f"Let the service's user write {url.database} and its directory (chown), and "
        "stop what else holds it open."
    )
