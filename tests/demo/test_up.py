"""`vidensbro up` as a newcomer meets it: one command, real processes, real HTTP."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.demo.acts import Card
from sandbox.demo.doors import Crm
from sandbox.demo.script import CORRECTED_PHONE, write_script
from tests.demo.demo_world import free_port

ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 90
SCREEN = (
    "Vidensbro is running. DEMO: invented people, nothing leaves this machine.",
    "1 needs you: .venv/bin/vidensbro digest",
    "20 mentors, 20 mentees, 20 matches",
    "15 of 18 answered yes   target 14 of 20   MET",
    "5 of 12 answered yes   target  7 of 20   OPEN",
    "MISSED",
    "UNDETERMINED",
    "/sandbox/surveymonkey",
    "watch it come back",
    "vidensbro trace",
    "Stop: Ctrl-C",
)


class Here:
    """A directory with nothing in it, and the ports that are free."""

    def __init__(self, directory: Path) -> None:
        self.port, self.sandbox_port = free_port(), free_port()
        self.directory = directory
        self.started: list[subprocess.Popen[str]] = []
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }

    def command(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in that directory."""
        process = subprocess.Popen(
            [sys.executable, "-m", "connector.cli", *words],
            cwd=self.directory,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    made = Here(tmp_path)
    yield made
    for process in made.started:  # where a test failed, something may still run
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return the output up to the line with these words."""
    assert process.stdout is not None
    told, ends = "", time.monotonic() + LIMIT_S
    for line in process.stdout:
        told += line
        if words in line:
            return told
        assert time.monotonic() < ends, told
    raise AssertionError(told)


def stop(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C, and see it end well."""
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=40)
    assert process.returncode == 0, told
    assert "Stopped. The data stays" in told


def test_from_nothing_to_the_screen_through_an_interruption(here: Here) -> None:
    first = here.command("up")
    read_until(first, "Staff choose")
    stop(first)

    second = here.command("up")
    told = read_until(second, "Stop: Ctrl-C")
    assert "People apply" not in told
    for words in SCREEN:
        assert words in told, told

    page = requests.get(f"http://127.0.0.1:{here.port}/", timeout=10)
    assert page.ok
    assert "invented people" in page.text
    board = requests.get(f"http://127.0.0.1:{here.port}/sandbox/hubspot", timeout=10)
    assert board.ok
    assert "Round 1" in board.text

    assert corrected_phones(here) == {CORRECTED_PHONE}
    assert what_came_back(here) == WHAT_CAME_BACK
    assert "Everything is prepared." in said_by(here, "setup", "--yes")
    edited_on_the_page(here, "+447700900998")
    applied = here.command("apply")
    way, _ = applied.communicate(timeout=60)
    assert applied.returncode == 0, way
    name = way.split(" <")[0]
    cards = Crm(f"http://127.0.0.1:{here.sandbox_port}").cards()
    assert Card(name, "mentee", "Round 2") in cards
    assert "the newsletter has the member" in way
    stop(second)

    third = here.command("up")
    told = read_until(third, "Stop: Ctrl-C")
    assert "Staff choose" not in told
    assert "134 form answers received" in told
    assert what_came_back(here) == WHAT_CAME_BACK
    edited_on_the_page(here, "+447700900997")
    stop(third)


def said_by(here: Here, *words: str) -> str:
    """Return what a command says that ends well."""
    process = here.command(*words)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return told


def rows(here: Here, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return what the service's database answers."""
    path = here.directory / "var" / "demo" / "vidensbro.db"
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query, values).fetchall()


