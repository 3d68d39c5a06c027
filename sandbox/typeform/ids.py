"""Ids as they look at Typeform."""

import hashlib
import secrets
from datetime import UTC, datetime

_LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"
_MIXED = _LOWER + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived(length: int, *seed: object) -> str:
    """An id that is the same for the same seed, so that a demo can be repeated."""
    number = int(hashlib.sha256(repr(seed).encode()).hexdigest(), 16)
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(_MIXED))
        letters.append(_MIXED[digit])
    return "".join(letters)


def new_token() -> str:
    """A submission's token: 32 lower-case letters and digits."""
    return "".join(secrets.choice(_LOWER) for _ in range(32))


def new_ulid(at: datetime) -> str:
    """An event id: 26 characters, the time first."""
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    letters = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        letters.append(_CROCKFORD[digit])
    return "".join(reversed(letters))


def whole_seconds(at: datetime) -> str:
    """A time as Typeform writes it: UTC, whole seconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
