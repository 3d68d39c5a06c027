"""What all commands share: a yes to a question, and a database to open."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connector.cli.desk import agree
from connector.cli.root import root


@pytest.mark.parametrize(
    ("typed", "done"),
    [("ja", True), ("Y", True), ("nej", False), ("", False), ("måske\nj", True)],
)
def test_a_yes_may_be_danish_and_a_no_is_no_error(
    typed: str, done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def ask() -> None:
        agree("Do it?", False, "vidensbro it")
        click.echo("It is done.")

    monkeypatch.setattr("connector.cli.desk.somebody_there", lambda: True)
    told = CliRunner().invoke(ask, input=f"{typed}\n")
    assert told.exit_code == (0 if done else 1)
    assert ("It is done." in told.output) is done
    assert ("\nNothing was done.\n" in told.output) is not done


def test_the_wrong_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(root, ["deliveries", "list"], env={"PROGRAMMES": None})
    assert told.exit_code == 2
    assert f"no .env in this folder ({tmp_path.name})" in told.output


def test_a_folder_that_was_begun_waits_for_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("PROGRAMMES=lyngby\n")
    told = CliRunner().invoke(root, ["deliveries", "list"], env={"PROGRAMMES": None})
    assert "vidensbro db upgrade" in told.output
