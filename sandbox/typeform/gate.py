"""What every API request meets first: the token, and the rate."""

import time
from collections import deque
from threading import Lock
from typing import Any

import orjson
from flask import Blueprint, Response, request

from sandbox.box import Box
from sandbox.typeform import errors, regions, scopes
from sandbox.typeform.errors import TypeformError


def guard(routes: Blueprint, box: Box) -> None:
    """Put token check, rate limit and error shape before these routes."""
    recent: deque[float] = deque()
    lock = Lock()

    @routes.before_request
    def enter() -> None:
        _check_token(box)
        regions.check_token(box)
        scopes.check_scopes(box)
        limit = int(box.option("typeform.rate_limit", 0) or 0)
        # The limit is documented for Create and Responses, not for Webhooks.
        if not limit or "/webhooks" in request.path:
            return
        with lock:
            now = time.monotonic()
            while recent and now - recent[0] >= 1:
                recent.popleft()
            if len(recent) >= limit:
                detail = "You have made too many requests"
                raise TypeformError(429, "TOO_MANY_REQUESTS", detail)
            recent.append(now)

    refusals(routes, box)


def refusals(routes: Blueprint, box: Box) -> None:
    """Answer errors in Typeform's shape."""

    @routes.errorhandler(TypeformError)
    def refuse(error: TypeformError) -> Response:
        response = errors.answer(error)
        wait = box.option("typeform.retry_after", None)
        if error.status == 429 and wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response


def _check_token(box: Box) -> None:
    sent = request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    wanted = box.option("typeform.token", None)
    if not token or (wanted is not None and token != wanted):
        raise TypeformError(401, "AUTHENTICATION_FAILED", "Invalid or missing token")


def body() -> dict[str, Any]:
    """The request's JSON object."""
    try:
        parsed = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise TypeformError(400, "BAD_REQUEST", "The body is not JSON") from None
    if not isinstance(parsed, dict):
        raise TypeformError(400, "BAD_REQUEST", "The body is not a JSON object")
    return parsed
