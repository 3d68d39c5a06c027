"""The door for webhooks: prove, store, answer; understanding comes later.

===========================================================  =======================
stored (new, repeated, unknown form, test request)           200
bad or missing signature, unknown address or method          401, nothing stored
larger than 1 MiB                                            413
encoded body                                                 415
cannot store now, maintenance, a schema of another version   503 with Retry-After
===========================================================  =======================

Never 404 or 410: one of them makes Typeform disable the webhook at once, and 410
Mailchimp's. A request makes no call to any tool.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from connector.boundaries import reached
from connector.inbox import Door
from connector.readiness import Readiness
from connector.service import Service
from connector.signing import SigningSecrets
from connector.vault import VaultClosed
from webhooks.registry import PROVIDERS, Provider
from webhooks.submission import Inbound, WebhookRejected

log = logging.getLogger(__name__)
PREFIX = "/webhooks"
MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER_S = 30


class Receiver:
    """Takes deliveries in; ``counts`` says how many ended how, without any content."""

    def __init__(self, service: Service, ring: Callable[[], None]) -> None:
        """``ring`` tells the worker that something waits; it must not raise."""
        self.service = service
        self.ring = ring
        self.readiness = Readiness(service)
        self.counts: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._inbox = Door(service.database)
        self._signing = SigningSecrets(service.database, service.settings.secret_key)

    def receive(self, programme: str, provider_key: str, rest: str = "") -> Response:
        """Answer one request under /webhooks/; ``rest`` is what follows."""
        provider = PROVIDERS.get(provider_key)
        if (
            provider is None
            or programme not in self.service.settings.programmes
            or (rest and not provider.deeper)
        ):
            return self.unknown()
        if request.method in {"GET", "HEAD"}:
            known = request.method in provider.ping_methods
            return self._answer("ping" if known else "rejected", 200 if known else 401)
        if request.method != "POST":
            return self._answer("rejected", 401)
        refused = self._refuse_early()
        if refused is not None:
            return refused
        body = request.get_data(cache=False)
        if len(body) > MAX_BODY_BYTES:
            return self._answer("too_large", 413)
        return self._take(programme, provider_key, provider, body)

    def unknown(self) -> Response:
        """Answer a request to an address under /webhooks/ where nothing is."""
        return self._answer("unknown", 401)

    def obstructed(self) -> Response | None:
        """Answer that nothing can be taken in for now; None where it can."""
        if not self.readiness.obstacle():
            return None
        return self.unavailable()

    def unavailable(self) -> Response:
        """Ask to come again: whatever it is, a 500 would be tried less often."""
        return self._answer("unavailable", 503)

    def _refuse_early(self) -> Response | None:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return self._answer("encoded", 415)
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return self._answer("too_large", 413)
        return None

    def _take(
        self, programme: str, provider_key: str, provider: Provider, body: bytes
    ) -> Response:
        url = _address(self.service.settings.public_url)
        inbound = Inbound(request.method, url, dict(request.headers), body)
        try:
            self._prove(programme, provider, inbound)
        except WebhookRejected:
            return self._answer("rejected", 401)
        except VaultClosed as error:
            log.error("%s: nothing it sends can be proved: %s", provider.label, error)
            return self._answer("rejected", 401)
        except Exception as error:  # noqa: BLE001 - the type says it, the text may not
            log.error("a delivery could not be proved: %s", type(error).__name__)
            return self.unavailable()
        try:
            new = self._store(programme, provider_key, provider, body)
        except Exception as error:  # noqa: BLE001 - the type says it, the text may not
            log.error("a delivery could not be stored: %s", type(error).__name__)
            return self.unavailable()
        self.ring()
        return self._answer("stored" if new else "repeated", 200)

    def _prove(self, programme: str, provider: Provider, inbound: Inbound) -> None:
        """Raise WebhookRejected unless the request proves where it comes from."""
        provider.verify(inbound, self.service.settings.secrets(programme, provider.key))
        if provider.verify_signed is not None:
            signing = self._signing.of(programme, provider.key)
            if signing:
                provider.verify_signed(inbound, signing)

    def _store(
        self, programme: str, provider_key: str, provider: Provider, body: bytes
    ) -> bool:
        key = provider.identify(body)
        reached("inbox.before_commit")
        receipt = self._inbox.accept(programme, provider_key, key, body)
        reached("inbox.after_commit")
        return receipt.new

    def _answer(self, outcome: str, status: int) -> Response:
        with self._counting:
            self.counts[outcome] += 1
        response = Response(status=status)
        if status == 503:
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response


def _address(public: str) -> str:
    """Return the address that was called, as whoever called it signs it.

    The path of PUBLIC_URL is in the target already where no proxy took it off.
    """
    base = public or request.host_url.rstrip("/")
    if request.root_path:
        parts = urlsplit(public)
        base = f"{parts.scheme}://{parts.netloc}"
    return f"{base}{_target()}"


def _target() -> str:
    """Return the path and query as they were received, before any decoding.

    Gunicorn keeps them as RAW_URI, Werkzeug as REQUEST_URI; either may hold a whole
    address, whose host is not to be believed.
    """
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if not raw:
        query = request.query_string.decode("latin-1")
        return quote(request.path) + (f"?{query}" if query else "")
    if raw.startswith("/"):
        return str(raw)
    parts = urlsplit(raw)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def blueprint(receiver: Receiver) -> Blueprint:
    """Return the routes under /webhooks/: everything there gets one of the answers."""
    routes = Blueprint("webhooks", __name__, url_prefix=PREFIX)
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    @routes.route("/", defaults={"path": ""}, methods=methods)
    @routes.route("/<path:path>", methods=methods)
    def anything(path: str) -> Response:
        programme, _, more = path.partition("/")
        provider, slash, rest = more.partition("/")
        return receiver.receive(programme, provider, slash + rest)

    @routes.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):  # the body is too large, or was cut off
            return error
        log.error("a delivery could not be taken in", exc_info=error)
        return receiver.unavailable()

    @routes.before_app_request
    def stray() -> Response | None:
        # What fits no route (a method that nobody knows, a doubled slash) would be
        # answered 405 or sent elsewhere, before the route above sees it.
        if not f"{request.path}/".startswith(f"{PREFIX}/"):
            return None
        obstructed = receiver.obstructed()
        if obstructed is None and request.routing_exception:
            return receiver.unknown()
        return obstructed

    return routes
