"""How to reach a programme's tools: one client each, over limits that are shared."""

from __future__ import annotations

from connector.accounts import Accounts
from connector.clients import (
    Connecting,
    HubSpot,
    Mailchimp,
    SurveyMonkey,
    Typeform,
    connect_hubspot,
    connect_mailchimp,
    connect_surveymonkey,
    connect_typeform,
)
from connector.service import Service
from connector.sources.budget import DayBudget


def accounts_of(service: Service, key: str) -> Accounts:
    """Return a programme's accounts."""
    return service.settings.accounts[key]


def how(service: Service, base_url: str) -> Connecting:
    """Return how to connect: where to, and where limits are kept for all processes."""
    return Connecting(
        base_url=base_url, store=limits_store(service), patience=service.patience
    )


def limits_store(service: Service) -> str:
    """Return where the limits of calls are kept, shared by all processes."""
    url = service.settings.database_url
    if url.startswith("postgresql"):
        return url.replace("+psycopg", "", 1)  # SQLAlchemy's own way to name a driver
    return str(service.settings.data_dir / "limits.db")


def hubspot(service: Service, key: str) -> HubSpot | None:
    """Return HubSpot's client, None where it is off."""
    account = accounts_of(service, key).hubspot
    if account is None:
        return None
    return connect_hubspot(
        account.token,
        how(service, account.base_url),
        calls_in_10_s=account.requests_per_10_s,
        searches_in_1_s=account.searches_per_s,
        version=account.version,
    )


def mailchimp(service: Service, key: str) -> Mailchimp | None:
    """Return Mailchimp's client, None where it is off."""
    account = accounts_of(service, key).mailchimp
    if account is None:
        return None
    return connect_mailchimp(
        account.key,
        account.audience,
        how(service, account.base_url),
        calls_in_1_s=account.calls_per_s,
    )


def typeform(service: Service, key: str) -> Typeform | None:
    """Return Typeform's client, None where it is off or has no token."""
    account = accounts_of(service, key).typeform
    if account is None or not account.token:
        return None
    return connect_typeform(
        account.token,
        how(service, account.base_url),
        calls_in_1_s=account.calls_per_s,
    )


def surveymonkey(service: Service, key: str) -> SurveyMonkey | None:
    """Return SurveyMonkey's client, None where it is off or has no token."""
    account = accounts_of(service, key).surveymonkey
    if account is None or not account.token:
        return None
    budget = DayBudget(
        service.database, "surveymonkey", account.token, account.calls_per_day
    )
    return connect_surveymonkey(
        account.token,
        how(service, account.base_url),
        calls_in_1_min=account.calls_per_min,
        budget=budget,
    )
