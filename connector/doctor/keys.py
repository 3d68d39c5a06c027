"""The settings: they load, no secret is missing, and nobody else reads the file."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from connector.accounts import Accounts
from connector.findings import Finding
from connector.service import Service
from connector.settings import ConfigError, prefix_of
from connector.signing import SigningSecrets
from connector.vault import VaultClosed

ENV = Path(".env")
OTHERS = stat.S_IROTH | stat.S_IWOTH
MAKE_ONE = "openssl rand -hex 32"
AGAIN = "restart, and run: vidensbro setup"


def unreadable(error: ConfigError) -> list[Finding]:
    """Return a finding for each setting that does not load.

    Such settings open no service, so nothing else can be looked at.
    """
    told = getattr(error.__cause__, "error_messages", None)
    if not isinstance(told, Mapping):
        return [Finding("settings", "fault", str(error), "Correct it in .env.")]
    return [
        _faulty(str(name), " ".join(map(str, messages)))
        for name, messages in told.items()
    ]


def _faulty(name: str, message: str) -> Finding:
    what, _, remedy = message.partition("; ")
    if "not set" in what:
        what = "it is needed by what else is set, and is missing"
    mend = f"Set {name} in .env: {remedy or 'docs/settings.md says what it takes'}"
    if name.endswith("_FILE"):
        mend = f"Let the service's user read that file, or correct {name}"
    return Finding("settings", "fault", f"{name}: {what.rstrip('.')}.", mend)


def check_files(service: Service, _key: str) -> Iterator[Finding]:
    """Look at who may read the file with the secrets."""
    if service.settings.demo or not ENV.exists():
        return
    if ENV.stat().st_mode & OTHERS:
        what = "Everybody on this machine may read or change .env, and its secrets."
        yield Finding("settings.files", "warning", what, "Run: chmod 600 .env")
    else:
        yield Finding("settings.files", "well", "Nobody else reads .env.")


def check_secrets(service: Service, key: str) -> Iterator[Finding]:
    """Look for the secrets without which webhooks are refused or cannot be made."""
    accounts = service.settings.accounts[key]
    yield from list(_missing(service, key, accounts)) or [
        Finding("settings.secrets", "well", "No secret is missing.")
    ]


def _missing(service: Service, key: str, accounts: Accounts) -> Iterator[Finding]:
    settings = service.settings
    if not settings.public_url:
        return  # Nobody calls: everything is fetched.
    before = "" if key == settings.programmes[0] else prefix_of(key)
    typeform, surveymonkey = accounts.typeform, accounts.surveymonkey
    if typeform is not None and not typeform.secrets:
        name = f"{before}TYPEFORM_SECRETS"
        yield _lacks("typeform.secret", "Typeform", name, f"{MAKE_ONE}, then {AGAIN}")
    if surveymonkey is not None and not surveymonkey.secrets:
        name = (
            f"{before}SURVEYMONKEY_CLIENT_ID with {before}SURVEYMONKEY_CLIENT_SECRETS"
        )
        where = f"both stand on the app's page at SurveyMonkey; {AGAIN}"
        yield _lacks("surveymonkey.secret", "SurveyMonkey", name, where)
    if accounts.mailchimp is not None and not accounts.mailchimp.secrets:
        name = f"{before}MAILCHIMP_WEBHOOK_SECRETS"
        remedy = f"Set {name}: {MAKE_ONE}, then {AGAIN}"
        what = (
            f"{name} is not set: Mailchimp gets no webhook. Unsubscribes are fetched "
            "at every sync instead."
        )
        yield Finding("mailchimp.secret", "warning", what, remedy)


def _lacks(check: str, label: str, name: str, remedy: str) -> Finding:
    what = (
        f"{name} is not set: every webhook of {label} is refused. Nothing is lost: the "
        "answers are fetched instead, later."
    )
    return Finding(check, "warning", what, f"Set {name}: {remedy}")


def check_sealed(service: Service, key: str) -> Iterator[Finding]:
    """Look whether what is kept encrypted opens with the key of today."""
    settings = service.settings
    kept = SigningSecrets(service.database, settings.secret_key)
    try:
        kept.of(key, "mailchimp")
    except VaultClosed as closed:
        what = f"Mailchimp's webhooks cannot be proved: {closed}."
        remedy = f"Put the former SECRET_KEY back; or make one ({MAKE_ONE}), {AGAIN}"
        yield Finding("mailchimp.signing", "fault", what, remedy)
        return
    hooked = settings.public_url and settings.secrets(key, "mailchimp")
    if hooked and not settings.secret_key:
        what = (
            "SECRET_KEY is not set: Mailchimp's signing secret cannot be kept, so no "
            "webhook of Mailchimp can be made. Unsubscribes are fetched at every sync "
            "instead."
        )
        remedy = f"Set SECRET_KEY: {MAKE_ONE}, then {AGAIN}"
        yield Finding("mailchimp.signing", "warning", what, remedy)
