"""What one process costs: memory, the time to help, and from form to CRM.

Memory is the resident set of each process of a started demo; the way from form to CRM
is measured by ``vidensbro apply`` on the same demo.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.acks import free_port

START_LIMIT_S = 120


def main() -> None:
    """Print seconds and megabytes, each beside its aim."""
    _help()
    with tempfile.TemporaryDirectory() as name:
        _demo(Path(name))


def _help() -> None:
    took = []
    for command in (["-c", "pass"], ["-m", "connector.cli", "--help"]):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, *command], check=True, stdout=subprocess.DEVNULL
        )
        took.append(time.perf_counter() - begun)
    print(f"vidensbro --help          {took[1]:7.2f} s   (aim: at most 0.6)")
    print(f"ratio to an empty Python  {took[1] / took[0]:7.1f}")


def _demo(directory: Path) -> None:
    env = {
        **os.environ,
        "DATA_DIR": str(directory / "var"),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }
    begun = time.perf_counter()
    up = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", "up"],
        env=env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until_the_screen(up, begun)
        for label, size in _memory(up.pid):
            print(f"memory of {label:<16}{size:7.0f} MB  (aim: at most 150)")
        done = subprocess.run(
            [sys.executable, "-m", "connector.cli", "apply"],
            env=env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds = re.findall(r"([\d.]+) s", done.stdout)
        print(f"form to CRM, newsletter   {float(seconds[-1]):7.1f} s   (aim: 5)")
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(timeout=40)


def until_the_screen(up: subprocess.Popen[str], begun: float) -> None:
    """Wait until a demo tells that it runs."""
    assert up.stdout is not None
    for line in up.stdout:
        if "Ctrl-C" in line:
            took = time.perf_counter() - begun
            print(f"first start to screen     {took:7.1f} s   (aim: at most 60)")
            return
        if time.perf_counter() - begun > START_LIMIT_S:
            break
    raise SystemExit("the demo did not come up")


def _memory(parent: int) -> list[tuple[str, float]]:
    """Return label and megabytes of each descendant, by ps."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,rss=,args="],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()]
    family = {parent}
    for _ in range(4):
        family |= {int(row[0]) for row in rows if int(row[1]) in family}
    found = []
    for pid, _ppid, rss, args in rows:
        if int(pid) in family:
            words = re.findall(r"\b(up|web|worker|sandbox|gunicorn)\b", args)
            found.append((words[-1] if words else args[:14], int(rss) / 1024))
    return found


if __name__ == "__main__":
    main()
