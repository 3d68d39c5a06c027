"""One way, left to right: what may import what, read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("webhooks", "mappings", "connector", "sandbox")
EDGE = {"alembic", "click", "flask", "huey", "requests", "rich", "sqlalchemy"}

# What a part must do without: the pure packages know no edge, the rest only its own.
WITHOUT: dict[str, set[str]] = {
    "webhooks": EDGE,
    "mappings": EDGE,
    "connector.clients": {"alembic", "click", "flask", "huey", "sqlalchemy"},
    "connector.programme": {"click", "flask", "huey", "requests"},
    "connector.sync": {"click", "flask", "requests"},
}

# A part of the house and the parts of the house that it may import (besides itself).
# A part that is not named here is free.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "webhooks": (),
    "mappings": ("webhooks",),
    "connector.clients": (),
    "sandbox": (),
}
# Parts that look left only: never at these, nor at anything right of them.
NEVER: dict[str, tuple[str, ...]] = {
    "connector.programme": ("connector.sync", "connector.clients", "sandbox"),
    "connector.sync": ("sandbox",),
}


def is_in(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """Return every module that a file names in an import, wherever it stands."""
    names: set[str] = set()
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            # "from connector import sync" imports the module connector.sync.
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


FILES = {
    module_name(path): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}


def files_of(*parts: str) -> list[str]:
    return [m for m in FILES if any(is_in(m, part) for part in parts)]


def ours(module: str) -> set[str]:
    return {
        name
        for name in imported(FILES[module])
        if any(is_in(name, package) for package in PACKAGES)
    }


@pytest.mark.parametrize("module", files_of(*WITHOUT))
def test_a_part_does_without_the_libraries_of_another(module):
    part = next(part for part in WITHOUT if is_in(module, part))
    libraries = {name.split(".")[0] for name in imported(FILES[module])}
    assert not libraries & WITHOUT[part]


@pytest.mark.parametrize("module", files_of(*MAY_IMPORT))
def test_a_part_imports_only_what_stands_left_of_it(module):
    part = next(part for part in MAY_IMPORT if is_in(module, part))
    allowed = (part, *MAY_IMPORT[part])
    # The package that holds a part ("connector") is entered on the way to it.
    wrong = {
        name
        for name in ours(module)
        if not any(is_in(name, each) or is_in(each, name) for each in allowed)
    }
    assert not wrong


@pytest.mark.parametrize("module", files_of(*NEVER))
def test_a_part_never_looks_right(module):
    part = next(part for part in NEVER if is_in(module, part))
    wrong = {n for n in ours(module) for never in NEVER[part] if is_in(n, never)}
    assert not wrong


@pytest.mark.parametrize("module", [m for m in FILES if not is_in(m, "connector.cli")])
def test_nothing_stands_on_the_command_line(module):
    assert not {name for name in ours(module) if is_in(name, "connector.cli")}


def test_imports_are_found_wherever_they_stand(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "connector" / "sync" / "sample.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import click.core as c\n"
        "from connector import cli\n"
        "def f():\n"
        "    from . import sibling\n"
        "    from ..clients.hubspot import Client\n"
        "if True:\n"
        "    import flask\n"
    )
    assert imported(path) >= {
        "click.core",
        "connector.cli",
        "connector.sync.sibling",
        "connector.clients.hubspot",
        "flask",
    }


def test_the_files_are_looked_at():
    assert "webhooks.typeform" in FILES
    assert is_in("connector.cli.main", "connector.cli")
    assert not is_in("connector.client", "connector.cli")
