"""What every request meets first: the key, and the limit of connections."""

from threading import Lock
from time import sleep
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from sandbox.box import Box
from sandbox.mailchimp import problems
from sandbox.mailchimp.problems import ProblemError


def guard(routes: Blueprint, box: Box) -> None:
    """Put key check, connection limit and error shape before these routes."""
    lock = Lock()
    open_now = {"count": 0}

    @routes.before_request
    def enter() -> Response | None:
        with lock:
            open_now["count"] += 1
            g.mailchimp_connection = True
            busy = open_now["count"] > int(box.option("mailchimp.connections", 10))
        if busy:
            return _too_many(box)
        _check_key(box)
        sleep(float(box.option("mailchimp.latency_s", 0)))
        return None

    @routes.teardown_request
    def leave(_error: BaseException | None) -> None:
        if g.pop("mailchimp_connection", False):
            with lock:
                open_now["count"] -= 1

    @routes.errorhandler(ProblemError)
    def refuse(problem: ProblemError) -> Response:
        return problems.answer(problem)


def _too_many(box: Box) -> Response:
    if box.option("mailchimp.bare_429", False):
        return Response("Too many connections", 429, mimetype="text/plain")
    limit = box.option("mailchimp.connections", 10)
    detail = f"You have exceeded the limit of {limit} simultaneous connections."
    return problems.answer(ProblemError(429, "TooManyRequests", detail))


def _check_key(box: Box) -> None:
    key = _sent_key()
    if not key:
        detail = "Your request did not include an API key."
        raise ProblemError(401, "API Key Missing", detail)
    wanted = box.option("mailchimp.api_key", None)
    if wanted is not None and key != wanted:
        detail = (
            "Your API key may be invalid, or you've attempted to access the wrong "
            "datacenter."
        )
        raise ProblemError(401, "API Key Invalid", detail)
    if key in box.option("mailchimp.disabled_keys", []):
        raise ProblemError(403, "User Disabled", "This user has been disabled.")


def _sent_key() -> str:
    """Basic with any user name, or Bearer."""
    sent = request.authorization
    if sent is None:
        return ""
    return str((sent.token if sent.type == "bearer" else sent.password) or "")


def body() -> dict[str, Any]:
    """The request's JSON object."""
    try:
        parsed = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError:
        detail = "We encountered an unspecified JSON parsing error."
        raise ProblemError(400, "JSON Parse Error", detail) from None
    if not isinstance(parsed, dict):
        raise problems.invalid("", "Schema describes object, something else found.")
    return parsed


def flag(name: str) -> bool:
    """A yes-or-no query parameter."""
    return request.args.get(name, "").lower() in ("true", "1")
