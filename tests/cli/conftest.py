"""A fresh office for each test, and a log that is put back as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.cli_world import Office


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in an empty directory: no .env of the developer's is read."""
    monkeypatch.chdir(tmp_path)
    names = ("", *logging.root.manager.loggerDict)
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Office]:
    """An office whose database has not been made."""
    made = Office(tmp_path)
    yield made
    made.service.database.engine.dispose()


@pytest.fixture
def office(empty: Office) -> Office:
    empty.open()
    return empty
