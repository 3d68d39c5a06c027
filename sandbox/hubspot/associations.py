"""Which record belongs with which.

Source: HubSpot's 2026-09 associations spec and guide. Two records are associated
in both directions at once, each with a type id of its own. Associating does not move
a record's modified date, which is why pollers have to read associations by batch.
"""

from itertools import product
from typing import Any

from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import KINDS, Kind
from sandbox.hubspot.portal import Change, Portal, inputs_of
from sandbox.hubspot.records import Links, Records

WRITE_LIMIT, READ_LIMIT = 2000, 1000
# Documented default types; the others get numbers of the sandbox's own.
_DEFAULT_TYPES = {
    ("0-1", "0-1"): 449,
    ("0-1", "0-2"): 279,
    ("0-2", "0-1"): 280,
    ("0-1", "0-3"): 4,
    ("0-3", "0-1"): 3,
    ("0-3", "0-2"): 341,
    ("0-2", "0-3"): 342,
    ("0-46", "0-1"): 202,
    ("0-1", "0-46"): 201,
    ("0-46", "0-2"): 190,
    ("0-2", "0-46"): 189,
    ("0-46", "0-3"): 214,
    ("0-3", "0-46"): 213,
    ("0-47", "0-1"): 200,
    ("0-1", "0-47"): 199,
    ("0-47", "0-2"): 188,
    ("0-2", "0-47"): 187,
    ("0-47", "0-3"): 212,
    ("0-3", "0-47"): 211,
    ("0-27", "0-1"): 204,
    ("0-1", "0-27"): 203,
    ("0-27", "0-2"): 192,
    ("0-2", "0-27"): 191,
    ("0-27", "0-3"): 216,
    ("0-3", "0-27"): 215,
}

Types = list[dict[str, Any]]


def default_type(one: Kind, other: Kind) -> int:
    """The unlabelled type from one object type to another."""
    known = _DEFAULT_TYPES.get((one.number, other.number))
    return known or 9000 + KINDS.index(one) * len(KINDS) + KINDS.index(other)


