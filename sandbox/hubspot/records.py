"""The account's records: values with their history, unique keys, merges.

A record's document: {id, createdAt, updatedAt, archived, written, history}, where
history is {property: [{value, timestamp, sourceType, sourceId, written}, …]}, the
newest first. `timestamp` is when the writer says it was, `written` when it was.

Sources: HubSpot's object guides and 2026-09 specs. Merged-away ids go on answering
single calls with the survivor, and are unknown to batches. A contact's addresses,
primary and additional, are unique among contacts ("Contact already exists. Existing
ID: N"); companies are not unique by domain.
"""

from typing import Any

from sandbox.hubspot.errors import HubError, not_found, property_error
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.portal import Portal, Writer
from sandbox.hubspot.schema import Schema
from sandbox.hubspot.values import as_text, email, instant, normalise
from sandbox.store import Document

EMAIL, MORE_EMAILS = "email", "hs_additional_emails"
# HubSpot keeps the last 45 values of a contact's property, 20 of another's.
_KEPT = {"0-1": 45}


def value_of(doc: Document, name: str) -> str:
    """The record's value now, "" when it has none."""
    entries = doc["history"].get(name)
    return str(entries[0]["value"]) if entries else ""


def addresses_of(doc: Document) -> list[str]:
    """A contact's addresses, the primary one first."""
    found = [value_of(doc, EMAIL), *value_of(doc, MORE_EMAILS).split(";")]
    return [address for address in found if address]


