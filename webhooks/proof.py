"""What proving a request's origin takes, whoever sends it: secrets, headers, a clock.

Everything here ends in WebhookRejected, never in another error, and no sentence
quotes what was sent or what is secret.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence

from webhooks.submission import WebhookRejected

DIGEST_BYTES = 32
TOLERANCE_S = 300
"""How far a signed time may be from ours, either way; HubSpot and Mailchimp both name
five minutes for the past, and a time to come is no better."""

Clock = Callable[[], float]


def keys(who: str, secrets: Sequence[str], min_chars: int = 1) -> list[bytes]:
    """Return the secrets worth trying, as bytes; there is at least one."""
    usable = [one for one in secrets if len(one.strip()) >= min_chars]
    if not usable:
        raise WebhookRejected(f"{who}: no secret is configured.")
    return [as_bytes(who, one, "a configured secret") for one in usable]


def as_bytes(who: str, text: str, of_what: str) -> bytes:
    """Return the bytes that ``text`` stands for."""
    try:
        # A variable of the environment that is not UTF-8 arrives with surrogates.
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise WebhookRejected(f"{who}: {of_what} is no text.") from None


def header(who: str, headers: Mapping[str, str], name: str) -> str:
    """Return the value of a header that is there exactly once, in any case."""
    values = [value for given, value in headers.items() if given.lower() == name]
    if len(values) != 1 or not values[0]:
        raise WebhookRejected(f"{who}: there is not exactly one {name}.")
    return values[0]


def base64_digest(who: str, encoded: str, length: int = DIGEST_BYTES) -> bytes:
    """Read a digest of ``length`` bytes in base64, in its one canonical spelling."""
    try:
        digest = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise WebhookRejected(f"{who}: the signature is malformed.") from None
    if len(digest) != length or base64.b64encode(digest) != encoded.encode():
        raise WebhookRejected(f"{who}: the signature is malformed.")
    return digest


def timely(who: str, signed_at: float, now: Clock) -> None:
    """Refuse a time too far from ours, so that a copy is worth nothing for long."""
    if abs(now() - signed_at) > TOLERANCE_S:
        raise WebhookRejected(f"{who}: the request is not of these minutes.")


def any_equal(given: Sequence[bytes], wanted: Sequence[bytes]) -> bool:
    """Tell if any is any other; all are compared, so the time tells nothing."""
    matches = [hmac.compare_digest(one, other) for one in given for other in wanted]
    return any(matches)
