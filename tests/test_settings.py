"""Settings: strict, every fault at once, no secret shown, demo and reality apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.settings import ConfigError, is_loopback, load_settings

LONG = "a-long-secret-of-the-forms"
REAL = {"HUBSPOT_TOKEN": "pat-eu1-invented", "DATA_DIR": "elsewhere"}


def test_without_a_credential_it_is_the_demo(tmp_path: Path) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path)})
    assert settings.demo
    assert settings.data_dir == tmp_path / "demo"
    assert settings.database_url == f"sqlite:///{tmp_path}/demo/vidensbro.db"
    assert settings.programmes == ("lyngby",)
    assert settings.host == "127.0.0.1"
    accounts = settings.accounts["lyngby"]
    assert (accounts.hubspot, accounts.mailchimp, accounts.typeform) == (None,) * 3


def test_the_demo_reads_its_own_file_and_reality_does_not(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "demo.env").write_text(f"TYPEFORM_SECRETS={LONG}\n")
    demo = load_settings({"DATA_DIR": str(tmp_path)})
    assert demo.demo
    assert demo.secrets("lyngby", "typeform") == (LONG,)
    real = load_settings({"DATA_DIR": str(tmp_path), "HUBSPOT_TOKEN": "t"})
    assert not real.demo
    assert real.secrets("lyngby", "typeform") == ()


@pytest.mark.parametrize(
    "name",
    [
        "HUBSPOT_TOKEN",
        "MAILCHIMP_API_KEY",
        "TYPEFORM_TOKEN",
        "TYPEFORM_SECRETS",
        "AARHUS_HUBSPOT_TOKEN",
    ],
)
def test_any_credential_ends_the_demo(tmp_path: Path, name: str) -> None:
    base = {"DATA_DIR": str(tmp_path), "MAILCHIMP_AUDIENCE_ID": "a"}
    assert not load_settings({**base, name: LONG}).demo
    assert load_settings({**base, name: ""}).demo
    held = tmp_path / "secret"
    held.write_text(LONG)
    assert not load_settings({**base, f"{name}_FILE": str(held)}).demo


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    settings = load_settings({"HUBSPOT_TOKEN_FILE": str(tmp_path / "token")})
    account = settings.accounts["lyngby"].hubspot
    assert account is not None
    assert account.token == "from-a-file"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings(
            {
                "MAILCHIMP_API_KEY": "key-us1",
                "HUBSPOT_TOKEN_FILE": str(tmp_path / "missing"),
                "TYPEFORM_SECRETS": f"{LONG},too-short",
                "PORT": "eighty",
                "SANDBOX_PORT": "70000",
                "WEB_THREADS": "0",
                "SYNC_INTERVAL_S": "-1",
                "LOG_LEVEL": "chatty",
            }
        )
    for name in (
        "MAILCHIMP_AUDIENCE_ID",
        "HUBSPOT_TOKEN_FILE",
        "TYPEFORM_SECRETS",
        "PORT",
        "SANDBOX_PORT",
        "WEB_THREADS",
        "SYNC_INTERVAL_S",
        "LOG_LEVEL",
    ):
        assert name in str(told.value)
    assert "openssl rand -hex 32" in str(told.value)
    for secret in (LONG, "too-short", "key-us1"):
        assert secret not in str(told.value)


def test_a_directory_is_no_secret_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TYPEFORM_TOKEN_FILE"):
        load_settings({"TYPEFORM_TOKEN_FILE": str(tmp_path)})


@pytest.mark.parametrize("given", ["", " ", ",", " , ,"])
def test_an_empty_secret_is_none(given: str) -> None:
    settings = load_settings({**REAL, "TYPEFORM_SECRETS": given})
    assert settings.secrets("lyngby", "typeform") == ()


def test_several_secrets_are_all_active() -> None:
    settings = load_settings({**REAL, "TYPEFORM_SECRETS": f" {LONG} , {LONG}-two,"})
    assert settings.secrets("lyngby", "typeform") == (LONG, f"{LONG}-two")


def test_secrets_are_in_no_repr() -> None:
    settings = load_settings(
        {
            "HUBSPOT_TOKEN": "hubspot-told-only-us",
            "MAILCHIMP_API_KEY": "mailchimp-told-only-us-us7",
            "MAILCHIMP_AUDIENCE_ID": "a1",
            "TYPEFORM_TOKEN": "typeform-told-only-us",
            "TYPEFORM_SECRETS": LONG,
        }
    )
    assert "told-only-us" not in repr(settings)
    assert LONG not in repr(settings)
    account = settings.accounts["lyngby"].mailchimp
    assert account is not None
    assert account.base_url == "https://us7.api.mailchimp.com/3.0"


def test_a_second_programme_has_credentials_of_its_own() -> None:
    settings = load_settings(
        {
            "PROGRAMMES": "lyngby, aarhus-nord",
            "HUBSPOT_TOKEN": "ours",
            "AARHUS_NORD_HUBSPOT_TOKEN": "theirs",
            "TYPEFORM_SECRETS": LONG,
        }
    )
    ours, theirs = (settings.accounts[key] for key in settings.programmes)
    assert ours.hubspot is not None
    assert theirs.hubspot is not None
    assert (ours.hubspot.token, theirs.hubspot.token) == ("ours", "theirs")
    assert theirs.typeform is None
    assert settings.secrets("aarhus-nord", "typeform") == ()
    assert settings.secrets("nowhere", "typeform") == ()
    assert settings.secrets("lyngby", "no-such-tool") == ()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_gets_the_driver_that_is_installed(scheme: str) -> None:
    settings = load_settings({**REAL, "DATABASE_URL": f"{scheme}://u:p@db/v?x=1"})
    assert settings.database_url == "postgresql+psycopg://u:p@db/v?x=1"


def test_the_environment_outranks_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("PORT=9001\nSANDBOX_PORT=9002\nHUBSPOT_TOKEN=t\n")
    monkeypatch.setenv("PORT", "9100")
    settings = load_settings()
    assert (settings.port, settings.sandbox_port, settings.demo) == (9100, 9002, False)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8001/hubspot", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("https://api.hubapi.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://user@127.0.0.1:1@evil.example", False),
        ("", False),
    ],
)
def test_what_is_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here
