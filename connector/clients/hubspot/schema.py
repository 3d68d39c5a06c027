"""The account: its identity, owners, properties, pipelines, activated objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.clients.hubspot.base import Base
from connector.clients.hubspot.shapes import Owner, owner

OWNERS_PAGE = 100


class Schema(Base):
    """Account info, owners, properties, pipelines and the object library."""

    def portal(self) -> tuple[str, str]:
        """The portal's id, and its time zone such as `Europe/Copenhagen`."""
        data = self.door.get(self._path("account"))
        return str(self.door.part(data, "portalId")), str(data.get("timeZone") or "")

    def account(self) -> dict[str, Any]:
        """The account: `portalId`, `accountType`, `portalName` where it has one."""
        data = self.door.get(self._path("account"))
        self.door.part(data, "portalId")
        return dict(data)

    def granted_scopes(self, token: str) -> list[str]:
        """The scopes of this client's own token, where HubSpot tells them.

        The token goes in the body, to the host that gets it in a header anyway.
        Documented for private apps; refused for a token that it does not know.
        """
        answer = self.door.post(self._path("token_info"), {"tokenKey": token})
        return [str(one) for one in self.door.part(answer.data, "scopes")]

    def peek(self, object_type: str) -> None:
        """Read one record's id at most, to see whether the token may read this type."""
        query = {"limit": "1", "properties": "hs_object_id"}
        self.door.get(self._path("records", object_type=object_type), query)

    def enablement(self) -> dict[str, bool]:
        """Which native objects are activated, by object type id such as `0-162`."""
        data = self.door.get(self._path("enablement"))
        return dict(self.door.part(data, "enablementByObjectTypeId"))

    def owners(self, *, archived: bool = False) -> list[Owner]:
        """The account's owners, or those who left it; scope crm.objects.owners.read."""
        query = {"limit": str(OWNERS_PAGE), "archived": str(archived).lower()}
        found: list[Owner] = []
        while True:
            data = self.door.get(self._path("owners"), query)
            found += [owner(raw) for raw in self.door.part(data, "results")]
            following = (data.get("paging") or {}).get("next") or {}
            if following.get("after") is None:
                return found
            query["after"] = str(following["after"])

    def properties(self, object_type: str) -> list[dict[str, Any]]:
        return self._list("properties", object_type=object_type)

    def create_property(
        self, object_type: str, definition: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Create a property.

        Needs name, label, groupName, type and fieldType; options for an enumeration.
        `hasUniqueValue` can be set only here, on ten properties of an object.
        """
        path = self._path("properties", object_type=object_type)
        return self._send("POST", path, dict(definition))

    def create_properties(
        self, object_type: str, definitions: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Create up to a hundred properties at once; return those that were made.

        One that does not fit may take all others down with it, or be left out.
        """
        path = self._path("properties_create", object_type=object_type)
        body = {"inputs": [dict(one) for one in definitions]}
        return list(self._send("POST", path, body).get("results") or ())

    def update_property(
        self, object_type: str, name: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        path = self._path("property", object_type=object_type, property=name)
        return self._send("PATCH", path, dict(changes))

    def add_property_options(
        self, object_type: str, name: str, options: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Add the options whose values are not there yet; keep all that are.

        A change of the options replaces the list, so it is read first: what staff
        added or renamed stays.
        """
        path = self._path("property", object_type=object_type, property=name)
        held = self.door.get(path).get("options") or []
        values = {one["value"] for one in held}
        added = [one for one in options if one["value"] not in values]
        whole = [_option(one, place) for place, one in enumerate([*held, *added])]
        return self._send("PATCH", path, {"options": whole})

    def groups(self, object_type: str) -> list[dict[str, Any]]:
        return self._list("groups", object_type=object_type)

    def create_group(self, object_type: str, name: str, label: str) -> dict[str, Any]:
        path = self._path("groups", object_type=object_type)
        return self._send("POST", path, {"name": name, "label": label})

    def pipelines(self, object_type: str) -> list[dict[str, Any]]:
        return self._list("pipelines", object_type=object_type)

    def create_pipeline(
        self, object_type: str, label: str, stages: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Create a pipeline with stages of label, displayOrder and metadata.

        An additional pipeline needs Starter or higher.
        """
        body = {
            "label": label,
            "displayOrder": 0,
            "stages": [_stage(stage) for stage in stages],
        }
        return self._send(
            "POST", self._path("pipelines", object_type=object_type), body
        )

    def update_pipeline(
        self, object_type: str, pipeline: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change a pipeline's label, displayOrder or archived."""
        path = self._path("pipeline", object_type=object_type, pipeline=pipeline)
        return self._send("PATCH", path, dict(changes))

    def create_stage(
        self, object_type: str, pipeline: str, stage: Mapping[str, Any]
    ) -> dict[str, Any]:
        path = self._path("stages", object_type=object_type, pipeline=pipeline)
        return self._send("POST", path, _stage(stage))

    def update_stage(
        self, object_type: str, pipeline: str, stage_id: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change a stage; HubSpot wants its metadata with every change."""
        path = self._path(
            "stage", object_type=object_type, pipeline=pipeline, stage=stage_id
        )
        return self._send("PATCH", path, {"metadata": {}, **changes})

    def delete_stage(self, object_type: str, pipeline: str, stage_id: str) -> None:
        """Delete a stage; HubSpot refuses while records are in it (since 2026-09)."""
        path = self._path(
            "stage", object_type=object_type, pipeline=pipeline, stage=stage_id
        )
        self._send("DELETE", path, None)


def _option(raw: Mapping[str, Any], place: int) -> dict[str, Any]:
    kept = {
        name: raw[name] for name in ("label", "value", "description") if name in raw
    }
    order = raw.get("displayOrder")
    return {
        **kept,
        "hidden": bool(raw.get("hidden", False)),
        "displayOrder": place if order is None else order,
    }


def _stage(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {"displayOrder": 0, "metadata": {}, **raw}
