"""SurveyMonkey's webhooks: ids alone, saying that there is something to fetch.

Whether one is sent again after a failure is unverified, so a repeat is recognised and
a lost one is found by polling. With a survey's filter some ids may be missing
(documented): the response is ``object_id`` and the survey stands in three places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from webhooks.events import Event
from webhooks.strict_json import as_object, as_text, loads, mend
from webhooks.submission import Unreadable
from webhooks.surveymonkey_values import hashed, identified, read_time

_KEY = re.compile(r"[!-~]{1,200}")
_FACTS: Mapping[str, str] = {
    "collector": "collector_id",
    "recipient": "recipient_id",
}


def events(body: bytes) -> tuple[Event, ...]:
    """Return the one event of a webhook's body; none of a response fetched by us.

    Raises Unreadable with a sentence, and nothing else. ``subject`` is the survey's id,
    empty where the body names none (an app was installed). Facts: ``response``,
    ``collector``, ``recipient``, as far as they are named.
    """
    document = as_object(loads(mend(body)))
    if "response" in document and not is_event(document):
        return ()
    topic = identified(document.get("event_type"))
    if not topic:
        raise Unreadable("The body names no type of event.")
    return (
        Event(
            key=event_key(document),
            topic=topic,
            kind="survey",
            subject=survey_of(document),
            at=read_time(document.get("event_datetime")),
            facts=_facts(document),
        ),
    )


def is_event(document: Mapping[str, Any]) -> bool:
    """Tell a webhook's body from a response that we fetched."""
    return bool(as_text(document.get("event_type"))) and "response" not in document


def survey_of(event: Mapping[str, Any]) -> str:
    """Return the survey that an event is about, "" where it names none."""
    kind = as_text(event.get("object_type"))
    candidates = (
        as_object(event.get("resources")).get("survey_id"),
        event.get("filter_id") if event.get("filter_type") == "survey" else None,
        event.get("object_id") if kind == "survey" else None,
    )
    named = (identified(each) for each in candidates)
    return next(filter(None, named), "")


def event_key(event: Mapping[str, Any]) -> str:
    """Return what tells a repeat: what happened, to what, its id and its time.

    What an ``event_id`` looks like was never seen (unverified): should all of them be
    one, or a repeat carry another, the rest still tells what it can.
    """
    names = ("event_type", "object_id", "event_id", "event_datetime")
    parts = [as_text(event.get(name)) for name in names]
    key = ":".join(parts)
    if any(parts[2:]) and _KEY.fullmatch(key):
        return key
    return hashed(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))


def _facts(event: Mapping[str, Any]) -> dict[str, str]:
    resources = as_object(event.get("resources"))
    facts = {name: identified(resources.get(told)) for name, told in _FACTS.items()}
    if as_text(event.get("object_type")) == "response":
        facts["response"] = identified(event.get("object_id"))
    if as_text(event.get("object_type")) == "collector":
        facts["collector"] = identified(event.get("object_id"))
    return {name: value for name, value in facts.items() if value}
