"""A mail server for tests: it speaks SMTP on this machine and keeps what it gets."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "programme", "a-password-for-tests"


@dataclass
class Postbox:
    """What the server does, and what it got. ``breaks`` at a verb it hangs up."""

    port: int = 0
    security: str = "none"
    signs_in: bool = False
    refused: tuple[str, ...] = ()
    breaks: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    letters: list[tuple[str, list[str], bytes, bool]] = field(default_factory=list)

    def letter(self) -> EmailMessage:
        """Return the one e-mail that came, read as a mail program reads it."""
        ((_, _, raw, _),) = self.letters
        return cast("EmailMessage", message_from_bytes(raw, policy=default))

    def settings(self, host: str = "localhost", **more: str) -> dict[str, str]:
        """Return the settings that lead here."""
        signing = {"SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}
        return {
            "SMTP_HOST": host,
            "SMTP_PORT": str(self.port),
            "SMTP_FROM": "Vidensbro <bro@office.example>",
            "SMTP_SECURITY": self.security,
            "DIGEST_TO": "staff@office.example",
            **(signing if self.signs_in else {}),
            **more,
        }


@contextmanager
def postbox(directory: Path, **how: Any) -> Iterator[Postbox]:
    """Serve until the block is over."""
    box = Postbox(**how)
    if box.security != "none":
        box.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        box.context.load_cert_chain(*certificate(directory))

    class Handler(_Talk):
        postbox = box

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        box.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


class _Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    postbox: Postbox

    def handle(self) -> None:
        self.secret, self.known = False, False
        if self.postbox.security == "tls":
            self._wrap()
        self._say("220 post.example")
        self.sender, self.to = "", []
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words.split(" ")[0].upper()
            if verb == self.postbox.breaks and verb != "DATA":
                return
            if not self._answer(verb, words):
                return

    def _answer(self, verb: str, words: str) -> bool:
        told = self.postbox.answers.get(verb)
        if told:
            self._say(told)
            return True
        act = getattr(self, f"do_{verb.lower()}", None)
        if act is None:
            self._say("502 what?")
            return True
        return act(words) is not False

    def do_ehlo(self, _words: str) -> None:
        offers = ["post.example"]
        if self.postbox.security == "starttls" and not self.secret:
            offers.append("STARTTLS")
        if self.postbox.signs_in:
            offers.append("AUTH PLAIN")
        for one in offers[:-1]:
            self._say(f"250-{one}")
        self._say(f"250 {offers[-1]}")

    def do_starttls(self, _words: str) -> None:
        self._say("220 go on")
        self._wrap()

    def do_auth(self, words: str) -> None:
        given = base64.b64decode(words.split(" ")[2]).decode().split("\0")[1:]
        self.known = given == [USER, PASSWORD]
        self._say("235 in" if self.known else "535 5.7.8 no, programme")

    def do_mail(self, words: str) -> None:
        self.sender = words[words.index("<") + 1 : words.index(">")]
        allowed = self.known or not self.postbox.signs_in
        self._say("250 ok" if allowed else "530 sign in")

    def do_rcpt(self, words: str) -> None:
        address = words[words.index("<") + 1 : words.index(">")]
        if address in self.postbox.refused:
            self._say(f"550 no such user {address}")
            return
        self.to.append(address)
        self._say("250 ok")

    def do_data(self, _words: str) -> bool:
        self._say("354 go on")
        raw = b""
        while (line := self.rfile.readline()) != b".\r\n":
            raw += line.removeprefix(b".")
        self.postbox.letters.append((self.sender, self.to, raw, self.secret))
        if self.postbox.breaks == "DATA":
            return False
        self._say("250 taken")
        return True

    def do_quit(self, _words: str) -> bool:
        self._say("221 bye")
        return False

    def _wrap(self) -> None:
        assert self.postbox.context is not None
        self.request = self.postbox.context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.secret = True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def certificate(directory: Path) -> tuple[Path, Path]:
    """Return a certificate for localhost, signed by itself, and its key."""
    paths = directory / "post.pem", directory / "post.key"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
