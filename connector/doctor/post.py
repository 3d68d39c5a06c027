"""The mail server that takes the weekly digest: its settings, and a look at it.

The look leads the conversation up to where an e-mail would be handed over, and ends it
there (RFC 5321, NOOP and QUIT): nothing is sent.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress

from connector.credentials.asking import listed
from connector.digest.post import PostError, connected, message
from connector.doctor.given import given
from connector.findings import Finding
from connector.service import Service
from connector.settings import Post, prefix_of

SETTINGS, SERVER = "settings.post", "post"
TIMEOUT_S = 5
NEVER = "the weekly digest is never sent"
PAIRS = "port 587 goes with SMTP_SECURITY=starttls, port 465 with tls"
# By the codes of OpenSSL's verification, as in connector.doctor.certificates.
CERTIFICATE = {
    10: "has expired",
    62: "is for another name than SMTP_HOST",
    64: "is for another address than SMTP_HOST",
}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def check_post(service: Service, key: str) -> Iterator[Finding]:
    """Look whether the weekly digest has a server and somebody to go to."""
    settings = service.settings
    if settings.demo:
        return
    post, receivers = settings.post, settings.accounts[key].digest_to
    before = "" if key == settings.programmes[0] else prefix_of(key)
    name = f"{before}DIGEST_TO"
    if post is not None and not receivers:
        what = "A mail server is set, and nobody gets the weekly digest."
        remedy = f"Set {name} to an address, or take SMTP_HOST out."
        yield Finding(SETTINGS, "warning", what, remedy)
    elif post is not None:
        found = [*_half(post), *_addresses(post, receivers, name)]
        well = Finding(SETTINGS, "well", "The weekly digest has a server and readers.")
        yield from found or [well]
    elif receivers:
        what = f"{name} is set, and no mail server: {NEVER}."
        remedy = f"Set SMTP_HOST and SMTP_FROM, or take {name} out."
        yield Finding(SETTINGS, "warning", what, remedy)
    elif not before:
        yield from _without_host()


def _without_host() -> Iterator[Finding]:
    names = sorted(name for name in given() if name.startswith("SMTP_"))
    if names:
        what = f"Of the mail server {listed(names)} alone is set: {NEVER}."
        remedy = f"Set SMTP_HOST, SMTP_FROM and DIGEST_TO, or take {listed(names)} out."
        yield Finding(SETTINGS, "warning", what, remedy)


def _half(post: Post) -> Iterator[Finding]:
    """Yield which half of a pair is missing, and a host that is none."""
    if not _is_host(post.host):
        what = f"SMTP_HOST is no host's name: {NEVER}."
        remedy = (
            "Set SMTP_HOST to the name alone (smtp.example.org), without smtp:// and "
            "without a port; the port goes into SMTP_PORT."
        )
        yield Finding(SETTINGS, "fault", what, remedy)
    if post.user and not post.password:
        what = f"SMTP_USER is set, and SMTP_PASSWORD is not: {NEVER}."
        remedy = "Set SMTP_PASSWORD; or take SMTP_USER out where nobody signs in."
        yield Finding(SETTINGS, "fault", what, remedy)
    elif post.password and not post.user:
        what = "SMTP_PASSWORD is set, and SMTP_USER is not: nobody signs in."
        remedy = "Set SMTP_USER; or take SMTP_PASSWORD out where nobody signs in."
        yield Finding(SETTINGS, "warning", what, remedy)
    elif not post.password.isascii():
        what = f"SMTP_PASSWORD holds a letter that cannot be sent by SMTP: {NEVER}."
        remedy = "Set SMTP_PASSWORD to one of plain letters, digits and signs."
        yield Finding(SETTINGS, "fault", what, remedy)
    elif post.user and post.security == "none" and post.host not in LOCAL:
        what = "SMTP_SECURITY=none sends SMTP_PASSWORD readable over the network."
        yield Finding(SETTINGS, "warning", what, f"Set SMTP_SECURITY: {PAIRS}.")


def _is_host(host: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return all(part and part.replace("-", "").replace("_", "").isalnum()
               for part in host.rstrip(".").split("."))  # fmt: skip


def _addresses(post: Post, to: tuple[str, ...], name: str) -> Iterator[Finding]:
    try:
        message(post.sender, to, "", "", "")
    except PostError as error:
        wrong, _, _ = str(error).partition(" ")
        setting = name if wrong == "DIGEST_TO" else wrong
        what = f"{setting} holds something that is no e-mail address: {NEVER}."
        remedy = f"Correct {setting}: plain addresses, separated by commas."
        if wrong == "SMTP_FROM":
            remedy = "Correct SMTP_FROM: name@example.org, or Name <name@example.org>."
        yield Finding(SETTINGS, "fault", what, remedy)


def check_server(service: Service, _key: str) -> Iterator[Finding]:
    """Connect to the mail server, start TLS and sign in, and send nothing."""
    settings = service.settings
    post = settings.post
    awaited = any(accounts.digest_to for accounts in settings.accounts.values())
    if post is None or not awaited or settings.demo:
        return
    try:
        _converse(post)
    except (OSError, UnicodeError) as error:
        what, remedy = _in_words(post, error)
        yield Finding(SERVER, "fault", f"{what} Nothing was sent.", remedy)
        return
    signed = " and the sign-in" if post.user else ""
    what = (
        f"The mail server {post.host} takes the connection{signed}; nothing was sent."
    )
    yield Finding(SERVER, "well", what)


def _converse(post: Post) -> None:
    with closing(connected(post, TIMEOUT_S)) as server:
        server.ehlo_or_helo_if_needed()
        code, said = server.noop()
        if code != 250:
            raise smtplib.SMTPResponseException(code, said)
        with suppress(smtplib.SMTPException):
            server.quit()


def _in_words(post: Post, error: Exception) -> tuple[str, str]:
    """Return what is wrong and the remedy, without the server's own words."""
    at = f"The mail server {post.host}:{post.port}"
    lost = isinstance(error, smtplib.SMTPServerDisconnected)
    if lost and isinstance(error.__context__, OSError):
        error = error.__context__  # smtplib tells a silence and a break alike
    if isinstance(error, ssl.SSLCertVerificationError):
        told = CERTIFICATE.get(error.verify_code, "is signed by nobody known here")
        what = f"{at}: its certificate {told}. The password was not sent."
        return what, "SMTP_HOST must be the name in the certificate; correct it"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        secure = "STARTTLS" in str(error)
        return f"{at} offers no {'STARTTLS' if secure else 'sign-in'} there.", (
            f"Correct SMTP_PORT and SMTP_SECURITY: {PAIRS}"
            if secure
            else f"Correct SMTP_PORT and SMTP_SECURITY: {PAIRS}; or take SMTP_USER and "
            "SMTP_PASSWORD out where nobody signs in"
        )
    code = getattr(error, "smtp_code", "")
    return next(
        (f"{at} {what}.".format(code=code), remedy)
        for kind, what, remedy in SENTENCES
        if isinstance(error, kind)
    )


SENTENCES: tuple[tuple[type[Exception], str, str], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        "refused the sign-in ({code})",
        "Correct SMTP_USER and SMTP_PASSWORD; many servers want a password made for "
        "apps instead of the mailbox's own",
    ),
    (
        smtplib.SMTPServerDisconnected,
        "hung up in the middle",
        f"Correct SMTP_PORT and SMTP_SECURITY: {PAIRS}",
    ),
    (
        smtplib.SMTPException,
        "refused the conversation ({code})",
        "Ask who runs the server whether this machine may send there; else correct "
        "SMTP_HOST",
    ),
    (
        socket.gaierror,
        "is not known: its name has no address (DNS)",
        "Correct SMTP_HOST",
    ),
    (
        ssl.SSLError,
        "speaks no TLS there",
        f"Correct SMTP_PORT and SMTP_SECURITY: {PAIRS}",
    ),
    (
        ConnectionRefusedError,
        "refused the connection: nothing listens there",
        f"Correct SMTP_HOST and SMTP_PORT: {PAIRS}",
    ),
    (
        TimeoutError,
        "gave no answer in time",
        f"Correct SMTP_HOST, SMTP_PORT and SMTP_SECURITY: {PAIRS}; and let the "
        "firewall pass that port",
    ),
    (
        Exception,
        "cannot be reached",
        "Is this machine online? Else correct SMTP_HOST and SMTP_PORT",
    ),
)
"""What a failure means, the special before the general."""
