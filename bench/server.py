"""What a small server needs: memory, processor at rest and disk, after many answers.

A demo is started with the pauses of a real installation. Invented people apply; when
all of them stand in the CRM, the web side and the worker are looked at, busy and then
at rest. What the processor does is counted in its own seconds, so that other work on
the machine changes little.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.acks import free_port
from bench.small import until_the_screen
from connector import demo
from connector.settings import load_settings
from sandbox.demo.acts import Answer
from sandbox.demo.cast import mentee_wishes, person, token
from sandbox.demo.doors import Crm, Forms
from sandbox.demo.people import people

ANSWERS = 300
REST_S = 60
LIMIT_S = 600
FORM = "mentee_application"
PARTS = ("web", "worker")
TICKS_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print megabytes and shares of one processor, each for web and worker."""
    with tempfile.TemporaryDirectory() as name:
        env = {
            "DATA_DIR": f"{name}/var",
            "PORT": str(free_port()),
            "SANDBOX_PORT": str(free_port()),
            "SYNC_INTERVAL_S": "30",
        }
        up = subprocess.Popen(
            [sys.executable, "-m", "connector.cli", "up"],
            env={**os.environ, **env}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            until_the_screen(up, time.perf_counter())
            _measure(env, up.pid)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(timeout=40)


def _measure(env: dict[str, str], parent: int) -> None:
    data = Path(env["DATA_DIR"]) / "demo"
    pids = _pids(parent)
    before, spent = _disk(data), _spent(pids)
    took = _answer(env)
    more = (_disk(data) - before) / ANSWERS * 1000 / 2**20
    print(f"answers taken in          {ANSWERS:7d}    in {took:.0f} s")
    print(f"disk for 1000 answers     {more:7.1f} MB")
    for part, pid in pids.items():
        busy = (_spent(pids)[part] - spent[part]) / ANSWERS
        print(f"{part:<8} processor an answer {1000 * busy:6.0f} ms")
        print(f"{part:<8} memory after that   {_memory(pid):6.0f} MB")
    rested, began = _spent(pids), time.monotonic()
    time.sleep(REST_S)
    passed = time.monotonic() - began
    for part, seconds in _spent(pids).items():
        share = (seconds - rested[part]) / passed
        print(f"{part:<8} processor at rest   {share:6.1%}")


def _answer(env: dict[str, str]) -> float:
    """Have invented people apply; return how long it took until all are in the CRM."""
    settings = load_settings(env)
    url = demo.sandbox_url(settings)
    crm, forms = Crm(url), Forms(url, demo.open_state(settings).form_ids())
    known = set(crm.contacts())
    new = (one for _, one in people(1848) if one.email not in known)
    began = time.monotonic()
    emails = set()
    for one in itertools.islice(new, ANSWERS):
        chance = random.Random(one.email)
        answers = person(chance, one) | mentee_wishes(chance)
        answers |= {"consent_newsletter": True}
        now = datetime.now(UTC)
        forms.fill_in(
            Answer(FORM, one.language, answers, now, token(FORM, one.name, "r2"))
        )
        emails.add(one.email)
    while not emails <= set(crm.contacts()):
        if time.monotonic() - began > LIMIT_S:
            raise SystemExit("not all of them arrived in the CRM")
        time.sleep(1)
    return time.monotonic() - began


def _pids(parent: int) -> dict[str, int]:
    """Return the process of each part that has no child: the one that does the work."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    family = {parent}
    for _ in range(4):
        family |= {int(row[0]) for row in rows if int(row[1]) in family}
    found = {}
    for pid, _, args in rows:  # a child comes after its parent
        words = re.findall(r"\b(web|worker)\b", args)
        if int(pid) in family and words:
            found[words[-1]] = int(pid)
    return {part: found[part] for part in PARTS}


def _spent(pids: dict[str, int]) -> dict[str, float]:
    found = {}
    for part, pid in pids.items():
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        found[part] = (int(fields[11]) + int(fields[12])) / TICKS_S
    return found


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (kib,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kib) / 1024


def _disk(data: Path) -> int:
    """Return the bytes of our own database, its log and the queue."""
    return sum(
        path.stat().st_size
        for pattern in ("vidensbro.db*", "queue.db*")
        for path in data.glob(pattern)
    )


if __name__ == "__main__":
    main()
