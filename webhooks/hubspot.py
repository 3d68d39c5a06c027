"""HubSpot: how its webhooks prove where they come from, and when two are the same.

Sources: developers.hubspot.com, "Validating requests" (signatures v1 to v3) and
"Webhooks" (bodies, retries); HubSpot's own clients and its development proxy where
they differ from the page.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Sequence

import orjson

from webhooks import proof
from webhooks.hubspot_events import event_key, listed, portal
from webhooks.strict_json import mend
from webhooks.submission import DeliveryKey, Inbound, Unreadable, WebhookRejected

_WHO = "HubSpot"
_SIGNATURE = "x-hubspot-signature-v3"
_TIME = "x-hubspot-request-timestamp"
_MILLISECONDS = re.compile(r"[0-9]{1,16}")
# The page's table of what to decode before signing, and no more: "%20", "%26", "%3D"
# and "%2B" stay. The "?" that starts the query is never encoded.
_DECODED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def verify(
    inbound: Inbound, secrets: Sequence[str], *, now: proof.Clock = time.time
) -> None:
    """Return if any of ``secrets`` signed this very request just now, else raise.

    Signature v3: base64 of HMAC-SHA256, keyed with the app's client secret (never its
    access token), over method, whole address, raw body and the timestamp as sent. The
    address counts as received and with the documented characters decoded: the page
    decodes them, HubSpot's own clients do not, and each form needs the secret. v1 and
    v2, which come beside it, sign no time, so a copy would stay valid: alone they are
    refused.
    """
    keys = proof.keys(_WHO, secrets)
    sent = proof.base64_digest(_WHO, proof.header(_WHO, inbound.headers, _SIGNATURE))
    timestamp = proof.header(_WHO, inbound.headers, _TIME)
    if not _MILLISECONDS.fullmatch(timestamp):
        raise WebhookRejected("HubSpot: the timestamp is malformed.")
    proof.timely(_WHO, int(timestamp) / 1000, now)
    signed = [_signed(inbound, url, timestamp) for url in _addresses(inbound.url)]
    digests = [hmac.digest(key, each, "sha256") for key in keys for each in signed]
    if not proof.any_equal([sent], digests):
        raise WebhookRejected("HubSpot: no configured secret made this signature.")


def identify(body: bytes) -> DeliveryKey:
    """Return what makes this delivery the same as another; never raise.

    A retry carries the same events with another ``attemptNumber``, and in any order:
    so the key is made of what identifies the events. Without one it is the body's.
    """
    try:
        events = listed(orjson.loads(mend(body)))
        keys = sorted({event_key(event) for event in events})
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, Unreadable):
        digest = hashlib.sha256(body).hexdigest()
        return DeliveryKey(form="", response=f"sha256:{digest}", kind="event")
    portals = {portal(event) for event in events}
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    form = portals.pop() if len(portals) == 1 else ""
    return DeliveryKey(form=form, response=f"events:{digest}", kind="event")


def _addresses(url: str) -> list[str]:
    decoded = _DECODED.sub(lambda one: chr(int(one.group(1), 16)), url)
    return list(dict.fromkeys((url, decoded)))


def _signed(inbound: Inbound, url: str, timestamp: str) -> bytes:
    before = proof.as_bytes(_WHO, inbound.method + url, "the address")
    return before + inbound.body + timestamp.encode()
