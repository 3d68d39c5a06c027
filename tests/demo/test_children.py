"""Processes that start and stop together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.cli.children import ChildDied, Children, Stopped
from tests.demo.demo_world import free_port


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_one_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("odd", "no-such-command")
        with pytest.raises(ChildDied) as told:
            children.watch()
    assert "odd ended (code 2)" in str(told.value)
    assert "There is no command no-such-command" in str(told.value)


def test_the_others_end_with_it(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("sandbox", "sandbox", "--port", str(free_port()))
        running = children.pids()["sandbox"]
        children.start("odd", "no-such-command")
        with pytest.raises(ChildDied):
            children.watch()
        os.kill(running, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(running, 0)


def test_a_signal_stops_all(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("sandbox", "sandbox", "--port", str(free_port()))
        running = children.pids()["sandbox"]
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGHUP)
    with pytest.raises(ProcessLookupError):
        os.kill(running, 0)


STARTER = """
import sys
from pathlib import Path
from connector.cli.children import Children
with Children(Path(sys.argv[1])) as children:
    children.start("sandbox", "sandbox", "--port", sys.argv[2])
    children.watch()
"""


def test_nothing_is_left_of_a_starter_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), str(port)]
    ) as starter:
        until(lambda: is_open(port), "it never began")
        starter.kill()
    until(lambda: not is_open(port), "it runs on, alone")


def until(ready: Callable[[], bool], otherwise: str) -> None:
    ends = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < ends, otherwise
        time.sleep(0.05)


def is_open(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def test_what_never_answers_is_named(tmp_path: Path) -> None:
    with (
        Children(tmp_path) as children,
        pytest.raises(ChildDied, match=r"The web side did not answer within 0 s"),
    ):
        children.wait_for(lambda: False, "The web side", 0.1)
