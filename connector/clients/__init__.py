"""Clients of the hosted tools: one thin module a provider, over one door.

A limit belongs to a credential, so its name in the store is made from the credential:
two programmes that share one share its limits.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connector.clients import hubspot as _hubspot
from connector.clients import mailchimp_shapes as _mailchimp_shapes
from connector.clients import surveymonkey as _surveymonkey
from connector.clients import surveymonkey_shapes as _surveymonkey_shapes
from connector.clients import typeform as _typeform
from connector.clients.budget import Budget
from connector.clients.door import Bearer, Door, Patience
from connector.clients.errors import (
    RemoteBusy,
    RemoteError,
    RemoteRefused,
    RemoteUnauthorised,
)
from connector.clients.hubspot import HubSpot
from connector.clients.limits import PerSeconds, RollingLimit, Waiting, limiter_for
from connector.clients.mailchimp import Mailchimp, base_url
from connector.clients.surveymonkey import SurveyMonkey
from connector.clients.typeform import Typeform

__all__ = [
    "Budget",
    "Connecting",
    "HubSpot",
    "Mailchimp",
    "Patience",
    "RemoteBusy",
    "RemoteError",
    "RemoteRefused",
    "RemoteUnauthorised",
    "SurveyMonkey",
    "Typeform",
    "Waiting",
    "connect_hubspot",
    "connect_mailchimp",
    "connect_surveymonkey",
    "connect_typeform",
]

HUBSPOT_URL = "https://api.hubapi.com"

Rates = Mapping[str, PerSeconds]
"""A provider's limits by lane; "" counts every call."""


@dataclass(frozen=True)
class Connecting:
    """How to connect, whatever the provider.

    `store` keeps the limits: a file, a `postgresql` URL, or None for this process
    alone. An empty `base_url` is the provider's own.
    """

    base_url: str = ""
    store: str | Path | None = None
    patience: Patience = field(default_factory=Patience)
    waiting: Waiting = field(default_factory=Waiting)


def connect_hubspot(
    token: str,
    how: Connecting | None = None,
    *,
    calls_in_10_s: int = 100,
    searches_in_1_s: int = 4,
    version: str = "2026-09",
) -> HubSpot:
    """HubSpot by a static token.

    100 calls in ten seconds on Free and Starter, 190 on Professional and up. Search
    allows 5 a second for the whole account, other integrations' among them.
    """
    how = how or Connecting()
    rates = {
        "": PerSeconds(calls_in_10_s, 10),
        _hubspot.SEARCH_LANE: PerSeconds(searches_in_1_s, 1),
    }
    door = Door(
        how.base_url or HUBSPOT_URL,
        "HubSpot",
        Bearer(token),
        _limits("hubspot", token, rates, how),
        explain=_hubspot.explain,
        patience=how.patience,
    )
    return HubSpot(door, version)


def connect_mailchimp(
    key: str, audience: str, how: Connecting | None = None, *, calls_in_1_s: int = 8
) -> Mailchimp:
    """Mailchimp by an API key.

    Its limit is ten calls at one time for a user, and a client makes one at a time;
    the modest rate is courtesy. A call may take two minutes there.
    """
    how = how or Connecting()
    door = Door(
        how.base_url or base_url(key),
        "Mailchimp",
        ("vidensbro", key),
        _limits("mailchimp", key, {"": PerSeconds(calls_in_1_s, 1)}, how),
        explain=_mailchimp_shapes.explain,
        patience=how.patience,
    )
    return Mailchimp(door, audience)


def connect_surveymonkey(
    token: str,
    how: Connecting | None = None,
    *,
    calls_in_1_min: int = 100,
    budget: Budget | None = None,
) -> SurveyMonkey:
    """SurveyMonkey by an app's token: 120 calls a minute and 500 a day for the app.

    The minute's limit is kept here, below the documented one since others may use the
    app too; the day's calls are `budget`'s. The region is the base URL's.
    """
    how = how or Connecting()
    door = Door(
        how.base_url or _surveymonkey.DEFAULT_URL,
        "SurveyMonkey",
        Bearer(token),
        _limits("surveymonkey", token, {"": PerSeconds(calls_in_1_min, 60)}, how),
        explain=_surveymonkey_shapes.explain,
        patience=how.patience,
    )
    door.meter = _surveymonkey_shapes.DayMeter(budget)
    return SurveyMonkey(door)


def connect_typeform(
    token: str, how: Connecting | None = None, *, calls_in_1_s: int = 2
) -> Typeform:
    """Typeform by a personal token: two calls a second for an account.

    Its limit is for the Create and Responses APIs; webhook calls are not counted.
    The region is the base URL's: the wrong one answers with empty lists.
    """
    how = how or Connecting()
    door = Door(
        how.base_url or _typeform.DEFAULT_URL,
        "Typeform",
        Bearer(token),
        _limits("typeform", token, {"": PerSeconds(calls_in_1_s, 1)}, how),
        explain=_typeform.explain,
        patience=how.patience,
    )
    return Typeform(door)


def _limits(
    provider: str, credential: str, rates: Rates, how: Connecting
) -> dict[str, RollingLimit]:
    owner = hashlib.sha256(f"limit of {credential}".encode()).hexdigest()[:12]
    return {
        lane: limiter_for(
            "_".join(part for part in (provider, owner, lane) if part),
            [rate],
            how.store,
            how.waiting,
        )
        for lane, rate in rates.items()
    }
