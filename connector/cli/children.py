"""Processes that belong together: they start together and stop together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType

from connector.cli import lifeline

GRACE_S = 25.0
LAST_LINES = 12


class ChildDied(Exception):  # noqa: N818 - reads as what happened
    """A process ended by itself; the message says which, and its log's last lines."""


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """Somebody asked to stop: Ctrl-C, or a signal from the service manager."""


class Children:
    """Child processes with a log file each."""

    def __init__(self, logs: Path, environ: Mapping[str, str] | None = None) -> None:
        """``environ`` is added to this process's own environment."""
        self._logs = logs
        # Closed by the system with this process, which tells those that it started.
        self._theirs, self._ours = os.pipe()
        told = {lifeline.SETTING: str(self._theirs)}
        self._environ = {**os.environ, **(environ or {}), **told}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Children:
        """From here on a signal to stop raises ``Stopped``."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop whatever runs; a second Ctrl-C does not leave orphans behind."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.stop()
        os.close(self._ours)
        os.close(self._theirs)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    def start(self, name: str, *command: str) -> None:
        """Start ``vidensbro COMMAND`` under a name, with a log of that name."""
        with self._log(name).open("ab") as log:
            # A session of its own: Ctrl-C reaches this process alone, and the order
            # in which the others end is ours.
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "connector.cli", *command],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self._environ,
                pass_fds=(self._theirs,),
                start_new_session=True,
            )

    def pids(self) -> dict[str, int]:
        """Return the process id of each by name."""
        return {name: child.pid for name, child in self._running.items()}

    def check(self) -> None:
        """Raise ``ChildDied`` where one has ended."""
        for name, child in self._running.items():
            if child.poll() is not None:
                raise ChildDied(
                    f"{name} ended (code {child.returncode}). The last lines of "
                    f"{self._log(name)}:\n{self._last_lines(name)}"
                )

    def wait_for(self, ready: Callable[[], bool], what: str, limit_s: float) -> None:
        """Wait until something is ready; raise ``ChildDied`` where it never is."""
        ends = time.monotonic() + limit_s
        while not ready():
            self.check()
            if time.monotonic() > ends:
                raise ChildDied(f"{what} did not answer within {limit_s:.0f} s.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Wait until one ends (``ChildDied``) or somebody stops us (``Stopped``)."""
        while True:
            self.check()
            time.sleep(0.3)

    def stop(self) -> None:
        """Ask all to end, the last one first; end those that do not."""
        order = list(reversed(self._running.values()))
        for child in order:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        ends = time.monotonic() + GRACE_S
        for child in order:
            try:
                child.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _last_lines(self, name: str) -> str:
        lines = self._log(name).read_text("utf-8", "replace").splitlines()
        told = lines[-LAST_LINES:] or ["(nothing was written there)"]
        return "\n".join(f"  {line}" for line in told)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped
