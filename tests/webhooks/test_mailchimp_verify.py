"""Mailchimp's two proofs: a secret in the address, and a signature if there is one."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks import mailchimp
from webhooks.registry import PROVIDERS
from webhooks.submission import Inbound, WebhookRejected

SECRET = "0123456789abcdef0123456789abcdef"
BODY = b"type=unsubscribe&data%5Bemail%5D=a%40people.example&data%5Breason%5D="
BASE = "https://vidensbro.example/webhooks/aarhus/mailchimp"
URL = f"{BASE}/{SECRET}"
SIGNING = "whsec-handed-out-by-mailchimp"
NOW = 1_718_000_000
HEADER = "X-Mailchimp-Signature"


def at(url: str) -> Inbound:
    return Inbound("POST", url, {}, BODY)


def refuse(url: str, secrets: list[str]) -> None:
    with pytest.raises(WebhookRejected):
        mailchimp.verify(at(url), secrets)


def digest(body: bytes = BODY, secret: str = SIGNING, t: object = NOW) -> str:
    return hmac.new(
        secret.encode(), f"{t}.".encode() + body, hashlib.sha256
    ).hexdigest()


def signed(value: str, body: bytes = BODY, name: str = HEADER) -> Inbound:
    return Inbound("POST", URL, {name: value}, body)


def header(t: object = NOW, **more: str) -> str:
    return f"t={t},v1={digest(t=t, **more)}"


def accept_signed(request: Inbound, secrets: list[str] | None = None, now: float = NOW):
    secrets = [SIGNING] if secrets is None else secrets
    mailchimp.verify_signed(request, secrets, now=lambda: now)


def refuse_signed(request: Inbound, secrets: list[str] | None = None, now: float = NOW):
    with pytest.raises(WebhookRejected):
        accept_signed(request, secrets, now)


def test_the_registry_asks_for_both_proofs_and_answers_the_validator():
    provider = PROVIDERS["mailchimp"]
    assert provider.label == "Mailchimp"
    assert provider.verify is mailchimp.verify
    assert provider.verify_signed is mailchimp.verify_signed
    assert provider.ping_methods == ("GET", "HEAD")
    assert provider.deeper


# --- the address ----------------------------------------------------------------------


@pytest.mark.parametrize("secrets", [[SECRET], ["x" * 16, SECRET], [SECRET, "", "y"]])
def test_any_configured_secret_at_the_end_of_the_address_is_enough(secrets):
    mailchimp.verify(at(URL), secrets)


def test_a_secret_that_needs_encoding_is_found_in_both_spellings():
    secret = "med bindestreg & æøå!"
    encoded = "med%20bindestreg%20%26%20%C3%A6%C3%B8%C3%A5!"
    mailchimp.verify(at(f"{BASE}/{encoded}"), [secret])
    mailchimp.verify(at(f"{BASE}/{secret}"), [secret])


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        BASE + "/",
        URL + "/",
        URL + "/more",
        URL + "x",
        URL[:-1],
        URL.upper(),
        f"{BASE}/{SECRET[::-1]}",
        f"{BASE}?secret={SECRET}",
        f"{BASE}/?x=/{SECRET}",
        f"{BASE}#/{SECRET}",
        f"{BASE}/{SECRET}%00",
        f"{BASE}/%2F{SECRET}",
        f"{BASE}/{SECRET}\ud800",
        "",
        "https://[",
    ],
)
def test_another_end_is_refused(url):
    refuse(url, [SECRET])


def test_a_query_behind_the_secret_changes_nothing():
    mailchimp.verify(at(f"{URL}?x=1/2"), [SECRET])


def test_the_secret_must_be_the_right_one_at_every_bit():
    for position in range(len(SECRET) * 8):
        changed = bytearray(SECRET.encode())
        changed[position // 8] ^= 1 << position % 8
        refuse(f"{BASE}/{changed.decode('latin-1')}", [SECRET])


@pytest.mark.parametrize("secrets", [[], [""], ["   "], ["mailchimp"], ["x" * 15]])
def test_without_a_secret_worth_the_name_everything_is_refused(secrets):
    for end in ["", "   ", "mailchimp", "x" * 15, SECRET]:
        refuse(f"{BASE}/{end}", secrets)
    refuse(BASE, secrets)


def test_a_secret_that_is_no_text_is_refused_not_an_error():
    refuse(URL, ["\ud800" * 16])


def test_every_secret_is_compared_by_hash_in_full(monkeypatch):
    tried = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        mailchimp.proof.hmac,
        "compare_digest",
        lambda one, other: tried.append((len(one), len(other))) or compare(one, other),
    )
    mailchimp.verify(at(URL), [SECRET, "x" * 16, "y" * 99])
    assert tried == [(32, 32)] * 3


@given(st.text(), st.lists(st.text()))
def test_nothing_but_a_refusal_leaves_verify(url, secrets):
    refuse(url, [each for each in secrets if not url.endswith(each.strip())])


# --- the signature --------------------------------------------------------------------


def test_a_signature_by_the_documented_recipe_is_accepted():
    accept_signed(signed(header()))


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_a_signature_made_by_openssl_is_accepted():
    command = ["openssl", "dgst", "-sha256", "-hmac", SIGNING, "-hex"]
    text = f"{NOW}.".encode() + BODY
    out = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    accept_signed(signed(f"t={NOW},v1={out.decode().split()[-1]}"))


def test_a_fixed_vector_is_accepted():
    # Computed with openssl, outside this project.
    value = "7276c844de0925cb1360780ff34a7054bbf669aa5f9c618a0c007353e91b20fc"
    request = signed(f"t=1718000000,v1={value}", body=b"type=cleaned&data%5Bemail%5D=")
    accept_signed(request, ["testsecret"])


@pytest.mark.parametrize("name", [HEADER.lower(), HEADER.upper()])
def test_the_header_is_found_in_any_case(name):
    accept_signed(signed(header(), name=name))


def test_any_of_several_signatures_will_do_while_a_secret_is_renewed():
    old, new = digest(secret="old"), digest()
    for first, second in [(old, new), (new, old)]:
        accept_signed(signed(f"t={NOW},v1={first},v1={second}"))
    accept_signed(signed(f"v1={new}, t={NOW}, v0=x"))
    refuse_signed(signed(f"t={NOW},v1={old},v1={'0' * 64}"))


@pytest.mark.parametrize("secrets", [[SIGNING, "o"], ["o", SIGNING], ["", SIGNING]])
def test_any_of_several_signing_secrets_is_enough(secrets):
    accept_signed(signed(header()), secrets)


@pytest.mark.parametrize("secrets", [[], [""], ["  "], ["old"], [SIGNING.upper()]])
def test_another_signing_secret_or_none_is_refused(secrets):
    refuse_signed(signed(header()), secrets)


def test_every_secret_is_tried_with_every_signature(monkeypatch):
    tried = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        mailchimp.proof.hmac,
        "compare_digest",
        lambda one, other: tried.append(1) or compare(one, other),
    )
    accept_signed(signed(header() + f",v1={'0' * 64}"), [SIGNING, "second", "third"])
    assert len(tried) == 6


@pytest.mark.parametrize("off", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_allowed(off):
    accept_signed(signed(header()), now=NOW + off)


@pytest.mark.parametrize("off", [-86400, -301, -300.5, 300.5, 301, 86400, 1e20])
def test_more_is_refused(off):
    refuse_signed(signed(header()), now=NOW + off)


def test_the_wall_clock_is_the_one_that_counts():
    mailchimp.verify_signed(signed(header(int(time.time()))), [SIGNING])
    with pytest.raises(WebhookRejected):
        mailchimp.verify_signed(signed(header()), [SIGNING])


@pytest.mark.parametrize(
    "t",
    [
        "",
        "0",
        "-1718000000",
        "+1718000000",
        "1718000000.0",
        "1718000000000",
        "1.718e9",
        "1e20",
        "nan",
        "0x6666a380",
        "1718000000\n",
        "1_718_000_000",
        "\u0661\u0667\u0661\u0668\u0660\u0660\u0660\u0660\u0660\u0660",
        "9" * 5000,
    ],
)
def test_a_time_that_is_not_now_in_digits_is_refused_however_well_signed(t):
    refuse_signed(signed(header(t)))


def test_the_body_must_be_the_signed_one_at_every_bit():
    value = header()
    for position in range(len(BODY) * 8):
        changed = bytearray(BODY)
        changed[position // 8] ^= 1 << position % 8
        refuse_signed(signed(value, bytes(changed)))


def test_blank_values_are_part_of_what_is_signed():
    refuse_signed(signed(header(), BODY.removesuffix(b"&data%5Breason%5D=")))


def test_the_header_must_be_the_right_one_at_every_bit():
    value = header().encode()
    for position in range(len(value) * 8):
        changed = bytearray(value)
        changed[position // 8] ^= 1 << position % 8
        refuse_signed(signed(changed.decode("latin-1")))


def test_every_truncation_is_refused():
    value = header()
    for length in range(len(value)):
        refuse_signed(signed(value[:length]))


def test_a_missing_and_a_double_header_are_refused():
    value = header()
    for headers in [{}, {HEADER: value, HEADER.lower(): value}, {HEADER: ""}]:
        refuse_signed(Inbound("POST", URL, headers, BODY))


@pytest.mark.parametrize(
    "value",
    [
        digest(),
        f"sha256={digest()}",
        f"t={NOW}",
        f"v1={digest()}",
        f"t={NOW};v1={digest()}",
        f"t={NOW},v1={digest().upper()}",
        f"t={NOW},v2={digest()}",
        f"t={NOW},V1={digest()}",
        f"t={NOW},v1={digest()}0",
        f"t={NOW},v1={digest()}\n",
        f"t={NOW},v1=0x{digest()}",
        f"t={NOW},t={NOW},v1={digest()}",
        f"t={NOW + 1},v1={digest()}",
        f"t={NOW},v1={digest(t='')}",
        f"t={NOW},v1=æøå",
        f"t={NOW},v1=\ud800",
        "t=,v1=",
        "," * 10_000,
    ],
)
def test_a_forged_or_malformed_signature_is_refused(value):
    refuse_signed(signed(value))


def test_a_refusal_quotes_neither_secret_nor_address():
    for refusal in [
        lambda: mailchimp.verify(at(f"{BASE}/guess"), [SECRET]),
        lambda: accept_signed(signed(header(secret="other"))),
    ]:
        with pytest.raises(WebhookRejected) as refused:
            refusal()
        for hidden in [SECRET, SIGNING, "guess", "people.example", digest()]:
            assert hidden not in str(refused.value)


@given(st.text(), st.binary(), st.lists(st.text()))
def test_nothing_but_a_refusal_leaves_verify_signed(value, body, secrets):
    refuse_signed(signed(value, body), secrets)
