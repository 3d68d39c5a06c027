"""HubSpot's token: the portal, the scopes that it lacks, the objects to activate.

What a token may do is told by HubSpot's token information where it knows the token
(private apps; https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview,
whether service keys too is not documented). Otherwise each object is read and HubSpot's
403 ``MISSING_SCOPES`` counts; what may be written cannot be seen that way, and that is
said. Which scope a call wants is read from HubSpot's 2026-09 specifications: reading
properties and pipelines needs no scope besides reading the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.accounts import HubSpotAccount
from connector.clients import (
    HubSpot,
    RemoteError,
    RemoteUnauthorised,
    connect_hubspot,
)
from connector.clients.errors import RemoteAnswerError
from connector.clients.hubspot.shapes import named
from connector.credentials import asking
from connector.findings import Finding

SCOPE_NAMES = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-410": "courses",
    "0-162": "services",
}
LIBRARY = {"0-410": "Courses", "0-162": "Services"}
SETTINGS = {
    "round_object": "HUBSPOT_ROUND_OBJECT",
    "participation_object": "HUBSPOT_PARTICIPATION_OBJECT",
}
OWNERS = "crm.objects.owners.read"
# Tasks, meetings and notes go with the scopes of contacts:
# https://developers.hubspot.com/docs/api-reference/latest/crm/activities/tasks/guide
ACTIVITIES = ("0-27", "0-47", "0-46")
ACCOUNT_KINDS = {
    "DEVELOPER_TEST": "a developer's test account",
    "SANDBOX": "a sandbox account",
    "APP_DEVELOPER": "an app developer's account, which holds no records",
}
ANEW = (
    "In HubSpot: Development > Keys > Service keys, open the key (or Create service "
    "key), copy it, and set HUBSPOT_TOKEN."
)
ADD_SCOPES = (
    "In HubSpot: Development > Keys > Service keys, open the key > Add new scope, tick "
    "{scopes} > Update. (A private app: its Scopes tab, then Commit changes.) The "
    "token stays the same."
)


def look(account: HubSpotAccount, limits: str) -> list[Finding]:
    """Return what HubSpot says of the token, its scopes and the objects."""
    wrong = asking.misspelt("hubspot", account.token)
    if wrong:
        return wrong
    client = connect_hubspot(
        account.token,
        asking.how(account.base_url, limits),
        calls_in_10_s=account.requests_per_10_s,
        searches_in_1_s=account.searches_per_s,
        version=account.version,
    )
    with asking.closing(client):
        try:
            portal = client.account()
        except RemoteUnauthorised as error:
            return [_refused(error)]
        found = [_portal(portal)]
        found += _scopes(client, account)
        found += _objects(client, account)
    return found


def wanted_scopes(account: HubSpotAccount) -> list[str]:
    """Return the scopes that the service needs, in the order of HubSpot's list."""
    kinds = [SCOPE_NAMES[one] for one in _types(account) if one in SCOPE_NAMES]
    reads = [f"crm.objects.{kind}.{act}" for kind in kinds for act in ("read", "write")]
    return [*reads, *(f"crm.schemas.{kind}.write" for kind in kinds), OWNERS]


def _types(account: HubSpotAccount) -> list[str]:
    carried = (account.round_object, account.participation_object)
    return list(dict.fromkeys(("0-1", "0-2", *carried)))


def _refused(error: RemoteUnauthorised) -> Finding:
    if error.status == 401:
        what = "HubSpot does not accept this token: it is mistyped, rotated or deleted."
    else:
        what = f"HubSpot accepts no call with this token: {asking.said(error)}"
    return Finding("hubspot.token", "fault", what, ANEW)


def _portal(portal: Mapping[str, object]) -> Finding:
    name = str(portal.get("portalName") or "").strip()
    told = f"portal {portal['portalId']}" + (f" ({name})" if name else "")
    kind = ACCOUNT_KINDS.get(str(portal.get("accountType")))
    if kind is None:
        return Finding("hubspot.token", "well", f"The token opens HubSpot {told}.")
    return Finding(
        "hubspot.token",
        "warning",
        f"The token opens HubSpot {told}: {kind}.",
        "Good for a trial. For the real programme make the key in its own account.",
    )