class Associations:
    """The associations of one account."""

    def __init__(self, portal: Portal, records: Records) -> None:
        self._portal = portal
        self._records = records

    def of(self, one: Kind, other: Kind, record_id: str) -> dict[str, Types]:
        """Whom the record is associated with: {id: types}, the oldest first."""
        doc = self._portal.get(_place(one, other), record_id) or {"to": {}}
        found: dict[str, Types] = doc["to"]
        return found

    def associate(
        self, one: Kind, other: Kind, ids: tuple[str, str], types: Types | None = None
    ) -> list[dict[str, Any]]:
        """Join two records; the default types, and those given besides.

        Answers as `PublicDefaultAssociation`, one for each direction.
        """
        first, second = ids
        self._records.resolve(one, first)
        self._records.resolve(other, second)
        return [
            self._link(one, other, first, second, types or []),
            self._link(other, one, second, first, []),
        ]

    def _link(
        self, one: Kind, other: Kind, first: str, second: str, types: Types
    ) -> dict[str, Any]:
        number = default_type(one, other)
        default = {"category": "HUBSPOT_DEFINED", "typeId": number, "label": None}
        named = [
            {
                "category": spec.get("associationCategory", "USER_DEFINED"),
                "typeId": spec.get("associationTypeId"),
                "label": None,
            }
            for spec in types
            if spec.get("associationTypeId") != number
        ]
        before, now = self.of(one, other, first), [default, *named]
        self._portal.put(_place(one, other), first, {"to": before | {second: now}})
        ends, old = (first, second), before.get(second, [])
        self._tell(one, other, ends, [t for t in now if t not in old])
        self._tell(one, other, ends, [t for t in old if t not in now], removed=True)
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}
        return {"from": {"id": first}, "to": {"id": second}, "associationSpec": spec}

    def with_new(self, kind: Kind, record_id: str, link: dict[str, Any]) -> None:
        """Join a record being created, as one entry of its `associations` says.

        HubSpot tells the other's object type by the association type, so only the
        default types are understood here.
        """
        for spec in link.get("types") or []:
            number = spec.get("associationTypeId")
            for other in KINDS:
                if default_type(kind, other) == number:
                    self.associate(kind, other, (record_id, _id(link, "to")))
                    return
        raise HubError(400, f"Unknown association type in {link.get('types')}")

    def _tell(
        self,
        one: Kind,
        other: Kind,
        ends: tuple[str, str],
        types: Types,
        *,
        removed: bool = False,
    ) -> None:
        """One event a type and direction, as HubSpot reports associations."""
        for each in types:
            facts = {
                "fromObjectId": int(ends[0]),
                "fromObjectTypeId": one.number,
                "toObjectId": int(ends[1]),
                "toObjectTypeId": other.number,
                "associationTypeId": each["typeId"],
                "associationCategory": each["category"],
                "associationRemoved": removed,
                "isPrimaryAssociation": False,
            }
            writer = self._portal.writer()
            change = Change("associationChange", one, ends[0], writer, facts)
            self._portal.tell(change)

    def separate(
        self, one: Kind, other: Kind, ids: tuple[str, str], *, told: bool = True
    ) -> None:
        """Part two records, in both directions; nothing to do when they are apart."""
        first, second = ids
        for a, b, here, there in (
            (one, other, first, second),
            (other, one, second, first),
        ):
            to = self.of(a, b, here)
            if there in to:
                rest = {key: types for key, types in to.items() if key != there}
                self._portal.put(_place(a, b), here, {"to": rest})
                if told:
                    self._tell(a, b, (here, there), to[there], removed=True)

    def forget(self, kind: Kind, record_id: str) -> Links:
        """Part a record that is deleted from all others; what it was joined with.

        Whether HubSpot tells of these besides the deletion is not documented.
        """
        told = bool(self._portal.box.option("hubspot.deletion_parts", True))
        links: Links = {}
        for other in KINDS:
            for there, types in self.of(kind, other, record_id).items():
                links.setdefault(other.number, {})[there] = types
                self.separate(kind, other, (record_id, there), told=told)
        return links

    def bring_back(self, kind: Kind, record_id: str, links: Links) -> None:
        """Join a restored record with what it was joined with, as far as that lives."""
        for other in KINDS:
            for there, types in links.get(other.number, {}).items():
                if self._records.live(other, there) is not None:
                    self.associate(kind, other, (record_id, there), _specs(types))

    def hand_over(self, kind: Kind, gone: set[str], survivor: str) -> None:
        """Let the survivor of a merge have the associations of those that are gone."""
        for record_id, other in product(sorted(gone), KINDS):
            for there, types in self.of(kind, other, record_id).items():
                self.separate(kind, other, (record_id, there))
                if there not in {survivor, *gone}:
                    ids = (survivor, there)
                    self.associate(kind, other, ids, _specs(types))

    def batch_associate(
        self, one: Kind, other: Kind, body: dict[str, Any], *, labelled: bool = False
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Results and errors; a pair with an unknown record is an error of its own."""
        results: list[dict[str, Any]] = []
        errors = []
        for pair in inputs_of(body, WRITE_LIMIT):
            ids = (_id(pair, "from"), _id(pair, "to"))
            types = pair.get("types") if labelled else None
            try:
                with self._portal.transaction():
                    results += self.associate(one, other, ids, types)
            except HubError as error:
                errors.append(error.item())
        return results, errors

    def batch_archive(self, one: Kind, other: Kind, body: dict[str, Any]) -> None:
        """Part each `from` from all of its `to`."""
        with self._portal.transaction():
            for pair in inputs_of(body, WRITE_LIMIT):
                for to in pair.get("to") or []:
                    ids = (_id(pair, "from"), str(to.get("id", "")))
                    self.separate(one, other, ids)

    def batch_read(
        self, one: Kind, other: Kind, body: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Results and errors; a record without associations is among the errors."""
        size = int(self._portal.box.option("hubspot.association_page", 500))
        results, errors = [], []
        for wanted in inputs_of(body, READ_LIMIT):
            record_id = str(wanted.get("id", ""))
            every = [*self.of(one, other, record_id).items()]
            if not every:
                errors.append(_none_found(one, other, record_id).item())
                continue
            start = int(wanted.get("after") or 0)
            page = every[start : start + size]
            result: dict[str, Any] = {
                "from": {"id": record_id},
                "to": [{"toObjectId": k, "associationTypes": v} for k, v in page],
            }
            if start + size < len(every):
                result["paging"] = {"next": {"after": str(start + size)}}
            results.append(result)
        return results, errors


def _place(one: Kind, other: Kind) -> str:
    return f"hubspot.association.{one.number}.{other.number}"


def _specs(types: Types) -> Types:
    """Types as they are kept, as a request would give them."""
    return [
        {
            "associationCategory": one["category"],
            "associationTypeId": one["typeId"],
        }
        for one in types
    ]


def _id(pair: dict[str, Any], end: str) -> str:
    at = pair.get(end)
    if not isinstance(at, dict) or "id" not in at:
        raise HubError(400, f"Some required fields were not set: [{end}]")
    return str(at["id"])


def _none_found(one: Kind, other: Kind, record_id: str) -> HubError:
    message = f"No {other.names[1]} is associated with {one.names[1]} {record_id}."
    context = {
        "fromObjectId": [record_id],
        "fromObjectType": [one.number],
        "toObjectType": [other.number],
    }
    extra = {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    return HubError(404, message, "OBJECT_NOT_FOUND", context=context, extra=extra)
