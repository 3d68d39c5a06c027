"""Which values tell records apart, and which record holds each.

A contact's addresses, primary and additional, are unique among contacts, as are the
values of the account's own properties with `hasUniqueValue`.
"""

from sandbox.hubspot.errors import HubError, property_error
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Schema
from sandbox.store import Document

EMAIL, MORE_EMAILS = "email", "hs_additional_emails"


def value_of(doc: Document, name: str) -> str:
    """The record's value now, "" when it has none."""
    entries = doc["history"].get(name)
    return str(entries[0]["value"]) if entries else ""


def addresses_of(doc: Document) -> list[str]:
    """A contact's addresses, the primary one first."""
    found = [value_of(doc, EMAIL), *value_of(doc, MORE_EMAILS).split(";")]
    return [address for address in found if address]


class Keys:
    """The unique values of one account's records."""

    def __init__(self, portal: Portal, schema: Schema) -> None:
        self._portal = portal
        self._schema = schema

    def are_by(self, kind: Kind, name: str) -> bool:
        """Whether the account made this property a key."""
        return self._schema.is_unique(kind, name)

    def holder(self, kind: Kind, name: str, value: str) -> str | None:
        """The id of the record that holds this value."""
        found = self._portal.get(_place(kind, name), value)
        return str(found["id"]) if found else None

    def free(self, kind: Kind, doc: Document) -> None:
        """Let others have the record's values."""
        for name, value in self._of(kind, doc):
            if self.holder(kind, name, value) == doc["id"]:
                self._portal.delete(_place(kind, name), value)

    def take(self, kind: Kind, doc: Document) -> None:
        """Keep the record's values for it; HubError when another has one."""
        for name, value in self._of(kind, doc):
            self._refuse_taken(kind, name, value)
            self._portal.put(_place(kind, name), value, {"id": doc["id"]})

    def _of(self, kind: Kind, doc: Document) -> list[tuple[str, str]]:
        pairs = [
            (name, value_of(doc, name))
            for name in doc["history"]
            if self.are_by(kind, name)
        ]
        if kind.number == "0-1":
            pairs.append((EMAIL, value_of(doc, EMAIL)))
            more = value_of(doc, MORE_EMAILS).split(";")
            pairs += [(MORE_EMAILS, address) for address in more]
        return [(name, value) for name, value in pairs if value]

    def _refuse_taken(self, kind: Kind, name: str, value: str) -> None:
        by_email = name in (EMAIL, MORE_EMAILS)
        blocked = by_email and self._portal.get("hubspot.blocklist", value) is not None
        if blocked:
            raise property_error(name, "INVALID_EMAIL", f"{value} is on the blocklist")
        for place in (EMAIL, MORE_EMAILS) if by_email else (name,):
            holder = self.holder(kind, place, value)
            if holder is None:
                continue
            if by_email:
                message = f"Contact already exists. Existing ID: {holder}"
                raise HubError(409, message, "CONFLICT")
            message = f"{kind.label} {holder} already has {name} {value}"
            raise property_error(name, "CONFLICTING_UNIQUE_VALUE", message)


def _place(kind: Kind, name: str) -> str:
    return f"hubspot.key.{kind.number}.{name}"
