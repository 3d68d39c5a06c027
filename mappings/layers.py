"""Programme directories: TOML files, and one programme inheriting from another.

Tables are merged key by key; any other value replaces what was inherited, and
``false`` in the place of a table takes it away.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "programmes"
Table = dict[str, Any]


class CannotRead(Exception):  # noqa: N818 - told on as a fault of the mapping
    """A directory or file is missing or is no TOML; the message names it."""


@dataclass(frozen=True)
class Layered:
    """One file name through all layers, merged; ``layers`` runs from the base on."""

    name: str
    layers: tuple[tuple[str, Table], ...]
    data: Table

    def file_of(self, path: Sequence[str]) -> str:
        """Return which file speaks of a key, or of the nearest table around it."""
        best, depth = self.name, -1
        for label, data in self.layers:
            reached = _depth(data, path)
            if reached >= depth:
                best, depth = label, reached
        return best


def _depth(data: Any, path: Sequence[str]) -> int:
    for depth, key in enumerate(path):
        if not isinstance(data, dict) or key not in data:
            return depth
        data = data[key]
    return len(path)


@dataclass(frozen=True)
class Files:
    """A programme's files by name (``forms/x.toml``), and its own directory."""

    key: str
    directory: Path
    chain: tuple[Path, ...]
    files: Mapping[str, Layered]

    def __getitem__(self, name: str) -> Layered:
        return self.files.get(name) or Layered(f"{self.key}/{name}", (), {})

    def forms(self) -> dict[str, Layered]:
        """Return the form mappings by name."""
        found = {n: f for n, f in self.files.items() if n.startswith("forms/")}
        return {Path(n).stem: f for n, f in sorted(found.items())}


def read_files(key: str, extra_dir: Path | None) -> Files:
    """Read a programme and all it inherits from, or raise ``CannotRead``."""
    chain = _chain(key, extra_dir)
    names = sorted({n for directory in chain for n in _names(directory)})
    files = {name: _layered(key, name, chain) for name in names}
    return Files(key, chain[-1], tuple(chain), files)


def _chain(key: str, extra_dir: Path | None) -> list[Path]:
    """Return the directories to read, the base first."""
    chain: list[Path] = []
    keys: list[str] = []
    while key or not chain:
        if key in keys:
            raise CannotRead(f"{key}/programme.toml inherits: goes round in a circle")
        keys.append(key)
        chain.insert(0, _directory(key, extra_dir))
        key = str(_toml(chain[0] / "programme.toml").get("inherits", ""))
    return chain


def _directory(key: str, extra_dir: Path | None) -> Path:
    """Return a programme's directory; a city's own goes before a shipped one."""
    roots = [r for r in (extra_dir, SHIPPED) if r is not None]
    plain = key.replace("-", "").replace("_", "").isalnum()
    for root in roots:
        if plain and (root / key / "programme.toml").is_file():
            return root / key
    where = " or ".join(str(r) for r in roots)
    raise CannotRead(
        f"{key}/programme.toml: not found in {where}; "
        "make a directory of that name with a programme.toml in it"
    )


def _names(directory: Path) -> list[str]:
    found = [*directory.glob("*.toml"), *directory.glob("forms/*.toml")]
    return [str(p.relative_to(directory)) for p in found]


def _layered(key: str, name: str, chain: Sequence[Path]) -> Layered:
    having = [d for d in chain if (d / name).is_file()]
    layers = tuple((f"{d.name}/{name}", _toml(d / name)) for d in having)
    merged: Table = {}
    for _, data in layers:
        merged = merge(merged, data)
    return Layered(f"{key}/{name}", layers, merged)


def merge(base: Table, over: Table) -> Table:
    """Return ``base`` with what ``over`` says differently."""
    merged = dict(base)
    for key, value in over.items():
        inherited = merged.get(key)
        if value is False and isinstance(inherited, dict):
            del merged[key]
        elif isinstance(value, dict) and isinstance(inherited, dict):
            merged[key] = merge(inherited, value)
        else:
            merged[key] = value
    return merged


def _toml(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        name = f"{path.parent.name}/{path.name}"
        raise CannotRead(f"{name}: cannot be read as TOML: {err}") from err
