"""doctor tells what is wrong with the certificate at the public address."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.serving import WSGIRequestHandler, make_server

from connector.app import create_app
from connector.db import utcnow
from tests.cli.cli_world import Office


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def certificate(folder: Path, *, name: str = "localhost", days: int = 90) -> Path:
    """Write a self-signed certificate and its key into one file; return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = utcnow()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def served(office: Office, pem: Path | None) -> Iterator[int]:
    """Serve the service itself, over TLS where there is a certificate; its port."""
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    app = create_app(office.service.settings, ring=lambda: None)
    server = make_server(
        "localhost", 0, app, threaded=True, ssl_context=context, request_handler=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(office: Office, port: int, check: str) -> list[tuple[str, str, str]]:
    """Return (level, what, remedy) of what doctor says of a check."""
    office.env |= {
        "PUBLIC_URL": f"https://localhost:{port}",
        "TYPEFORM_TOKEN": "",
        "TYPEFORM_BASE_URL": "http://127.0.0.1:9",
    }
    found = office.json("doctor", code=2)  # no worker runs here
    return [
        (one["level"], one["what"], one["remedy"])
        for one in found
        if one["check"] == check
    ]


def trust(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    """Trust a certificate as if a public authority had signed it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


def test_a_self_signed_certificate(office, tmp_path):
    with served(office, certificate(tmp_path)) as port:
        ((level, what, remedy),) = told(office, port, "public.certificate")
    assert (level, "self-signed" in what) == ("fault", True)
    assert "public authority" in remedy


def test_a_certificate_that_has_expired(office, tmp_path, monkeypatch):
    pem = certificate(tmp_path, days=-3)
    trust(monkeypatch, pem)
    with served(office, pem) as port:
        ((level, what, remedy),) = told(office, port, "public.certificate")
    assert (level, "has expired" in what) == ("fault", True)
    assert "Renew" in remedy


def test_a_certificate_for_another_name(office, tmp_path, monkeypatch):
    pem = certificate(tmp_path, name="other.example")
    trust(monkeypatch, pem)
    with served(office, pem) as port:
        ((level, what, remedy),) = told(office, port, "public.certificate")
    assert (level, "another name" in what) == ("fault", True)
    assert "PUBLIC_URL" in remedy


def test_a_certificate_that_ends_soon(office, tmp_path, monkeypatch):
    pem = certificate(tmp_path, days=4)
    trust(monkeypatch, pem)
    with served(office, pem) as port:
        ((level, what, remedy),) = told(office, port, "public.certificate")
    assert (level, "4 more days" in what) == ("warning", True)
    assert "Renew" in remedy


def test_a_good_certificate(office, tmp_path, monkeypatch):
    pem = certificate(tmp_path)
    trust(monkeypatch, pem)
    with served(office, pem) as port:
        assert told(office, port, "public.certificate")[0][0] == "well"
        assert told(office, port, "public")[0][0] == "well"
        assert told(office, port, "public.webhooks")[0][0] == "well"


def test_an_address_that_speaks_no_tls(office):
    with served(office, None) as port:
        ((level, what, remedy),) = told(office, port, "public.certificate")
    assert (level, "no proper TLS" in what) == ("fault", True)
    assert "docs/deploy.md" in remedy
