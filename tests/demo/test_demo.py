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


def test_every_way_in_has_a_secret_of_its_own(tmp_path: Path) -> None:
    demo.prepare(settings_in(tmp_path))
    held = settings_in(tmp_path)
    providers = ("hubspot", "mailchimp", "surveymonkey", "typeform")
    found = [held.secrets("demo", provider) for provider in providers]
    assert all(len(each) == 1 for each in found)
    assert len({*found, (held.secret_key,)}) == 5
    accounts = held.accounts["demo"]
    assert accounts.surveymonkey is not None
    assert accounts.surveymonkey.base_url.endswith(":8001/surveymonkey/v3")


def test_a_demo_of_before_keeps_its_secrets_and_gets_those_it_lacks(
    tmp_path: Path,
) -> None:
    path = demo.prepare(settings_in(tmp_path))
    before = settings_in(tmp_path)
    named = ("HUBSPOT_APP", "MAILCHIMP_WEBHOOK", "SECRET_KEY", "SURVEYMONKEY")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(x for x in lines if not x.startswith(named)), "utf-8")
    assert settings_in(tmp_path).secrets("demo", "surveymonkey") == ()
    demo.prepare(settings_in(tmp_path))
    held = settings_in(tmp_path)
    assert held.secrets("demo", "typeform") == before.secrets("demo", "typeform")
    accounts, old = held.accounts["demo"], before.accounts["demo"]
    assert accounts.mailchimp is not None
    assert old.mailchimp is not None
    assert accounts.mailchimp.key == old.mailchimp.key
    assert accounts.surveymonkey is not None
    assert len(held.secrets("demo", "hubspot")[0]) == 64


def test_a_state_of_before_has_no_surveys(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(
        '{"first_day": "2026-11-24", "forms": {"mentor_application.en": "abc"},'
        ' "done": ["applications"], "set_up_for": "http://127.0.0.1:8000"}',
        "utf-8",
    )
    state = demo.State.open(path)
    assert state.survey_ids() == {}
    assert state.done == ["applications"]


def test_a_database_of_one_s_own_is_not_the_demo_s(tmp_path: Path) -> None:
    own = {"DATABASE_URL": "sqlite:///own.db", "QUEUE_URL": "postgresql://queue"}
    demo.prepare(settings_in(tmp_path, **own))
    held = settings_in(tmp_path, **own)
    assert held.database_url == f"sqlite:///{tmp_path}/demo/vidensbro.db"
    assert held.queue_url == ""


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = demo.State(tmp_path / "state.json", date(2026, 11, 24))
    state.forms["mentor_application.en"] = "abc"
    state.surveys["company_registration.da"] = "1001"
    state.done.append("applications")
    state.save()
    held = demo.State.open(tmp_path / "state.json")
    assert held == state
    assert held.survey_ids() == {("company_registration", "da"): "1001"}
    assert held.form_ids() == {("mentor_application", "en"): "abc"}


def test_half_a_demo_says_how_to_begin_anew(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    demo.prepare(settings)
    state = demo.open_state(settings)
    state.done.append("applications")
    state.save()
    with pytest.raises(ConfigError, match="Begin anew with: rm -r"):
        demo.open_state(settings)
