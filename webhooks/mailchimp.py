"""Mailchimp: its audience webhooks, which are forms (PHP's brackets), never JSON.

Sources: Mailchimp's API concepts "Webhooks" (bodies, the signed header, retries over
75 minutes) and its older "About webhooks"; what only recorded deliveries show is
marked "recorded", what follows from them "inferred". Mailchimp "strongly recommends" a
secret in the address, and signs only webhooks made since it can.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote_to_bytes

from webhooks import proof
from webhooks.events import Event
from webhooks.submission import DeliveryKey, Inbound, Unreadable, WebhookRejected

_WHO = "Mailchimp"
_HEADER = "x-mailchimp-signature"
_SECRET_CHARS = 16
_SECONDS = re.compile(r"[0-9]{1,12}")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
# An audience has at most 80 merge fields and 60 groups of interests.
_MAX_FIELDS = 2000
_WORD = re.compile(r"[\w.-]{1,64}", re.ASCII)
_FIRED_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_ABOUT_A_MEMBER = {"subscribe", "unsubscribe", "profile", "upemail", "cleaned"}
_ADDRESS_CHARS = 254
_FACTS: Mapping[str, str] = {
    "list": "list_id",
    "member": "id",
    "new_member": "new_id",
    "action": "action",
    "reason": "reason",
    "campaign": "campaign_id",
}


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """Return if the address ends in one of ``secrets``, else raise WebhookRejected.

    The secret is the last segment of the path. One that is short enough to be guessed
    counts as none. Hashes are compared, so not even the length can be told by time.
    """
    keys = proof.keys(_WHO, secrets, _SECRET_CHARS)
    path = inbound.url.partition("#")[0].partition("?")[0]
    segment = proof.as_bytes(_WHO, path.rpartition("/")[2], "the address")
    sent = hashlib.sha256(unquote_to_bytes(segment)).digest()
    if not proof.any_equal([sent], [hashlib.sha256(key).digest() for key in keys]):
        raise WebhookRejected("Mailchimp: the address ends in no configured secret.")


def verify_signed(
    inbound: Inbound, signing_secrets: Sequence[str], *, now: proof.Clock = time.time
) -> None:
    """Return if any of ``signing_secrets`` signed this body just now, else raise.

    ``t=<seconds>,v1=<hex>``: HMAC-SHA256 over the time as sent, a dot and the raw body.
    While a secret is renewed there may be several ``v1`` (one integration's report):
    any of them will do.
    """
    keys = proof.keys(_WHO, signing_secrets)
    signed_at, sent = _signature(proof.header(_WHO, inbound.headers, _HEADER))
    proof.timely(_WHO, int(signed_at), now)
    signed = f"{signed_at}.".encode() + inbound.body
    if not proof.any_equal(sent, [hmac.digest(key, signed, "sha256") for key in keys]):
        raise WebhookRejected("Mailchimp: no signing secret made this signature.")


def identify(body: bytes) -> DeliveryKey:
    """Return what makes this delivery the same as another; never raise.

    No delivery has an id, and ``upemail`` and ``cleaned`` not even a member's; a retry
    carries the same bytes (inferred), so their hash is the key. An empty POST is
    somebody trying the address.
    """
    response = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if not body.strip():
        return DeliveryKey(form="", response=response, kind="test")
    try:
        form = _word(_fields(body).get("data[list_id]", ""))
    except Unreadable:
        form = ""
    return DeliveryKey(form=form, response=response, kind="event")


def events(body: bytes) -> tuple[Event, ...]:
    """Return the one event of a stored body; none of an empty one.

    Raises Unreadable with a sentence, and nothing else. Facts: ``list``, ``member``
    (Mailchimp's id of the address, which changes with it), ``action``, ``reason``,
    ``campaign``; of a new address ``old`` and ``new_member``; of a campaign ``status``.
    A type that is not known is kept, with the address if it names one.
    """
    if not body.strip():
        return ()
    fields = _fields(body)
    topic = _word(fields.get("type", ""))
    if not topic:
        raise Unreadable("The body names no type of event.")
    kind, subject = _about(topic, fields)
    return (
        Event(
            key=_key(topic, fields, body),
            topic=topic,
            kind=kind,
            subject=subject,
            at=_time(fields.get("fired_at", "")),
            facts=_facts(topic, fields),
        ),
    )


def _signature(value: str) -> tuple[str, list[bytes]]:
    parts = [part.strip(" ").partition("=") for part in value.split(",")]
    times = [text for name, _, text in parts if name == "t"]
    digests = [
        bytes.fromhex(text)
        for name, _, text in parts
        if name == "v1" and _HEX_DIGEST.fullmatch(text)
    ]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not digests:
        raise WebhookRejected("Mailchimp: the signature is malformed.")
    return times[0], digests


def _fields(body: bytes) -> dict[str, str]:
    """Read the form, blank values too.

    What is no UTF-8 inside a value (half a letter in somebody's name) becomes U+FFFD,
    and NUL, which cannot be stored, goes: neither may cost an unsubscribe.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except UnicodeDecodeError as err:
        sentence = f"The body is not UTF-8 (at byte {err.start})."
        raise Unreadable(sentence) from None
    except ValueError:
        raise Unreadable("The body has too many fields.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        # Merge fields may repeat; of what is read here, two readers must see the same.
        if name in fields and name.count("[") < 2:
            raise Unreadable("The body names the same field twice.")
        fields[name] = value.replace("\0", "")
    return fields


def _about(topic: str, fields: Mapping[str, str]) -> tuple[str, str]:
    if topic == "campaign":
        campaign = _word(fields.get("data[id]", ""))
        if not campaign:
            raise Unreadable("The body names no campaign.")
        return "campaign", campaign
    address = _address(fields, "new_email" if topic == "upemail" else "email")
    if address:
        return "member", address
    if topic in _ABOUT_A_MEMBER:
        raise Unreadable("The body names no address.")
    return "", _word(fields.get("data[id]", ""))


def _address(fields: Mapping[str, str], name: str) -> str:
    address = fields.get(f"data[{name}]", "").strip().lower()
    # Looked up later, never written to: enough that it can be one at all.
    return address if "@" in address and len(address) <= _ADDRESS_CHARS else ""


def _key(topic: str, fields: Mapping[str, str], body: bytes) -> str:
    """Return Mailchimp's own advice for telling repeats: type, id and time."""
    subject, fired_at = _word(fields.get("data[id]", "")), fields.get("fired_at", "")
    if subject and _FIRED_AT.fullmatch(fired_at):
        return f"{topic}:{subject}:{fired_at}"
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _facts(topic: str, fields: Mapping[str, str]) -> dict[str, str]:
    facts = {n: _word(fields.get(f"data[{t}]", "")) for n, t in _FACTS.items()}
    if topic == "campaign":
        facts["status"] = _word(fields.get("data[status]", ""))
        del facts["member"]
    if topic == "upemail":
        facts["old"] = _address(fields, "old_email")
    return {name: value for name, value in facts.items() if value}


def _word(text: str) -> str:
    """Return an id or a word; anything longer or stranger is none."""
    return text if _WORD.fullmatch(text) else ""


def _time(text: str) -> datetime | None:
    """Read ``fired_at``, which names no zone: UTC (inferred)."""
    try:
        moment = datetime.fromisoformat(text) if _FIRED_AT.fullmatch(text) else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=UTC)
