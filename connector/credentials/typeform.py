"""Typeform's token: the account, its region, and the scopes for reading.

Typeform tells no token's scopes. A read that is refused with a 403 shows one that is
missing; what only a write would show is said to be unseen. The wrong region refuses the
token, or answers with empty lists and no error (``connector.clients.typeform``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from connector.accounts import TypeformAccount
from connector.clients import (
    RemoteError,
    RemoteUnauthorised,
    Typeform,
    connect_typeform,
)
from connector.clients.errors import RemoteAnswerError
from connector.clients.typeform import REGIONS, region_of, wrong_region
from connector.credentials import asking
from connector.findings import Finding

ANEW = (
    "In Typeform: your profile > Personal tokens > Generate a new token, with the "
    "scopes {scopes}; copy it, and set TYPEFORM_TOKEN."
)
READS = ("forms:read", "responses:read", "webhooks:read")
WRITES = ("webhooks:write", "forms:write")
WANTED = (*READS, *WRITES)
TO_TICK = ("accounts:read", *WANTED)
"""What a new token is made with: accounts:read only lets it say whose it is."""
NOBODY = "none"
"""A form that is not there: asked for where the account has no form yet."""


def look(account: TypeformAccount, limits: str) -> list[Finding]:
    """Return what Typeform says of the token, its region and its scopes."""
    if not account.token:
        return [_no_token()]
    wrong = asking.misspelt("typeform", account.token)
    if wrong:
        return wrong
    with asking.closing(_connect(account, limits)) as client:
        try:
            told = _who(client)
        except RemoteUnauthorised:
            return _refused(account, limits)
        forms = _forms(client)
        found = [Finding("typeform.token", "well", told)]
        if forms is not None:
            found.append(_region(account, limits, client, forms))
        found.append(_scopes(client, forms))
    return found


def region(account: TypeformAccount, limits: str) -> str:
    """Return the base URL at which the account is; "" where that cannot be told.

    Tried only where the account's base URL is one of Typeform's own: the given one
    first, then the others, until one accepts the token and has a form. A form names
    its region; without any, the first that accepts the token counts.
    """
    accepting = ""
    for base_url in _bases(account.base_url):
        there = replace(account, base_url=base_url)
        try:
            with asking.closing(_connect(there, limits)) as client:
                _who(client)
                accepting = accepting or base_url
                forms = _forms(client)
                if forms:
                    named = region_of(client.form(str(forms[0]["id"])))
                    return f"https://{named}" if named in REGIONS else base_url
        except RemoteError:
            continue
    return accepting


def _bases(base_url: str) -> list[str]:
    """Return the base URLs to try: of a host that is not Typeform's, that one alone."""
    hosts = [asking.host(base_url)]
    if hosts[0] not in REGIONS:
        return [base_url]
    others = [f"https://{host}" for host in REGIONS if host not in hosts]
    return [base_url, *others]


def _connect(account: TypeformAccount, limits: str) -> Typeform:
    return connect_typeform(
        account.token,
        asking.how(account.base_url, limits),
        calls_in_1_s=account.calls_per_s,
    )


def _no_token() -> Finding:
    return Finding(
        "typeform.token",
        "warning",
        "There is no token, only a secret: webhooks are accepted, and answers that no "
        "webhook brought are never fetched.",
        ANEW.format(scopes=asking.listed(list(TO_TICK))),
    )


def _who(client: Typeform) -> str:
    """Return whose token it is; raise ``RemoteUnauthorised`` where it is nobody's.

    The scope accounts:read tells the name, and nothing else needs it.
    """
    try:
        me = client.me()
    except RemoteUnauthorised as error:
        if error.status == 401:
            raise
        return "Typeform accepts the token. (With accounts:read it would say whose.)"
    name = str(me.get("alias") or "").strip() or str(me.get("user_id") or "")
    return f"The token opens Typeform account {name} ({me.get('user_id', '')})."


def _forms(client: Typeform) -> list[dict[str, Any]] | None:
    """Return the account's forms; None where they may not be read."""
    try:
        return client.forms()
    except RemoteAnswerError as error:
        if error.status == 401:
            raise
        return None


# --- region --------------------------------------------------------------------------
def _refused(account: TypeformAccount, limits: str) -> list[Finding]:
    """Tell a token of another region from one that is none."""
    there = [one for one in _bases(account.base_url) if one != account.base_url]
    fits = region(replace(account, base_url=there[0]), limits) if there else ""
    if fits:
        return [_elsewhere(account.base_url, fits)]
    what = (
        f"Typeform does not accept this token at {asking.host(account.base_url)}"
        f"{', nor in its other regions' if there else ''}: it is mistyped or deleted."
    )
    remedy = ANEW.format(scopes=asking.listed(list(TO_TICK)))
    return [Finding("typeform.token", "fault", what, remedy)]


def _elsewhere(base_url: str, fits: str) -> Finding:
    host = asking.host(fits)
    return Finding(
        "typeform.region",
        "fault",
        f"The account is in Typeform's region {REGIONS[host]}, and "
        f"{asking.host(base_url)} is asked: answers would never be found there.",
        f"Set TYPEFORM_BASE_URL={fits}",
    )


def _region(
    account: TypeformAccount,
    limits: str,
    client: Typeform,
    forms: list[dict[str, Any]],
) -> Finding:
    host = asking.host(account.base_url)
    place = f"{host} ({REGIONS[host]})" if host in REGIONS else host
    if not forms:
        fits = region(account, limits)
        if fits and fits != account.base_url:
            return _elsewhere(account.base_url, fits)
        return Finding(
            "typeform.region",
            "well",
            f"The token is accepted at {place}. That the account's answers are there "
            "can be proven once it has a form.",
        )
    wrong = wrong_region(account.base_url, client.form(str(forms[0]["id"])))
    if wrong is None:
        told = f"The account's forms are at {place}."
        return Finding("typeform.region", "well", told)
    remedy = f"Set TYPEFORM_BASE_URL={wrong.rpartition(' ')[2]}"
    return Finding("typeform.region", "fault", wrong, remedy)


# --- scopes --------------------------------------------------------------------------
def _scopes(client: Typeform, forms: list[dict[str, Any]] | None) -> Finding:
    missing = ["forms:read"] if forms is None else []
    form = str(forms[0]["id"]) if forms else NOBODY
    missing += _unreadable(client, form)
    if missing:
        return Finding(
            "typeform.scopes",
            "fault",
            f"The token lacks {asking.listed(missing)}.",
            ANEW.format(scopes=asking.listed(list(TO_TICK))),
        )
    seen = READS if forms else READS[:1]
    unseen = [scope for scope in WANTED if scope not in seen]
    return Finding(
        "typeform.scopes",
        "well",
        f"The token has {asking.listed(list(seen))}. Typeform does not tell whether "
        f"{asking.listed(unseen)} are too: that shows at the first webhook and form.",
    )


def _unreadable(client: Typeform, form: str) -> Iterator[str]:
    asked: dict[str, Callable[[], object]] = {
        "responses:read": lambda: client.count(form),
        "webhooks:read": lambda: client.webhooks(form),
    }
    for scope, ask in asked.items():
        try:
            ask()
        except RemoteAnswerError as error:
            # A form that is not there is a 404 to whoever may read it.
            if error.status == 403:
                yield scope
