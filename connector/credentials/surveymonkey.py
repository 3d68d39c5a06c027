"""SurveyMonkey's token: the account, its region, the app's scopes and the plan.

``GET /users/me`` tells which scopes the account's plan makes available and which the
app was granted (https://api.surveymonkey.com/v3/docs#api-endpoints-users-and-teams).
The three regions' addresses are those of its documentation on access URLs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connector.accounts import SurveyMonkeyAccount
from connector.clients import (
    RemoteError,
    RemoteUnauthorised,
    SurveyMonkey,
    connect_surveymonkey,
)
from connector.clients.errors import RemoteAnswerError, without_addresses
from connector.clients.surveymonkey_shapes import WRONG_REGION
from connector.credentials import asking
from connector.findings import Finding

REGIONS = {
    "api.surveymonkey.com": "United States",
    "api.eu.surveymonkey.com": "Europe",
    "api.surveymonkey.ca": "Canada",
}
DETAIL = "responses_read_detail"
# By the names of the app's page, which are others than the API's.
SCOPES = {
    "surveys_read": "View Surveys",
    "responses_read": "View Responses",
    DETAIL: "View Response Details",
    "webhooks_read": "View Webhooks",
    "webhooks_write": "Create/Modify Webhooks",
}
TO_MAKE = ("surveys_write", "collectors_read", "collectors_write")
APP = "developer.surveymonkey.com > My Apps > your app"
ANEW = f"{APP} > Settings: copy the Access Token, and set SURVEYMONKEY_TOKEN."
PAID = "SurveyMonkey lets an app read answers on paid plans only: choose such a plan."


def look(account: SurveyMonkeyAccount, limits: str) -> list[Finding]:
    """Return what SurveyMonkey says of the token, region, scopes and plan."""
    if not account.token:
        return [_no_token()]
    wrong = asking.misspelt("surveymonkey", account.token)
    if wrong:
        return wrong
    with asking.closing(_connect(account, limits)) as client:
        try:
            me = client.me()
        except RemoteUnauthorised as error:
            return _refused(account, limits, error)
        except RemoteAnswerError as error:
            return [*_here(account, None), *_unnamed(client, error)]
    return [*_here(account, me), *_granted(me)]


def region(account: SurveyMonkeyAccount, limits: str) -> str:
    """Return the base URL at which the account is; "" where none accepts the token.

    Tried only where the account's base URL is one of SurveyMonkey's own: the given one
    first, then the others.
    """
    for base_url in _bases(account.base_url):
        there = replace(account, base_url=base_url)
        try:
            with asking.closing(_connect(there, limits)) as client:
                client.me()
        except RemoteUnauthorised:
            continue
        except RemoteAnswerError:
            return base_url  # It knows the token, and only keeps the name to itself.
        except RemoteError:
            continue
        return base_url
    return ""


def _bases(base_url: str) -> list[str]:
    """Return the base URLs to try: of another's host, that one alone."""
    own = asking.host(base_url)
    if own not in REGIONS:
        return [base_url]
    return [base_url, *(f"https://{host}/v3" for host in REGIONS if host != own)]


def _connect(account: SurveyMonkeyAccount, limits: str) -> SurveyMonkey:
    return connect_surveymonkey(
        account.token,
        asking.how(account.base_url, limits),
        calls_in_1_min=account.calls_per_min,
    )


def _no_token() -> Finding:
    what = "There is no token, only a secret: no answer can be fetched."
    return Finding("surveymonkey.token", "warning", what, ANEW)


def _here(
    account: SurveyMonkeyAccount, me: Mapping[str, Any] | None
) -> tuple[Finding, Finding]:
    told = "SurveyMonkey accepts the token, and does not say whose it is."
    if me is not None:
        name = without_addresses(str(me.get("username") or "")).strip()
        told = f"The token opens SurveyMonkey account {name} ({me['id']})."
    host = asking.host(account.base_url)
    place = f"{host} ({REGIONS[host]})" if host in REGIONS else host
    return (
        Finding("surveymonkey.token", "well", told),
        Finding("surveymonkey.region", "well", f"The account is at {place}."),
    )


