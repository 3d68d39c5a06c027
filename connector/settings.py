"""Settings: read once, strictly, from the environment (and ``.env``).

A programme's credentials are its own: ``HUBSPOT_TOKEN`` belongs to the first of
``PROGRAMMES``, ``AARHUS_HUBSPOT_TOKEN`` to the programme ``aarhus``. Every secret may
also stand in a file named by ``NAME_FILE``. Without any credential the service is the
demo: its own directory, its own invented secrets, and the sandbox instead of tools.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from environs import Env, EnvError, FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range

from connector.accounts import (
    AT_LEAST_ONE,
    Accounts,
    long_enough,
    read_accounts,
    words,
)

CREDENTIALS = (
    "HUBSPOT_TOKEN",
    "MAILCHIMP_API_KEY",
    "TYPEFORM_TOKEN",
    "TYPEFORM_SECRETS",
    "SURVEYMONKEY_TOKEN",
    "SURVEYMONKEY_CLIENT_SECRETS",
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("text", "json")
SECURITY = ("starttls", "tls", "none")
DEMO_FILE = "demo.env"
POSTGRES = ("postgres", "postgresql")
PORT = Range(min=0, max=65535)


class ConfigError(Exception):
    """A setting is wrong; outside the service's error root, so nothing hides it."""


class EnvFileError(ConfigError):
    """The file of settings cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Post:
    """The server that takes e-mail. ``security`` is starttls, tls or none."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    security: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to the next."""

    demo: bool
    data_dir: Path
    database_url: str
    queue_url: str
    public_url: str
    programmes: tuple[str, ...]
    programmes_dir: Path | None
    host: str
    port: int
    sandbox_port: int
    web_threads: int
    sync_interval_s: int
    poll_interval_s: int
    log_level: str
    accounts: Mapping[str, Accounts]
    secret_key: str = field(default="", repr=False)
    log_format: str = "text"
    trusted_proxies: int = 0
    post: Post | None = None
    backup_dir: Path | None = None
    backup_key: str = field(default="", repr=False)
    backups_kept: int = 14
    # The names of what was set, with no value: whoever restores must set them again.
    given: frozenset[str] = field(default=frozenset(), compare=False)

    def secrets(self, programme: str, provider: str) -> tuple[str, ...]:
        """Return the webhook secrets of a provider; empty means refuse everything."""
        account = getattr(self.accounts.get(programme), provider, None)
        return getattr(account, "secrets", ())


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings; raise ``ConfigError`` that names every fault at once."""
    values = dict(environ) if environ is not None else _from_process()
    demo = not any(_is_credential(name) and value for name, value in values.items())
    data_dir = Path(values.get("DATA_DIR") or "var")
    if demo:
        data_dir /= "demo"
        values = {**values, **_file_values(data_dir / DEMO_FILE)}
    env = _Environment(values, eager=False)
    try:
        settings = _read(env, demo, data_dir)
        env.seal()
        settings = replace(settings, given=frozenset(env.found))
    except EnvError as error:
        raise ConfigError(_sentences(error)) from error
    return settings


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine itself."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


class _Environment(FileAwareEnv):
    """environs over a given mapping instead of the process's environment."""

    def __init__(self, values: Mapping[str, str], *, eager: bool) -> None:
        super().__init__(eager=eager)
        self._given = dict(values)
        self.found: set[str] = set()

    def _get_value(self, env_key: str, default: object) -> object:
        path = self._given.get(f"{env_key}_FILE")
        if path:
            self.found.add(env_key)
            return self._read_file(env_key, Path(path)) or default
        if self._given.get(env_key):
            self.found.add(env_key)
        return self._given.get(env_key) or default

    def _read_file(self, env_key: str, path: Path) -> str:
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            # Kept with the other faults; the file's content is in no message.
            self._errors[f"{env_key}_FILE"].append(
                f"cannot be read: {type(error).__name__}"
            )
            return ""


def _from_process() -> dict[str, str]:
    return {**_file_values(Path(".env")), **os.environ}


def _file_values(path: Path) -> dict[str, str]:
    try:
        values = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        told = f"{path} cannot be read ({type(error).__name__}): save it as UTF-8 text."
        raise EnvFileError(told) from error
    return {k: v for k, v in values.items() if v is not None}


def _is_credential(name: str) -> bool:
    return name.removesuffix("_FILE").endswith(CREDENTIALS)


def _read(env: Env, demo: bool, data_dir: Path) -> Settings:
    programmes = tuple(filter(None, words(env, "PROGRAMMES"))) or ("lyngby",)
    extra = env.str("VIDENSBRO_PROGRAMMES", "")
    backups = env.str("BACKUP_DIR", "")
    return Settings(
        demo=demo,
        data_dir=data_dir,
        database_url=_with_driver(
            env.str("DATABASE_URL", f"sqlite:///{data_dir / 'vidensbro.db'}")
        ),
        queue_url=env.str("QUEUE_URL", ""),
        public_url=env.str("PUBLIC_URL", "").rstrip("/"),
        programmes=programmes,
        programmes_dir=Path(extra) if extra else None,
        host=env.str("HOST", "127.0.0.1"),
        port=env.int("PORT", 8000, validate=PORT),
        sandbox_port=env.int("SANDBOX_PORT", 8001, validate=PORT),
        web_threads=env.int("WEB_THREADS", 16, validate=AT_LEAST_ONE),
        sync_interval_s=env.int(
            "SYNC_INTERVAL_S", 3 if demo else 30, validate=AT_LEAST_ONE
        ),
        poll_interval_s=env.int("POLL_INTERVAL_S", 0, validate=Range(min=0)),
        secret_key=env.str("SECRET_KEY", "", validate=long_enough) or "",
        log_level=(env.str("LOG_LEVEL", "INFO", validate=_log_level) or "").upper(),
        log_format=env.str("LOG_FORMAT", "text", validate=OneOf(LOG_FORMATS)) or "",
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=Range(min=0)),
        post=_post(env),
        backup_dir=Path(backups) if backups else None,
        backup_key=env.str("BACKUP_KEY", "", validate=long_enough) or "",
        backups_kept=env.int("BACKUPS_KEPT", 14, validate=AT_LEAST_ONE),
        accounts={
            key: read_accounts(env, "" if key == programmes[0] else prefix_of(key))
            for key in programmes
        },
    )


def _post(env: Env) -> Post | None:
    host = env.str("SMTP_HOST", "")
    if not host:
        return None
    return Post(
        host=host,
        port=env.int("SMTP_PORT", 587, validate=PORT),
        user=env.str("SMTP_USER", ""),
        password=env.str("SMTP_PASSWORD", ""),
        sender=env.str("SMTP_FROM"),
        security=env.str("SMTP_SECURITY", "starttls", validate=OneOf(SECURITY)) or "",
    )


def prefix_of(key: str) -> str:
    """Return what stands before the settings of any programme but the first."""
    return f"{key.upper().replace('-', '_')}_"


def _log_level(text: str) -> None:
    if text.upper() not in LOG_LEVELS:
        raise ValidationError(f"one of {', '.join(LOG_LEVELS)}")


def _with_driver(url: str) -> str:
    """Name the driver that is installed; both short schemes are in common use."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in POSTGRES else url


def _sentences(error: EnvError) -> str:
    messages = getattr(error, "error_messages", None) or {"": [str(error)]}
    return "; ".join(f"{name}: {' '.join(told)}" for name, told in messages.items())