class Records:
    """Create, find, change, archive and merge records."""

    def __init__(self, portal: Portal, schema: Schema, pipelines: Pipelines) -> None:
        self._portal = portal
        self._schema = schema
        self._pipelines = pipelines

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
        key = self._portal.get(self._index(kind, id_property), value)
        return self.live(kind, key["id"]) if key else None

    def check_id_property(self, kind: Kind, name: str) -> None:
        """400 for a property that does not tell records apart."""
        native = kind.number == "0-1" and name in (EMAIL, MORE_EMAILS)
        if name != "hs_object_id" and not native and not self._is_key(kind, name):
            message = (
                f"Unable to perform update/upsert by non-unique {kind.number} "
                f"property {name}"
            )
            raise HubError(400, message)

    def _is_key(self, kind: Kind, name: str) -> bool:
        return self._schema.is_unique(kind, name)

    def _index(self, kind: Kind, name: str) -> str:
        return f"hubspot.key.{kind.number}.{name}"

    def create(self, kind: Kind, properties: dict[str, Any]) -> Document:
        """A new record with these values."""
        writer = self._portal.writer()
        number = self._portal.box.store.next_number("hubspot.record")
        record_id = str(91_000_000_000 + number)
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
        values[kind.created] = doc["createdAt"]
        values["hs_object_id"] = record_id
        return self._write(kind, doc, values, writer)

    def update(self, kind: Kind, doc: Document, properties: dict[str, Any]) -> Document:
        """The record with these values; what is not named stays."""
        writer = self._portal.writer()
        return self._write(
            kind, doc, self._checked(kind, doc, properties, writer), writer
        )

    def archive(self, kind: Kind, doc: Document) -> None:
        """Put the record in the recycle bin; its unique values are free again."""
        self._unindex(kind, doc)
        now = self._portal.now()
        gone = doc | {"archived": True, "archivedAt": now, "updatedAt": now}
        self._portal.put(kind.store, doc["id"], gone)

    def purge(self, kind: Kind, doc: Document) -> None:
        """Forget the record for good."""
        self._unindex(kind, doc)
        self._portal.delete(kind.store, doc["id"])

    def merge(self, kind: Kind, primary: Document, other: Document) -> Document:
        """Make two records one: the primary's values, the other's where it has none.

        A contact keeps every address, the other's as additional ones.
        """
        writer = self._portal.writer()
        self._unindex(kind, primary)
        self._unindex(kind, other)
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
        before = value_of(primary, "hs_merged_object_ids")
        values["hs_merged_object_ids"] = ";".join(filter(None, [before, other["id"]]))
        self._portal.delete(kind.store, other["id"])
        place = f"hubspot.merged.{kind.number}"
        self._portal.put(place, other["id"], {"into": primary["id"]})
        return self._write(kind, primary, values, writer)

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
                raise _read_only(name)
            elif name in (kind.pipeline, kind.stage):
                values[name] = as_text(value)
            else:
                values[name] = normalise(known, value, value_of(doc, name))
        self._place(kind, doc, values)
        return values

    def _address(self, name: str, text: str, writer: Writer) -> str:
        if name == MORE_EMAILS and writer.source_type != "CRM_UI":
            # Integrations reach additional addresses by another API only.
            raise _read_only(name)
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
            raise _no_option(kind.pipeline, chosen, [*pipelines])
        stages = [stage["id"] for stage in pipelines[chosen]["stages"]]
        default = value_of(doc, kind.stage) if chosen == current else stages[0]
        stage = values.get(kind.stage) or default
        if stage not in stages:
            raise _no_option(kind.stage, stage, stages)
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
            "written": now,
        }
        history = dict(doc["history"])
        for name, value in (values | {kind.modified: now}).items():
            before = history.get(name, [])
            if (before[0]["value"] if before else "") != value:
                kept = _KEPT.get(kind.number, 20)
                history[name] = [{"value": value, **entry}, *before][:kept]
        after = doc | {"history": history, "updatedAt": now}
        self._unindex(kind, doc)
        self._index_all(kind, after)
        self._portal.put(kind.store, doc["id"], after)
        return after

    def _keys(self, kind: Kind, doc: Document) -> list[tuple[str, str]]:
        """The (property, value) pairs by which the record may be found."""
        pairs = [
            (name, value_of(doc, name))
            for name in doc["history"]
            if self._is_key(kind, name)
        ]
        if kind.number == "0-1":
            pairs.append((EMAIL, value_of(doc, EMAIL)))
            more = value_of(doc, MORE_EMAILS).split(";")
            pairs += [(MORE_EMAILS, address) for address in more]
        return [(name, value) for name, value in pairs if value]

    def _unindex(self, kind: Kind, doc: Document) -> None:
        for name, value in self._keys(kind, doc):
            place = self._index(kind, name)
            holder = self._portal.get(place, value)
            if holder is not None and holder["id"] == doc["id"]:
                self._portal.delete(place, value)

    def _index_all(self, kind: Kind, doc: Document) -> None:
        for name, value in self._keys(kind, doc):
            self._refuse_taken(kind, name, value)
            self._portal.put(self._index(kind, name), value, {"id": doc["id"]})

    def _refuse_taken(self, kind: Kind, name: str, value: str) -> None:
        by_email = name in (EMAIL, MORE_EMAILS)
        blocked = by_email and self._portal.get("hubspot.blocklist", value) is not None
        if blocked:
            raise property_error(name, "INVALID_EMAIL", f"{value} is on the blocklist")
        for place in (EMAIL, MORE_EMAILS) if by_email else (name,):
            holder = self._portal.get(self._index(kind, place), value)
            if holder is None:
                continue
            if by_email:
                message = f"Contact already exists. Existing ID: {holder['id']}"
                raise HubError(409, message, "CONFLICT")
            message = f"{kind.label} {holder['id']} already has {name} {value}"
            raise property_error(name, "CONFLICTING_UNIQUE_VALUE", message)


def _tidy(name: str, value: str) -> str:
    """Return a value in other clothes, as HubSpot may: which ones is not documented."""
    if name == "phone" and value.startswith("+"):
        return f"{value[:3]} {value[3:]}"
    return value.strip()


def _read_only(name: str) -> HubError:
    message = f'"{name}" is a read only property; its value cannot be set.'
    return property_error(name, "READ_ONLY_VALUE", message)


def _no_option(name: str, value: str, allowed: list[str]) -> HubError:
    message = f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    return property_error(name, "INVALID_OPTION", message)
