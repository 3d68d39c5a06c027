"""Tells webhooks what happened: ids alone, signed, at most once unless told otherwise.

Whether SurveyMonkey tries again after a failure is not documented anywhere, nor after
how long it gives up: options `surveymonkey.retries`, `.retry_s` and `.timeout_s`.
"""

import base64
import hmac
from collections.abc import Callable
from typing import Any

import orjson

from sandbox.box import Box
from sandbox.sending import Make, Outgoing, Sender, Told
from sandbox.surveymonkey import hooks
from sandbox.surveymonkey.ids import USER

Doc = dict[str, Any]
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - the sandbox's, for everyone
_KEY = "surveymonkey.sender"
# As in the documentation's example, which shows no real one.
_SAME_ID = "123456789"


def sign(body: bytes, client_id: str, client_secret: str) -> str:
    """The value of `Sm-Signature` for exactly these bytes: base64 of HMAC-SHA1."""
    key = f"{client_id}&{client_secret}".encode()
    return base64.b64encode(hmac.digest(key, body, "sha1")).decode()


def tell(box: Box, survey: Doc, event: str, response: Doc | None = None) -> list[Doc]:
    """Send an event now; `{url, event_type, status}` for each webhook that wants it."""
    sender = sender_of(box)
    return [
        {
            "url": hook["subscription_url"],
            "event_type": event,
            "status": sender.send(_make(box, key, body), _told(box, key)),
        }
        for key, hook, body in _bodies(box, survey, event, response)
    ]


def tell_later(box: Box, survey: Doc, event: str, response: Doc | None = None) -> None:
    """Send an event behind the request that caused it."""
    for key, _hook, body in _bodies(box, survey, event, response):
        sender_of(box).later(_make(box, key, body), told=_told(box, key))


def sender_of(box: Box) -> Sender:
    """The one sender of this sandbox's SurveyMonkey."""
    with box.store.lock:
        sender = box.scratch.get(_KEY)
        if not isinstance(sender, Sender):
            sender = box.scratch[_KEY] = Sender(box, "surveymonkey", _again(box))
    return sender


def _again(box: Box) -> Callable[[int | None, int], float | None]:
    def wait(_status: int | None, tries: int) -> float | None:
        if tries > int(box.option("surveymonkey.retries", 0)):
            return None
        return float(box.option("surveymonkey.retry_s", 1))

    return wait


def _bodies(
    box: Box, survey: Doc, event: str, response: Doc | None
) -> list[tuple[str, Doc, bytes]]:
    """A body for each webhook: its own name stands in it."""
    number = box.store.next_number("surveymonkey.event")
    same = box.option("surveymonkey.event_ids", "unique") == "same"
    happened = {
        "event_type": event,
        "event_id": _SAME_ID if same else str(10_027_943_000 + number),
        "object_type": "response" if response else "survey",
        "object_id": (response or survey)["id"],
        "event_datetime": box.now().isoformat(timespec="microseconds"),
        "resources": _resources(box, survey, response),
    }
    return [
        (key, hook, orjson.dumps(_filter(hook, survey) | happened))
        for key, hook in hooks.wanting(box, event, survey).items()
    ]


def _filter(hook: Doc, survey: Doc) -> Doc:
    name = "id" if hook["object_type"] == "survey" else "collector_id"
    return {
        "name": hook["name"],
        "filter_type": hook["object_type"],
        "filter_id": survey[name],
    }


def _resources(box: Box, survey: Doc, response: Doc | None) -> Doc:
    """With the filter of a survey some ids may be missing (documented example)."""
    told = {"survey_id": survey["id"], "user_id": USER}
    if response is None:
        return told
    told["collector_id"] = survey["collector_id"]
    if box.option("surveymonkey.sparse_resources", False):
        return told
    recipient = response["recipient_id"] or "0"
    return {"respondent_id": response["id"], "recipient_id": recipient} | told


def _make(box: Box, key: str, body: bytes) -> Make:
    def make(_tries: int) -> Outgoing | None:
        hook = box.store.get(hooks.KIND, key)
        if hook is None:
            return None
        return Outgoing(
            hook["subscription_url"],
            body,
            _headers(box, hook, body),
            timeout_s=float(box.option("surveymonkey.timeout_s", 10)),
            verify=bool(hook.get("verify_ssl", True)),
        )

    return make


def _headers(box: Box, hook: Doc, body: bytes) -> dict[str, str]:
    client = str(box.option("surveymonkey.client_id", CLIENT_ID))
    secret = str(box.option("surveymonkey.client_secret", CLIENT_SECRET))
    subject = hook["event_type"].partition("_")[0]
    headers = {
        "Content-Type": f"application/vnd.surveymonkey.{subject}.v1+json",
        "Sm-Apikey": client,
        "Sm-Signature": sign(body, client, secret),
    }
    if hook.get("authorization"):
        headers["Authorization"] = str(hook["authorization"])
    return headers


def _told(box: Box, key: str) -> Told:
    return lambda status: hooks.note_attempt(box, key, status)
