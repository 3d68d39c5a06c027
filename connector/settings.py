"""Settings: read once, strictly, from the environment (and ``.env``).

A programme's credentials are its own: ``HUBSPOT_TOKEN`` belongs to the first of
``PROGRAMMES``, ``AARHUS_HUBSPOT_TOKEN`` to the programme ``aarhus``. Every secret may
also stand in a file named by ``NAME_FILE``. Without any credential the service is the
demo: its own directory, its own invented secrets, and the sandbox instead of tools.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from environs import Env, EnvError, FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import Range

CREDENTIALS = (
    "HUBSPOT_TOKEN",
    "MAILCHIMP_API_KEY",
    "TYPEFORM_TOKEN",
    "TYPEFORM_SECRETS",
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DEMO_FILE = "demo.env"
SECRET_MIN_CHARS = 16
POSTGRES = ("postgres", "postgresql")
PORT = Range(min=0, max=65535)
AT_LEAST_ONE = Range(min=1)


class ConfigError(Exception):
    """A setting is wrong; outside the service's error root, so nothing hides it."""


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """How to reach one programme's HubSpot, and which objects carry what."""

    token: str = field(repr=False)
    base_url: str
    version: str
    round_object: str
    participation_object: str
    requests_per_10_s: int
    searches_per_s: int


@dataclass(frozen=True, slots=True)
class MailchimpAccount:
    """How to reach one programme's Mailchimp audience."""

    key: str = field(repr=False)
    audience: str
    base_url: str
    calls_per_s: int


@dataclass(frozen=True, slots=True)
class TypeformAccount:
    """How Typeform proves itself (``secrets``) and how to reach it (``token``)."""

    token: str = field(repr=False)
    base_url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """One programme's tools; what is None is off."""

    hubspot: HubSpotAccount | None
    mailchimp: MailchimpAccount | None
    typeform: TypeformAccount | None


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
    log_level: str
    accounts: Mapping[str, Accounts]

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

    def _get_value(self, env_key: str, default: object) -> object:
        path = self._given.get(f"{env_key}_FILE")
        if path:
            return self._read_file(env_key, Path(path)) or default
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
    return {k: v for k, v in dotenv_values(path).items() if v is not None}


def _is_credential(name: str) -> bool:
    return name.removesuffix("_FILE").endswith(CREDENTIALS)


def _read(env: Env, demo: bool, data_dir: Path) -> Settings:
    programmes = tuple(filter(None, _words(env, "PROGRAMMES"))) or ("lyngby",)
    extra = env.str("VIDENSBRO_PROGRAMMES", "")
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
        log_level=(env.str("LOG_LEVEL", "INFO", validate=_log_level) or "").upper(),
        accounts={
            key: _accounts(env, "" if key == programmes[0] else prefix_of(key))
            for key in programmes
        },
    )


def prefix_of(key: str) -> str:
    """Return what stands before the settings of any programme but the first."""
    return f"{key.upper().replace('-', '_')}_"


def _accounts(env: Env, prefix: str) -> Accounts:
    return Accounts(
        hubspot=_hubspot(env, prefix),
        mailchimp=_mailchimp(env, prefix),
        typeform=_typeform(env, prefix),
    )


def _hubspot(env: Env, prefix: str) -> HubSpotAccount | None:
    token = env.str(f"{prefix}HUBSPOT_TOKEN", "")
    if not token:
        return None
    return HubSpotAccount(
        token=token,
        base_url=env.str(f"{prefix}HUBSPOT_BASE_URL", "https://api.hubapi.com"),
        version=env.str("HUBSPOT_API_VERSION", "2026-09"),
        round_object=env.str(f"{prefix}HUBSPOT_ROUND_OBJECT", "0-410"),
        participation_object=env.str(f"{prefix}HUBSPOT_PARTICIPATION_OBJECT", "0-162"),
        requests_per_10_s=env.int(
            f"{prefix}HUBSPOT_REQUESTS_PER_10_S", 90, validate=AT_LEAST_ONE
        ),
        searches_per_s=env.int(
            f"{prefix}HUBSPOT_SEARCHES_PER_S", 4, validate=AT_LEAST_ONE
        ),
    )


def _mailchimp(env: Env, prefix: str) -> MailchimpAccount | None:
    key = env.str(f"{prefix}MAILCHIMP_API_KEY", "")
    if not key:
        return None
    # The key's suffix names the data centre; the host with it works for every key.
    centre = key.rsplit("-", 1)[-1] if "-" in key else "us1"
    return MailchimpAccount(
        key=key,
        audience=env.str(f"{prefix}MAILCHIMP_AUDIENCE_ID"),
        base_url=env.str(
            f"{prefix}MAILCHIMP_BASE_URL", f"https://{centre}.api.mailchimp.com/3.0"
        ),
        calls_per_s=env.int(f"{prefix}MAILCHIMP_CALLS_PER_S", 8, validate=AT_LEAST_ONE),
    )


def _typeform(env: Env, prefix: str) -> TypeformAccount | None:
    token = env.str(f"{prefix}TYPEFORM_TOKEN", "")
    secrets = tuple(
        filter(None, _words(env, f"{prefix}TYPEFORM_SECRETS", _long_enough))
    )
    if not token and not secrets:
        return None
    return TypeformAccount(
        token=token,
        base_url=env.str(f"{prefix}TYPEFORM_BASE_URL", "https://api.typeform.com"),
        secrets=secrets,
    )


def _words(
    env: Env, name: str, validate: Callable[[str], object] | None = None
) -> list[str]:
    text = env.str(name, "", validate=validate) or ""
    return [word.strip() for word in text.split(",")]


def _long_enough(text: str) -> None:
    """Refuse a secret that can be guessed, without repeating it."""
    words = filter(None, (word.strip() for word in text.split(",")))
    if any(len(word) < SECRET_MIN_CHARS for word in words):
        raise ValidationError(
            f"a secret shorter than {SECRET_MIN_CHARS} characters can be guessed; "
            "make one with: openssl rand -hex 32"
        )


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
