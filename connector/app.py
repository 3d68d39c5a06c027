"""The web side: webhooks, health, and in the demo the figures."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response

from connector import pages
from connector.bell import Bell
from connector.pages.sandbox import blueprint as sandbox_pages
from connector.receiver import MAX_BODY_BYTES, Receiver, blueprint
from connector.schema import is_current
from connector.service import Service
from connector.settings import Settings, load_settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' "
    "data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(
    settings: Settings | None = None, ring: Callable[[], None] | None = None
) -> Flask:
    """Return the Flask application; ``ring`` replaces the worker's bell in tests."""
    service = Service.open(settings or load_settings())
    app = Flask(__name__)
    # One byte over the limit must arrive to be answered 413 by the receiver.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    receiver = Receiver(service, ring or Bell(service.settings).ring)
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
        try:
            ready = is_current(service.database)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
            return {"status": f"no database: {type(error).__name__}"}, 503
        if not ready:
            return {"status": "the database waits for: vidensbro db upgrade"}, 503
        return {"status": "ok"}, 200

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
