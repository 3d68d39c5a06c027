"""The database and the queue beside it: there, of this version, and writable."""

from __future__ import annotations

import os
import socket
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
from connector.settings import POSTGRES, Settings

PORT, WAIT_S = 5432, 5
SLOW = "Answers are stored, and looked at once a minute only."
UPGRADE = "Run: vidensbro db upgrade"
BEGIN = "Connect a tool: vidensbro init. Or look at the demo: vidensbro up"


def check_database(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the schema, and whether a row could be written."""
    name = "database"
    if not is_there(service):
        start = BEGIN if service.settings.demo else UPGRADE
        yield Finding(name, "fault", "There is no database yet.", start)
        return
    away = unreachable(service.settings.database_url)
    if away:
        what = f"The database's server {away}."
        yield Finding(name, "fault", what, _reach(service))
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
    path = make_url(service.settings.database_url).database or ""
    return not is_file(service) or path.startswith("file:") or Path(path).exists()


def is_file(service: Service) -> bool:
    """Tell whether the database is a file of ours, and no server's."""
    url = make_url(service.settings.database_url)
    return url.get_backend_name() == "sqlite"


def unreachable(address: str) -> str:
    """Say why a server's port does not answer; "" where it does, or there is none.

    The driver itself would wait for minutes where no answer comes.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite" or not url.host or "," in url.host:
        return ""  # no server, one by its socket, or one of several
    try:
        socket.create_connection((url.host, url.port or PORT), WAIT_S).close()
    except socket.gaierror:
        return "is not known: its name has no address (DNS)"
    except TimeoutError:
        return "gave no answer in time"
    except OSError:
        return "cannot be reached: nothing listens there"
    return ""


def is_ready(service: Service) -> bool:
    """Tell whether the database can be asked."""
    if not is_there(service) or unreachable(service.settings.database_url):
        return False
    try:
        return is_current(service.database)
    except SQLAlchemyError:
        return False


def check_queue(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the queue that rings for the worker: its own file, or a server's."""
    name = "queue"
    settings = service.settings
    if settings.queue_url and not _is_server(settings.queue_url):
        what = (
            "QUEUE_URL is no address of a PostgreSQL server: the queue is SQLite's in "
            "DATA_DIR, for this machine alone."
        )
        remedy = (
            "Set QUEUE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME, or take it out"
        )
        yield Finding(name, "warning", what, remedy)
        return
    remedy = (
        "QUEUE_URL: is the server there, and its user and password right?"
        if settings.queue_url
        else f"Stop the service, delete {settings.data_dir / 'queue.db'} (it holds "
        "nothing that counts), and start it again."
    )
    away = unreachable(settings.queue_url) if settings.queue_url else ""
    if away:
        yield Finding(name, "fault", f"The queue's server {away}. {SLOW}", remedy)
        return
    try:
        if settings.queue_url:
            _try_server(settings)
        else:
            _try_file(settings.data_dir / "queue.db")
    except Exception as error:  # noqa: BLE001 - a driver's own errors, by any name
        what = f"The queue cannot be used ({type(error).__name__}). {SLOW}"
        yield Finding(name, "fault", what, remedy)
        return
    yield Finding(name, "well", "The queue can be used.")


def _try_a_row(service: Service) -> None:
    """Write a row and take it back: nothing of it stays."""
    with service.database.engine.connect() as connection, connection.begin() as act:
        connection.execute(update(Pulse).values(name=Pulse.name))
        act.rollback()


def _is_server(address: str) -> bool:
    try:
        return make_url(address).get_backend_name() in POSTGRES
    except (SQLAlchemyError, ValueError):
        return False


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
    for said, meant in REFUSALS.items():
        if any(said in line for line in told):
            return f"The database cannot be used: {meant}."
    return f"The database cannot be used: {type(error).__name__}."


REFUSALS = {
    "password authentication failed": "its server refuses the user or the password",
    "no password supplied": "its server wants a password, and there is none",
    "does not exist": "its server has no such database or user",
}


def _reach(service: Service) -> str:
    url = make_url(service.settings.database_url)
    if not url.drivername.startswith("sqlite"):
        return "Correct DATABASE_URL (host, port, name, user, password); is it running?"
    return (
        f"Let the service's user write {url.database} and its directory (chown), and "
        "stop what else holds it open."
    )