def _refused(
    account: SurveyMonkeyAccount, limits: str, error: RemoteUnauthorised
) -> list[Finding]:
    others = [one for one in _bases(account.base_url) if one != account.base_url]
    fits = _first(account, others, limits)
    host = asking.host(account.base_url)
    if fits or error.code == WRONG_REGION:
        where = REGIONS.get(asking.host(fits), "")
        place = f"SurveyMonkey's region {where}" if where else "another region"
        bases = [f"https://{one}/v3" for one in REGIONS]
        remedy = f"Set SURVEYMONKEY_BASE_URL={fits}"
        if not fits:
            remedy = f"Set SURVEYMONKEY_BASE_URL to one of: {', '.join(bases)}"
        what = f"The account is in {place}, and {host} is asked."
        return [Finding("surveymonkey.region", "fault", what, remedy)]
    what = (
        f"SurveyMonkey does not accept this token at {host}"
        f"{', nor in its other regions' if others else ''}: {asking.said(error)}"
    )
    return [Finding("surveymonkey.token", "fault", what, ANEW)]


def _first(account: SurveyMonkeyAccount, bases: list[str], limits: str) -> str:
    if not bases:
        return ""
    return region(replace(account, base_url=bases[0]), limits)


# --- scopes and plan -----------------------------------------------------------------
def _granted(me: Mapping[str, Any]) -> list[Finding]:
    scopes = me.get("scopes") or {}
    if "granted" not in scopes:
        return [_untold("the account names none")]
    granted = set(scopes.get("granted") or ())
    available = {*granted, *(scopes.get("available") or ())}
    plan = str(me.get("account_type") or "unnamed")
    missing = [one for one in SCOPES if one not in granted]
    beyond = [one for one in missing if available and one not in available]
    lacking = [one for one in missing if one not in beyond]
    return [_scopes(lacking, granted), _plan(plan, beyond)]


def _scopes(lacking: list[str], granted: set[str]) -> Finding:
    if lacking:
        names = [f"{SCOPES[one]} ({one})" for one in lacking]
        return Finding(
            "surveymonkey.scopes",
            "fault",
            f"The app lacks the scope{'s' if len(names) > 1 else ''} "
            f"{asking.listed(names)}.",
            f"{APP} > Settings > Scopes: set {asking.listed(names)} to Required, "
            "Update Scopes; then copy the Access Token again, for it is a new one.",
        )
    told = "All scopes for answers and webhooks are there."
    if not granted.issuperset(TO_MAKE):
        told += (
            " To make the shipped forms by `vidensbro forms create`, add "
            f"{asking.listed(list(TO_MAKE))}."
        )
    return Finding("surveymonkey.scopes", "well", told)


def _plan(plan: str, beyond: list[str]) -> Finding:
    if not beyond:
        told = f"The plan ({plan}) has what is needed."
        return Finding("surveymonkey.plan", "well", told)
    names = [f"{SCOPES[one]} ({one})" for one in beyond]
    what = f"The account's plan ({plan}) does not offer {asking.listed(names)}."
    remedy = f"{PAID} Then renew the app's token." if DETAIL in beyond else PAID
    return Finding("surveymonkey.plan", "fault", what, remedy)


def _unnamed(client: SurveyMonkey, error: RemoteAnswerError) -> list[Finding]:
    """Look by a read where the account is not told: users_read is missing."""
    try:
        client.surveys()
    except RemoteAnswerError as refused:
        if refused.status == 403:
            return [_scopes(["surveys_read"], set())]
        raise
    return [_untold(str(error))]


def _untold(why: str) -> Finding:
    return Finding(
        "surveymonkey.scopes",
        "warning",
        f"The app's scopes are not told ({why}).",
        f"{APP} > Settings > Scopes: add View Users (users_read), and compare with "
        f"{asking.listed([*SCOPES.values()])}; then copy the Access Token again.",
    )
