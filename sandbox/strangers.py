"""Keeps pages from elsewhere, open in the same browser, from acting in the sandbox."""

from typing import Any

from flask import Blueprint, request


def keep_out(routes: Blueprint) -> None:
    """Answer 403 on these routes to requests that come from another origin."""

    @routes.before_request
    def refuse() -> tuple[dict[str, Any], int] | None:
        origin = request.headers.get("Origin")
        if origin is not None and origin != request.host_url.rstrip("/"):
            return {"error": "requests from other origins are refused"}, 403
        return None
