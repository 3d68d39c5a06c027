"""What a webhook says: which events a change makes, and their bodies.

Bodies as recorded: forms with PHP's brackets, blanks kept, every merge field of the
audience, `data[id]` the ten digits that change with the address. `upemail` and
`cleaned` name no member but by address; tags are in no body, so they make no event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from sandbox.mailchimp.audience import Audience

Doc = dict[str, Any]
EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
_IN_PROFILE = ("merge_fields", "interests", "language", "email_type")
# An address nobody has: reserved for documentation.
_IP = "192.0.2.10"


@dataclass(frozen=True)
class Notice:
    """One event: its type and the data of its body."""

    type: str
    data: Doc = field(default_factory=dict)

    def body(self, at: str) -> bytes:
        """The form as sent. `fired_at` is UTC and says so nowhere."""
        fired_at = datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S")
        told = {"type": self.type, "fired_at": fired_at, "data": self.data}
        pairs = (f"{_encoded(k)}={_encoded(v)}" for k, v in _flat(told))
        return "&".join(pairs).encode()


def _flat(told: Doc, outer: str = "") -> Iterator[tuple[str, str]]:
    for key, value in told.items():
        name = f"{outer}[{key}]" if outer else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, "" if value is None else str(value)


def _encoded(text: str) -> str:
    """As PHP encodes: a space is a plus, and a tilde is encoded too."""
    return quote_plus(text).replace("~", "%7E")


def of_change(
    audience: Audience, before: Doc | None, after: Doc | None
) -> list[Notice]:
    """The events of one write of a member; `after` is None once it is erased.

    A new address makes two, and nothing says which arrives first: here the one or
    the other leads by the address, or as option `mailchimp.upemail_first` says.
    """
    if after is None:
        return [] if before is None else _gone(audience, before)
    was = before["status"] if before is not None else ""
    if after["status"] != was:
        return _moved(audience, after, was) + _renamed(audience, before, after)
    if before is None or was == "archived":
        return []
    renamed = _renamed(audience, before, after)
    same = all(before[name] == after[name] for name in _IN_PROFILE)
    if same and not renamed:
        return []
    return _shuffled(audience, renamed, Notice("profile", _member(audience, after)))


def _moved(audience: Audience, member: Doc, was: str) -> list[Notice]:
    """The event of a new status. Who is added as somebody who left makes none."""
    status = member["status"]
    if status == "subscribed":
        return [Notice("subscribe", _member(audience, member))]
    if status == "cleaned":
        return [Notice("cleaned", _bounced(audience, member))]
    if status == "archived":
        return _gone(audience, member)
    return (
        [_left(audience, member, "unsub")] if was and status == "unsubscribed" else []
    )


def _gone(audience: Audience, member: Doc) -> list[Notice]:
    """Archived or erased: an unsubscribe of the action `delete`, as documented.

    Whether an archive by API makes one is unverified: `mailchimp.archive_event`.
    """
    if not audience.box.option("mailchimp.archive_event", True):
        return []
    return [_left(audience, member, "delete")]


def _left(audience: Audience, member: Doc, action: str) -> Notice:
    data: Doc = {"action": action}
    if audience.box.option("mailchimp.action_missing", False):
        data = {}  # Recorded in 2018, and nobody could say why.
    data["reason"] = audience.because.get("reason", "manual")
    data |= _member(audience, member)
    if "campaign_id" in audience.because:
        data["campaign_id"] = audience.because["campaign_id"]
    return Notice("unsubscribe", data)


def _bounced(audience: Audience, member: Doc) -> Doc:
    return {
        "list_id": audience.id,
        "campaign_id": audience.because.get("campaign_id", ""),
        "reason": audience.because.get("reason", "hard"),
        "email": member["email_address"],
    }


def _renamed(audience: Audience, before: Doc | None, after: Doc) -> list[Notice]:
    if before is None or before["id"] == after["id"]:
        return []
    data = {
        "list_id": audience.id,
        "new_id": after["unique_email_id"],
        "new_email": after["email_address"],
        "old_email": before["email_address"],
    }
    return [Notice("upemail", data)]


def _shuffled(
    audience: Audience, renamed: list[Notice], profile: Notice
) -> list[Notice]:
    by_address = int(profile.data["id"], 16) % 2 == 0
    told = audience.box.option("mailchimp.upemail_first", None)
    first = by_address if told is None else bool(told)
    return [*renamed, profile] if first else [profile, *renamed]


def _member(audience: Audience, member: Doc) -> Doc:
    merges: Doc = {"EMAIL": member["email_address"]}
    for one in audience.merge_fields():
        merges[one["tag"]] = member["merge_fields"].get(one["tag"], "")
    return {
        "id": member["unique_email_id"],
        "email": member["email_address"],
        "email_type": member["email_type"],
        "ip_opt": _IP,
        "web_id": member["web_id"],
        "merges": merges,
        "list_id": audience.id,
    }


def of_campaign(audience: Audience, campaign: Doc) -> Notice:
    """The event of a campaign that went out."""
    data = {
        "id": campaign["id"],
        "subject": campaign["subject"],
        "status": "sent",
        "reason": "",
        "list_id": audience.id,
    }
    return Notice("campaign", data)
