"""A person at a terminal: types commands, answers questions, reads what is shown."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ASKED = re.compile(r"[:?\]] ?$")
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    text: str


@dataclass
class Terminal:
    """A shell in a folder. Its commands see a real terminal, and this environment."""

    folder: Path
    environ: Mapping[str, str]
    columns: int = 80

    def type(self, command: str, answers: Iterable[str] = ()) -> Said:
        """Run a command; give an answer each time it stops at a question."""
        ours, theirs = pty.openpty()
        size = struct.pack("HHHH", 50, self.columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        waiting = list(answers)
        child = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", command],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            cwd=self.folder, env=dict(self.environ),
        )  # fmt: skip
        os.close(theirs)
        try:
            text = _converse(ours, child, waiting)
        finally:
            os.close(ours)
            if child.poll() is None:
                child.kill()
            child.wait()
        assert not waiting, f"{command} never asked for {len(waiting)} answers: {text}"
        return Said(child.returncode, text)


def _converse(ours: int, child: subprocess.Popen[bytes], waiting: list[str]) -> str:
    text, answered, end = "", 0, time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if ready:
            try:
                got = os.read(ours, 65536)
            except OSError:  # how a terminal says that the other side is gone
                break
            if not got:
                break
            text += COLOUR.sub("", got.decode("utf-8", "replace")).replace("\r", "")
            continue
        if child.poll() is not None:
            break
        asked = text[answered:].rstrip("\n")
        if waiting and ASKED.search(asked):
            answered = len(text)
            os.write(ours, f"{waiting.pop(0)}\n".encode())
    child.wait(timeout=5)
    return text
