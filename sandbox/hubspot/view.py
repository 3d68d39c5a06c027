"""A record as HubSpot's API shows it: `SimplePublicObject` of the 2026-09 specs."""

from typing import Any

from sandbox.hubspot.keys import value_of
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.schema import Schema
from sandbox.store import Document


def always_shown(kind: Kind) -> list[str]:
    """The properties in every answer."""
    return [kind.created, kind.modified, "hs_object_id"]


def shown(
    schema: Schema,
    kind: Kind,
    doc: Document,
    properties: list[str],
    with_history: list[str],
) -> dict[str, Any]:
    """The record for a read: the properties asked for, null where empty.

    Without a wish the type's usual ones. Properties that do not exist are left out
    without a word, as HubSpot does.
    """
    known = schema.definitions(kind)
    names = [*always_shown(kind), *(properties or [*kind.shown, *with_history])]
    answer = _frame(kind, doc)
    answer["properties"] = {
        name: value_of(doc, name) or None for name in names if name in known
    }
    if with_history:
        answer["propertiesWithHistory"] = {
            name: _history(doc, name) for name in with_history if name in known
        }
    return answer


def written(kind: Kind, doc: Document) -> dict[str, Any]:
    """The record for the answer to a write: all that has a value."""
    answer = _frame(kind, doc)
    answer["properties"] = {
        name: value for name in doc["history"] if (value := value_of(doc, name))
    }
    return answer


def _frame(kind: Kind, doc: Document) -> dict[str, Any]:
    frame = {
        "id": doc["id"],
        "properties": {},
        "createdAt": doc["createdAt"],
        "updatedAt": doc["updatedAt"],
        "archived": doc["archived"],
        "url": f"/sandbox/hubspot#r{doc['id']}",
    }
    if doc["archived"]:
        frame["archivedAt"] = doc["archivedAt"]
    return frame


def _history(doc: Document, name: str) -> list[dict[str, Any]]:
    entries = []
    for entry in doc["history"].get(name, []):
        one = {key: entry[key] for key in ("value", "timestamp", "sourceType")}
        one["sourceId"] = entry["sourceId"]
        if entry.get("sourceLabel"):
            one["sourceLabel"] = entry["sourceLabel"]
        if entry["sourceType"] == "CRM_UI":
            one["updatedByUserId"] = int(entry["sourceId"].removeprefix("userId:"))
        entries.append(one)
    return entries
