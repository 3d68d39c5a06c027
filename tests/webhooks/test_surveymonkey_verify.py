"""Who signed this body: SurveyMonkey's key, and every forgery refused in one way.

No vendor's test vector is public. The fixed signatures here were made with the openssl
command (``openssl dgst -sha1 -hmac KEY -binary FILE | openssl base64``), and one test
asks the command itself.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.registry import PROVIDERS
from webhooks.submission import Inbound, WebhookRejected

CLIENT = "client-of-ours"
KEY = f"{CLIENT}&a-secret-of-ours"
NEXT = f"{CLIENT}&the-next-secret"
DANISH = "klient&hemmelig-æøå"
URL = "https://vidensbro.example/webhooks/aarhus/surveymonkey/response_completed"
MADE_BY_OPENSSL = {
    KEY: "zVsoDCuRpFPDBvpGLiiX5fJF3xw=",
    NEXT: "S5hl1YtaaNYX+MdGoNVuEQgB9Tc=",
    DANISH: "fWDZwqV4RxOFPtw7qfX2D21LJuU=",
}
OF_NOTHING = "jEi34961CsQ9gB2EUkDnsLYujTY="
GOOD = MADE_BY_OPENSSL[KEY]


@pytest.fixture(scope="module")
def body(payload):
    return payload("surveymonkey/webhook_completed")


def verify(body: bytes, headers: dict[str, str], secrets: list[str]) -> None:
    PROVIDERS["surveymonkey"].verify(Inbound("POST", URL, headers, body), secrets)


def refused(body: bytes, headers: dict[str, str], secrets: list[str]) -> str:
    with pytest.raises(WebhookRejected, match=r"^SurveyMonkey: .*\.$") as caught:
        verify(body, headers, secrets)
    assert caught.value.__cause__ is None
    return str(caught.value)


def openssl(key: str, body: bytes) -> str:
    command = ["openssl", "dgst", "-sha1", "-hmac", key, "-binary"]
    digest = subprocess.run(command, input=body, capture_output=True, check=True).stdout
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(("key", "signature"), MADE_BY_OPENSSL.items())
def test_the_signature_that_openssl_made_is_accepted(body, key, signature):
    client = key.partition("&")[0]
    verify(body, {"Sm-Signature": signature, "Sm-Apikey": client}, [key])
    verify(body, {"SM-SIGNATURE": signature, "sm-apikey": client}, [key])


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_openssl_signs_any_body_alike(body):
    for each in (b"", b"\xff\x00", body, b"x" * 100_000):
        verify(each, {"Sm-Signature": openssl(KEY, each)}, [KEY])


def test_an_empty_body_can_be_signed_too():
    verify(b"", {"Sm-Signature": OF_NOTHING}, [KEY])


def test_a_signature_without_the_clients_id_is_accepted(body):
    verify(body, {"Sm-Signature": GOOD}, [KEY])


def test_any_of_several_secrets_will_do(body):
    headers = {"Sm-Signature": GOOD, "Sm-Apikey": CLIENT}
    verify(body, headers, [NEXT, KEY])
    verify(body, headers, [KEY, NEXT])
    verify(body, headers, ["", "half", KEY])


@pytest.mark.parametrize(
    "client", ["another", "", "client-of-our", "CLIENT-OF-OURS", "æ"]
)
def test_the_client_must_be_the_one_whose_key_signed(body, client):
    headers = {"Sm-Signature": GOOD, "Sm-Apikey": client}
    refused(body, headers, [KEY, "another&secret-of-another"])


def test_a_client_named_twice_is_refused(body):
    headers = {"Sm-Signature": GOOD, "Sm-Apikey": CLIENT, "sm-apikey": CLIENT}
    refused(body, headers, [KEY])


@pytest.mark.parametrize(
    "secrets",
    [[], [""], [" "], ["&"], ["a-secret-of-ours"], [f"{CLIENT}&"],
     ["&a-secret-of-ours"],
     [f"{CLIENT}& "], [f"{CLIENT}&a-secret-of-our"], [f"x{KEY}"]],
)  # fmt: skip
def test_without_the_whole_key_nothing_is_accepted(body, secrets):
    headers = {"Sm-Signature": GOOD, "Sm-Apikey": CLIENT}
    refused(body, headers, secrets)


def test_half_a_key_signs_nothing():
    for half in (f"{CLIENT}&", "&", "&secret", "secret"):
        signature = base64.b64encode(_rfc2104(half.encode(), b"{}")).decode()
        assert "no secret" in refused(b"{}", {"Sm-Signature": signature}, [half])


def test_a_missing_or_repeated_signature_is_refused(body):
    refused(body, {}, [KEY])
    refused(body, {"Sm-Signature": ""}, [KEY])
    refused(body, {"Sm-Signature": GOOD, "sm-signature": GOOD}, [KEY])


@pytest.mark.parametrize(
    "spelled",
    [GOOD.rstrip("="), GOOD + "=", f" {GOOD}", f"{GOOD}\n", f"sha1={GOOD}", GOOD[:-4],
     GOOD[:10] + " " + GOOD[10:], base64.b64decode(GOOD).hex(), GOOD.lower(), "æ" * 28,
     GOOD[:-2] + chr(ord(GOOD[-2]) + 1) + "=", base64.b64encode(b"x" * 32).decode()],
)  # fmt: skip
def test_only_the_canonical_base64_of_the_digest_counts(body, spelled):
    refused(body, {"Sm-Signature": spelled}, [KEY])


@given(st.data())
def test_a_flipped_bit_anywhere_is_refused(payload, data):
    body = bytearray(payload("surveymonkey/webhook_completed"))
    digest = bytearray(base64.b64decode(GOOD))
    target = data.draw(st.sampled_from([body, digest]))
    at = data.draw(st.integers(0, len(target) * 8 - 1))
    target[at // 8] ^= 1 << at % 8
    headers = {"Sm-Signature": base64.b64encode(digest).decode()}
    refused(bytes(body), headers, [KEY])


@given(
    st.dictionaries(
        st.sampled_from(["Sm-Signature", "Sm-Apikey", "sm-signature"]) | st.text(),
        st.text(alphabet=st.characters(exclude_categories=())),
    ),
    st.lists(st.text(alphabet=st.characters(exclude_categories=())), max_size=3),
)
def test_whatever_is_sent_is_refused_and_nothing_else(headers, secrets):
    with pytest.raises(WebhookRejected):
        verify(b"{}", headers, [*secrets, KEY])


def test_the_address_is_tried_by_head_and_goes_on_behind_the_name():
    provider = PROVIDERS["surveymonkey"]
    assert (provider.label, provider.deeper) == ("SurveyMonkey", True)
    assert provider.ping_methods == ("HEAD",)


def _rfc2104(key: bytes, message: bytes) -> bytes:

    block = key.ljust(64, b"\0")
    inner = hashlib.sha1(
        bytes(b ^ 0x36 for b in block) + message, usedforsecurity=False
    )
    outer = bytes(b ^ 0x5C for b in block) + inner.digest()
    return hashlib.sha1(outer, usedforsecurity=False).digest()
