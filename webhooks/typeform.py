"""Typeform: its signature, its webhook body, and its Responses API's items.

Sources: typeform.com/developers/webhooks (signature, body, retries) and
typeform.com/developers/responses (items); what only recorded deliveries show is
marked "recorded". A response fetched by us is stored wrapped (``wrap_response``) and
has the same key as the webhook about it, so webhook and list are one delivery.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from webhooks import proof
from webhooks.strict_json import as_array, as_number, as_object, as_text, loads, mend
from webhooks.submission import (
    DeliveryKey,
    Inbound,
    Submission,
    SubmissionKind,
    Unreadable,
    WebhookRejected,
)
from webhooks.typeform_answers import read_answers
from webhooks.typeform_form import read_form

_WHO = "Typeform"
_HEADER = "typeform-signature"
_PREFIX = "sha256="
_EVENTS: Mapping[str, SubmissionKind] = {
    "form_response": "complete",
    "form_response_partial": "partial",
}
# Of a submission that never happened (documented): the zero time of Go.
_NEVER = "0001-01-01"
_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_MENDED = "Characters that cannot be stored were taken out of the answers."


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """Return if any of ``secrets`` signed the body, else raise WebhookRejected.

    ``sha256=`` and the base64 of HMAC-SHA256 over the raw bytes. Every secret is tried
    in full, so the time tells nothing; without a secret nothing is accepted. Typeform
    signs no time: a replay stays valid, and only the delivery's key answers it.
    """
    keys = proof.keys(_WHO, secrets)
    given = proof.header(_WHO, inbound.headers, _HEADER)
    if not given.startswith(_PREFIX):
        raise WebhookRejected("Typeform: the signature is malformed.")
    sent = proof.base64_digest(_WHO, given.removeprefix(_PREFIX))
    digests = [hmac.digest(key, inbound.body, "sha256") for key in keys]
    if not proof.any_equal([sent], digests):
        raise WebhookRejected("Typeform: no configured secret made this signature.")


def identify(body: bytes) -> DeliveryKey:
    """Return what makes this delivery the same as another; never raise.

    A body that names no response is keyed by its own hash, and so kept too.
    """
    try:
        envelope = _open(orjson.loads(mend(body)))
    except (orjson.JSONDecodeError, Unreadable):
        digest = hashlib.sha256(body).hexdigest()
        return DeliveryKey(form="", response=f"sha256:{digest}", kind="complete")
    return DeliveryKey(envelope.form, envelope.token, envelope.kind)


def parse(body: bytes) -> Submission:
    """Return the submission in a stored body, of a webhook or wrapped by us.

    Raises Unreadable with a sentence for staff, and nothing else.
    """
    mended = mend(body)
    envelope = _open(loads(mended))
    response = envelope.response
    given = response.get("answers")
    if given is not None and not isinstance(given, list):
        raise Unreadable("The response's answers are not a list.")
    submitted_at = _submitted_at(envelope)
    answers, notes = read_answers(given or [], read_form(envelope.definition))
    hidden, odd = _hidden(as_object(response.get("hidden")))
    return Submission(
        provider="typeform",
        form=envelope.form,
        response=envelope.token,
        kind=envelope.kind,
        submitted_at=submitted_at,
        answers=answers,
        hidden=hidden,
        variables=_variables(response),
        notes=notes + odd + ((_MENDED,) if mended != body else ()),
    )


def title_of(body: bytes) -> str:
    """Return what the form of a stored body is called, "" where it does not say."""
    try:
        envelope = _open(loads(mend(body)))
    except Unreadable:
        return ""
    return as_text(as_object(envelope.definition).get("title"))


def wrap_response(
    form_id: str, item: Mapping[str, Any], form: Mapping[str, Any] | None
) -> bytes:
    """Return the body to store for one item of ``GET /forms/{id}/responses``.

    ``{"form_id": …, "item": …, "form": …}``: the item names no form, and its answers
    need the definition (``GET /forms/{id}``, or None). The item's ``metadata`` (user
    agent, network, referer) is personal and of no use: it is left out. Of the form
    only its questions are kept.
    """
    kept = {name: value for name, value in item.items() if name != "metadata"}
    definition = form and {
        name: form[name] for name in ("id", "title", "fields") if name in form
    }
    wrapped = {"form_id": form_id, "item": kept, "form": definition or None}
    # Escaped, so that even half an emoji can be stored now and mended when read.
    return json.dumps(wrapped, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Envelope:
    form: str
    token: str
    kind: SubmissionKind
    response: dict[str, Any]
    definition: object
    event: str = ""


def _open(document: object) -> _Envelope:
    outer = as_object(document)
    if "form_response" in outer:
        return _opened_webhook(outer)
    if "item" in outer:
        return _opened_item(outer)
    raise Unreadable("The body holds no form response.")


def _opened_webhook(outer: dict[str, Any]) -> _Envelope:
    response = as_object(outer["form_response"])
    event = as_text(outer.get("event_type"))
    if event not in _EVENTS:
        raise Unreadable("The body's event is none of a form response.")
    form = _identifier(response.get("form_id"), "form")
    token = _identifier(response.get("token"), "response")
    kind = _EVENTS[event] if _is_submitted(response) else "partial"
    # Recorded: the "send test request" button signs a delivery like any other, whose
    # token is the event's own id, with filler answers ("Lorem ipsum dolor").
    if token == as_text(outer.get("event_id")):
        kind = "test"
    return _Envelope(form, token, kind, response, response.get("definition"), event)


def _opened_item(outer: dict[str, Any]) -> _Envelope:
    item = as_object(outer["item"])
    form = _identifier(outer.get("form_id"), "form")
    # ``response_id`` is the same value and missing in some documented items.
    token = _identifier(item.get("token") or item.get("response_id"), "response")
    kind: SubmissionKind = "complete" if _is_submitted(item) else "partial"
    return _Envelope(form, token, kind, item, outer.get("form"))


def _identifier(value: object, of_what: str) -> str:
    text = as_text(value)
    if not _IDENTIFIER.fullmatch(text):
        raise Unreadable(f"The body names no {of_what}.")
    return text


def _is_submitted(response: dict[str, Any]) -> bool:
    """Tell a submission from a landing, which must never take a complete one's key."""
    submitted = as_text(response.get("submitted_at"))
    return bool(submitted) and not submitted.startswith(_NEVER)


