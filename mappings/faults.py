"""Faults of mapping files: each names file, table, key and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.layers import Layered

Path = tuple[str, ...]


class MappingError(Exception):
    """A programme's files cannot be used; ``faults`` lists everything wrong in them."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass
class Faults:
    """Collects faults, so that one look at the message shows them all."""

    found: list[str] = field(default_factory=list)

    def add(self, file: Layered, path: Path, message: str) -> None:
        """Note a fault at a key; the file named is the last one that speaks of it."""
        table, key = path[:-1], path[-1] if path else ""
        where = f"[{'.'.join(table)}] " if table else ""
        self.found.append(f"{file.file_of(path)} {where}{key}: {message}")

    def add_all(self, file: Layered, messages: object) -> None:
        """Note what marshmallow found."""
        for path, message in flatten(messages):
            self.add(file, path, message)

    def refer(
        self, file: Layered, path: Path, name: str, known: Iterable[str], what: str
    ) -> bool:
        """Note a fault unless ``name`` is known; tell whether it is."""
        names = sorted(known)
        if name in names:
            return True
        self.add(file, path, not_known(name, names, what))
        return False

    def stop(self) -> None:
        """Raise ``MappingError`` when anything was noted."""
        if self.found:
            raise MappingError(self.found)


def not_known(name: object, known: Sequence[str], what: str) -> str:
    """Return the words for a name that nobody knows, with the nearest that is."""
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"'{name}' is not {what}; known: {', '.join(known) or 'none'}{hint}"


def flatten(messages: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield marshmallow's nested messages one by one, with the way to each.

    Its levels ``key`` and ``value`` stand for a table with free keys, and ``_schema``
    for the table itself; none of them is in the file.
    """
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from flatten(inner, (*path, *_step(key)))
    elif isinstance(messages, list):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield path, str(messages)


def _step(key: Any) -> Path:
    if isinstance(key, int):
        return (str(key + 1),)
    return () if key in {"key", "value", "_schema"} else (str(key),)
