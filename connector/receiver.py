"""The door for webhooks: prove, store, answer; understanding comes later.

===========================================================  =======================
stored (new, repeated, unknown form, test request)           200
bad or missing signature, unknown programme or provider      401, nothing stored
larger than 1 MiB                                            413
encoded body                                                 415
cannot store now                                             503 with Retry-After
===========================================================  =======================

Never 404 or 410: one of them makes Typeform disable the webhook at once, and 410
Mailchimp's. A request makes no call to any tool.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from connector import inbox
from connector.boundaries import reached
from connector.service import Service
from webhooks.registry import PROVIDERS, Provider
from webhooks.submission import Inbound, WebhookRejected

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER_S = 30


class Receiver:
    """Takes deliveries in; ``counts`` says how many ended how, without any content."""

    def __init__(self, service: Service, ring: Callable[[], None]) -> None:
        """``ring`` tells the worker that something waits; it must not raise."""
        self.service = service
        self.ring = ring
        self.counts: Counter[str] = Counter()
        # SQLite has one writer: waiting in line here, for microseconds, is fairer than
        # its busy handler, which sleeps and lets others overtake.
        one_writer = service.settings.database_url.startswith("sqlite")
        self._line: AbstractContextManager[object] = (
            threading.Lock() if one_writer else nullcontext()
        )

    def receive(self, programme: str, provider_key: str) -> Response:
        """Answer one request under /webhooks/."""
        provider = PROVIDERS.get(provider_key)
        if provider is None or programme not in self.service.settings.programmes:
            return self._answer("unknown", 401)
        if request.method in {"GET", "HEAD"}:
            known = request.method in provider.ping_methods
            return self._answer("ping" if known else "rejected", 200 if known else 401)
        refused = self._refuse_early()
        if refused is not None:
            return refused
        body = request.get_data(cache=False)
        if len(body) > MAX_BODY_BYTES:
            return self._answer("too_large", 413)
        return self._take(programme, provider_key, provider, body)

    def _refuse_early(self) -> Response | None:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return self._answer("encoded", 415)
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return self._answer("too_large", 413)
        return None

    def _take(
        self, programme: str, provider_key: str, provider: Provider, body: bytes
    ) -> Response:
        public = self.service.settings.public_url or request.host_url.rstrip("/")
        url = f"{public}{request.full_path.rstrip('?')}"
        inbound = Inbound(request.method, url, dict(request.headers), body)
        try:
            provider.verify(
                inbound, self.service.settings.secrets(programme, provider_key)
            )
        except WebhookRejected:
            return self._answer("rejected", 401)
        try:
            new = self._store(programme, provider_key, provider, body)
        except (SQLAlchemyError, OSError) as error:
            log.error("a delivery could not be stored: %s", type(error).__name__)
            return self._answer("unavailable", 503)
        self.ring()
        return self._answer("stored" if new else "repeated", 200)

    def _store(
        self, programme: str, provider_key: str, provider: Provider, body: bytes
    ) -> bool:
        key = provider.identify(body)
        with self._line, self.service.database.engine.begin() as connection:
            receipt = inbox.accept(connection, programme, provider_key, key, body)
            reached("inbox.before_commit")
        reached("inbox.after_commit")
        return receipt.new

    def _answer(self, outcome: str, status: int) -> Response:
        self.counts[outcome] += 1
        response = Response(status=status)
        if status == 503:
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response


def blueprint(receiver: Receiver) -> Blueprint:
    """Return the routes under /webhooks/: everything there gets one of the answers."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    @routes.route("/", defaults={"path": ""}, methods=methods)
    @routes.route("/<path:path>", methods=methods)
    def anything(path: str) -> Response:
        programme, _, provider = path.partition("/")
        return receiver.receive(programme, provider)

    return routes
