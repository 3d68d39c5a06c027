"""The account's records: values with their history, unique keys, merges.

A record's document: {id, createdAt, updatedAt, archived, written, history}, where
history is {property: [{value, timestamp, sourceType, sourceId, sourceLabel, written},
…]}, the newest first. `timestamp` is when the writer says it was, `written` when it
was.

Sources: HubSpot's object guides and 2026-09 specs. Merged-away ids go on answering
single calls with the survivor, and are unknown to batches. A contact's addresses,
primary and additional, are unique among contacts ("Contact already exists. Existing
ID: N"); companies are not unique by domain.
"""

from typing import Any

from sandbox.hubspot.errors import (
    HubError,
    no_option,
    not_found,
    property_error,
    read_only,
)
from sandbox.hubspot.keys import (
    EMAIL,
    MORE_EMAILS,
    Keys,
    addresses_of,
    value_of,
)
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.portal import Change, Portal, Writer
from sandbox.hubspot.schema import Schema
from sandbox.hubspot.values import as_text, email, instant, normalise
from sandbox.store import Document

_NUMBERS = "hubspot.record"
Links = dict[str, dict[str, list[dict[str, Any]]]]
"""Object type -> associated record -> association types."""
# HubSpot keeps the last 45 values of a contact's property, 20 of another's.
_KEPT = {"0-1": 45}


