"""The demo's own directory: made once, kept private, gone on with."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from connector import demo
from connector.settings import ConfigError, Settings, load_settings


def settings_in(directory: Path, **more: str) -> Settings:
    return load_settings({"DATA_DIR": str(directory), **more})


def test_the_demo_has_secrets_of_its_own_that_nobody_else_reads(tmp_path: Path) -> None:
    path = demo.prepare(settings_in(tmp_path))
    assert path == tmp_path / "demo" / "demo.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    held = settings_in(tmp_path)
    assert held.demo
    assert len(held.secrets("demo", "typeform")[0]) == 64
    assert held.database_url == f"sqlite:///{tmp_path}/demo/vidensbro.db"


def test_a_second_start_keeps_the_secrets_and_takes_new_ports(tmp_path: Path) -> None:
    demo.prepare(settings_in(tmp_path))
    first = settings_in(tmp_path)
    demo.prepare(settings_in(tmp_path, PORT="8123", SANDBOX_PORT="8124"))
    second = settings_in(tmp_path, PORT="8123", SANDBOX_PORT="8124")
    assert second.secrets("demo", "typeform") == first.secrets("demo", "typeform")
    assert second.public_url == "http://127.0.0.1:8123"
    account = second.accounts["demo"].hubspot
    assert account is not None
    assert account.base_url == "http://127.0.0.1:8124/hubspot"


def test_a_database_of_one_s_own_is_not_the_demo_s(tmp_path: Path) -> None:
    own = {"DATABASE_URL": "sqlite:///own.db", "QUEUE_URL": "postgresql://queue"}
    demo.prepare(settings_in(tmp_path, **own))
    held = settings_in(tmp_path, **own)
    assert held.database_url == f"sqlite:///{tmp_path}/demo/vidensbro.db"
    assert held.queue_url == ""


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = demo.State(tmp_path / "state.json", date(2026, 11, 24))
    state.forms["mentor_application.en"] = "abc"
    state.done.append("applications")
    state.save()
    held = demo.State.open(tmp_path / "state.json")
    assert held == state
    assert held.form_ids() == {("mentor_application", "en"): "abc"}


def test_half_a_demo_says_how_to_begin_anew(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    demo.prepare(settings)
    state = demo.open_state(settings)
    state.done.append("applications")
    state.save()
    with pytest.raises(ConfigError, match="Begin anew with: rm -r"):
        demo.open_state(settings)
