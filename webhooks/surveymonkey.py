"""SurveyMonkey: its signature, its webhooks of ids alone, and the responses we fetch.

Sources: SurveyMonkey's API documentation (webhooks, responses, questions) and its newer
AsyncAPI description; what only recorded responses show is marked "recorded", what
nobody could see "unverified". A webhook holds no answers: it is an event. The answers
are fetched (``GET /surveys/{id}/responses/bulk``) and stored with the survey's design
(``wrap_response``); such a body is a submission.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from webhooks import proof
from webhooks.strict_json import as_number, as_object, as_text, loads, mend
from webhooks.submission import (
    DeliveryKey,
    Inbound,
    Submission,
    SubmissionKind,
    Unreadable,
    WebhookRejected,
)
from webhooks.surveymonkey_answers import read_answers
from webhooks.surveymonkey_design import plain_text, read_survey, trimmed
from webhooks.surveymonkey_events import event_key, is_event, survey_of
from webhooks.surveymonkey_values import hashed, identified, read_time

_WHO = "SurveyMonkey"
_SIGNATURE = "sm-signature"
_APIKEY = "sm-apikey"
_SHA1_BYTES = 20
# How a response came to be. Answers on paper, typed in by staff, and answers edited
# later are real; the editor's own try-outs are not, nor what nobody has described.
_REAL_MODES = frozenset({"", "default", "data_entry", "edit"})
_MENDED = "Characters that cannot be stored were taken out of the answers."
# All that is kept of a response. Not kept: network address, the recipient's name and
# other contact data (whoever sent the survey typed them, the person did not), the
# addresses at which a response can be changed, the path through the survey.
_KEPT = (
    "id",
    "survey_id",
    "collector_id",
    "collection_mode",
    "response_status",
    "custom_value",
    "custom_variables",
    "language",
    "date_created",
    "date_modified",
    "quiz_results",
    "pages",
)


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """Return if any of ``secrets`` signed the body, else raise WebhookRejected.

    Each secret is ``client id & client secret``, as SurveyMonkey makes its key: base64
    of HMAC-SHA1 over the raw bytes. ``Sm-Apikey`` must name the client of a key that
    signed; that it always comes is unverified, so its absence is no fault. No time is
    signed: a replay stays valid, and only the delivery's key answers it.
    """
    keys = _keys(secrets)
    sent = proof.base64_digest(
        _WHO, proof.header(_WHO, inbound.headers, _SIGNATURE), _SHA1_BYTES
    )
    signed = [
        hmac.compare_digest(sent, hmac.digest(key, inbound.body, "sha1"))
        for key in keys
    ]
    if not any(signed):
        raise WebhookRejected("SurveyMonkey: no configured secret made this signature.")
    if any(name.lower() == _APIKEY for name in inbound.headers):
        client = proof.header(_WHO, inbound.headers, _APIKEY)
        clients = [
            key.partition(b"&")[0]
            for key, ours in zip(keys, signed, strict=True)
            if ours
        ]
        if not proof.any_equal([proof.as_bytes(_WHO, client, "the client")], clients):
            raise WebhookRejected("SurveyMonkey: the client id is another one's.")


def identify(body: bytes) -> DeliveryKey:
    """Return what makes this delivery the same as another; never raise.

    A webhook is an event, keyed by what happened to what and when. A response fetched
    by us has its own id, and its last change as the revision. A body that is neither
    is keyed by its own hash, and so kept too.
    """
    try:
        document = as_object(orjson.loads(mend(body)))
        if is_event(document):
            return DeliveryKey(survey_of(document), event_key(document), kind="event")
        envelope = _open(document)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, Unreadable):
        return DeliveryKey(form="", response=hashed(body), kind="complete")
    return DeliveryKey(
        envelope.form, envelope.response, envelope.kind, envelope.revision
    )


def parse(body: bytes) -> Submission:
    """Return the submission in a stored body that ``wrap_response`` made.

    Raises Unreadable with a sentence for staff, and nothing else. ``submitted_at`` is
    the response's ``date_modified``: it moves when a response is edited, and the newer
    word counts. ``hidden`` holds the custom variables; ``custom_value`` and, where the
    survey was sent to an address, ``email_address``; and ``lang``, which no response
    states (unverified): the variable of that name, else the survey's language.
    """
    mended = mend(body)
    document = as_object(loads(mended))
    if is_event(document):
        raise Unreadable("This is an event: it says where answers are and has none.")
    envelope = _open(document)
    item = envelope.item
    submitted_at = read_time(item.get("date_modified"))
    if submitted_at is None:
        raise Unreadable("The response's time is not a time.")
    pages = item.get("pages")
    if not isinstance(pages, list):
        # So a token looks that may see responses, and not what is in them.
        raise Unreadable("The response came without answers: may the token read them?")
    answers, notes = read_answers(pages, read_survey(envelope.survey))
    hidden, odd = _hidden(item, envelope.survey)
    return Submission(
        provider="surveymonkey",
        form=envelope.form,
        response=envelope.response,
        kind=envelope.kind,
        submitted_at=submitted_at,
        answers=answers,
        revision=envelope.revision,
        hidden=hidden,
        variables=_variables(item),
        notes=notes + odd + ((_MENDED,) if mended != body else ()),
        begun_at=read_time(item.get("date_created")),
    )


def title_of(body: bytes) -> str:
    """Return what the survey of a stored body is called, "" where it does not say."""
    try:
        envelope = _open(as_object(loads(mend(body))))
    except Unreadable:
        return ""
    return plain_text(envelope.survey.get("title"))


def wrap_response(design: Mapping[str, Any], item: Mapping[str, Any]) -> bytes:
    """Return the body to store for one item of ``GET /surveys/{id}/responses/bulk``.

    ``{"survey": …, "response": …}``: the answers name questions by id alone and need
    the survey's details, of which only what tells them apart is kept. Of the item no
    more than ``_KEPT``, and as ``email_address`` the address that the survey was sent
    to: with an e-mail collector it may be all that says whose response this is.
    """
    kept = {name: item[name] for name in _KEPT if name in item}
    if address := _address(item):
        kept["email_address"] = address
    wrapped = {"survey": trimmed(design), "response": kept}
    # Escaped, so that even half an emoji can be stored now and mended when read.
    return json.dumps(wrapped, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Envelope:
    form: str
    response: str
    kind: SubmissionKind
    revision: str
    item: dict[str, Any]
    survey: dict[str, Any]


def _keys(secrets: Sequence[str]) -> list[bytes]:
    """Return the keys with a client and a secret in them; half a key is none."""
    halves = [(one, *one.partition("&")[::2]) for one in secrets]
    whole = [one for one, client, rest in halves if client.strip() and rest.strip()]
    return proof.keys(_WHO, whole)


def _open(document: dict[str, Any]) -> _Envelope:
    item, survey = document.get("response"), as_object(document.get("survey"))
    if not isinstance(item, dict):
        raise Unreadable("The body holds no response.")
    form = identified(item.get("survey_id")) or identified(survey.get("id"))
    response = identified(item.get("id"))
    if not form or not response:
        raise Unreadable("The body does not name its survey and response.")
    return _Envelope(form, response, _kind(item), _revision(item), item, survey)


def _kind(item: Mapping[str, Any]) -> SubmissionKind:
    """Return what a response is; only a completed one is ever mapped.

    Of ``partial``, ``overquota`` and ``disqualified`` ones nothing is taken, and they
    may still become complete: all are partial, and so is a status nobody described.
    """
    if as_text(item.get("collection_mode")) not in _REAL_MODES:
        return "test"
    return "complete" if item.get("response_status") == "completed" else "partial"


def _revision(item: Mapping[str, Any]) -> str:
    """Return the last change in one spelling, whichever call it was fetched by."""
    moment = read_time(item.get("date_modified"))
    return moment.isoformat() if moment else ""


def _address(item: Mapping[str, Any]) -> str:
    """Return the recipient's address: of three places, mostly empty, the first."""
    contact = as_object(as_object(item.get("metadata")).get("contact"))
    given = (
        item.get("email"),
        item.get("email_address"),
        as_object(contact.get("email")).get("value"),
    )
    return next((text for text in map(as_text, given) if text.strip()), "")


def _hidden(
    item: Mapping[str, Any], survey: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what the response carries unasked; a declared variable goes first."""
    hidden: dict[str, str] = {}
    notes: list[str] = []
    for name, value in as_object(item.get("custom_variables")).items():
        if isinstance(value, str):
            hidden[name] = value
        elif isinstance(value, int | float):
            hidden[name] = orjson.dumps(value).decode()
        elif value is not None:
            notes.append(f"Custom variable {name[:120]!r} is no text: left out.")
    further = {
        "custom_value": as_text(item.get("custom_value")),
        "email_address": as_text(item.get("email_address")),
        "lang": as_text(item.get("language")) or as_text(survey.get("language")),
    }
    for name, text in further.items():
        if text and not hidden.get(name):
            hidden[name] = text
    return hidden, tuple(notes)


def _variables(item: Mapping[str, Any]) -> dict[str, str | int | float]:
    """Return a quiz's score and the score that was possible, where there is a quiz."""
    results = as_object(item.get("quiz_results"))
    figures = {name: as_number(results.get(name)) for name in ("score", "total_score")}
    return {name: value for name, value in figures.items() if value is not None}
