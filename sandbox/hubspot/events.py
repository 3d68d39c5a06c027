"""What webhooks say of a change: one event for every subscription that it meets.

Sources: HubSpot's webhooks guide and what integrations have published of real
deliveries. Option `hubspot.webhooks` holds what a developer sets up in an app:
{"url", "secret", "app_id", "subscriptions"}, the last "all" or a list of {"type",
"objectType", "property"}, as `object.propertyChange` of `0-162`, or with the object
in the name (`contact.propertyChange`). Such a name stands in the event as it does in
the subscription; `object.*` ones give way to option `hubspot.webhook_names`
("per_object") where contacts, companies and deals have names of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.box import Box
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import KINDS, Kind, kind_of
from sandbox.hubspot.portal import Change

TOPICS = (
    "creation",
    "deletion",
    "merge",
    "restore",
    "propertyChange",
    "associationChange",
    "privacyDeletion",
)
PORTAL = 4_200_001
_OWN_NAMES = ("0-1", "0-2", "0-3")
_FIRST_SUBSCRIPTION, _FIRST_EVENT, _REPEATED = 2_900_000, 3_100_000_000, 7
# "NEW" in the guide's table, CREATED in deliveries; of others none was seen.
_FLAGS = {"creation": "CREATED", "deletion": "DELETED"}

Event = dict[str, Any]


@dataclass(frozen=True)
class Subscription:
    """What an app asked to hear of. `named`: with the object in the event's name."""

    topic: str
    kind: Kind
    property: str
    named: bool

    def meets(self, change: Change) -> bool:
        """Whether this change is one of those asked for."""
        same = (self.topic, self.kind) == (change.topic, change.kind)
        return same and self.property == change.facts.get("propertyName", "")

    def type(self) -> str:
        """What an event calls it. Privacy deletions have the one name only."""
        named = self.named or self.topic == "privacyDeletion"
        return f"{self.kind.names[1] if named else 'object'}.{self.topic}"


def events_of(box: Box, hooks: dict[str, Any], change: Change) -> Iterator[Event]:
    """The events that tell this app of a change, without their attempt number."""
    for one in _meeting(box, hooks, change):
        yield {
            "eventId": _event_id(box),
            "subscriptionId": _subscription_id(box, one),
            "portalId": int(box.option("hubspot.portal_id", PORTAL)),
            "appId": int(hooks["app_id"]),
            "occurredAt": int(change.writer.at.timestamp() * 1000),
            "subscriptionType": one.type(),
            **_what(change, one),
            "changeSource": change.writer.source_type,
            "sourceId": change.writer.source_id,
        }


def _meeting(box: Box, hooks: dict[str, Any], change: Change) -> list[Subscription]:
    wanted = hooks["subscriptions"]
    own_names = box.option("hubspot.webhook_names", "generic") == "per_object"
    if wanted != "all":
        every = [subscription_of(one, own_names=own_names) for one in wanted]
        return [one for one in every if one.meets(change)]
    if change.topic == "privacyDeletion" and change.kind != KINDS[0]:
        return []
    name = str(change.facts.get("propertyName", ""))
    named = own_names and change.kind.number in _OWN_NAMES
    return [Subscription(change.topic, change.kind, name, named)]


def subscription_of(wanted: dict[str, Any], *, own_names: bool = False) -> Subscription:
    """Read one subscription; 400 for what HubSpot has none of."""
    prefix, _, topic = str(wanted.get("type", "")).rpartition(".")
    generic = prefix in ("", "object")
    kind = kind_of(str(wanted.get("objectType", "")) if generic else prefix)
    name = str(wanted.get("property") or "")
    if topic not in TOPICS or (topic == "propertyChange") != bool(name):
        raise HubError(400, f"No subscription of {wanted.get('type')} to {name or '-'}")
    if name == kind.modified or (topic == "privacyDeletion" and kind != KINDS[0]):
        raise HubError(400, f"{topic} of {name or kind.label} cannot be subscribed")
    named = not generic or (own_names and kind.number in _OWN_NAMES)
    return Subscription(topic, kind, name, named)


def _what(change: Change, one: Subscription) -> Event:
    """The event's subject. An association's and a merge's have ids of their own
    instead of an object's; only generic names come with an object type."""
    said: Event = dict(change.facts)
    if change.topic == "associationChange" and one.named:
        ends = (kind_of(said.pop(f"{end}ObjectTypeId")) for end in ("from", "to"))
        said["associationType"] = "_TO_".join(end.label.upper() for end in ends)
        del said["associationTypeId"], said["associationCategory"]
    elif change.topic not in ("associationChange", "merge"):
        said["objectId"] = int(change.record_id)
    if change.topic in _FLAGS:
        said["changeFlag"] = _FLAGS[change.topic]
    if change.topic == "propertyChange":
        said["isSensitive"] = False
    if one.type().startswith("object."):
        said["objectTypeId"] = change.kind.number
    return said


def _event_id(box: Box) -> int:
    """A number; "not guaranteed to be unique", so on order it is not."""
    number = box.store.next_number("hubspot.event")
    if box.option("hubspot.webhook_repeat_ids", False):
        number %= _REPEATED
    return _FIRST_EVENT + number


def _subscription_id(box: Box, one: Subscription) -> int:
    """The number that this subscription was given when it was first met."""
    key = f"{one.type()}.{one.kind.number}.{one.property}"
    place = "hubspot.subscription"
    with box.store.lock:
        known = box.store.get(place, key)
        if known is None:
            number = _FIRST_SUBSCRIPTION + box.store.next_number(place)
            known = {"id": number}
            box.store.put(place, key, known)
        return int(known["id"])