WHAT_CAME_BACK = {
    "SELECT count(*), sum(minutes) FROM session WHERE state = 'held'": (3, 195),
    "SELECT count(*) FROM activity WHERE state = 'held'": (1,),
    "SELECT count(*) FROM activity WHERE state = 'planned'": (1,),
    "SELECT count(*) FROM attendance WHERE state = 'attended'": (27,),
    "SELECT count(*) FROM evidence_note WHERE indicator LIKE '%_network'": (2,),
    "SELECT title, clicks, unsubscribed FROM communication": (
        "What your mentors say",
        6,
        1,
    ),
    "SELECT count(*) FROM consent WHERE NOT given AND source = 'newsletter'": (2,),
    "SELECT count(*) FROM delivery WHERE provider = 'surveymonkey'"
    " AND kind = 'complete' AND state = 'processed'": (17,),
}


def what_came_back(here: Here) -> dict[str, tuple[Any, ...]]:
    """Return what staff, readers and respondents of surveys did, as it stands here."""
    return {query: rows(here, query)[0] for query in WHAT_CAME_BACK}


def edited_on_the_page(here: Here, phone: str) -> None:
    """Edit a contact by the CRM page's form; see it come in, and by a webhook."""
    url = f"http://127.0.0.1:{here.sandbox_port}"
    email, contact = next(iter(Crm(url).contacts().items()))
    form = {"record": f"0-1:{contact}", "property": "phone", "value": phone}
    answer = requests.post(f"{url}/sandbox/control/hubspot/edit", form, timeout=20)
    assert answer.ok
    hinted = (
        "SELECT count(*) FROM hint WHERE provider = 'hubspot' AND subject = ?"
        " AND facts LIKE '%CRM_UI%' AND facts LIKE '%\"phone\"%' AND at > ?"
    )
    ends = time.monotonic() + LIMIT_S
    while rows(here, "SELECT phone FROM person WHERE email = ?", email) != [(phone,)]:
        assert time.monotonic() < ends
        time.sleep(0.1)
    lately = datetime.now(UTC) - timedelta(minutes=1)
    told = (contact, lately.strftime("%Y-%m-%d %H:%M:%S"))
    while not rows(here, hinted, *told)[0][0]:  # the sync's own look may be first
        assert time.monotonic() < ends
        time.sleep(0.1)


def corrected_phones(here: Here) -> set[str]:
    """Return the phone number that staff corrected, as CRM and service have it."""
    crm = Crm(f"http://127.0.0.1:{here.sandbox_port}")
    email = write_script(date.today()).corrections[0].email  # noqa: DTZ011
    in_crm = {
        record["properties"]["phone"]
        for record in crm.records("contacts", ("email", "phone"))
        if record["properties"]["email"] == email
    }
    path = here.directory / "var" / "demo" / "vidensbro.db"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT phone FROM person WHERE email = ?", (email,))
        return in_crm | {row[0] for row in rows}


def test_a_port_that_is_taken_is_told_with_its_setting(here: Here) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", here.sandbox_port))
        door.listen()
        up = here.command("up")
        told, _ = up.communicate(timeout=30)
    assert up.returncode == 1
    assert f"Port {here.sandbox_port} is taken" in told
    assert "SANDBOX_PORT=" in told


def test_nobody_applies_where_no_demo_runs(here: Here) -> None:
    applied = here.command("apply")
    told, _ = applied.communicate(timeout=30)
    assert applied.returncode == 1
    assert "make run" in told
    here.environ["HUBSPOT_TOKEN"] = "a-token"
    applied = here.command("apply")
    told, _ = applied.communicate(timeout=30)
    assert applied.returncode == 1
    assert "nobody is invented" in told


def test_with_a_credential_no_sandbox_is_started(here: Here) -> None:
    here.environ |= {
        "HUBSPOT_TOKEN": "a-token",
        "HUBSPOT_BASE_URL": "http://127.0.0.1:9",
    }
    up = here.command("up")
    told = read_until(up, "Stop: Ctrl-C")
    assert "DEMO" not in told
    assert "its first sync waits for your yes" in told
    assert "off (set MAILCHIMP_API_KEY in .env)" in told
    assert "Next:  vidensbro setup, unless that is done; then" in told
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{here.sandbox_port}/", timeout=5)
    assert requests.get(f"http://127.0.0.1:{here.port}/", timeout=5).status_code == 404
    stop(up)
