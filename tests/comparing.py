"""A world written down without generated ids and times, to hold against another."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from connector.programme.entities import ENTITY_TABLES, Consent, EvaluationResponse
from connector.sync.state import RemoteRecord
from tests.world import World

GENERATED = re.compile(r"[0-9a-f]{20}|127\.0\.0\.1:\d+")
ENDS = (
    ("0-162", "contacts"),
    ("0-162", "companies"),
    ("0-162", "0-410"),
    ("contacts", "companies"),
)
LEFT_OUT = {
    "id", "created_at", "delivery_id", "vidensbro_id", "hs_object_id", "createdate",
    "lastmodifieddate", "hs_lastmodifieddate", "hs_createdate", "response", "at",
    "reference",
}  # fmt: skip


def snapshot(world: World) -> dict[str, Any]:
    """Return entities, CRM and newsletter as plain, ordered values."""
    return {
        "entities": _entities(world),
        "crm": {
            kind: _sorted(_crm(record) for record in world.records(kind))
            for kind in ("contacts", "companies", "0-410", "0-162")
        },
        "associations": _associations(world),
        "tasks": _tasks(world),
        "newsletter": _sorted(
            {
                "email": member["email_address"],
                "status": member["status"],
                "fields": member["merge_fields"],
            }
            for member in world.members().values()
        ),
    }


def _entities(world: World) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with world.service.database.reading() as session:
        tables: dict[str, Any] = {
            **ENTITY_TABLES,
            "consent": Consent,
            "evaluation": EvaluationResponse,
        }
        for name, table in tables.items():
            rows = session.scalars(select(table)).all()
            found[name] = _sorted(_plain(row) for row in rows)
        found["unsent"] = [
            (row.entity_kind, row.sent) for row in session.scalars(select(RemoteRecord))
            if row.sent
        ]  # fmt: skip
    return found


def _plain(row: Any) -> dict[str, Any]:
    return {
        column.name: _hide(getattr(row, column.name))
        for column in row.__table__.columns
        if column.name not in LEFT_OUT
    }


def _crm(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _hide(value)
        for name, value in record["properties"].items()
        if name not in LEFT_OUT and value not in (None, "")
    }


def _associations(world: World) -> list[Any]:
    names: dict[str, str] = {}
    for kind in ("contacts", "companies", "0-410", "0-162"):
        for record in world.records(kind):
            held = record["properties"]
            title = held.get("hs_name") or held.get("name") or held.get("email")
            names[f"{kind}:{record['id']}"] = title or held.get("hs_course_name") or "?"
    pairs = []
    for one, other in ENDS:
        ids = [r["id"] for r in world.records(one)]
        answer = world.crm(
            "POST",
            f"/crm/associations/2026-09/{one}/{other}/batch/read",
            {"inputs": [{"id": i} for i in ids]},
        )
        for result in answer["results"]:
            start = names[f"{one}:{result['from']['id']}"]
            pairs += [
                (start, names[f"{other}:{to['toObjectId']}"]) for to in result["to"]
            ]
    return sorted(pairs)


def _hide(value: Any) -> Any:
    if isinstance(value, str):
        return GENERATED.sub("(id)", value)
    return value if isinstance(value, int | bool | None) else str(_deep(value))


def _deep(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _deep(v) for k, v in sorted(value.items())}
    if isinstance(value, list):
        return [_deep(v) for v in value]
    return GENERATED.sub("(id)", str(value))


def _tasks(world: World) -> list[Any]:
    """Return the tasks, each with the names of the records that it is on."""
    title = ("hs_name", "name", "email")
    found = []
    for task in world.records("0-27"):
        on = []
        for kind in ("contacts", "companies", "0-162"):
            path = f"/crm/objects/2026-09/0-27/{task['id']}/associations/{kind}"
            there = {
                str(one["toObjectId"]) for one in world.crm("GET", path)["results"]
            }
            on += [
                next(filter(None, map(record["properties"].get, title)))
                for record in world.records(kind)
                if record["id"] in there
            ]
        held = task["properties"]
        lines = held["hs_task_body"].count("<p>")
        found.append(
            (held["hs_task_subject"], held["hs_task_status"], lines, sorted(on))
        )
    return sorted(found)


def _sorted(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: sorted((k, str(v)) for k, v in row.items()))
