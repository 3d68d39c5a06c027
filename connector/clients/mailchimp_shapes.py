"""Mailchimp's members and errors as plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.clients.door import Explained
from connector.clients.settling import Problem

COMPLIANCE = "compliance"
FORGOTTEN = "forgotten"
FAKE_ADDRESS = "fake_address"
EXISTS = "exists"
MERGE_FIELDS = "merge_fields"
REMOVED = "removed"
ARCHIVED = "archived"
TOO_MANY_SIGNUPS = "too_many_signups"

# Mailchimp has no codes for these: they are told by its words, in this order.
_WORDS = (
    ("compliance state", COMPLIANCE),
    ("permanently deleted", FORGOTTEN),
    ("forgotten email", FORGOTTEN),
    ("previously removed", REMOVED),
    ("signed up to a lot of lists", TOO_MANY_SIGNUPS),
    ("already a list member", EXISTS),
    ("member exists", EXISTS),
    ("fake or invalid", FAKE_ADDRESS),
    ("valid email address", FAKE_ADDRESS),
    ("real email address", FAKE_ADDRESS),
    ("merge fields were invalid", MERGE_FIELDS),
    ('status is "archived', ARCHIVED),
    ("pending or archived", ARCHIVED),
)


@dataclass(frozen=True)
class Member:
    """A member of the audience.

    `contact_id` stays when the address changes; `hash` is the md5 of the address.
    For members to add or update only the first fields matter.
    """

    email: str
    status: str = ""
    merge_fields: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""
    contact_id: str = ""
    hash: str = ""
    last_changed: datetime | None = None


@dataclass(frozen=True)
class AddAnswer:
    """What became of each member of a batch, by lower-cased address."""

    added: dict[str, Member] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)


def subscriber_hash(email: str) -> str:
    """The key of a member: md5 of the lower-cased address."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def member(raw: Mapping[str, Any]) -> Member:
    """Read one member of an answer."""
    changed = raw.get("last_changed")
    return Member(
        email=str(raw["email_address"]),
        status=str(raw.get("status") or ""),
        merge_fields=dict(raw.get("merge_fields") or {}),
        language=str(raw.get("language") or ""),
        contact_id=str(raw.get("contact_id") or ""),
        hash=str(raw.get("id") or ""),
        last_changed=datetime.fromisoformat(changed) if changed else None,
    )


def reading(text: str, otherwise: str = "refused") -> str:
    """What Mailchimp's words mean, as one of the codes above."""
    lowered = text.lower()
    return next((code for words, code in _WORDS if words in lowered), otherwise)


def explain(status: int, data: Any) -> Explained:
    """Read `application/problem+json`; `type` may be missing, so the words count.

    At high volume a 403 comes without JSON: that is "slow down", not a bad key.
    """
    if not isinstance(data, dict):
        return Explained(busy=status == 403)
    title, detail = str(data.get("title") or ""), str(data.get("detail") or "")
    errors = tuple(one for one in data.get("errors") or () if isinstance(one, dict))
    fields = [f"{one.get('field')}: {one.get('message')}" for one in errors]
    return Explained(
        code=reading(f"{title} {detail}", title or "refused"),
        message=" ".join([detail or title, *fields]),
        errors=errors,
    )
