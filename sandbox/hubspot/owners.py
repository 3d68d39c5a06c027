"""The account's users, to whom records belong.

Schema `PublicOwner` of HubSpot's 2026-09 owners spec; a page holds 100 unless said
otherwise. Who left the account is among the archived ones and has only a former
user's id. Option `hubspot.owners` is a list of others, each with at least an `id`.
"""

from typing import Any

from flask import Blueprint, request

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError, not_found
from sandbox.hubspot.portal import STAFF_USER

Owner = dict[str, Any]
Answer = tuple[dict[str, Any], int]

LARGEST = 500
_OWNERS: tuple[Owner, ...] = (
    {
        "id": "880001",
        "userId": STAFF_USER,
        "email": "liv.prove@programme.example",
        "firstName": "Liv",
        "lastName": "Prøve",
    },
    {
        "id": "880002",
        "userId": 7002,
        "email": "max.prove@programme.example",
        "firstName": "Max",
        "lastName": "Prøve",
    },
    {
        "id": "880003",
        "userIdIncludingInactive": 7003,
        "email": "kim.prove@programme.example",
        "firstName": "Kim",
        "lastName": "Prøve",
        "archived": True,
    },
)
_SINCE = "2026-01-05T08:00:00.000Z"


def owners_of(account: Account) -> list[Owner]:
    """Every owner, those who left too."""
    named = account.portal.box.option("hubspot.owners", _OWNERS)
    frame = {"type": "PERSON", "createdAt": _SINCE, "updatedAt": _SINCE, "teams": []}
    return [_with_user({**frame, "archived": False, **one}) for one in named]


def _with_user(owner: Owner) -> Owner:
    """The user's id stands in both fields until the user leaves."""
    user = owner.get("userId", owner.get("userIdIncludingInactive"))
    owner = {key: value for key, value in owner.items() if key != "userId"}
    owner["userIdIncludingInactive"] = user
    return owner if owner["archived"] else owner | {"userId": user}


def add_owners(routes: Blueprint, account: Account) -> None:
    """GET /crm/owners: those who are there, or with `archived` those who left."""

    @routes.get("/crm/owners/<version>")
    def listed(version: str) -> Answer:
        email = request.args.get("email")
        found = [
            one
            for one in _asked_for(account)
            if not email or one.get("email") == email.lower()
        ]
        limit, after = _number("limit", 100), _number("after", 0)
        if not 0 < limit <= LARGEST:
            raise HubError(400, f"limit must be between 1 and {LARGEST}")
        answer: dict[str, Any] = {"results": found[after : after + limit]}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return answer, 200

    @routes.get("/crm/owners/<version>/<int:owner_id>")
    def read(version: str, owner_id: int) -> Answer:
        name = request.args.get("idProperty", "id")
        if name not in ("id", "userId"):
            raise HubError(400, f"idProperty must be id or userId, not {name}")
        for one in _asked_for(account):
            if str(one.get(name)) == str(owner_id):
                return one, 200
        raise not_found("Owner", str(owner_id))


def _asked_for(account: Account) -> list[Owner]:
    archived = request.args.get("archived") == "true"
    return [one for one in owners_of(account) if one["archived"] == archived]


def _number(name: str, default: int) -> int:
    try:
        return int(request.args.get(name) or default)
    except ValueError as error:
        raise HubError(400, f"{name} must be a number") from error