class Records:
    """Create, find, change, archive and merge records."""

    def __init__(self, portal: Portal, schema: Schema, pipelines: Pipelines) -> None:
        self._portal = portal
        self._schema = schema
        self._pipelines = pipelines
        self._keys = Keys(portal, schema)

    def get(self, kind: Kind, record_id: str) -> Document | None:
        """The record of exactly this id, archived or not."""
        return self._portal.get(kind.store, record_id)

    def live(self, kind: Kind, record_id: str) -> Document | None:
        """The record of exactly this id, unless archived: what a batch sees."""
        doc = self.get(kind, record_id)
        return None if doc is None or doc["archived"] else doc

    def resolve(self, kind: Kind, record_id: str) -> Document:
        """The record that a single call sees: the survivor of merges; else 404."""
        place = f"hubspot.merged.{kind.number}"
        while (gone := self._portal.get(place, record_id)) is not None:
            record_id = gone["into"]
        doc = self.live(kind, record_id)
        if doc is None:
            raise not_found(kind.label, record_id)
        return doc

    def find(self, kind: Kind, id_property: str, value: str) -> Document | None:
        """The live record that holds this value of a unique property."""
        self.check_id_property(kind, id_property)
        if id_property in (EMAIL, MORE_EMAILS):
            value = value.strip().lower()
        if id_property == "hs_object_id":
            return self.live(kind, value)
        holder = self._keys.holder(kind, id_property, value)
        return self.live(kind, holder) if holder else None

    def check_id_property(self, kind: Kind, name: str) -> None:
        """400 for a property that does not tell records apart."""
        native = kind.number == "0-1" and name in (EMAIL, MORE_EMAILS)
        if name != "hs_object_id" and not native and not self._keys.are_by(kind, name):
            message = (
                f"Unable to perform update/upsert by non-unique {kind.number} "
                f"property {name}"
            )
            raise HubError(400, message)

    def create(self, kind: Kind, properties: dict[str, Any]) -> Document:
        """A new record with these values."""
        writer = self._portal.writer()
        record_id = self._next_id()
        now = self._portal.now()
        doc: Document = {
            "id": record_id,
            "createdAt": instant(writer.at),
            "updatedAt": now,
            "archived": False,
            "written": now,
            "history": {},
        }
        values = self._checked(kind, doc, properties, writer)
        for name in kind.required:
            if not values.get(name):
                raise property_error(name, "REQUIRED_FIELD", f"{name} is required")
        values[kind.created] = doc["createdAt"]
        values["hs_object_id"] = record_id
        self._tell("creation", kind, record_id, writer)
        return self._write(kind, doc, values, writer)

    def update(self, kind: Kind, doc: Document, properties: dict[str, Any]) -> Document:
        """The record with these values; what is not named stays."""
        writer = self._portal.writer()
        return self._write(
            kind, doc, self._checked(kind, doc, properties, writer), writer
        )

    def archive(self, kind: Kind, doc: Document, links: Links) -> None:
        """Put the record in the recycle bin with the associations that it had; its
        unique values are free again."""
        self._keys.free(kind, doc)
        now = self._portal.now()
        gone = doc | {"archived": True, "archivedAt": now, "updatedAt": now}
        self._portal.put(kind.store, doc["id"], gone | {"links": links})
        self._tell("deletion", kind, doc["id"], self._portal.writer())

    def restore(self, kind: Kind, record_id: str) -> tuple[Document, Links]:
        """Take the record out of the recycle bin; it, and the associations it had.

        409 when another has its address by now.
        """
        doc = self.get(kind, record_id)
        if doc is None or not doc["archived"]:
            raise not_found(kind.label, record_id)
        links: Links = doc.get("links") or {}
        kept = {k: v for k, v in doc.items() if k not in ("archivedAt", "links")}
        back = kept | {"archived": False, "updatedAt": self._portal.now()}
        writer = self._portal.writer()
        self._tell("restore", kind, record_id, writer)
        return self._write(kind, back, {}, writer), links

    def purge(self, kind: Kind, doc: Document) -> None:
        """Forget the record for good. Both of its events go out, in either order."""
        self._keys.free(kind, doc)
        self._portal.delete(kind.store, doc["id"])
        writer = self._portal.writer()
        self._tell("privacyDeletion", kind, doc["id"], writer)
        self._tell("deletion", kind, doc["id"], writer)

    def merge(self, kind: Kind, primary: Document, other: Document) -> Document:
        """Make two records one: the primary's values, the other's where it has none.

        A contact keeps every address, the other's as additional ones. The survivor is
        the primary, or with option `hubspot.merge_makes_new` a third record.
        """
        writer = self._portal.writer()
        self._keys.free(kind, primary)
        self._keys.free(kind, other)
        named = ("hs_object_id", kind.created, kind.modified, MORE_EMAILS)
        values = {
            name: value_of(other, name)
            for name in other["history"]
            if name not in named and not value_of(primary, name)
        }
        if kind.number == "0-1":
            both = dict.fromkeys(addresses_of(primary) + addresses_of(other))
            values[EMAIL], *more = [*both] or [""]
            values[MORE_EMAILS] = ";".join(more)
        survivor = self._survivor(primary)
        gone = [one["id"] for one in (primary, other) if one["id"] != survivor["id"]]
        before = value_of(primary, "hs_merged_object_ids")
        values["hs_merged_object_ids"] = ";".join(filter(None, [before, *gone]))
        for record_id in gone:
            self._portal.delete(kind.store, record_id)
            place = f"hubspot.merged.{kind.number}"
            self._portal.put(place, record_id, {"into": survivor["id"]})
        self._tell(
            "merge",
            kind,
            survivor["id"],
            writer,
            primaryObjectId=int(primary["id"]),
            mergedObjectIds=[int(other["id"])],
            newObjectId=int(survivor["id"]),
            numberOfPropertiesMoved=len(values),
        )
        return self._write(kind, survivor, values, writer)

    def _survivor(self, primary: Document) -> Document:
        if not self._portal.box.option("hubspot.merge_makes_new", False):
            return primary
        record_id = self._next_id()
        entry = primary["history"]["hs_object_id"][0] | {"value": record_id}
        history = primary["history"] | {"hs_object_id": [entry]}
        return primary | {"id": record_id, "history": history}

    def _next_id(self) -> str:
        return str(91_000_000_000 + self._portal.box.store.next_number(_NUMBERS))

    def _tell(
        self, topic: str, kind: Kind, record_id: str, writer: Writer, **facts: Any
    ) -> None:
        self._portal.tell(Change(topic, kind, record_id, writer, facts))

    def _checked(
        self, kind: Kind, doc: Document, properties: dict[str, Any], writer: Writer
    ) -> dict[str, str]:
        """The values in HubSpot's form; HubError on the first that does not fit."""
        values: dict[str, str] = {}
        for name, value in properties.items():
            known = self._schema.get(kind, name)
            if known is None:
                message = f'Property "{name}" does not exist'
                raise property_error(name, "PROPERTY_DOESNT_EXIST", message)
            if name in (EMAIL, MORE_EMAILS) and kind.number == "0-1":
                values[name] = self._address(name, as_text(value), writer)
            elif known["modificationMetadata"]["readOnlyValue"]:
                raise read_only(name)
            elif name in (kind.pipeline, kind.stage):
                values[name] = as_text(value)
            else:
                values[name] = normalise(known, value, value_of(doc, name))
        self._place(kind, doc, values)
        return values

    def _address(self, name: str, text: str, writer: Writer) -> str:
        if name == MORE_EMAILS and writer.source_type != "CRM_UI":
            # Integrations reach additional addresses by another API only.
            raise read_only(name)
        return ";".join(email(part) for part in text.split(";") if part)

    def _place(self, kind: Kind, doc: Document, values: dict[str, str]) -> None:
        """Stand the record in a stage of a pipeline that has it."""
        if kind.pipeline is None or kind.stage is None:
            return
        pipelines = self._pipelines.all(kind)
        first = next(iter(pipelines))
        current = value_of(doc, kind.pipeline)
        chosen = values.get(kind.pipeline) or current or first
        if chosen not in pipelines:
            raise no_option(kind.pipeline, chosen, [*pipelines])
        stages = [stage["id"] for stage in pipelines[chosen]["stages"]]
        default = value_of(doc, kind.stage) if chosen == current else stages[0]
        stage = values.get(kind.stage) or default
        if stage not in stages:
            raise no_option(kind.stage, stage, stages)
        values |= {kind.pipeline: chosen, kind.stage: stage}

    def _write(
        self, kind: Kind, doc: Document, values: dict[str, str], writer: Writer
    ) -> Document:
        now = self._portal.now()
        if self._portal.box.option("hubspot.normalises", False):
            values = {name: _tidy(name, value) for name, value in values.items()}
        entry = {
            "timestamp": instant(writer.at),
            "sourceType": writer.source_type,
            "sourceId": writer.source_id,
            "sourceLabel": writer.label,
            "written": now,
        }
        history = dict(doc["history"])
        for name, value in (values | {kind.modified: now}).items():
            before = history.get(name, [])
            if (before[0]["value"] if before else "") != value:
                kept = _KEPT.get(kind.number, 20)
                history[name] = [{"value": value, **entry}, *before][:kept]
                self._tell_value(kind, doc["id"], writer, name, value)
        after = doc | {"history": history, "updatedAt": now}
        self._keys.free(kind, doc)
        self._keys.take(kind, after)
        self._portal.put(kind.store, doc["id"], after)
        return after

    def _tell_value(
        self, kind: Kind, record_id: str, writer: Writer, name: str, value: str
    ) -> None:
        """What HubSpot keeps itself cannot be subscribed to."""
        if name not in (kind.created, kind.modified, "hs_object_id"):
            facts = {"propertyName": name, "propertyValue": value}
            self._tell("propertyChange", kind, record_id, writer, **facts)


def _tidy(name: str, value: str) -> str:
    """Return a value in other clothes, as HubSpot may: which ones is not documented."""
    if name == "phone" and value.startswith("+"):
        return f"{value[:3]} {value[3:]}"
    return value.strip()
