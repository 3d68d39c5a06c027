"""Tables on a terminal: whole words, however narrow it is."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector.cli import show
from tests.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
SHOW = """
from connector.cli.show import table
table(("form", "mapping", "problem", "count"), [
    ("aX4ZyD6pQQ", "closing_evaluation_mentee", "", 3),
    ("bX4ZyD6pQQ", "mentee_application", "", 14),
])
"""
SENTENCES = """
from connector.cli.show import table
table(("matter", "what happened", "since", "what to do"), [
    ("connection:hubspot", "The account at HubSpot is another one than before",
     "2026-03-31 10:00:00", "vidensbro connection resume hubspot, once it is right"),
])
"""


def shown(columns: int, tmp_path: Path, script_text: str = SHOW) -> str:
    script = tmp_path / "show.py"
    script.write_text(script_text)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    said = Terminal(ROOT, environ, columns).type(f"{sys.executable} {script}")
    assert said.code == 0, said.text
    return said.text


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_no_word_is_torn_in_two(columns: int, tmp_path: Path) -> None:
    text = shown(columns, tmp_path)
    for word in ("aX4ZyD6pQQ", "closing_evaluation_mentee", "mentee_application"):
        assert word in text


@pytest.mark.parametrize("columns", [64, 80, 100])
def test_sentences_are_folded_and_no_column_is_cut_off(
    columns: int, tmp_path: Path
) -> None:
    text = shown(columns, tmp_path, SENTENCES)
    assert all(len(line) <= columns for line in text.splitlines())
    for word in ("connection:hubspot", "happened", "another", "10:00:00", "resume"):
        assert word in text
    for word in ("matter", "since", "do", "before", "right"):
        assert word in text.split()


def test_a_column_that_holds_nothing_takes_no_room(tmp_path: Path) -> None:
    assert "problem" not in shown(200, tmp_path)


def test_where_it_does_not_fit_each_row_has_lines_of_its_own(tmp_path: Path) -> None:
    lines = [line.split() for line in shown(30, tmp_path).splitlines()]
    assert lines[0] == ["form", "aX4ZyD6pQQ"]
    assert lines[2] == ["count", "3"]
    assert lines[4] == ["form", "bX4ZyD6pQQ"]


def test_times_are_shown_in_the_programmes_zone() -> None:
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    try:
        show.use_zone(ZoneInfo("Europe/Copenhagen"))
        assert show.cell(at) == "2026-07-02 00:30:00"
    finally:
        show.use_zone(UTC)
