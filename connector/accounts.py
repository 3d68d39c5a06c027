"""Each programme's accounts at the hosted tools, read from the settings.

A tool without a credential is off. Webhook secrets are tried newest first while one
is being replaced; without any, every request of that provider is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from environs import Env
from marshmallow import ValidationError
from marshmallow.validate import Range

SECRET_MIN_CHARS = 16
AT_LEAST_ONE = Range(min=1)


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """How to reach one programme's HubSpot, and which objects carry what.

    ``task_owner`` is the e-mail address of who gets the tasks; "" leaves them nobody's.
    """

    token: str = field(repr=False)
    base_url: str
    version: str
    round_object: str
    participation_object: str
    requests_per_10_s: int
    searches_per_s: int
    secrets: tuple[str, ...] = field(default=(), repr=False)
    app_id: str = ""
    task_owner: str = ""


@dataclass(frozen=True, slots=True)
class MailchimpAccount:
    """How to reach one programme's Mailchimp audience.

    ``secrets`` stand in the address that Mailchimp calls: its last part is one of them.
    """

    key: str = field(repr=False)
    audience: str
    base_url: str
    calls_per_s: int
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class TypeformAccount:
    """How Typeform proves itself (``secrets``) and how to reach it (``token``)."""

    token: str = field(repr=False)
    base_url: str
    calls_per_s: int
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SurveyMonkeyAccount:
    """How SurveyMonkey proves itself, how to reach it, and the day's calls.

    Each of ``secrets`` is ``client id & client secret``, the key that it signs with.
    """

    token: str = field(repr=False)
    base_url: str
    calls_per_day: int
    calls_per_min: int
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """One programme's tools; what is None is off. ``digest_to`` gets the digest."""

    hubspot: HubSpotAccount | None
    mailchimp: MailchimpAccount | None
    typeform: TypeformAccount | None
    surveymonkey: SurveyMonkeyAccount | None = None
    digest_to: tuple[str, ...] = ()


def read_accounts(env: Env, prefix: str) -> Accounts:
    return Accounts(
        hubspot=_hubspot(env, prefix),
        mailchimp=_mailchimp(env, prefix),
        typeform=_typeform(env, prefix),
        surveymonkey=_surveymonkey(env, prefix),
        digest_to=tuple(filter(None, words(env, f"{prefix}DIGEST_TO"))),
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
        secrets=_secrets(env, f"{prefix}HUBSPOT_APP_SECRETS"),
        app_id=env.str(f"{prefix}HUBSPOT_APP_ID", ""),
        task_owner=env.str(f"{prefix}HUBSPOT_TASK_OWNER", ""),
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
        secrets=_secrets(env, f"{prefix}MAILCHIMP_WEBHOOK_SECRETS"),
    )


def _typeform(env: Env, prefix: str) -> TypeformAccount | None:
    token = env.str(f"{prefix}TYPEFORM_TOKEN", "")
    secrets = _secrets(env, f"{prefix}TYPEFORM_SECRETS")
    if not token and not secrets:
        return None
    return TypeformAccount(
        token=token,
        base_url=env.str(f"{prefix}TYPEFORM_BASE_URL", "https://api.typeform.com"),
        calls_per_s=env.int(f"{prefix}TYPEFORM_CALLS_PER_S", 2, validate=AT_LEAST_ONE),
        secrets=secrets,
    )


def _surveymonkey(env: Env, prefix: str) -> SurveyMonkeyAccount | None:
    token = env.str(f"{prefix}SURVEYMONKEY_TOKEN", "")
    client = env.str(f"{prefix}SURVEYMONKEY_CLIENT_ID", "")
    secrets = _secrets(env, f"{prefix}SURVEYMONKEY_CLIENT_SECRETS")
    if not token and not secrets:
        return None
    return SurveyMonkeyAccount(
        token=token,
        base_url=env.str(
            f"{prefix}SURVEYMONKEY_BASE_URL", "https://api.surveymonkey.com/v3"
        ),
        calls_per_day=env.int(
            f"{prefix}SURVEYMONKEY_CALLS_PER_DAY", 500, validate=AT_LEAST_ONE
        ),
        calls_per_min=env.int(
            f"{prefix}SURVEYMONKEY_CALLS_PER_MIN", 100, validate=AT_LEAST_ONE
        ),
        # Without the client's id nothing can be signed: nothing is accepted.
        secrets=tuple(f"{client}&{secret}" for secret in secrets if client),
    )


def _secrets(env: Env, name: str) -> tuple[str, ...]:
    return tuple(filter(None, words(env, name, long_enough)))


def words(
    env: Env, name: str, validate: Callable[[str], object] | None = None
) -> list[str]:
    text = env.str(name, "", validate=validate) or ""
    return [word.strip() for word in text.split(",")]


def long_enough(text: str) -> None:
    """Refuse a secret that can be guessed, without repeating it."""
    words = filter(None, (word.strip() for word in text.split(",")))
    if any(len(word) < SECRET_MIN_CHARS for word in words):
        raise ValidationError(
            f"a secret shorter than {SECRET_MIN_CHARS} characters can be guessed; "
            "make one with: openssl rand -hex 32"
        )
