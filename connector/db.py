"""The database: engine, aware UTC times, ids, and one session at a time.

SQLite keeps every commit on disk (WAL with synchronous=FULL), because a webhook is
answered only when its bytes are safe. PostgreSQL works by URL with the same code.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, Engine, Text, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from connector.settings import ConfigError

BUSY_MS = 5_000


def utcnow() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


CLOCK_SET_BACK = timedelta(minutes=10)
"""What lies further ahead than this was written while the clock was wrong."""


def has_passed(interval: timedelta, since: datetime) -> bool:
    """Tell whether an interval is over, or the clock was put right since it began.

    A machine may start with a clock that is a year ahead: what it did then is not to
    keep it from its work until that year is over.
    """
    passed = utcnow() - since
    return passed >= interval or passed < -CLOCK_SET_BACK


def new_id() -> str:
    """Return a random id of 20 characters, safe in a URL and a CRM property."""
    return secrets.token_hex(10)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, on databases that keep zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse a naive time: it would be read as another hour later."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Give back an aware time."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table of the service."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime(),
        str: Text(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


NO_ADDRESS = "DATABASE_URL cannot be read as the address of a database."
SAY_ADDRESS = (
    "Set DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME (in the password "
    "%40 for @, %2F for /, %3A for :, %23 for #); or take it out: then it is "
    "SQLite in DATA_DIR"
)


def make_engine(url: str) -> Engine:
    """Return an engine for ``url`` with the durability that the inbox promises.

    Raise ``ConfigError`` for what is no address, or one that no driver is there for.
    """
    options: dict[str, Any] = {
        "json_serializer": _dumps,
        "json_deserializer": _loads,
        # Whoever shows an error's text does not show whom it was about.
        "hide_parameters": True,
    }
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": BUSY_MS / 1000}
    else:
        options["pool_pre_ping"] = True
    try:
        engine = create_engine(url, **options)
    except (SQLAlchemyError, ValueError, ImportError):
        # Its own text may hold the password.
        raise ConfigError(f"{NO_ADDRESS} {SAY_ADDRESS}.") from None
    if url.startswith("sqlite"):
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _loads(text: str | bytes | float) -> Any:
    # SQLite gives a JSON column numeric affinity: a bare number comes back as one.
    return text if isinstance(text, int | float) else orjson.loads(text)


def _durable(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A deferred transaction that reads first and writes later fails at once with
    # "database is locked" when another wrote in between; an immediate one waits.
    options = connection.get_execution_options()
    mode = "" if options.get("reads_only") else " IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN{mode}")


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str) -> None:
        """Open the database at ``url``; nothing is created or migrated here."""
        self.url = url
        self.engine = make_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(
            self.engine.execution_options(reads_only=True), expire_on_commit=False
        )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session; commit when the block ends well, else roll back."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading only; it never makes a writer wait."""
        with self._readers() as session:
            yield session