def _submitted_at(envelope: _Envelope) -> datetime:
    """Return the response's own time; raise Unreadable for a mere landing."""
    names: tuple[str, ...] = ("submitted_at",)
    if envelope.kind == "partial":
        names = ("staged_at", "submitted_at")
    if envelope.event == "form_response_partial":
        names = ("staged_at", "submitted_at", "landed_at")
    for name in names:
        given = as_text(envelope.response.get(name))
        if given and not given.startswith(_NEVER):
            return _time(given)
    raise Unreadable("This is a landing only: the form was opened, never submitted.")


def _time(given: str) -> datetime:
    """Read an ISO time; Typeform's are UTC, with a Z."""
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("The response's time is not a time.") from None


def _hidden(given: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return hidden fields as text; recorded ones are strings, numbers are guarded.

    Null is an absent one. What is neither is left out, and a note names it.
    """
    hidden: dict[str, str] = {}
    notes: list[str] = []
    for name, value in given.items():
        if isinstance(value, str):
            hidden[name] = value
        elif isinstance(value, int | float):
            hidden[name] = orjson.dumps(value).decode()
        elif value is not None:
            notes.append(f"Hidden field {name[:120]!r} is no text: left out.")
    return hidden, tuple(notes)


def _variables(response: dict[str, Any]) -> dict[str, str | int | float]:
    """Return the form's variables by name; ``calculated.score`` is one of them."""
    given: dict[str, object] = {
        "score": as_object(response.get("calculated")).get("score")
    }
    for each in map(as_object, as_array(response.get("variables"))):
        given[as_text(each.get("key"))] = each.get(as_text(each.get("type")))
    read = {name: _figure(value) for name, value in given.items() if name}
    return {name: value for name, value in read.items() if value is not None}


def _figure(value: object) -> str | int | float | None:
    return value if isinstance(value, str) else as_number(value)
