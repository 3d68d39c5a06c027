"""Webhooks: one event type each, every one with an address of its own.

At creation, and when the address changes, the address is asked by HEAD and must answer
2xx (documented), unless `bypass_ping` is told. The HEAD carries no signature.
"""

from typing import Any

import requests

from sandbox.box import Box
from sandbox.surveymonkey import surveys
from sandbox.surveymonkey.errors import bad_request, conflict, not_found
from sandbox.surveymonkey.ids import href, new_id, response_time

Doc = dict[str, Any]
KIND = "surveymonkey.webhook"
STATE = "surveymonkey.webhook_state"
_RESPONSE = ("created", "updated", "completed", "disqualified", "overquota", "deleted")
_TOPICS = ("created", "updated", "deleted")
EVENTS = {
    **{f"response_{one}": ("survey", "collector") for one in _RESPONSE},
    **{f"collector_{one}": ("survey",) for one in _TOPICS},
    **{f"survey_{one}": ("survey",) for one in _TOPICS},
}
_FIELDS = ("name", "event_type", "object_type", "object_ids", "subscription_url")
_QUIET = ("authorization", "verify_ssl", "bypass_ping")


def create(box: Box, told: Doc) -> Doc:
    """Subscribe an address, once it answers."""
    hook: Doc = {name: told.get(name) for name in _FIELDS}
    hook["object_type"] = told.get("object_type") or "survey"
    hook["object_ids"] = told.get("object_ids") or []
    hook |= {name: told[name] for name in _QUIET if name in told}
    _check(box, hook, "")
    _ping(box, hook)
    with box.store.lock:
        _refuse_twin(box, hook, "")
        hook["id"] = new_id(box)
        box.store.put(KIND, hook["id"], hook)
    return hook


def change(box: Box, key: str, told: Doc) -> Doc:
    """Change what is told; the surveys are told as the whole list (documented)."""
    known = require(box, key)
    hook = known | {name: told[name] for name in (*_FIELDS, *_QUIET) if name in told}
    _check(box, hook, key)
    if hook["subscription_url"] != known["subscription_url"]:
        _ping(box, hook)
    with box.store.lock:
        _refuse_twin(box, hook, key)
        box.store.put(KIND, key, hook)
    return hook


def require(box: Box, key: str) -> Doc:
    """The webhook, or 404."""
    hook = box.store.get(KIND, key)
    if hook is None:
        raise not_found("webhook")
    return hook


def remove(box: Box, key: str) -> Doc:
    """Delete the webhook; what it was."""
    with box.store.lock:
        hook = require(box, key)
        box.store.delete(KIND, key)
        box.store.delete(STATE, key)
    return hook


def wanting(box: Box, event: str, survey: Doc) -> dict[str, Doc]:
    """The webhooks, by key, that hear of this event of this survey."""
    mine = {survey["id"], survey["collector_id"]}
    return {
        key: hook
        for key, hook in box.store.all(KIND).items()
        if hook["event_type"] == event
        and (event == "survey_created" or mine & set(hook["object_ids"]))
    }


def note_attempt(box: Box, key: str, status: int | None) -> None:
    """Keep the outcome of a sending for the page."""
    good = status is not None and 200 <= status < 300
    with box.store.lock:
        state = box.store.get(STATE, key) or {"delivered": 0, "failed": 0}
        state = state | {"last_status": status, "last_at": response_time(box.now())}
        state["delivered" if good else "failed"] += 1
        box.store.put(STATE, key, state)


def short(box: Box, hook: Doc) -> Doc:
    """A row of the list: no more than this (documented)."""
    return {
        "id": hook["id"],
        "name": hook["name"],
        "href": href(box, f"/webhooks/{hook['id']}"),
    }


def shown(box: Box, hook: Doc) -> Doc:
    """The webhook as answered, without the `authorization` it was made with."""
    return short(box, hook) | {name: hook[name] for name in _FIELDS}


def _check(box: Box, hook: Doc, key: str) -> None:
    if not isinstance(hook["name"], str) or not hook["name"]:
        raise bad_request("name is required.")
    if hook["event_type"] not in EVENTS:
        raise bad_request(f"event_type is one of {', '.join(EVENTS)}.")
    # So also the documented refusal of collector_created for a collector.
    if hook["object_type"] not in EVENTS[hook["event_type"]]:
        raise bad_request("object_type does not go with the event_type.")
    url = hook["subscription_url"]
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad_request("subscription_url is an http address.")
    _check_objects(box, hook)
    _refuse_twin(box, hook, key)


def _check_objects(box: Box, hook: Doc) -> None:
    ids = hook["object_ids"]
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise bad_request("object_ids is a list of ids.")
    if not ids and hook["event_type"] != "survey_created":
        raise bad_request("object_ids is required.")
    name = "id" if hook["object_type"] == "survey" else "collector_id"
    known = {one[name] for one in box.store.all(surveys.KIND).values()}
    unknown = [one for one in ids if one not in known]
    if unknown:
        raise bad_request(f"There is no {hook['object_type']} {unknown[0]}.")


def _refuse_twin(box: Box, hook: Doc, key: str) -> None:
    """Documented; with which error is not."""
    for other, one in box.store.all(KIND).items():
        if other != key and one["subscription_url"] == hook["subscription_url"]:
            raise conflict("Another webhook has this subscription_url.")


def _ping(box: Box, hook: Doc) -> None:
    if hook.get("bypass_ping"):
        return
    with requests.Session() as session:
        session.trust_env = False
        try:
            status = session.head(
                hook["subscription_url"],
                timeout=float(box.option("surveymonkey.timeout_s", 10)),
                allow_redirects=False,
                verify=bool(hook.get("verify_ssl", True)),
            ).status_code
        except requests.RequestException:
            status = None
    if status is None or not 200 <= status < 300:
        told = status or "nothing"
        raise bad_request(f"subscription_url answered {told} to HEAD.")
