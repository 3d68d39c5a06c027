"""A secretariat goes live: docs/connect.md alone, from an empty folder, as two people.

The sandbox stands in for the real tools: base URLs set, fresh accounts, nothing
prepared. Every command of the page is typed at a real terminal, in its order.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.terminal import Said, Terminal
from tests.world import mentee

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/connect.md").read_text("utf-8")
VIDENSBRO = str(ROOT / ".venv/bin/vidensbro")
STAFF = {"Authorization": "Bearer staff", "X-Sandbox-Actor": "staff"}
STARTS = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day
TOKEN = "a-token-that-somebody-typed-unseen"
STARTING = "make run"


def commands_of(page: str) -> list[str]:
    """Return the lines of a page's shell blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


# What a person answers to a command, each time it is typed. A list that is not there:
# the command asks nothing.
ANSWERS: Mapping[str, Sequence[Sequence[str]]] = {
    "make init": [["Søby", "en", STARTS, "none"]],
    "vidensbro init": [
        ["hubspot", TOKEN],
        ["typeform", TOKEN],
        ["mailchimp", f"{TOKEN}-us21"],
    ],
    "vidensbro setup": [["y"]],
    "vidensbro forms create mentee_application --round r1": [["y"]],
    "vidensbro sync run": [["y", "y"]],
}
# Before everything is connected the doctor has something to say.
NOT_YET = {"vidensbro doctor": 1}


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@dataclass
class Machine:
    """A folder on a machine, what runs in it, and the tools outside."""

    folder: Path
    tools: str
    port: int = field(default_factory=free_port)
    typed: list[str] = field(default_factory=list)
    running: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """Return what the tools' addresses would be, were they the real ones."""
        return {
            "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PORT": str(self.port),
            "SYNC_INTERVAL_S": "1",
            "POLL_INTERVAL_S": "1",
            "HUBSPOT_BASE_URL": f"{self.tools}/hubspot",
            "MAILCHIMP_BASE_URL": f"{self.tools}/mailchimp/3.0",
            "TYPEFORM_BASE_URL": f"{self.tools}/typeform",
            "SURVEYMONKEY_BASE_URL": f"{self.tools}/surveymonkey/v3",
            "TYPEFORM_CALLS_PER_S": "100",
        }

    def prepare(self) -> None:
        """Lay out what a checkout brings along, its packages installed already."""
        (self.folder / ".venv").mkdir(parents=True)
        (self.folder / ".venv/bin").symlink_to(ROOT / ".venv/bin")
        for name in ("Makefile", "requirements.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        # Newer than all that it depends on: nothing is installed from here.
        (self.folder / ".venv/installed").touch()

    def type(self, command: str, answers: Sequence[str] = ()) -> Said:
        """Type a command, and what it asks for."""
        rounds = ANSWERS.get(command, [answers])
        times = self.typed.count(command)
        self.typed.append(command)
        answers = rounds[times] if times < len(rounds) else ()
        return Terminal(self.folder, self.environ).type(command, answers)

    def start(self) -> None:
        """Type ``make run`` in a terminal of its own, and leave it running."""
        self.running = subprocess.Popen(
            ["make", "run"], cwd=self.folder, env=self.environ, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: get(f"http://127.0.0.1:{self.port}/healthz"), "the web side")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End what runs, politely or by pulling the plug."""
        if self.running is not None:
            os.killpg(self.running.pid, how)
            self.running.wait(timeout=30)
            self.running = None


@contextmanager
def hosted_tools(folder: Path) -> Iterator[str]:
    """Serve fresh accounts at all four tools, in a process of their own."""
    port = str(free_port())
    child = subprocess.Popen(
        [VIDENSBRO, "sandbox", "--port", port, "--path", str(folder / "tools.db")],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: get(f"http://127.0.0.1:{port}/sandbox/control/calls"), "sandbox")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=30)


def get(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"it never came: {what}"
        time.sleep(0.1)
    return found


def crm(machine: Machine, object_type: str, *properties: str) -> list[dict[str, Any]]:
    """Return the properties of all records of a type, as staff see them."""
    told = requests.get(
        f"{machine.tools}/hubspot/crm/objects/2026-09/{object_type}",
        params={"limit": "100", "properties": ",".join(properties)},
        headers=STAFF, timeout=20,
    )  # fmt: skip
    assert told.ok, told.text
    return [one["properties"] | {"id": one["id"]} for one in told.json()["results"]]


def firstnames(machine: Machine) -> list[str]:
    return sorted(one["firstname"] for one in crm(machine, "contacts", "firstname"))


def apply(machine: Machine, name: str, **answers: Any) -> None:
    """Fill in the application that `forms create` made."""
    config = next(machine.folder.glob("programmes/*/programme.toml"))
    form = re.search(r'^form = "(.+)"', config.read_text("utf-8"), re.MULTILINE)
    assert form is not None
    told = requests.post(
        f"{machine.tools}/typeform/to/{form[1]}",
        json={"answers": mentee(name, **answers)}, timeout=20,
    )  # fmt: skip
    assert told.ok, told.text


def follow(page: str, machine: Machine) -> None:
    """Type every command of the page; each must end well."""
    for command in commands_of(page):
        if command == STARTING:
            machine.start()
            continue
        expected = 0 if machine.running else NOT_YET.get(command, 0)
        if command == "vidensbro deliveries list":
            apply(machine, "Solvej Nordby")
            until(lambda: "Solvej" in firstnames(machine), "the first application")
        said = machine.type(command)
        assert said.code == expected or (expected and said.code in {1, 2}), (
            f"{command} ended with {said.code}:\n{said.text}"
        )
        assert TOKEN not in said.text, command


def open_tasks(machine: Machine) -> list[dict[str, Any]]:
    names = ("hs_task_subject", "hs_task_body", "hs_task_status")
    found = crm(machine, "0-27", *names)
    return [one for one in found if one["hs_task_status"] != "COMPLETED"]


def tended(machine: Machine) -> bool:
    """Have the tasks looked at now, and not at the next minute."""
    return machine.type("vidensbro sync run").code == 0


def mend_from_its_task(machine: Machine) -> None:
    """Somebody's number is none: the task in the CRM says what to type."""
    apply(machine, "Tove Sandvig", phone="+45123456")
    task = until(lambda: tended(machine) and open_tasks(machine), "the task")[0]
    body = html.unescape(task["hs_task_body"])
    found = re.search(r"vidensbro deliveries correct \d+ \w+", body)
    assert found is not None, body
    said = machine.type(
        f'{found[0]} "+45 33 12 34 56" --reason "asked her"', answers=["y"]
    )
    assert said.code == 0, said.text
    until(lambda: tended(machine) and not open_tasks(machine), "the task to close")
    tove = [one for one in crm(machine, "contacts", "firstname", "phone")
            if one["firstname"] == "Tove"]  # fmt: skip
    assert [one["phone"] for one in tove] == ["+4533123456"]


def lose_and_restore(machine: Machine, folder: Path) -> Machine:
    """Lose the machine; what was kept elsewhere is .env and a backup."""
    said = machine.type("vidensbro backup kept.backup")
    assert said.code == 0, said.text
    apply(machine, "Runa Lund")
    until(lambda: len(crm(machine, "0-162")) == 3, "an application after the backup")
    kept = {
        name: (machine.folder / name).read_bytes() for name in (".env", "kept.backup")
    }
    machine.stop(signal.SIGKILL)
    last = machine.folder / "var/logs/worker.log"
    until(lambda: "the worker ends" in last.read_text("utf-8"), "the worker's end")
    apply(machine, "Yrsa Holm")  # nobody is there to hear it

    def is_gone() -> bool:  # its last files may be written a moment later still
        shutil.rmtree(machine.folder, ignore_errors=True)
        return not machine.folder.exists()

    until(is_gone, "the machine's end")

    other = Machine(folder, machine.tools)
    other.prepare()
    for name, held in kept.items():
        (folder / name).write_bytes(held)
        (folder / name).chmod(0o600)
    said = other.type("vidensbro restore kept.backup")
    assert said.code == 0, said.text
    other.start()
    return other


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[str]:
    with hosted_tools(tmp_path) as url:
        yield url


def test_from_an_empty_folder_to_a_restored_machine(tools: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "here", tools)
    machine.prepare()
    try:
        follow(PAGE, machine)
        for command, rounds in ANSWERS.items():
            assert machine.typed.count(command) >= len(rounds), command
        assert firstnames(machine) == ["Solvej"]

        mend_from_its_task(machine)

        machine = lose_and_restore(machine, tmp_path / "there")
        everybody = ["Runa", "Solvej", "Tove", "Yrsa"]
        until(lambda: firstnames(machine) == everybody, "what came in meanwhile")
        until(lambda: len(crm(machine, "0-162")) == 4, "everybody's participation")
        said = machine.type("vidensbro doctor")
        assert said.code == 0, said.text
    finally:
        machine.stop()
