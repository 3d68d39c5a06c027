"""The schema's history: a fresh upgrade is what the code expects, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from connector.db import Database
from connector.schema import METADATA, _config, is_current, upgrade
from tests.postgres import a_database

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'deep' / 'er' / 'v.db'}")
    else:
        made = Database(a_database(request))
    yield made
    made.engine.dispose()


def test_a_fresh_upgrade_is_what_the_code_expects(database: Database) -> None:
    upgrade(database)
    assert is_current(database)
    with database.engine.connect() as connection:
        options = {"compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_an_upgrade_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO programme (programme, name, locale, zone, funder, demo) "
                "VALUES ('x', 'X', 'da', 'UTC', '', :no)"
            ),
            {"no": False},
        )
    upgrade(database)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM programme")) == 1


def test_an_empty_database_is_not_current(database: Database) -> None:
    if database.url.startswith("sqlite"):
        Path(database.engine.url.database or "").parent.mkdir(parents=True)
    assert not is_current(database)


def test_several_starting_at_once_upgrade_once(database: Database) -> None:
    code = (
        "import sys; from connector.db import Database; "
        "from connector.schema import upgrade; upgrade(Database(sys.argv[1]))"
    )
    command_line = [sys.executable, "-c", code, database.url]
    started = [subprocess.Popen(command_line) for _ in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    assert is_current(database)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    real, made = op.create_table, []

    def create_table(name: str, *columns: object, **more: object) -> object:
        made.append(name)
        if len(made) == 12:
            raise RuntimeError("the power went")
        return real(name, *columns, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(op, "create_table", create_table)
    with pytest.raises(RuntimeError, match="the power went"):
        upgrade(database)
    assert len(made) == 12
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    monkeypatch.undo()
    upgrade(database)
    assert is_current(database)


def test_a_downgrade_takes_everything_back(database: Database) -> None:
    upgrade(database)
    config = _config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(database)
    assert is_current(database)
