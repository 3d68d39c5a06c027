"""HubSpot's signature: HubSpot's own package signs, and every forgery is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
import time

import pytest
from hubspot.utils.signature import Signature
from hypothesis import given
from hypothesis import strategies as st

from webhooks import hubspot
from webhooks.submission import Inbound, WebhookRejected

SECRET = "a-client-secret-of-the-app"
BODY = '[{"eventId":1,"propertyValue":"æøå 🌉"}]'.encode()
URL = "https://vidensbro.example/webhooks/aarhus/hubspot"
NOW = 1_763_971_200.0
STAMP = "1763971200000"


def sign(
    body: bytes = BODY,
    secret: str = SECRET,
    stamp: str = STAMP,
    url: str = URL,
    method: str = "POST",
) -> str:
    return Signature.get_signature(secret, body.decode(), "v3", url, method, stamp)


def inbound(
    signature: str, stamp: str = STAMP, body: bytes = BODY, url: str = URL
) -> Inbound:
    headers = {
        "X-HubSpot-Signature-v3": signature,
        "X-HubSpot-Request-Timestamp": stamp,
        "X-HubSpot-Signature-Version": "v1",
    }
    return Inbound("POST", url, headers, body)


def accept(request: Inbound, secrets: list[str] | None = None, now: float = NOW):
    hubspot.verify(request, [SECRET] if secrets is None else secrets, now=lambda: now)


def refuse(request: Inbound, secrets: list[str] | None = None, now: float = NOW):
    with pytest.raises(WebhookRejected):
        accept(request, secrets, now)


# --- who else computes it -------------------------------------------------------------


def test_the_vector_that_hubspots_clients_are_tested_with_is_accepted():
    request = Inbound(
        "POST",
        "https://www.example.com/webhook_uri",
        {
            "X-HubSpot-Signature-v3": "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=",
            "X-HubSpot-Request-Timestamp": "15000000",
        },
        b"{'example_field':'example_value'}",
    )
    accept(request, ["yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"], now=15_000)


@given(
    st.text(st.characters(codec="utf-8")),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    st.integers(0, 10**14),
)
def test_what_hubspots_own_package_signs_is_accepted(body, secret, stamp):
    signed = sign(body.encode(), secret, str(stamp))
    accept(inbound(signed, str(stamp), body.encode()), [secret], now=stamp / 1000)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_a_signature_made_by_openssl_is_accepted():
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-binary"]
    text = b"POST" + URL.encode() + BODY + STAMP.encode()
    digest = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    accept(inbound(base64.b64encode(digest).decode()))


def test_the_wall_clock_is_the_one_that_counts():
    stamp = str(int(time.time() * 1000))
    hubspot.verify(inbound(sign(stamp=stamp), stamp), [SECRET])
    with pytest.raises(WebhookRejected):
        hubspot.verify(inbound(sign()), [SECRET])


def test_hubspots_package_takes_a_time_to_come_and_we_do_not():
    ahead = str(int((time.time() + 365 * 86400) * 1000))
    signed = sign(stamp=ahead)
    assert Signature.is_valid(
        signed, SECRET, BODY.decode(), URL, "POST", "v3", timestamp=ahead
    )
    refuse(inbound(signed, ahead), now=time.time())


def test_hubspots_package_decodes_nothing_of_the_address():
    encoded, decoded = f"{URL}?a=1%3A2%2F3", f"{URL}?a=1:2/3"
    assert sign(url=encoded) != sign(url=decoded)
    accept(inbound(sign(url=encoded), url=encoded))
    accept(inbound(sign(url=decoded), url=encoded))


# --- the address ----------------------------------------------------------------------

DOCUMENTED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
@pytest.mark.parametrize("spelled", [str.upper, str.lower])
def test_a_documented_character_may_be_decoded_before_signing(code, spelled):
    received = f"{URL}?x=a{spelled(code)}b"
    decoded = f"{URL}?x=a{DOCUMENTED[code]}b"
    accept(inbound(sign(url=decoded), url=received))
    accept(inbound(sign(url=received), url=received))


@pytest.mark.parametrize("code", ["%20", "%26", "%3D", "%2B", "%25", "%23", "%C3%A6"])
def test_any_other_stays_encoded(code):
    received = f"{URL}?x=a{code}b"
    accept(inbound(sign(url=received), url=received))
    text = bytes.fromhex(code.replace("%", "")).decode()
    refuse(inbound(sign(url=f"{URL}?x=a{text}b"), url=received))


def test_nothing_is_decoded_twice():
    received = f"{URL}?x=%253A"
    refuse(inbound(sign(url=f"{URL}?x=:"), url=received))


@pytest.mark.parametrize(
    "other",
    [
        URL.replace("https", "http"),
        URL + "/",
        URL + "?x=1",
        URL.replace("aarhus", "lyngby"),
        URL.replace("vidensbro", "other"),
        URL.upper(),
    ],
)
def test_a_delivery_to_another_address_is_refused(other):
    refuse(inbound(sign(url=other)))
    refuse(inbound(sign(), url=other))


def test_the_method_is_signed_too():
    refuse(inbound(sign(method="PUT")))
    good = inbound(sign())
    refuse(Inbound("PUT", good.url, good.headers, good.body))


# --- secrets --------------------------------------------------------------------------


@pytest.mark.parametrize("secrets", [[SECRET, "old"], ["old", SECRET], ["", SECRET]])
def test_any_of_several_secrets_is_enough(secrets):
    accept(inbound(sign()), secrets)


def test_a_secret_that_was_taken_out_is_refused():
    refuse(inbound(sign(secret="old")), [SECRET, "older"])


@pytest.mark.parametrize("secrets", [[], [""], ["", "  ", "\t\n"]])
def test_without_a_secret_everything_is_refused(secrets):
    for secret in [SECRET, "", "  "]:
        refuse(inbound(sign(secret=secret)), secrets)


@pytest.mark.parametrize("secret", ["other", SECRET.upper(), SECRET + " ", "", "\0"])
def test_another_secret_is_refused(secret):
    refuse(inbound(sign(secret=secret)))


def test_a_secret_that_is_no_text_is_refused_not_an_error():
    refuse(inbound(sign()), ["\ud800"])


def test_every_secret_is_tried_with_every_address(monkeypatch):
    tried = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        hubspot.proof.hmac,
        "compare_digest",
        lambda one, other: (
            tried.append((type(one), type(other))) or compare(one, other)
        ),
    )
    url = f"{URL}?x=%3A"
    accept(inbound(sign(url=url), url=url), [SECRET, "second", "third"])
    assert tried == [(bytes, bytes)] * 6


# --- the time -------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-300, -299, -1, 0, 1, 299, 300])
def test_five_minutes_either_way_are_allowed(off):
    accept(inbound(sign()), now=NOW + off)


@pytest.mark.parametrize("off", [-86400, -301, -300.5, 300.5, 301, 86400, 1e20])
def test_more_is_refused(off):
    refuse(inbound(sign()), now=NOW + off)


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        " ",
        "0",
        "-1763971200000",
        "+1763971200000",
        "1763971200000.0",
        "1763971200",
        "1.7639712e12",
        "1e20",
        "100000000000000000000",
        "nan",
        "inf",
        "0x19ab2c3d400",
        " 1763971200000",
        "1763971200000 ",
        "1763971200000\n",
        "1_763_971_200_000",
        "2025-11-24T08:00:00Z",
        "\u0661\u0667\u0666\u0663\u0669\u0667\u0661\u0662\u0660\u0660\u0660\u0660\u0660",
        "¹763971200000",
        "9" * 5000,
    ],
)
def test_a_time_that_is_not_now_in_digits_is_refused_however_well_signed(stamp):
    refuse(inbound(sign(stamp=stamp), stamp))


def test_the_time_is_part_of_what_is_signed():
    refuse(inbound(sign(), str(int(STAMP) + 1)))


# --- forgeries ------------------------------------------------------------------------


def test_the_body_must_be_the_signed_one_at_every_bit():
    signed = sign()
    for position in range(len(BODY) * 8):
        changed = bytearray(BODY)
        changed[position // 8] ^= 1 << position % 8
        refuse(inbound(signed, body=bytes(changed)))


def test_signature_and_time_must_be_the_right_ones_at_every_bit():
    for header in ("X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"):
        good = inbound(sign())
        value = good.headers[header].encode()
        for position in range(len(value) * 8):
            changed = bytearray(value)
            changed[position // 8] ^= 1 << position % 8
            # A WSGI server hands header bytes on as latin-1.
            headers = {**good.headers, header: changed.decode("latin-1")}
            refuse(Inbound(good.method, good.url, headers, good.body))


@pytest.mark.parametrize("missing", ["signature-v3", "request-timestamp"])
def test_a_missing_a_double_and_an_empty_header_are_refused(missing):
    good = inbound(sign())
    name = next(n for n in good.headers if n.lower() == f"x-hubspot-{missing}")
    without = {n: value for n, value in good.headers.items() if n != name}
    double = {**good.headers, name.lower(): good.headers[name]}
    for headers in [without, double, {**without, name: ""}]:
        refuse(Inbound("POST", URL, headers, BODY))
    spelled = {**without, name.upper(): good.headers[name]}
    accept(Inbound("POST", URL, spelled, BODY))


def test_versions_one_and_two_alone_are_refused_since_they_sign_no_time():
    for version in ("v1", "v2"):
        old = Signature.get_signature(SECRET, BODY.decode(), version, URL)
        headers = {
            "X-HubSpot-Signature": old,
            "X-HubSpot-Signature-Version": version,
            "X-HubSpot-Request-Timestamp": STAMP,
        }
        refuse(Inbound("POST", URL, headers, BODY))
        refuse(inbound(old))


def forgeries(good: str) -> dict[str, str]:
    digest = base64.b64decode(good)
    return {
        "hex": digest.hex(),
        "prefixed": "sha256=" + good,
        "unpadded": good.rstrip("="),
        "more padding": good + "=",
        "space before": " " + good,
        "space after": good + " ",
        "newline after": good + "\n",
        "null after": good + "\0",
        "lower": good.lower(),
        "joined twice": f"{good},{good}",
        "shorter digest": base64.b64encode(digest[:20]).decode(),
        "longer digest": base64.b64encode(digest + b"\0").decode(),
        "zeros": base64.b64encode(bytes(32)).decode(),
        "plain hash": base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
        "danish": "æøå",
        "emoji": "🌉" * 44,
        "surrogate": "\ud800" + good[1:],
        "a megabyte": "A" * 1_000_000,
    }


@pytest.mark.parametrize(
    "name", sorted(forgeries(base64.b64encode(bytes(32)).decode()))
)
def test_a_forged_signature_is_refused(name):
    refuse(inbound(forgeries(sign())[name]))


def test_another_spelling_of_the_same_base64_is_refused():
    # The last character before the padding carries two bits that decode to nothing.
    value = sign()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = value[:-2] + alphabet[alphabet.index(value[-2]) ^ 1] + "="
    assert base64.b64decode(twin) == base64.b64decode(value)
    refuse(inbound(twin))


def test_every_truncation_is_refused():
    signed = sign()
    for length in range(len(signed)):
        refuse(inbound(signed[:length]))


def test_an_address_that_is_no_text_is_refused_not_an_error():
    refuse(inbound(sign(), url=URL + "?\ud800"))


def test_a_refusal_quotes_neither_header_nor_body_nor_secret():
    with pytest.raises(WebhookRejected) as refused:
        accept(inbound(sign(secret="other")))
    message = str(refused.value)
    assert sign(secret="other") not in message
    assert SECRET not in message
    assert refused.value.__cause__ is None


@given(st.text(), st.text(), st.text(), st.binary(), st.lists(st.text()))
def test_nothing_but_a_refusal_leaves_verify(signature, stamp, url, body, secrets):
    refuse(inbound(signature, stamp, body, url), secrets)
