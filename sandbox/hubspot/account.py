"""One account, put together: every part over the same portal."""

from typing import Any

from sandbox.box import Box
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.batch import Batches
from sandbox.hubspot.courier import Courier
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Records
from sandbox.hubspot.schema import Schema
from sandbox.hubspot.search import Search
from sandbox.store import Document


class Account:
    """The parts of an account, and what needs several of them."""

    def __init__(self, box: Box) -> None:
        self.courier = Courier(box)
        self.portal = Portal(box, self.courier.hear)
        self.schema = Schema(self.portal)
        self.pipelines = Pipelines(self.portal)
        self.records = Records(self.portal, self.schema, self.pipelines)
        self.associations = Associations(self.portal, self.records)
        self.batches = Batches(
            self.portal, self.schema, self.records, self.associations
        )
        self.search = Search(self.portal, self.schema)

    def create(self, kind: Kind, body: dict[str, Any]) -> Document:
        """A new record with the associations the request names."""
        with self.portal.transaction():
            made = self.records.create(kind, body.get("properties") or {})
            for link in body.get("associations") or []:
                self.associations.with_new(kind, made["id"], link)
            return made

    def archive(self, kind: Kind, doc: Document) -> None:
        """To the recycle bin, apart from all other records."""
        with self.portal.transaction():
            links = self.associations.forget(kind, doc["id"])
            self.records.archive(kind, doc, links)

    def restore(self, kind: Kind, record_id: str) -> Document:
        """Out of the recycle bin, with the associations it had unless option
        `hubspot.restore_links` says that these are lost."""
        with self.portal.transaction():
            doc, links = self.records.restore(kind, record_id)
            if self.portal.box.option("hubspot.restore_links", True):
                self.associations.bring_back(kind, record_id, links)
            return doc

    def merge(self, kind: Kind, primary_id: str, other_id: str) -> Document:
        """Make two records one, associations too; the survivor."""
        with self.portal.transaction():
            primary = self.records.resolve(kind, primary_id)
            other = self.records.resolve(kind, other_id)
            survivor = self.records.merge(kind, primary, other)
            gone = {primary["id"], other["id"]} - {survivor["id"]}
            self.associations.hand_over(kind, gone, survivor["id"])
            return survivor

    def forget_person(self, kind: Kind, id_property: str | None, key: str) -> None:
        """Delete a contact for good.

        An address nobody has goes on a blocklist instead: the trap that the spec of
        `gdpr-delete` describes.
        """
        with self.portal.transaction():
            if id_property != "email":
                doc: Document | None = self.records.resolve(kind, key)
            else:
                doc = self.records.find(kind, id_property, key)
            if doc is None:
                self.portal.put("hubspot.blocklist", key.strip().lower(), {})
                return
            self.associations.forget(kind, doc["id"])
            self.records.purge(kind, doc)
