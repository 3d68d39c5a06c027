"""Writing ``.env``: lines are added, none is changed, and not everybody may read it.

The file is written beside its place, with mode 0600 from its first byte, and then put
there in one step; so a power cut leaves the former file or the new one, never half.
Whoever writes it holds its folder meanwhile, so that of two at once neither's lines are
lost. It stays whose it was, also under sudo.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values

from connector.settings import ConfigError
from mappings.durable import keep_names, take_owner

MODE = 0o600
# What every reader of such files takes as it stands: dotenv, compose and systemd.
PLAIN = re.compile(r"[A-Za-z0-9_.,:/@+=-]+")


def read(path: Path) -> dict[str, str]:
    """Return what the file sets; empty values, and a missing file, set nothing."""
    text = _text(path)
    return {name: value for name, value in _parsed(text).items() if value}


def add(path: Path, values: Mapping[str, str], title: str) -> list[str]:
    """Add what is not set yet, under a comment; return the names that were added.

    ``NAME_FILE`` counts as ``NAME`` set. A file that is there keeps every line, its
    comments too, and its owner; whatever its mode was, it is 0600 from then on. Raise
    ``ConfigError`` where it cannot be read or written; nothing was changed then.
    """
    path = path.resolve()  # A link stays a link.
    with _held(path):
        before = _text(path)
        held = {name for name, value in _parsed(before).items() if value}
        new = {
            name: value
            for name, value in values.items()
            if value and name not in held and f"{name}_FILE" not in held
        }
        if new:
            _put(path, _with(path, before, new, title))
    return list(new)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep others from writing the file; they wait. The folder is what stays."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _with(path: Path, before: str, new: Mapping[str, str], title: str) -> str:
    """Return the file's text with the new lines at its end."""
    lines = [f"# {title}", *(f"{name}={_quoted(new[name])}" for name in new)]
    start = before if not before or before.endswith("\n") else before + "\n"
    text = start + ("\n" if start else "") + "\n".join(lines) + "\n"
    if {name: _parsed(text).get(name) for name in new} != new:
        raise ConfigError(f"{path.name}: a value holds what no line of it can hold.")
    return text


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        told = f"{path.name}: it cannot be read ({type(error).__name__})."
        raise ConfigError(told) from error


def _parsed(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=io.StringIO(text), interpolate=True)


def _quoted(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _put(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                take_owner(handle, path)
                file.write(text)
                file.flush()
                os.fsync(handle)
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        keep_names(path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path.name}: it cannot be written ({error.strerror}).")
