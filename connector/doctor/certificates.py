"""What is wrong with a certificate, in words: by the codes of OpenSSL's verification.

https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
"""

from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit

TIMEOUT_S = 5.0
FAULTS = {
    9: ("is not valid yet", "Set this machine's clock: timedatectl set-ntp true"),
    10: ("has expired", "Renew it; with Caddy: restart it, and read its log"),
    18: (
        "is self-signed, and no tool trusts it",
        "Get one from a public authority; Caddy does so by itself (docs/deploy.md)",
    ),
    19: (
        "is signed by an authority that no tool trusts",
        "Get one from a public authority; Caddy does so by itself (docs/deploy.md)",
    ),
    20: (
        "comes without its intermediate certificates, or from an unknown authority",
        "Let the web server send the whole chain (fullchain.pem)",
    ),
    21: (
        "comes without its intermediate certificates",
        "Let the web server send the whole chain (fullchain.pem)",
    ),
    62: (
        "is for another name than PUBLIC_URL's",
        "Set PUBLIC_URL to the certificate's name, or get one for this name",
    ),
}


def certificate_fault(error: BaseException) -> tuple[str, str]:
    """Return what is wrong with the public address's certificate, and the remedy."""
    refused = _refusal(error)
    if refused is None:
        what = "PUBLIC_URL speaks no proper TLS: is it https:// at that port?"
        return what, "Look at the web server's TLS settings (docs/deploy.md)"
    told, remedy = FAULTS.get(
        refused.verify_code, (f"is refused: {refused.verify_message}", "Replace it")
    )
    return f"The certificate at PUBLIC_URL {told}.", remedy


def days_left(url: str) -> int | None:
    """Return how many days the certificate is good for; None where nobody knows."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection(
                (parts.hostname, parts.port or 443), timeout=TIMEOUT_S
            ) as wire,
            context.wrap_socket(wire, server_hostname=parts.hostname) as secure,
        ):
            held = secure.getpeercert() or {}
    except OSError:
        return None
    ends = str(held.get("notAfter") or "")
    if not ends:
        return None
    return int((ssl.cert_time_to_seconds(ends) - time.time()) // 86_400)


def _refusal(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Find OpenSSL's own error below those of requests and urllib3."""
    seen: list[object] = [error]
    for one in seen:
        if isinstance(one, ssl.SSLCertVerificationError):
            return one
        if isinstance(one, BaseException) and len(seen) < 40:
            below = (one.__cause__, one.__context__, getattr(one, "reason", None))
            seen += [*one.args, *(each for each in below if each not in seen)]
    return None
