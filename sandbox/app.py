"""The sandbox as one Flask application, and how to serve it.

`/hubspot`, `/mailchimp`, `/surveymonkey/v3` and `/typeform` are base URLs to give a
client in place of the real ones; `/sandbox/control` is for tests and the demo; the
rest is pages.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.serving import WSGIRequestHandler, make_server, run_simple

from sandbox import control, hubspot, mailchimp, pages, surveymonkey, typeform
from sandbox.box import Box
from sandbox.faults import Fault, drop_connection
from sandbox.store import Store

__all__ = ["Box", "create_sandbox", "make_wsgi", "run", "serving"]

TOOLS = ("hubspot", "mailchimp", "surveymonkey", "typeform")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_sandbox(
    store: Store | None = None, *, options: dict[str, Any] | None = None
) -> Flask:
    """A sandbox on this store (a fresh one in memory when none is given).

    `app.extensions["sandbox"]` is its Box.
    """
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    box = Box(store or Store(None), dict(options or {}))
    app.extensions["sandbox"] = box
    app.register_blueprint(hubspot.blueprint(box), url_prefix="/hubspot")
    app.register_blueprint(mailchimp.blueprint(box), url_prefix="/mailchimp")
    app.register_blueprint(surveymonkey.blueprint(box), url_prefix="/surveymonkey")
    app.register_blueprint(typeform.blueprint(box), url_prefix="/typeform")
    app.register_blueprint(control.blueprint(box), url_prefix="/sandbox/control")
    app.register_blueprint(pages.blueprint(box))
    _watch(app, box)
    return app


def _tool() -> str | None:
    first = request.path.split("/", 2)[1]
    return first if first in TOOLS else None


def _watch(app: Flask, box: Box) -> None:
    """Count every request to a tool, and let the faults on order happen to it."""

    @app.before_request
    def before() -> Response | None:
        tool = _tool()
        if tool is None:
            return None
        g.sandbox_call = box.calls.begin(tool, request, box.now().isoformat())
        path = request.path.removeprefix(f"/{tool}")
        g.sandbox_fault = box.faults.take(tool, request.method, path)
        return _suffer(g.sandbox_fault)

    @app.after_request
    def after(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if "sandbox_call" in g:
            g.sandbox_call["status"] = response.status_code
        fault = g.get("sandbox_fault")
        if fault is not None and fault.kind == "accept_then_reset":
            return drop_connection()
        return response


def _suffer(fault: Fault | None) -> Response | None:
    """What a fault does before the request is looked at."""
    if fault is None:
        return None
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    if fault.kind == "reset":
        return drop_connection()
    return fault.response() if fault.kind == "status" else None


def make_wsgi(path: str | None = None) -> Flask:
    """The sandbox with its records in this file, for gunicorn with threads."""
    return create_sandbox(Store(path))


def run(host: str, port: int, path: str | None = None) -> None:
    """Serve the sandbox until stopped."""
    run_simple(host, port, make_wsgi(path), threaded=True)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: a test's output is about the test."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell the sandbox's own time in every answer's `Date`."""
        served: Any = self.server
        box: Box | None = served.app.extensions.get("sandbox")
        if timestamp is None and box is not None:
            timestamp = box.now().timestamp()
        return super().date_time_string(timestamp)


@contextmanager
def serving(app: Flask, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the sandbox in a thread for as long as the block runs; its base URL."""
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    # Half a second, the usual pause, is long for a test's last breath.
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
