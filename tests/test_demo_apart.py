"""Demo and reality never meet: no invented person is ever sent to a real account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connector.processing import drain
from connector.schema import upgrade
from connector.service import Service, lay_out
from connector.settings import ConfigError, load_settings
from connector.sync.cycle import TOOLS, change, find, same_account, sync_programme
from connector.sync.setup import apply_all, plan_all
from sandbox.demo.programme import KEY
from tests.demo.demo_world import (
    DemoWorld,
    another_sandbox,
    calls_to,
    credentials,
    demo_world,
    people_at,
    writes_to,
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[DemoWorld]:
    with demo_world(tmp_path) as made:
        yield made


@pytest.fixture
def real() -> Iterator[str]:
    with another_sandbox(mailchimp__audience_id="real-audience") as url:
        yield url


def with_credentials(here: DemoWorld, url: str, **more: str) -> Service:
    """Open the service beside the demo's data, as `make run` would with a .env."""
    environ = {"DATA_DIR": str(here.directory / "var"), **credentials(url), **more}
    return Service.open(load_settings(environ))


def run_everything(service: Service) -> None:
    """Do all that could send anything: set up, say yes, process and sync."""
    upgrade(service.database)
    lay_out(service)
    for key in service.settings.programmes:
        apply_all(plan_all(service, key))
        for name, tool in TOOLS.items():
            same_account(service, key, name, tool.account(tool.connect(service, key)))
            change(service, key, name, "active")
        drain(service)
        sync_programme(service, key)


def test_the_demo_itself_reaches_its_sandbox(here: DemoWorld) -> None:
    found = people_at(here.sandbox_url, "demo-audience")
    assert len(found) > 6
    assert all(address.endswith(".example") for address in found)


def test_with_a_credential_no_invented_person_is_sent(
    here: DemoWorld, real: str
) -> None:
    service = with_credentials(here, real)
    assert not service.settings.demo
    run_everything(service)
    service.database.engine.dispose()
    assert calls_to(real)["hubspot"] > 0
    assert people_at(real, "real-audience") == []


def test_nor_when_the_demo_s_own_programme_is_named(here: DemoWorld, real: str) -> None:
    folder = str(here.service.settings.programmes_dir)
    more = {"PROGRAMMES": KEY, "VIDENSBRO_PROGRAMMES": folder}
    service = with_credentials(here, real, **more)
    run_everything(service)
    service.database.engine.dispose()
    assert people_at(real, "real-audience") == []


def test_nor_when_the_database_is_the_demo_s(here: DemoWorld, real: str) -> None:
    service = with_credentials(
        here,
        real,
        PROGRAMMES=KEY,
        VIDENSBRO_PROGRAMMES=str(here.service.settings.programmes_dir),
        DATABASE_URL=here.service.settings.database_url,
    )
    with pytest.raises(ConfigError, match="invented demo people"):
        lay_out(service)
    with pytest.raises(ConfigError, match="Nothing was sent"):
        plan_all(service, KEY)
    with pytest.raises(ConfigError, match="Nothing was sent"):
        sync_programme(service, KEY)
    service.database.engine.dispose()
    assert calls_to(real) == {}


def test_the_demo_speaks_to_this_machine_only(here: DemoWorld) -> None:
    service = reopened(here, "http://127.0.0.1", "https://crm.example")
    with pytest.raises(ConfigError, match="only to the sandbox"):
        sync_programme(service, KEY)
    service.database.engine.dispose()


def test_the_demo_does_not_take_over_a_real_database(
    here: DemoWorld, real: str
) -> None:
    own = f"sqlite:///{here.directory / 'own.db'}"
    folder = str(here.service.settings.programmes_dir)
    service = with_credentials(
        here, real, DATABASE_URL=own, PROGRAMMES=KEY, VIDENSBRO_PROGRAMMES=folder
    )
    upgrade(service.database)
    lay_out(service)
    service.database.engine.dispose()
    demo = reopened(here, here.service.settings.database_url, own)
    with pytest.raises(ConfigError, match="a real programme"):
        lay_out(demo)
    demo.database.engine.dispose()


@pytest.mark.parametrize(
    ("tool", "option", "value"),
    [
        ("hubspot", "hubspot.portal_id", 4_299_999),
        ("mailchimp", "mailchimp.audience_id", "another-audience"),
    ],
)
def test_another_account_stops_the_sync_with_a_sentence(
    here: DemoWorld, tool: str, option: str, value: object
) -> None:
    here.feed.forms.fill_in(here.next_answer)
    drain(here.service)
    url, service = here.sandbox_url, here.service
    control = f"{url}/sandbox/control"
    requests.put(f"{control}/options", json={option: value}, timeout=20)
    if tool == "mailchimp":
        service = reopened(here, "demo-audience", "another-audience")
    requests.delete(f"{control}/calls", timeout=20)
    sync_programme(service, KEY)
    with service.database.reading() as session:
        row = find(session, KEY, tool)
        assert row is not None
        assert row.state == "stopped"
        assert "another one than before" in row.reason
        assert "nothing was written" in row.reason
    assert writes_to(url, tool) == []
    asked = calls_to(url)[tool]
    sync_programme(service, KEY)
    assert calls_to(url)[tool] == asked
    service.database.engine.dispose()


def test_the_same_account_is_written_to(here: DemoWorld) -> None:
    here.feed.forms.fill_in(here.next_answer)
    drain(here.service)
    requests.delete(f"{here.sandbox_url}/sandbox/control/calls", timeout=20)
    sync_programme(here.service, KEY)
    assert writes_to(here.sandbox_url, "hubspot")
    assert writes_to(here.sandbox_url, "mailchimp")


def reopened(here: DemoWorld, old: str, new: str) -> Service:
    """Open the demo again after a change of its settings."""
    path = here.service.settings.data_dir / "demo.env"
    told = path.read_text("utf-8")
    assert old in told
    path.write_text(told.replace(old, new), "utf-8")
    settings = here.service.settings
    ports = {"PORT": str(settings.port), "SANDBOX_PORT": str(settings.sandbox_port)}
    return Service.open(
        load_settings({"DATA_DIR": str(here.directory / "var"), **ports})
    )
