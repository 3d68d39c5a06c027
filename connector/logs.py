"""How the service logs: one line an event, in UTC, without anything about anybody.

What a library or an exception puts into a message is not ours to trust: addresses,
phone numbers and query strings are taken out of every line, and an exception leaves
its type and where it happened, never its text (a database error's text holds values).
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from types import TracebackType
from typing import TextIO

ADDRESS = re.compile(r"[^\s\"'<>(),;:=]+@[^\s\"'<>(),;]+")
PHONE = re.compile(r"\+\d[\d \-]{6,}\d")
QUERY = re.compile(r"\?[^\s\"'>)]*=[^\s\"'>)]*")
# They tell paths and arguments at lower levels.
TALKATIVE = ("urllib3", "huey", "alembic", "sqlalchemy", "werkzeug")
FRAMES = 4


class OneLine(logging.Formatter):
    """Time, level, logger and message on one line."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line that names nobody."""
        told = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[0] is not None:
            told += f" | {where(record.exc_info[0], record.exc_info[2])}"
        return f"{self.formatTime(record)} {without_people(' '.join(told.split()))}"


def without_people(text: str) -> str:
    """Return ``text`` without e-mail addresses, phone numbers and query strings."""
    for pattern, word in (
        (ADDRESS, "(address)"),
        (PHONE, "(phone)"),
        (QUERY, "?(query)"),
    ):
        text = pattern.sub(word, text)
    return text


def where(kind: type[BaseException], at: TracebackType | None) -> str:
    """Return an exception's type and its innermost places, without its text."""
    frames = traceback.extract_tb(at)[-FRAMES:]
    places = " > ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    return f"{kind.__name__} at {places}" if places else kind.__name__


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send everything that is logged to ``stream`` (standard error), in one form."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
