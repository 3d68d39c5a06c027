"""Processes that start and stop together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
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


def test_what_never_answers_is_named(tmp_path: Path) -> None:
    with (
        Children(tmp_path) as children,
        pytest.raises(ChildDied, match=r"The web side did not answer within 0 s"),
    ):
        children.wait_for(lambda: False, "The web side", 0.1)