# --- scopes --------------------------------------------------------------------------
def _scopes(client: HubSpot, account: HubSpotAccount) -> list[Finding]:
    wanted = wanted_scopes(account)
    try:
        granted = set(client.granted_scopes(account.token))
    except RemoteError:
        return [_by_reading(client, account, wanted)]
    missing = [scope for scope in wanted if scope not in granted]
    if missing:
        return [_missing(missing)]
    return [Finding("hubspot.scopes", "well", f"All {len(wanted)} scopes are there.")]


def _missing(scopes: list[str], own_words: str = "") -> Finding:
    one = len(scopes) == 1
    return Finding(
        "hubspot.scopes",
        "fault",
        f"{'A scope is' if one else f'{len(scopes)} scopes are'} missing: "
        f"{', '.join(scopes)}.{own_words}",
        ADD_SCOPES.format(scopes="it" if one else "them"),
    )


def _by_reading(client: HubSpot, account: HubSpotAccount, wanted: list[str]) -> Finding:
    missing: list[str] = []
    words: list[str] = []
    for scope, error in _unreadable(client, account):
        missing.append(scope)
        theirs = named({"errors": error.errors}, *NAMES)
        words += theirs or [asking.said(error)]
    if missing:
        told = f" HubSpot asks for: {', '.join(dict.fromkeys(words))}."
        return _missing(list(dict.fromkeys(missing)), told)
    writes = [scope for scope in wanted if scope.endswith(".write")]
    return Finding(
        "hubspot.scopes",
        "warning",
        "The scopes for reading are there. HubSpot does not tell this kind of token's "
        "scopes, so whether it may write cannot be seen without writing.",
        f"Compare by eye in the key's list of scopes: {', '.join(writes)}.",
    )


NAMES = ("requiredGranularScopes", "missingScopes", "requiredScopes")


def _unreadable(
    client: HubSpot, account: HubSpotAccount
) -> Iterator[tuple[str, RemoteAnswerError]]:
    """Yield each scope whose read HubSpot refuses with a 403, and its answer."""
    for object_type in (*_types(account), *ACTIVITIES):
        kind = SCOPE_NAMES.get(object_type, "contacts")
        try:
            client.peek(object_type)
        except RemoteAnswerError as error:
            if error.status == 403:
                yield f"crm.objects.{kind}.read", error
    try:
        client.owners()
    except RemoteAnswerError as error:
        if error.status == 403:
            yield OWNERS, error


# --- objects -------------------------------------------------------------------------
def _objects(client: HubSpot, account: HubSpotAccount) -> list[Finding]:
    carried = {name: getattr(account, name) for name in SETTINGS}
    asked = {name: kind for name, kind in carried.items() if kind in LIBRARY}
    if not asked:
        told = (
            "Rounds and participations are carried by deals, which every account has."
        )
        return [Finding("hubspot.objects", "well", told)]
    try:
        enabled = client.enablement()
    except RemoteAnswerError as error:
        what = f"HubSpot does not tell which objects are activated: {error}"
        return [Finding("hubspot.objects", "warning", what, _activate(asked))]
    off = {name: kind for name, kind in asked.items() if not enabled.get(kind, False)}
    if off:
        names = asking.listed([f"{LIBRARY[kind]} ({kind})" for kind in off.values()])
        what = f"Not activated in this account: {names}."
        return [Finding("hubspot.objects", "fault", what, _activate(off))]
    names = asking.listed([LIBRARY[kind] for kind in asked.values()])
    return [Finding("hubspot.objects", "well", f"Activated: {names}.")]


def _activate(off: Mapping[str, str]) -> str:
    names = asking.listed([LIBRARY[kind] for kind in off.values()])
    settings = asking.listed([f"{SETTINGS[name]}=0-3" for name in off])
    return (
        "In HubSpot, as a super admin: Data Management > Data Model > Object library, "
        f"activate {names}. Where the account does not offer it, set {settings}: deals "
        "serve instead, and need the scopes of deals."
    )
