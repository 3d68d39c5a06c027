"""The settings' file: lines are added, none is changed, not everybody may read it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import envfile
from connector.settings import ConfigError

BY_HAND = """\
# Ours, by hand.
PROGRAMMES=kolding   # two of them later

HUBSPOT_TOKEN=
# MAILCHIMP_API_KEY=
export PORT=8100
SECRET_KEY='it''s quoted'
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone(tmp_path):
    path = tmp_path / ".env"
    assert envfile.add(path, {"A": "1", "B": "", "C": "x y"}, "Title") == ["A", "C"]
    assert path.read_text() == "# Title\nA=1\nC='x y'\n"
    assert mode(path) == 0o600


def test_it_is_its_owners_alone_from_its_first_byte(tmp_path, monkeypatch):
    opened: list[int] = []
    really = os.open

    def watch(path: object, flags: int, *more: int) -> int:
        handle = really(path, flags, *more)  # type: ignore[arg-type]
        if flags & os.O_CREAT:
            opened.append(stat.S_IMODE(os.fstat(handle).st_mode))
            assert os.fstat(handle).st_size == 0
        return handle

    monkeypatch.setattr(os, "open", watch)
    before = os.umask(0)
    try:
        envfile.add(tmp_path / ".env", {"A": "secret"}, "T")
    finally:
        os.umask(before)
    assert opened == [0o600]


def test_every_line_stays_and_what_is_empty_is_filled(tmp_path):
    path = tmp_path / ".env"
    path.write_text(BY_HAND)
    path.chmod(0o644)
    new = {"HUBSPOT_TOKEN": "t", "PROGRAMMES": "other", "PORT": "1", "NEW": "n"}
    assert envfile.add(path, new, "T") == ["HUBSPOT_TOKEN", "NEW"]
    assert path.read_text() == BY_HAND + "\n# T\nHUBSPOT_TOKEN=t\nNEW=n\n"
    assert mode(path) == 0o600
    held = envfile.read(path)
    assert (held["PROGRAMMES"], held["PORT"]) == ("kolding", "8100")


@pytest.mark.parametrize("before", [0o644, 0o640, 0o400])
def test_whoever_else_could_read_it_cannot_once_secrets_come(tmp_path, before):
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(before)
    envfile.add(path, {"B": "2"}, "T")
    assert mode(path) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_under_sudo_the_file_stays_its_owners(tmp_path):
    path, fresh = tmp_path / ".env", tmp_path / "new" / ".env"
    path.write_text("A=1\n")
    os.chown(path, 12345, 23456)
    fresh.parent.mkdir()
    os.chown(fresh.parent, 34567, 45678)
    for one, owner in ((path, (12345, 23456)), (fresh, (34567, 45678))):
        envfile.add(one, {"B": "2"}, "T")
        assert (one.stat().st_uid, one.stat().st_gid) == owner
        assert not mode(one) & 0o007


def test_who_is_not_root_gives_nothing_away(tmp_path, monkeypatch):
    given: list[object] = []
    monkeypatch.setattr(os, "chown", lambda *told: given.append(told))
    for user in (1000, 0):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        envfile.add(tmp_path / ".env", {f"A{user}": "1"}, "T")
        assert bool(given) is (user == 0)


def test_of_what_several_write_at_once_nothing_is_lost(tmp_path):
    path, together = tmp_path / ".env", Barrier(4)

    def write(writer: int) -> None:
        together.wait()
        for number in range(4):
            envfile.add(path, {f"W{writer}_{number}": "1", "SECRET": str(writer)}, "T")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    held = envfile.read(path)
    assert len(held) == 4 * 4 + 1
    assert path.read_text().count("SECRET=") == 1
    assert [p.name for p in tmp_path.iterdir()] == [".env"]


def test_a_file_that_holds_the_secret_counts(tmp_path):
    path = tmp_path / ".env"
    path.write_text("HUBSPOT_TOKEN_FILE=/run/secrets/token")
    assert envfile.add(path, {"HUBSPOT_TOKEN": "t"}, "T") == []
    assert path.read_text() == "HUBSPOT_TOKEN_FILE=/run/secrets/token"


def test_a_last_line_without_an_end_is_not_glued(tmp_path):
    path = tmp_path / ".env"
    path.write_text("A=1")
    envfile.add(path, {"B": "2"}, "T")
    assert envfile.read(path) == {"A": "1", "B": "2"}


def test_a_link_stays_a_link(tmp_path):
    real = tmp_path / "real.env"
    real.write_text("A=1\n")
    (tmp_path / ".env").symlink_to(real)
    envfile.add(tmp_path / ".env", {"B": "2"}, "T")
    assert (tmp_path / ".env").is_symlink()
    assert envfile.read(real) == {"A": "1", "B": "2"}


def test_what_breaks_off_leaves_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    path.write_text("A=1\n")

    def lose_power(self: Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", lose_power)
    with pytest.raises(ConfigError, match="No space left"):
        envfile.add(path, {"B": "2"}, "T")
    assert [p.name for p in tmp_path.iterdir()] == [".env"]
    assert path.read_text() == "A=1\n"


@pytest.mark.parametrize("content", [b"A=\xff\xfe\n"])
def test_what_cannot_be_read_is_left_alone(tmp_path, content):
    path = tmp_path / ".env"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read"):
        envfile.add(path, {"B": "2"}, "T")
    assert path.read_bytes() == content


def test_a_directory_in_its_place_is_said(tmp_path):
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        envfile.add(tmp_path / ".env", {"B": "2"}, "T")


@settings(max_examples=50, deadline=None)
@given(value=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))))
def test_a_value_comes_back_as_it_was_or_is_refused(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("env") / ".env"
    try:
        added = envfile.add(path, {"VALUE": value}, "T")
    except ConfigError:
        assert not path.exists()
        return
    assert bool(added) is bool(value)
    if value:
        assert dotenv_values(path)["VALUE"] == value
