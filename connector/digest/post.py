"""Handing one e-mail to the programme's mail server, by SMTP.

The conversation is led step by step, so that it is known of a broken one whether the
e-mail may have been taken: only the last step hands it over (RFC 5321, 4.2.5).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import cast

from connector.db import utcnow
from connector.settings import Post

TIMEOUT_S = 10
TAKING_S = 20
"""A server looks through what it is given before it takes it; the worker must still be
able to end within 25 seconds.
"""


class PostError(Exception):
    """The e-mail was not taken, or nobody knows; the text is a sentence for staff.

    ``in_doubt``: it may have been taken, so it is not sent again by itself.
    """

    def __init__(self, message: str, *, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.in_doubt = in_doubt


def message(
    sender: str, to: Sequence[str], subject: str, plain: str, html: str
) -> EmailMessage:
    """Return the e-mail; raise ``PostError`` where an address is none."""
    made = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    made["From"] = _address(address, "SMTP_FROM", name)
    made["To"] = [_address(one, "DIGEST_TO") for one in to]
    made["Subject"] = " ".join(subject.split())
    made["Date"] = format_datetime(utcnow())
    # The host's own name says more of the machine than anybody needs to know.
    made["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    # RFC 3834: no machine answers it with a notice of absence.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(plain, cte="quoted-printable")
    made.add_alternative(html, subtype="html", cte="quoted-printable")
    return made


def hand_over(post: Post, made: EmailMessage) -> int:
    """Hand an e-mail over; return how many of its addresses were refused.

    Raise ``PostError`` where the server takes it for nobody, or cannot be reached.
    """
    if not f"{post.user}{post.password}".isascii():
        raise PostError(UNSENDABLE)
    try:
        server = connected(post)
    except (OSError, smtplib.SMTPException) as error:
        raise PostError(_in_words(post, error)) from error
    try:
        return _deliver(post, server, made)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def connected(post: Post, timeout_s: float = TIMEOUT_S) -> smtplib.SMTP:
    """Return a conversation that is secret where it shall be, and signed in.

    ``timeout_s`` is how long each step may take. Raise what ``smtplib`` raises.
    """
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if post.security == "tls":
        server = smtplib.SMTP_SSL(
            post.host, post.port, timeout=timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(post.host, post.port, timeout=timeout_s)
    try:
        if post.security == "starttls":
            server.starttls(context=context)
        if post.user:
            server.login(post.user, post.password)
    except BaseException:
        server.close()
        raise
    return server


def _deliver(post: Post, server: smtplib.SMTP, made: EmailMessage) -> int:
    sender = _bare(made, "From")[0]
    to = _bare(made, "To")
    try:
        server.ehlo_or_helo_if_needed()
        _expect(server.mail(sender), (250,))
        taken = [one for one in to if server.rcpt(one)[0] in {250, 251}]
        if not taken:
            raise PostError(NOBODY.format(host=post.host))
    except (OSError, smtplib.SMTPException) as error:
        raise PostError(_in_words(post, error)) from error
    if server.sock is not None:
        server.sock.settimeout(TAKING_S)
    try:
        _expect(server.data(made.as_bytes()), (250,))
    except smtplib.SMTPResponseException as error:
        raise PostError(_in_words(post, error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise PostError(LOST.format(host=post.host), in_doubt=True) from error
    return len(to) - len(taken)


def _expect(answer: tuple[int, bytes], codes: tuple[int, ...]) -> None:
    code, said = answer
    if code not in codes:
        raise smtplib.SMTPResponseException(code, said)


def _bare(made: EmailMessage, header: str) -> list[str]:
    return [cast("str", one.addr_spec) for one in made[header].addresses]


def _address(text: str, setting: str, name: str = "") -> Address:
    """Return an address as a header holds it: no line break passes through it."""
    try:
        made = Address(name, addr_spec=text)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise PostError(WRONG.format(setting=setting)) from error
    if not (made.username and made.domain and text.isascii() and text.isprintable()):
        raise PostError(WRONG.format(setting=setting))
    return made


def _in_words(post: Post, error: Exception) -> str:
    """Return a sentence without the server's own: it may repeat an address."""
    host = f"{post.host}:{post.port}"
    for kind, sentence in SENTENCES:
        if isinstance(error, kind):
            return sentence.format(host=host, code=getattr(error, "smtp_code", ""))
    return UNREACHED.format(host=host, kind=type(error).__name__)


SAFE = "Nothing is lost; it is tried again."
NOBODY = (
    "The mail server {host} takes e-mail for none of the addresses in DIGEST_TO. "
    f"{SAFE} Correct DIGEST_TO, or ask who runs the server."
)
LOST = (
    "The connection to the mail server {host} broke while it took the weekly e-mail. "
    "It may have arrived, so it is not sent again by itself. To send it: "
    "vidensbro digest --send"
)
WRONG = (
    "{setting} holds something that is no e-mail address. Nothing was sent. Correct "
    "it in the settings: plain addresses, separated by commas."
)
UNSENDABLE = (
    "SMTP_USER or SMTP_PASSWORD holds a letter that cannot be sent by SMTP. Nothing "
    "was sent. Choose ones of plain letters, digits and signs."
)
UNREACHED = (
    f"The mail server {{host}} cannot be reached ({{kind}}). {SAFE} "
    "Check SMTP_HOST, SMTP_PORT and SMTP_SECURITY."
)
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        f"The mail server {{host}} shows a certificate that is not its own, is out of "
        f"date or is signed by nobody known here. The password was not sent. {SAFE} "
        "SMTP_HOST must be the name in the certificate.",
    ),
    (
        ssl.SSLError,
        f"The mail server {{host}} does not speak TLS there. {SAFE} Port 465 goes with "
        "SMTP_SECURITY=tls, port 587 with starttls.",
    ),
    (
        smtplib.SMTPAuthenticationError,
        f"The mail server {{host}} refused SMTP_USER or SMTP_PASSWORD ({{code}}). "
        f"{SAFE} Correct them in the settings.",
    ),
    (
        smtplib.SMTPNotSupportedError,
        f"The mail server {{host}} does not offer what the settings ask for (STARTTLS "
        f"or signing in). {SAFE} Check SMTP_SECURITY, SMTP_USER and SMTP_PORT.",
    ),
    (
        smtplib.SMTPResponseException,
        f"The mail server {{host}} refused the weekly e-mail ({{code}}). {SAFE} May "
        "SMTP_FROM send there?",
    ),
)
"""What a failure means, the special before the general."""
