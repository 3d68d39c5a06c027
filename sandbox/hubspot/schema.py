"""Property definitions and groups of the account.

Source: schemas PropertyCreate and PropertyUpdate of HubSpot's 2026-09 properties
spec, and its guide: `hasUniqueValue` at most ten times per object, fixed when the
property is created; options need a label and a value.
"""

import re
from typing import Any

from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import Definition, Kind, definition, native
from sandbox.hubspot.portal import Portal

UNIQUE_LIMIT = 10
_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"file", "text", "textarea", "html", "phonenumber"},
    "number": {"number", "calculation_equation"},
}
_CHANGEABLE = (
    "label",
    "description",
    "groupName",
    "displayOrder",
    "fieldType",
    "formField",
    "hidden",
    "options",
    "type",
)
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")


class Schema:
    """What properties each object type has."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def _own(self, kind: Kind) -> dict[str, Definition]:
        return self._portal.box.store.all(f"hubspot.property.{kind.number}")

    def definitions(self, kind: Kind) -> dict[str, Definition]:
        """All live definitions by name, HubSpot's own first."""
        return native(kind) | self._own(kind)

    def get(self, kind: Kind, name: str) -> Definition | None:
        """The definition, or None."""
        own = self._portal.get(f"hubspot.property.{kind.number}", name)
        return own or native(kind).get(name)

    def is_unique(self, kind: Kind, name: str) -> bool:
        """Whether records may be addressed and upserted by this property."""
        own = self._portal.get(f"hubspot.property.{kind.number}", name)
        return bool(own and own["hasUniqueValue"])

    def create(self, kind: Kind, wanted: dict[str, Any]) -> Definition:
        """Add a property; HubError says what does not fit."""
        missing = [key for key in _REQUIRED if not isinstance(wanted.get(key), str)]
        if missing:
            raise HubError(400, f"Some required fields were not set: {missing}")
        name = wanted["name"]
        self._check_name(kind, name)
        made = definition(
            name, wanted["type"], wanted["fieldType"], wanted["groupName"]
        )
        made |= {key: wanted[key] for key in _CHANGEABLE if key in wanted}
        made["hasUniqueValue"] = wanted.get("hasUniqueValue") is True
        self._check(kind, made)
        if made["hasUniqueValue"]:
            self._check_unique(kind)
        made |= {"createdAt": self._portal.now(), "updatedAt": self._portal.now()}
        self._portal.put(f"hubspot.property.{kind.number}", name, made)
        return made

    def update(self, kind: Kind, name: str, changes: dict[str, Any]) -> Definition:
        """Change a property of the account's own, or a native one's options."""
        before = self.get(kind, name)
        if before is None:
            raise HubError(404, f"Property {name} not found", "OBJECT_NOT_FOUND")
        if before["modificationMetadata"]["readOnlyDefinition"]:
            raise HubError(400, f"{name} is defined by HubSpot and cannot be changed")
        if "hasUniqueValue" in changes:
            wanted = changes["hasUniqueValue"] is True
            if wanted != before["hasUniqueValue"]:
                raise HubError(400, "hasUniqueValue cannot be changed after creation")
        after = before | {key: changes[key] for key in _CHANGEABLE if key in changes}
        self._check(kind, after)
        after["updatedAt"] = self._portal.now()
        self._portal.put(f"hubspot.property.{kind.number}", name, after)
        return after

    def archive(self, kind: Kind, name: str) -> None:
        """Remove a property of the account's own; its values are no longer read."""
        if name in native(kind):
            raise HubError(400, f"{name} is defined by HubSpot and cannot be archived")
        self._portal.delete(f"hubspot.property.{kind.number}", name)

    def _check_name(self, kind: Kind, name: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
            raise HubError(400, f"Property name {name!r} is not valid")
        if self.get(kind, name) is not None:
            message = f"A property named '{name}' already exists."
            raise HubError(409, message, "OBJECT_ALREADY_EXISTS")

    def _check(self, kind: Kind, made: Definition) -> None:
        if made["fieldType"] not in _TYPES.get(made["type"], set()):
            message = f"fieldType {made['fieldType']} does not fit {made['type']}"
            raise HubError(400, message)
        if made["groupName"] not in self.groups(kind):
            message = f"Property group {made['groupName']} does not exist"
            raise HubError(400, message)
        values = []
        for option in made["options"]:
            if not isinstance(option, dict) or not {"label", "value"} <= set(option):
                raise HubError(400, "Options need a label and a value")
            values.append(option["value"])
        if len(set(values)) != len(values):
            raise HubError(400, "Property option values must be unique")

    def _check_unique(self, kind: Kind) -> None:
        allowed = self._portal.box.option("hubspot.unique_on_native", True)
        if kind.library and not allowed:
            message = f"Object type {kind.number} does not support unique properties"
            raise HubError(400, message)
        unique = [one for one in self._own(kind).values() if one["hasUniqueValue"]]
        if len(unique) >= UNIQUE_LIMIT:
            message = f"At most {UNIQUE_LIMIT} unique properties are allowed per object"
            raise HubError(400, message)

    def groups(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """The groups by name."""
        first = {"name": kind.group, "label": f"{kind.label} information"}
        groups: dict[str, dict[str, Any]] = {
            kind.group: first | {"displayOrder": 0, "archived": False}
        }
        return groups | self._portal.box.store.all(f"hubspot.group.{kind.number}")

    def create_group(self, kind: Kind, wanted: dict[str, Any]) -> dict[str, Any]:
        """Add a group; 409 when there is one of that name."""
        name, label = wanted.get("name"), wanted.get("label")
        if not isinstance(name, str) or not isinstance(label, str):
            raise HubError(400, "A group needs a name and a label")
        if name in self.groups(kind):
            message = f"Property group {name} already exists"
            raise HubError(409, message, "OBJECT_ALREADY_EXISTS")
        order = wanted.get("displayOrder", -1)
        made = {"name": name, "label": label, "displayOrder": order, "archived": False}
        self._portal.put(f"hubspot.group.{kind.number}", name, made)
        return made
