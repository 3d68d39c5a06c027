"""Every command: help with an example, a place in the reference, a quick start."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connector.cli.root import COMMANDS, ENDINGS, root
from tests.cli.cli_world import ROOT

REFERENCE = (ROOT / "docs" / "commands.md").read_text("utf-8")


def tree(
    command: click.Command = root, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if path:
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from tree(inner, (*path, name))


TREE = dict(tree())


# Their help and options are told by those who wrote them.
BY_OTHERS = {"up", "sandbox", "apply"}


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_command_has_help_with_an_example(path):
    result = CliRunner().invoke(root, [*path, "--help"])
    assert result.exit_code == 0
    head, _, example = result.output.partition("Example:\n")
    assert path[0] in BY_OTHERS or f"vidensbro {path[0]}" in example
    assert len(head.splitlines()) > 2


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_command_and_option_stands_in_the_reference(path):
    if isinstance(TREE[path], click.Group):
        return
    line = next(
        (each for each in REFERENCE.splitlines()
         if f"`vidensbro {' '.join(path)}" in each), ""
    )  # fmt: skip
    assert line, f"docs/commands.md does not tell of {' '.join(path)}"
    for parameter in TREE[path].params:
        if isinstance(parameter, click.Option) and path[0] not in BY_OTHERS:
            names = set(parameter.opts) - {"--programme"}
            assert not names or any(name in line for name in names), (path, names)


def test_the_reference_names_no_command_that_is_not_there():
    told = [line.split("`vidensbro ")[1] for line in REFERENCE.splitlines()
            if line.startswith("| `vidensbro ")]  # fmt: skip
    known = [" ".join(path) for path in TREE]
    assert told
    for line in told:
        assert any(line.startswith(path) for path in known), line


@pytest.mark.parametrize("name", ENDINGS)
def test_every_foreseen_error_exists(name):
    module, _, cls = name.rpartition(".")
    found = getattr(importlib.import_module(module), cls)
    assert f"{found.__module__}.{found.__qualname__}" == name


def test_the_list_of_commands_is_told_without_importing_them():
    code = (
        "import sys; from click.testing import CliRunner; "
        "from connector.cli.root import root; "
        "assert CliRunner().invoke(root, ['--help']).exit_code == 0; "
        "print([m for m in ('sqlalchemy', 'flask', 'requests', 'rich', 'environs') "
        "if m in sys.modules])"
    )
    done = subprocess.run(  # noqa: PLW1510 - what it says is looked at
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_module_runs_as_the_command():
    done = subprocess.run(  # noqa: PLW1510 - what it says is looked at
        [sys.executable, "-m", "connector.cli", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)


def test_a_misspelt_command_is_told_the_nearest():
    result = CliRunner().invoke(root, ["deliverys"])
    assert result.exit_code == 2
    assert "Did you mean deliveries?" in result.stderr


def test_the_reference_is_where_it_is_looked_for():
    assert Path(ROOT / "docs" / "commands.md").is_file()
