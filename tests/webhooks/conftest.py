"""Invented deliveries as files, and a way to sign one as the provider would."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from webhooks.submission import Inbound

# A busy machine is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture(scope="session")
def payload() -> Callable[[str], bytes]:
    """Return a function from "typeform/name" to the bytes of that fixture."""
    return lambda name: (FIXTURES / f"{name}.json").read_bytes()


@pytest.fixture(scope="session")
def signed() -> Callable[..., Inbound]:
    """Return a function that signs a body as Typeform does, in its own spelling.

    Made of hashlib alone (RFC 2104), not of the ``hmac.digest`` that is tested.
    """

    def sign(body: bytes, secret: str) -> Inbound:
        header = f"sha256={base64.b64encode(rfc2104(secret.encode(), body)).decode()}"
        return inbound(body, {"Typeform-Signature": header})

    return sign


def inbound(body: bytes, headers: dict[str, str]) -> Inbound:
    url = "https://vidensbro.example/webhooks/aarhus/typeform"
    return Inbound("POST", url, headers, body)


def rfc2104(key: bytes, message: bytes) -> bytes:
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    digest = hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()
    assert hmac.compare_digest(digest, hmac.new(key, message, "sha256").digest())
    return digest
