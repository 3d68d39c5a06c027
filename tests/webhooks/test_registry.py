"""What every provider owes the core, whoever it is."""

from __future__ import annotations

import json

import pytest

from webhooks.registry import PROVIDERS
from webhooks.submission import Unreadable, WebhookRejected

SECRET = "a-secret-of-ours"
COMPLETE = {"typeform": "typeform/webhook_full"}
GARBAGE = [b"", b"{", b"[]", b"null", b"7", b'""', b"\xff\xfe{\x00}\x00", b"[" * 5000]


@pytest.fixture(params=sorted(COMPLETE))
def provider(request):
    return PROVIDERS[request.param]


@pytest.fixture
def delivery(provider, payload):
    return payload(COMPLETE[provider.key])


def test_the_key_is_the_name_in_the_registry():
    assert all(name == provider.key for name, provider in PROVIDERS.items())
    assert PROVIDERS["typeform"].label == "Typeform"
    assert PROVIDERS["typeform"].ping_methods == ()


def test_a_signed_delivery_is_accepted(provider, delivery, signed):
    provider.verify(signed(delivery, SECRET), [SECRET])


def test_a_rotated_secret_is_accepted(provider, delivery, signed):
    provider.verify(signed(delivery, SECRET), ["the-next-secret", SECRET])


def test_unsigned_wrongly_signed_and_changed_are_refused(provider, delivery, signed):
    good = signed(delivery, SECRET)
    other = signed(delivery, "not-ours")
    bare = type(good)(good.method, good.url, {}, good.body)
    changed = type(good)(good.method, good.url, good.headers, good.body + b" ")
    for forged in [other, bare, changed]:
        with pytest.raises(WebhookRejected):
            provider.verify(forged, [SECRET])
    with pytest.raises(WebhookRejected):
        provider.verify(good, [])


def test_key_and_submission_name_the_same_response(provider, delivery):
    key, read = provider.identify(delivery), provider.parse(delivery)
    assert (key.form, key.response, key.kind, key.revision) == (
        read.form,
        read.response,
        read.kind,
        read.revision,
    )
    assert read.provider == provider.key
    assert read.kind == "complete"
    assert read.submitted_at.utcoffset().total_seconds() == 0


def test_the_same_response_spelled_otherwise_has_the_same_key(provider, delivery):
    respelled = json.dumps(json.loads(delivery), indent=3, sort_keys=True).encode()
    assert provider.identify(respelled) == provider.identify(delivery)
    assert provider.parse(respelled) == provider.parse(delivery)


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_keyed_by_its_hash_and_unreadable(provider, garbage):
    key = provider.identify(garbage)
    assert (key.form, key.kind) == ("", "complete")
    assert key.response.startswith("sha256:")
    assert key != provider.identify(garbage + b" ")
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$"):
        provider.parse(garbage)
