"""How the service logs: one line an event, in UTC, without anything about anybody.

What a library or an exception puts into a message is not ours to trust: addresses,
phone numbers and query strings are taken out of every line, and an exception leaves
its type and where it happened, never its text (a database error's text holds values).
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import re
import time
import traceback
from collections.abc import Iterator, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, TextIO

import orjson

ADDRESS = re.compile(r"[^\s\"'<>(),;:=]+@[^\s\"'<>(),;]+")
PHONE = re.compile(r"\+\d[\d \-]{6,}\d")
QUERY = re.compile(r"\?[^\s\"'>)]*=[^\s\"'>)]*")
# What follows the provider may be the secret that it proves itself with.
_SLASH = "(?:/|%2f)"
_SEGMENT = r"(?:[^/\s\"'%]|%(?!2f))+"
DOOR = re.compile(
    rf"({_SLASH}webhooks{_SLASH}+{_SEGMENT}{_SLASH}+{_SEGMENT}){_SLASH}[^\s\"')]+",
    re.IGNORECASE,
)
# They tell paths and arguments at lower levels.
TALKATIVE = ("urllib3", "huey", "alembic", "sqlalchemy", "werkzeug")
FRAMES = 4
FACTS = ("programme", "tool", "delivery", "chore", "duration_s")
"""What a line may say beside its words: ids and names of ours, nobody's data."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_about = contextvars.ContextVar("about", default=_NOTHING)


@contextlib.contextmanager
def about(**facts: Any) -> Iterator[None]:
    """Have every line that is logged inside say what it is about (``FACTS``)."""
    token = _about.set({**_about.get(), **facts})
    try:
        yield
    finally:
        _about.reset(token)


class _Facts(logging.Filter):
    """Puts onto a record what it is about, as it is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _about.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record is about."""
    return {name: vars(record)[name] for name in FACTS if name in vars(record)}


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
        told += "".join(f" {name}={said}" for name, said in facts_of(record).items())
        return f"{self.formatTime(record)} {without_people(' '.join(told.split()))}"


class JsonLine(OneLine):
    """The same as a JSON object on one line, for a machine that collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as an object that names nobody."""
        told: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "event": without_people(" ".join(record.getMessage().split())),
            **facts_of(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = where(record.exc_info[0], record.exc_info[2])
        return orjson.dumps(told, default=str).decode()


def without_people(text: str) -> str:
    """Return ``text`` without e-mail addresses, phone numbers and query strings."""
    for pattern, word in (
        (ADDRESS, "(address)"),
        (PHONE, "(phone)"),
        (QUERY, "?(query)"),
        (DOOR, r"\1/(path)"),
    ):
        text = pattern.sub(word, text)
    return text


def where(kind: type[BaseException], at: TracebackType | None) -> str:
    """Return an exception's type and its innermost places, without its text."""
    frames = traceback.extract_tb(at)[-FRAMES:]
    places = " > ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    return f"{kind.__name__} at {places}" if places else kind.__name__


def formatter(form: str) -> logging.Formatter:
    """Return how lines are written: ``text`` or ``json``."""
    return JsonLine() if form == "json" else OneLine()


def configure(
    level: str = "INFO", stream: TextIO | None = None, form: str = "text"
) -> None:
    """Send everything that is logged to ``stream`` (standard error), in one form."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    handler.addFilter(_Facts())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
