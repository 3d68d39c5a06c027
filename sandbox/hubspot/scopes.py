"""What a token may do: the scopes it was granted, and what each call wants.

Which scope a call wants is read from HubSpot's public 2026-09 specs (`security` of each
path) and, for tasks, meetings and notes, from its guides: those go with contacts. The
refusal has the shape that callers report: 403, category `MISSING_SCOPES`, and in
`errors[].context.requiredGranularScopes` the scopes of which one is enough.

Option `hubspot.scopes` (None: all of them) is what the token was granted. Token
information (`POST /oauth/v2/private-apps/get/access-token-info`, documented for private
apps) tells it; `hubspot.token_info` (True) False refuses to, as for a token that it
does not know. Option `hubspot.token` (none: any passes) is the one good token.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request

from sandbox.box import Box
from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.events import PORTAL
from sandbox.hubspot.kinds import kind_of
from sandbox.hubspot.portal import APP, STAFF_USER, body_of_request

NAMES = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-410": "courses",
    "0-162": "services",
}
OWNERS = "crm.objects.owners.read"
ALL = (
    *(f"crm.{part}.{name}.{act}" for part in ("objects", "schemas")
      for name in NAMES.values() for act in ("read", "write")),
    OWNERS,
)  # fmt: skip
READING = ("read", "search")
HELP = "https://developers.hubspot.com/scopes"
TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path


def check_token_known(box: Box, token: str) -> None:
    """401 for another token than the account's."""
    wanted = box.option("hubspot.token", None)
    if wanted is not None and token != wanted:
        message = "Authentication credentials not found or invalid."
        raise HubError(401, message, "INVALID_AUTHENTICATION")


def check_scopes(box: Box) -> None:
    """403 where the token lacks the scope that this call wants."""
    granted = box.option("hubspot.scopes", None)
    if granted is None:
        return
    wanted = _wanted(request.method, request.path.split("/")[2:])
    if not wanted or set(wanted) & set(granted):
        return
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(wanted)},
    }
    raise HubError(
        403,
        "This app hasn't been granted all required scopes to make this call. Read more "
        f"about required scopes here: {HELP}.",
        "MISSING_SCOPES",
        errors=[detail],
        extra={"links": {"scopes": HELP}},
    )


def _wanted(method: str, parts: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes of which one is enough, for the parts of a path."""
    area = parts[1] if len(parts) > 1 and parts[0] == "crm" else ""
    types = [*filter(None, map(_name, parts[3:]))] or ["contacts"]
    reads = method == "GET" or parts[-1] in READING
    if area == "owners":
        return (OWNERS,)
    if area == "objects" and "associations" not in parts:
        return (f"crm.objects.{types[0]}.{'read' if reads else 'write'}",)
    if area in ("properties", "pipelines") and not reads:
        return (f"crm.schemas.{types[0]}.write",)
    if area in ("properties", "pipelines", "associations", "objects"):
        acts = ("read", "write") if reads else ("write",)
        return tuple(f"crm.objects.{one}.{act}" for one in types for act in acts)
    return ()


def _name(object_type: str) -> str:
    """Return what scopes call a type, "" for a part of a path that names none."""
    try:
        return NAMES.get(kind_of(object_type).number, "contacts")
    except HubError:
        return ""


def add_token_info(routes: Blueprint, account: Account) -> None:
    """What a token of a private app may do: no scope is needed to ask."""
    box = account.portal.box

    @routes.post(TOKEN_INFO)
    def token_info() -> tuple[dict[str, Any], int]:
        asked = str(body_of_request().get("tokenKey") or "")
        if not box.option("hubspot.token_info", True) or not asked:
            raise HubError(404, "No private app has this token", "OBJECT_NOT_FOUND")
        check_token_known(box, asked)
        return {
            "userId": STAFF_USER,
            "hubId": int(box.option("hubspot.portal_id", PORTAL)),
            "appId": int(box.option("hubspot.app_id", APP)),
            "scopes": list(box.option("hubspot.scopes", None) or ALL),
        }, 200
