"""Who signed this body: every forgery is refused, and refused in one way only."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks import typeform
from webhooks.submission import Inbound, WebhookRejected

SECRET = "a-secret-of-ours"
BODY = '{"form_response":{"token":"æøå"}}'.encode()
URL = "https://vidensbro.example/webhooks/aarhus/typeform"

# RFC 4231, test cases 2 and 6: vectors that nobody here computed.
RFC_4231 = [
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


def with_header(value: str, body: bytes = BODY, name: str = "Typeform-Signature"):
    return Inbound("POST", URL, {name: value}, body)


def header(signed, body: bytes = BODY, secret: str = SECRET) -> str:
    return signed(body, secret).headers["Typeform-Signature"]


@pytest.mark.parametrize(("key", "body", "digest"), RFC_4231)
def test_published_hmac_vectors_are_accepted(key, body, digest):
    value = "sha256=" + base64.b64encode(bytes.fromhex(digest)).decode()
    secret = key.decode("utf-8", "surrogateescape")
    typeform.verify(with_header(value, body=body), [secret])


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_a_signature_made_by_openssl_is_accepted():
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-binary"]
    digest = subprocess.run(command, input=BODY, capture_output=True, check=True).stdout
    value = "sha256=" + base64.b64encode(digest).decode()
    typeform.verify(with_header(value), [SECRET])


@pytest.mark.parametrize("name", ["typeform-signature", "TYPEFORM-SIGNATURE"])
def test_the_header_is_found_in_any_case(signed, name):
    typeform.verify(with_header(header(signed), name=name), [SECRET])


@pytest.mark.parametrize("secrets", [[SECRET, "old"], ["old", SECRET], ["", SECRET]])
def test_any_of_several_secrets_is_enough(signed, secrets):
    typeform.verify(signed(BODY, SECRET), secrets)


def test_every_secret_is_tried_in_full(signed, monkeypatch):
    tried = []
    compare = typeform.hmac.compare_digest
    monkeypatch.setattr(
        typeform.hmac,
        "compare_digest",
        lambda one, other: (
            tried.append((type(one), type(other))) or compare(one, other)
        ),
    )
    typeform.verify(with_header(header(signed)), [SECRET, "second", "third"])
    assert tried[-3:] == [(bytes, bytes)] * 3


@pytest.mark.parametrize("secrets", [[], [""], ["", "  ", "\t\n"]])
def test_without_a_secret_everything_is_refused(signed, secrets):
    for secret in [SECRET, "", "  "]:
        with pytest.raises(WebhookRejected):
            typeform.verify(signed(BODY, secret), secrets)


def test_a_secret_that_is_no_text_is_refused_not_an_error(signed):
    with pytest.raises(WebhookRejected):
        typeform.verify(signed(BODY, SECRET), ["\ud800"])


def test_the_body_must_be_the_signed_one_at_every_bit(signed):
    value = header(signed)
    for position in range(len(BODY) * 8):
        changed = bytearray(BODY)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(WebhookRejected):
            typeform.verify(with_header(value, body=bytes(changed)), [SECRET])


def test_the_signature_must_be_the_right_one_at_every_bit(signed):
    value = header(signed).encode()
    for position in range(len(value) * 8):
        changed = bytearray(value)
        changed[position // 8] ^= 1 << position % 8
        # A WSGI server hands header bytes on as latin-1.
        with pytest.raises(WebhookRejected):
            typeform.verify(with_header(changed.decode("latin-1")), [SECRET])


def test_every_truncation_is_refused(signed):
    value = header(signed)
    for length in range(len(value)):
        with pytest.raises(WebhookRejected):
            typeform.verify(with_header(value[:length]), [SECRET])


def forgeries(good: str) -> dict[str, str]:
    digest = base64.b64decode(good.removeprefix("sha256="))
    bare = good.removeprefix("sha256=")
    return {
        "empty": "",
        "prefix only": "sha256=",
        "no prefix": bare,
        "upper prefix": "SHA256=" + bare,
        "sha1 prefix": "sha1=" + bare,
        "twice the prefix": "sha256=" + good,
        "hex": "sha256=" + digest.hex(),
        "urlsafe or unpadded": good.rstrip("="),
        "more padding": good + "=",
        "space before": " " + good,
        "space after": good + " ",
        "newline after": good + "\n",
        "space inside": good[:20] + " " + good[20:],
        "null after": good + "\0",
        "upper": good.upper(),
        "quoted": f'"{good}"',
        "two joined, right first": f"{good}, sha256=AAAA",
        "two joined, right last": f"sha256=AAAA,{good}",
        "joined twice": f"{good},{good}",
        "shorter digest": "sha256=" + base64.b64encode(digest[:20]).decode(),
        "longer digest": "sha256=" + base64.b64encode(digest + b"\0").decode(),
        "empty digest": "sha256====",
        "zeros": "sha256=" + base64.b64encode(bytes(32)).decode(),
        "danish": "sha256=æøå",
        "full width": good.replace("s", "\uff53", 1),
        "emoji": "sha256=" + "🌉" * 44,
        "surrogate": "sha256=\ud800" + bare[1:],
        "a megabyte": "sha256=" + "A" * 1_000_000,
    }


FORGERIES = sorted(forgeries("sha256=" + base64.b64encode(bytes(32)).decode()))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_signature_is_refused(signed, name):
    value = forgeries(header(signed))[name]
    with pytest.raises(WebhookRejected):
        typeform.verify(with_header(value), [SECRET])


def test_another_spelling_of_the_same_base64_is_refused(signed):
    # The last character before the padding carries two bits that decode to nothing.
    value = header(signed)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = value[:-2] + alphabet[alphabet.index(value[-2]) ^ 1] + "="
    assert base64.b64decode(twin[7:]) == base64.b64decode(value[7:])
    with pytest.raises(WebhookRejected):
        typeform.verify(with_header(twin), [SECRET])


@pytest.mark.parametrize(
    "secret", ["other", SECRET.upper(), SECRET + " ", SECRET[:-1], "", "\0"]
)
def test_another_secret_is_refused(signed, secret):
    with pytest.raises(WebhookRejected):
        typeform.verify(with_header(header(signed, secret=secret)), [SECRET])


def test_a_missing_header_and_two_headers_are_refused(signed):
    value = header(signed)
    twins = {"Typeform-Signature": value, "typeform-signature": value}
    for headers in [{}, {"Sm-Signature": value}, twins]:
        with pytest.raises(WebhookRejected):
            typeform.verify(Inbound("POST", URL, headers, BODY), [SECRET])


def test_a_refusal_quotes_neither_header_nor_body_nor_secret(signed):
    with pytest.raises(WebhookRejected) as refused:
        typeform.verify(with_header(header(signed, secret="other")), [SECRET])
    message = str(refused.value)
    assert "sha256=" not in message
    assert SECRET not in message


@given(st.text(), st.binary(), st.lists(st.text()))
def test_nothing_but_a_refusal_leaves_verify(value, body, secrets):
    with pytest.raises(WebhookRejected):
        typeform.verify(with_header(value, body=body), secrets)
