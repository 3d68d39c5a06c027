"""The whole schema in one place: every table, and bringing a database up to it."""

from __future__ import annotations

import zlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url

from connector import chores, corrections, hints, inbox, matters, pulse, signing
from connector.db import Base, Database
from connector.digest import state as digest_state
from connector.programme import claims, entities
from connector.sources import state as sources_state
from connector.sync import state

OWNERS = (
    chores, claims, corrections, digest_state, entities, hints, inbox, matters, pulse,
    signing, sources_state, state,
)  # fmt: skip
METADATA = Base.metadata
UPGRADING = zlib.crc32(b"upgrade")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(database: Database) -> None:
    """Bring the database to the newest schema; do nothing when it is there."""
    path = make_url(database.url).database
    if database.url.startswith("sqlite") and path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Several processes start at once: one upgrades, the others wait for it.
            # (On SQLite the transaction itself is such a lock.)
            connection.execute(select(func.pg_advisory_xact_lock(UPGRADING)))
        bring_to(connection, "head")


def bring_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision, in the connection's own transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database's schema; None where it has no tables."""
    return MigrationContext.configure(connection).get_current_revision()


def knows(revision: str) -> bool:
    """Tell whether this version has a migration of that name."""
    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


def is_current(database: Database) -> bool:
    """Tell whether the database has the schema that this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    reader = database.engine.execution_options(reads_only=True)
    with reader.connect() as connection:
        return revision_of(connection) == head
