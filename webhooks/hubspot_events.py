"""HubSpot's events: batches of what has happened to records, as hints.

Documented: a JSON array of 0 to about 100 events, in no order, repeats possible, the
event id "not guaranteed to be unique". The page's table names the type ``eventType``,
real deliveries ``subscriptionType``. A changed property's value is personal and may be
old by the time it is read, so it is never passed on.

Facts, each where HubSpot names it: ``portal``, ``subscription``, ``app``;
``property`` (its name); ``change_source`` (``CRM_UI``, ``INTEGRATION``, ...) and
``source_id`` (``userId:7``, or the id of the app that wrote); ``change_flag``; of a
merge ``merged`` (record ids joined by ``;``) and ``new``; of an association ``from``,
``to``, ``from_kind``, ``to_kind``, ``link_type``, ``link_category``, ``removed`` and
``primary`` (``true`` or ``false``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from webhooks.events import Event
from webhooks.strict_json import as_array, as_text, loads, mend
from webhooks.submission import Unreadable

KINDS: Mapping[str, str] = {
    "contact": "0-1",
    "company": "0-2",
    "deal": "0-3",
    "ticket": "0-5",
    "product": "0-7",
    "line_item": "0-8",
    "conversation": "0-11",
}
"""Object type ids by the names in per-object topics (``contact.creation``)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_FACTS: Mapping[str, str] = {
    "portal": "portalId",
    "subscription": "subscriptionId",
    "app": "appId",
    "property": "propertyName",
    "change_source": "changeSource",
    "source_id": "sourceId",
    "change_flag": "changeFlag",
    "new": "newObjectId",
    "from": "fromObjectId",
    "to": "toObjectId",
    "link_category": "associationCategory",
    "removed": "associationRemoved",
    "primary": "isPrimaryAssociation",
}


def events(body: bytes) -> tuple[Event, ...]:
    """Return the events in a stored body, the oldest first, each once.

    Raises Unreadable with a sentence, and nothing else. A part that names no type is
    passed over as long as others do: polling finds what a hint would have told.
    """
    given = listed(loads(mend(body)))
    read = {event.key: event for event in map(_event, given) if event.topic}
    if given and not read:
        raise Unreadable("The body holds no event of a subscription.")
    return tuple(sorted(read.values(), key=lambda one: (one.at or _EPOCH, one.key)))


def listed(document: object) -> list[dict[str, Any]]:
    """Return a body's events; a bare object is one. Raise Unreadable if it has none."""
    given = [document] if isinstance(document, dict) else document
    if not isinstance(given, list):
        raise Unreadable("The body is no list of events.")
    if not all(isinstance(each, dict) for each in given):
        raise Unreadable("The list holds what is no event.")
    return given


def event_key(event: dict[str, Any]) -> str:
    """Return what an event and its repeats have in common, and no other event.

    An event that lacks one of the ids is known by all it says except
    ``attemptNumber``, so that no two events are ever taken for one.
    """
    names = ("portalId", "subscriptionId", "eventId", "", "occurredAt")
    parts = [_word(event.get(name)) if name else _what(event) for name in names]
    if all(parts) and not any(":" in part for part in parts):
        return ":".join(parts)
    said = {name: value for name, value in event.items() if name != "attemptNumber"}
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def portal(event: dict[str, Any]) -> str:
    """Return the account that an event is of, or an empty text."""
    return _word(event.get("portalId"))


def _event(given: dict[str, Any]) -> Event:
    topic = _word(given.get("subscriptionType")) or _word(given.get("eventType"))
    return Event(
        key=event_key(given),
        topic=topic,
        kind=_kind(given, topic),
        subject=_subject(given),
        at=_time(given.get("occurredAt")),
        facts=_facts(given),
    )


def _what(event: dict[str, Any]) -> str:
    """Return what an event is about. An association is about two records, and is
    reported once a type: a primary one also as an ordinary one."""
    if "fromObjectId" not in event:
        return _subject(event)
    names = ("fromObjectId", "toObjectId", "associationRemoved")
    parts = [*(_word(event.get(name)) for name in names), _link_type(event)]
    return "/".join(parts) if all(parts) else ""


def _subject(event: dict[str, Any]) -> str:
    """Return the record to look at; of a merge, the one that the others went into."""
    names = ("fromObjectId", "primaryObjectId", "objectId")
    found = (_word(event.get(name)) for name in names)
    return next(filter(None, found), "")


def _kind(event: dict[str, Any], topic: str) -> str:
    given = _word(event.get("fromObjectTypeId")) or _word(event.get("objectTypeId"))
    if given:
        return given
    named, _ = _ends(event)
    name = topic.partition(".")[0]
    return named or KINDS.get(name, "" if name == "object" else name)


def _ends(event: dict[str, Any]) -> tuple[str, str]:
    """Return the kinds in an association's name, such as CONTACT_TO_COMPANY."""
    start, between, end = _word(event.get("associationType")).lower().partition("_to_")
    return (KINDS.get(start, ""), KINDS.get(end, "")) if between else ("", "")


def _link_type(event: dict[str, Any]) -> str:
    return _word(event.get("associationTypeId")) or _word(event.get("associationType"))


def _facts(event: dict[str, Any]) -> dict[str, str]:
    facts = {name: _word(event.get(theirs)) for name, theirs in _FACTS.items()}
    merged = (_word(each) for each in as_array(event.get("mergedObjectIds")))
    start, end = _ends(event)
    facts["merged"] = ";".join(filter(None, merged))
    facts["from_kind"] = _word(event.get("fromObjectTypeId")) or start
    facts["to_kind"] = _word(event.get("toObjectTypeId")) or end
    facts["link_type"] = _link_type(event)
    return {name: value for name, value in facts.items() if value}


def _word(value: object) -> str:
    """Return an id or a name as text; anything longer or stranger is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = as_text(value)
    return text if _WORD.fullmatch(text) else ""


def _time(value: object) -> datetime | None:
    """Read milliseconds since 1970; what is no such time is not known."""
    digits = as_text(value)
    try:
        return _EPOCH + timedelta(milliseconds=int(digits)) if digits else None
    except (ValueError, OverflowError):
        return None
