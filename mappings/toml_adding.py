"""Lines added to a TOML file that people wrote, every comment and blank of theirs kept.

A table that the file lacks is added at its end. Of one that it has, single keys are
added, or replaced where they stand. The result is read back and must say what was
there before with the addition laid over it; otherwise nothing is given back. So a file
that is written in a way that this does not foresee is refused, never spoilt.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from mappings.layers import merge

_HEADER = re.compile(r"^\s*\[(?P<array>\[?)(?P<name>[^\[\]]+)\]?\]\s*(#.*)?$")
_KEY = re.compile(r"^(?P<key>[A-Za-z0-9_-]+|\"[^\"]*\")\s*=")


class CannotAddError(Exception):
    """The file is written in a way that lines cannot safely be added to."""


def added(old: str, addition: str) -> str:
    """Return a file's text with an addition in it.

    Comments of the addition that stand above a new table come along. Raise
    ``CannotAddError`` where the result would not say just that.
    """
    lines = old.splitlines()
    fresh: list[str] = []
    for block in _blocks(addition):
        name = _name(block)
        place = _place(lines, name) if name else None
        if place is None:
            fresh += block
        else:
            _lay_over(lines, place, block)
    text = "\n".join(lines).rstrip("\n")
    new = "\n".join(fresh).strip("\n")
    whole = "\n\n".join(part for part in (text, new) if part) + "\n"
    _prove(old, addition, whole)
    return whole


def _prove(old: str, addition: str, whole: str) -> None:
    try:
        wanted = _over(tomllib.loads(old), tomllib.loads(addition))
        said = tomllib.loads(whole)
    except tomllib.TOMLDecodeError as error:
        raise CannotAddError(str(error)) from error
    if said != wanted:
        raise CannotAddError("the lines would not mean what they should")


def _over(old: dict[str, Any], addition: dict[str, Any]) -> dict[str, Any]:
    """Return what both say: a list of tables (``[[forms]]``) grows, all else merges."""
    merged = merge(old, addition)
    for key, value in addition.items():
        if isinstance(value, list) and isinstance(old.get(key), list):
            merged[key] = [*old[key], *value]
    return merged


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield tables, each with the comments above it."""
    block: list[str] = []
    waiting: list[str] = []
    for line in text.splitlines():
        if _HEADER.match(line):
            if block:
                yield block
            block, waiting = [*waiting, line], []
        elif not line.strip() or line.lstrip().startswith("#"):
            waiting.append(line)
        else:
            block += [*waiting, line]
            waiting = []
    yield [*block, *waiting]


def _name(block: list[str]) -> str:
    """Return a block's table; "" for one of a list of tables, and for none."""
    found = next(filter(None, map(_HEADER.match, block)), None)
    return "" if found is None or found["array"] else _plain(found["name"])


def _plain(name: str) -> str:
    return "".join(name.split())


def _place(lines: list[str], name: str) -> int | None:
    """Return the line on which the table begins in the file."""
    for number, line in enumerate(lines):
        found = _HEADER.match(line)
        if found and not found["array"] and _plain(found["name"]) == name:
            return number
    return None


def _lay_over(lines: list[str], place: int, block: list[str]) -> None:
    """Write a block's keys into the table that begins at ``place``."""
    for line in block:
        key = _KEY.match(line)
        if key is None:
            continue
        there = _span(lines, place + 1, key["key"])
        if there is None:
            lines.insert(place + 1, line)
            continue
        first, last = there
        comment = _comment(lines[first:last])
        lines[first:last] = [_with_comment(line, comment)]


def _span(lines: list[str], start: int, key: str) -> tuple[int, int] | None:
    """Return the lines (last one excluded) on which a table says this key."""
    for number in range(start, len(lines)):
        if _HEADER.match(lines[number]):
            return None
        found = _KEY.match(lines[number].lstrip())
        if found and found["key"] == key:
            return number, _end(lines, number)
    return None


def _end(lines: list[str], first: int) -> int:
    """Return where a value ends that may take several lines."""
    for last in range(first + 1, len(lines) + 1):
        if _reads("\n".join(lines[first:last])):
            return last
    raise CannotAddError("a value in the file does not end")


def _comment(span: list[str]) -> str:
    """Return the comment behind a value, "" where there is none."""
    *before, last = span
    for found in re.finditer("#", last):
        if _reads("\n".join([*before, last[: found.start()]])):
            return last[found.start() :]
    return ""


def _with_comment(line: str, comment: str) -> str:
    """Return a new line with the comment that stood there before, if one did."""
    if not comment:
        return line
    own = _comment([line])
    return f"{line.removesuffix(own).rstrip()}  {comment}"


def _reads(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
