"""doctor on PostgreSQL: the same look, and a server that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from connector import pulse
from connector.schema import upgrade
from connector.service import Service, lay_out
from connector.settings import load_settings
from tests.cli.cli_world import Cli
from tests.postgres import a_database


def environment(directory: Path, url: str) -> dict[str, str]:
    return {
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": url,
        "QUEUE_URL": url.replace("+psycopg", ""),
        "BACKUP_DIR": str(directory / "backups"),
        "PROGRAMMES": "lyngby",
        "TYPEFORM_SECRETS": "a-secret-for-tests-only",
    }


@pytest.fixture
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    return Cli(environment(tmp_path, a_database(request)))


def levels(found: list[dict[str, str]]) -> dict[str, str]:
    return {one["check"]: one["level"] for one in found}


def test_a_quick_look_at_a_healthy_one(cli):
    before = levels(cli.json("doctor", "--quick", code=2))
    assert before["database"] == "fault"
    service = Service.open(load_settings(cli.env))
    upgrade(service.database)
    lay_out(service)
    with service.database.writing() as session:
        pulse.beat(session, pulse.WORKER)
    service.database.engine.dispose()
    found = levels(cli.json("doctor", "--quick", code=0))
    assert set(found.values()) == {"well"}
    assert {"database", "queue", "worker", "backup"} <= set(found)


def test_a_server_that_is_not_there(tmp_path):
    nowhere = "postgresql://vidensbro:a-password@127.0.0.1:9/vidensbro"
    found = Cli(environment(tmp_path, nowhere)).json("doctor", "--quick", code=2)
    told = {one["check"]: one for one in found}
    for name, setting in (("database", "DATABASE_URL"), ("queue", "QUEUE_URL")):
        assert told[name]["level"] == "fault"
        assert setting in told[name]["remedy"]
    assert "a-password" not in str(found)


def test_a_database_that_its_server_does_not_have(cli):
    url = make_url(cli.env["DATABASE_URL"]).set(database="elsewhere")
    cli.env["DATABASE_URL"] = url.render_as_string(hide_password=False)
    (told,) = [one for one in cli.json("doctor", "--quick", code=2)
               if one["check"] == "database"]  # fmt: skip
    assert told["level"] == "fault"
    assert "no such database or user" in told["what"]
    assert "Correct DATABASE_URL" in told["remedy"]
