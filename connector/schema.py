"""The whole schema in one place: every table, and bringing a database up to it."""

from __future__ import annotations

import zlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
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
    config = _config()
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Several processes start at once: one upgrades, the others wait for it.
            # (On SQLite the transaction itself is such a lock.)
            connection.execute(select(func.pg_advisory_xact_lock(UPGRADING)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Tell whether the database has the schema that this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    reader = database.engine.execution_options(reads_only=True)
    with reader.connect() as connection:
        context = MigrationContext.configure(connection)
        return context.get_current_revision() == head
