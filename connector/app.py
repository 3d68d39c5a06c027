"""The web side: webhooks, health, and in the demo the figures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from connector import logs, pages
from connector.bell import Bell
from connector.pages.sandbox import blueprint as sandbox_pages
from connector.receiver import MAX_BODY_BYTES, Receiver, blueprint
from connector.service import Service
from connector.settings import Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' "
    "data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Mounted:
    """Finds every address under the path of PUBLIC_URL, too.

    A proxy may take that path off or leave it on. Where the service begins is its own
    setting: gunicorn would have it from a header of whoever asks.
    """

    def __init__(self, app: WSGIApplication, public_url: str) -> None:
        """Wrap ``app``."""
        self.app = app
        self.root = unquote(urlsplit(public_url).path).encode().decode("latin-1")

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        root = self.root if f"{path}/".startswith(f"{self.root}/") else ""
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = root, path[len(root) :]
        return self.app(environ, start_response)


def create_app(
    settings: Settings | None = None, ring: Callable[[], None] | None = None
) -> Flask:
    """Return the Flask application; ``ring`` replaces the worker's bell in tests."""
    service = Service.open(settings or load_settings())
    if not logging.getLogger().handlers:  # another server's process, not our own
        logs.configure(service.settings.log_level, form=service.settings.log_format)
    app = Flask(__name__)
    # One byte over the limit must arrive to be answered 413 by the receiver.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    receiver = Receiver(service, ring or Bell(service.settings).ring)
    if proxies := service.settings.trusted_proxies:
        # Nobody else's word on the address and the scheme of a request is believed.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    app.wsgi_app = Mounted(  # type: ignore[method-assign]
        app.wsgi_app, service.settings.public_url
    )
    app.extensions["vidensbro"] = service
    app.extensions["receiver"] = receiver
    app.register_blueprint(blueprint(receiver))
    if service.settings.demo:
        app.register_blueprint(pages.blueprint(service))
        app.register_blueprint(sandbox_pages(service.settings))

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        return receiver.readiness.report()

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
