"""``init`` as a process of its own: at a real terminal, and where nobody answers."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.app import create_sandbox, serving
from tests.cli.cli_world import ROOT
from tests.terminal import Terminal

SECRET = "pat-eu1-typed-unseen"
INIT = f"{sys.executable} -m connector.cli init"


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """Return what the tools' addresses are, were they the real ones."""
    with serving(create_sandbox()) as url:
        yield {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HUBSPOT_BASE_URL": f"{url}/hubspot",
        }


def test_what_is_typed_unseen_is_not_shown_and_nobody_else_reads_it(tmp_path, environ):
    terminal = Terminal(tmp_path, environ)
    answers = ["Søby", "da", "2027-03-01", "hubspot", SECRET]
    said = terminal.type(f"umask 000; {INIT}", answers)
    assert said.code == 0, said.text
    assert SECRET not in said.text
    assert "On:   HubSpot" in said.text
    path = tmp_path / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"HUBSPOT_TOKEN={SECRET}\n" in path.read_text()
    assert (tmp_path / "var/vidensbro.db").exists()
    assert not list(tmp_path.glob(".env.*"))

    again = terminal.type(INIT, ["none"])
    assert again.code == 0, again.text


@pytest.mark.parametrize("args", [[], ["--yes"]])
def test_where_nobody_answers_it_ends(tmp_path: Path, environ, args):
    silent, open_end = os.pipe()
    try:
        done = subprocess.run(  # noqa: PLW1510 - how it ends is looked at
            [sys.executable, "-m", "connector.cli", "init", *args],
            cwd=tmp_path, env=environ, stdin=silent, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
    finally:
        os.close(silent)
        os.close(open_end)
    assert done.returncode == 2
    assert "vidensbro init --name" in done.stderr
    assert list(tmp_path.iterdir()) == []
