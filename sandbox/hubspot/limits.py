"""Who may ask, and how often.

Sources: HubSpot's usage guidelines and error pages: Bearer tokens; a rolling window
of ten seconds per app; search on a limit of its own per second, without headers;
429 with errorType RATE_LIMIT and the policy's name, and no Retry-After.
"""

import time
from collections import deque
from uuid import uuid4

from flask import Response, g, request

from sandbox.box import Box
from sandbox.hubspot.errors import HubError

_WINDOW_S = 10.0
_DAILY = 250_000


def is_staff() -> bool:
    """Whether a person acts, in HubSpot's own pages: no token, no rate limit.

    By header `X-Sandbox-Actor: staff`, or on the sandbox's page (`act_as_staff`).
    """
    named = request.headers.get("X-Sandbox-Actor") == "staff"
    return named or bool(g.get("hubspot_staff"))


def act_as_staff() -> None:
    """Let this request be a person's."""
    g.hubspot_staff = True


def check_token() -> str:
    """The Bearer token; 401 without one. Any token will do."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = (
            "Authentication credentials not found. This API supports OAuth 2.0 "
            "authentication."
        )
        raise HubError(401, message, "INVALID_AUTHENTICATION")
    return token.strip()


def _room(box: Box, name: str, limit: int, seconds: float) -> int:
    """How many requests are left in the window after this one; negative: too many."""
    now = time.monotonic()
    with box.store.lock:
        window: deque[float] = box.scratch.setdefault(f"hubspot.{name}", deque())
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) >= limit:
            return -1
        window.append(now)
        return limit - len(window)


def check_rate(box: Box, token: str) -> None:
    """Count this request; 429 when it is one too many."""
    if request.path.endswith("/search"):
        limit = int(box.option("hubspot.search_rate_limit", 5))
        if _room(box, "search", limit, 1.0) < 0:
            raise _too_many("You have reached your secondly limit.", "SECONDLY")
        return
    limit = int(box.option("hubspot.rate_limit", 100))
    left = _room(box, f"app.{token}", limit, _WINDOW_S)
    g.hubspot_rate = (limit, max(left, 0))
    g.hubspot_day = box.option("hubspot.daily_remaining", _DAILY - 1)
    if left < 0:
        message = "You have reached your ten_secondly_rolling limit."
        raise _too_many(message, "TEN_SECONDLY_ROLLING")


def _too_many(message: str, policy: str) -> HubError:
    extra = {
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "requestId": str(uuid4()),
    }
    return HubError(429, message, "RATE_LIMITS", extra=extra)


def add_headers(response: Response) -> Response:
    """Say how much of the limit is left, where HubSpot does."""
    rate = g.get("hubspot_rate")
    if rate is not None:
        limit, left = rate
        response.headers["X-HubSpot-RateLimit-Max"] = str(limit)
        response.headers["X-HubSpot-RateLimit-Remaining"] = str(left)
        response.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000"
        response.headers["X-HubSpot-RateLimit-Daily"] = str(_DAILY)
        day = int(g.hubspot_day)
        response.headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(day)
    return response
