"""What may become of a member: one function a call, recorded behaviour throughout.

A member's document holds `left_by`: "self" once the person unsubscribed or the
address bounced, "api" after an unsubscribe by API. Mailchimp protects the first
only; who was unsubscribed by API can be subscribed again by API.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.mailchimp import courier, problems
from sandbox.mailchimp.addresses import (
    check_address,
    contact_id,
    subscriber_hash,
    unique_email_id,
)
from sandbox.mailchimp.audience import Audience, stamp
from sandbox.mailchimp.fields import merged
from sandbox.mailchimp.problems import ProblemError, invalid, not_found

Doc = dict[str, Any]
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
_PLAIN = ("language", "vip", "email_type", "location", "interests")
BY_ADMIN = "N/A (Unsubscribed by admin)"


@dataclass(frozen=True)
class Write:
    """One write of a member: the body, and whether merge fields are checked."""

    body: Doc
    skip_checks: bool = False

    def status(self, name: str = "status") -> str | None:
        """The status asked for under this name; None when there is none."""
        value = self.body.get(name)
        if value in (None, ""):
            return None
        if value not in STATUSES:
            raise invalid(name, f"Value must be one of: {', '.join(STATUSES)}")
        return str(value)


def find(audience: Audience, key: str) -> Doc | None:
    """The member by hash, address or contact id."""
    store = audience.box.store
    if "@" in key:
        key = subscriber_hash(key)
    found = store.get(audience.members, key)
    if found is None:
        known = store.get(audience.contacts, key)
        found = store.get(audience.members, known["hash"]) if known else None
    return found


def require(audience: Audience, key: str) -> Doc:
    """The member, or 404."""
    member = find(audience, key)
    if member is None:
        raise not_found()
    return member


def create(audience: Audience, write: Write, status: str | None) -> Doc:
    """A new member, checked; `status` is the one it starts with."""
    email = check_address(write.body.get("email_address"))
    key = subscriber_hash(email)
    if audience.box.store.get(audience.members, key):
        raise problems.member_exists(email)
    if audience.box.store.get(audience.erased, key):
        raise problems.forgotten(email)
    if status is None:
        raise invalid("status", "This value should not be blank.")
    number = audience.box.store.next_number(audience.members)
    at = stamp(audience.box)
    member: Doc = {
        "contact_id": contact_id(audience.id, number),
        "web_id": 100_000 + number,
        "email_type": "html",
        "status": "",
        "left_by": "",
        "unsubscribe_reason": "",
        "merge_fields": {},
        "interests": {},
        "language": "",
        "vip": False,
        "location": {"latitude": 0, "longitude": 0, "country_code": ""},
        "tags": [],
        "timestamp_signup": at if status == "pending" else "",
        "timestamp_opt": "",
        "unsubscribed_at": "",
        "last_changed": "",
    }
    _name(audience, member, email)
    _set_status(audience, member, status)
    _apply(audience, member, write)
    return _keep(audience, member, None)


def change(audience: Audience, member: Doc, write: Write, status: str | None) -> Doc:
    """The member after a write; without a status the one it has stays.

    A new `email_address` moves the member: other hash, same contact id.
    """
    after = member | {"merge_fields": dict(member["merge_fields"])}
    if status is not None:
        _set_status(audience, after, status)
    _apply(audience, after, write)
    email = write.body.get("email_address")
    if email and email != member["email_address"]:
        _rename(audience, after, check_address(email))
    return _keep(audience, after, member)


def _rename(audience: Audience, member: Doc, email: str) -> None:
    key = subscriber_hash(email)
    if key != member["id"]:
        if audience.box.store.get(audience.members, key):
            raise problems.member_exists(email)
        if audience.box.store.get(audience.erased, key):
            raise problems.forgotten(email)
    _name(audience, member, email)


def _name(audience: Audience, member: Doc, email: str) -> None:
    member["email_address"] = email
    member["id"] = subscriber_hash(email)
    member["unique_email_id"] = unique_email_id(audience.id, email)


def _set_status(audience: Audience, member: Doc, status: str) -> None:
    if status == member["status"]:
        return
    at = stamp(audience.box)
    if status == "subscribed":
        if member["left_by"] == "self":
            raise problems.compliance(member["email_address"])
        member |= {"left_by": "", "unsubscribe_reason": "", "timestamp_opt": at}
    if status == "cleaned":
        member["left_by"] = "self"
    if status == "unsubscribed":
        member["unsubscribed_at"] = at
        member["left_by"] = member["left_by"] or "api"
        member["unsubscribe_reason"] = member["unsubscribe_reason"] or BY_ADMIN
    member["status"] = status


def _apply(audience: Audience, member: Doc, write: Write) -> None:
    for name in _PLAIN:
        if name in write.body:
            member[name] = write.body[name]
    member["merge_fields"] = merged(
        member["merge_fields"],
        write.body.get("merge_fields"),
        audience.merge_fields(),
        skip_checks=write.skip_checks,
    )


def _keep(audience: Audience, after: Doc, before: Doc | None) -> Doc:
    """Store the member and tell the webhooks.

    Recorded: what changes nothing leaves `last_changed`.
    """
    if after == before:
        return after
    after["last_changed"] = stamp(audience.box)
    store = audience.box.store
    if before is not None and before["id"] != after["id"]:
        store.delete(audience.members, before["id"])
    store.put(audience.members, after["id"], after)
    store.put(audience.contacts, after["contact_id"], {"hash": after["id"]})
    courier.tell(audience, before, after)
    return after


def post(audience: Audience, write: Write) -> Doc:
    """POST: a new member, or an archived one brought back with tags and history."""
    status = write.status()
    known = find(audience, check_address(write.body.get("email_address")))
    if known is None:
        return create(audience, write, status)
    if known["status"] != "archived":
        raise problems.member_exists(known["email_address"])
    if status is None:
        raise invalid("status", "This value should not be blank.")
    return change(audience, known, write, status)


def put(audience: Audience, key: str, write: Write) -> Doc:
    """PUT: an upsert. `status` always overwrites, its absence keeps."""
    member = find(audience, key)
    status, if_new = write.status(), write.status("status_if_new")
    if member is None:
        return create(audience, write, if_new or status)
    if member["status"] == "archived" and status is None:
        rule = audience.box.option("mailchimp.archived_put", "status_if_new")
        status = if_new if rule == "status_if_new" else None
    return change(audience, member, write, status)


def patch(audience: Audience, key: str, write: Write) -> Doc:
    """PATCH: as PUT, but never creates."""
    member = require(audience, key)
    status = write.status()
    rule = audience.box.option("mailchimp.patch_archived", "refuses")
    if status and member["status"] == "archived" and rule == "refuses":
        raise ProblemError(
            400, problems.INVALID, 'The contact\'s status is "archived."'
        )
    return change(audience, member, write, status)


def archive(audience: Audience, key: str) -> None:
    """DELETE: the member is kept, out of sight; a second time is refused."""
    member = require(audience, key)
    if member["status"] in ("cleaned", "pending", "archived"):
        raise ProblemError(
            405,
            "Method Not Allowed",
            "Can not archive a contact that is bounced, pending or archived",
        )
    _keep(audience, member | {"status": "archived"}, member)


def erase(audience: Audience, key: str) -> None:
    """delete-permanent: the person's data is gone and cannot be imported again."""
    member = require(audience, key)
    store = audience.box.store
    store.delete(audience.members, member["id"])
    store.delete(audience.contacts, member["contact_id"])
    store.put(audience.erased, member["id"], {"at": stamp(audience.box)})
    courier.tell(audience, member, None)


def overwrite(audience: Audience, member: Doc, **changes: Any) -> Doc:
    """What the person or Mailchimp itself does; no rule of the API stands in it."""
    return _keep(audience, member | changes, member)
