"""What the tests of HubSpot's sync share: looks into the world, faults on order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import select

from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import (
    Match,
    Organisation,
    Participation,
    Person,
    ReviewItem,
)
from connector.sync.state import Connection, RemoteRecord
from tests.world import World

DAY = timedelta(days=1)
START = utcnow().replace(microsecond=0) - 30 * DAY
OBJECTS = "/crm/objects/2026-09"


def contact(here: World, email: str) -> dict[str, Any]:
    """Return the one contact with that primary address."""
    return here.record("contacts", email=email)


def part(here: World, name: str, role: str = "Mentee") -> dict[str, Any]:
    """Return somebody's record on the board."""
    return here.record("0-162", hs_name=f"{name} · {role} · Runde 1")


def held(record: Mapping[str, Any], name: str) -> str:
    """Return a property's value, "" where it has none."""
    return str(record["properties"].get(name) or "")


def rows(here: World, table: Any) -> list[Any]:
    """Return every row of a table."""
    with here.service.database.reading() as session:
        return list(session.scalars(select(table)))


def person(here: World, first_name: str) -> Person:
    """Return the one person of that first name."""
    [found] = [p for p in rows(here, Person) if p.first_name == first_name]
    return found


def company(here: World, name: str) -> Organisation:
    """Return the one organisation of that name."""
    [found] = [o for o in rows(here, Organisation) if o.name == name]
    return found


def participation(here: World, first_name: str) -> Participation:
    """Return the one participation of a person."""
    who = person(here, first_name).id
    [found] = [p for p in rows(here, Participation) if p.person_id == who]
    return found


def matches(here: World) -> list[str]:
    """Return the states of all matches."""
    return sorted(m.state for m in rows(here, Match))


def staff_claims(here: World, field: str = "") -> list[Claim]:
    """Return what staff said (about a field)."""
    return [
        c for c in rows(here, Claim) if c.source == "staff" and field in ("", c.field)
    ]


def reviews(here: World) -> list[str]:
    """Return the kinds of what waits for a person."""
    return sorted(i.kind for i in rows(here, ReviewItem) if i.settled_at is None)


def remote(here: World, entity_id: str) -> RemoteRecord:
    """Return what is known of one entity's record."""
    [found] = [r for r in rows(here, RemoteRecord) if r.entity_id == entity_id]
    return found


def connection(here: World) -> Connection:
    """Return the state of the connection to HubSpot."""
    [found] = [c for c in rows(here, Connection) if c.tool == "hubspot"]
    return found


def associate(here: World, record: Mapping[str, Any], who: Mapping[str, Any]) -> None:
    """Put a contact on a participation, as staff do."""
    path = f"{OBJECTS}/0-162/{record['id']}/associations/default/contacts/{who['id']}"
    here.crm("PUT", path)


def take_off(here: World, record: Mapping[str, Any], who: Mapping[str, Any]) -> None:
    """Take a contact off a participation, as staff do."""
    path = f"{OBJECTS}/0-162/{record['id']}/associations/contacts/{who['id']}"
    here.crm("DELETE", path)


def on_board(here: World, record: Mapping[str, Any]) -> set[str]:
    """Return the ids of the contacts on a participation."""
    path = f"{OBJECTS}/0-162/{record['id']}/associations/contacts"
    return {str(r["toObjectId"]) for r in here.crm("GET", path)["results"]}


def make(
    here: World, object_type: str, at: datetime | None = None, **properties: str
) -> str:
    """Create a record as staff would; return its id."""
    headers = {"X-Sandbox-At": at.isoformat()} if at else {}
    body = {"properties": properties}
    return str(here.crm("POST", f"{OBJECTS}/{object_type}", body, **headers)["id"])


def merge_in_crm(here: World, object_type: str, stays: str, goes: str) -> None:
    """Merge two records as staff would."""
    here.crm(
        "POST",
        f"{OBJECTS}/{object_type}/merge",
        {"primaryObjectId": stays, "objectIdToMerge": goes},
    )


def fault(here: World, **order: Any) -> None:
    """Order a fault for HubSpot."""
    requests.post(
        f"{here.sandbox_url}/sandbox/control/faults",
        json={"tool": "hubspot", **order},
        timeout=20,
    ).raise_for_status()


def hubspot_calls(here: World) -> dict[str, int]:
    """Return "METHOD path" -> how often, since last forgotten."""
    return dict(here.calls()["counts"].get("hubspot", {}))


def writes(here: World) -> int:
    """Return how many calls to HubSpot changed something there."""
    return sum(
        number
        for call, number in hubspot_calls(here).items()
        if call.startswith(("PATCH", "PUT", "DELETE"))
        or call.endswith(("upsert", "update", "archive", "default", "create"))
    )
