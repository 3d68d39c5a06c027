"""Keeps pages from elsewhere, open in the same browser, from acting in the sandbox."""

from typing import Any

from flask import Blueprint, request


def keep_out(routes: Blueprint) -> None:
    """Answer 403 on these routes to requests that come from another origin."""

    @routes.before_request
    def refuse() -> tuple[dict[str, Any], int] | None:
        if _is_stranger():
            return {"error": "requests from other origins are refused"}, 403
        return None


def _is_stranger() -> bool:
    """By what the browser says of the page; what is no browser says nothing.

    Under the sandbox's own referrer policy a form posts with `Origin: null`, so
    `Sec-Fetch-Site`, which no page can set, is asked first.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return request.method != "GET" and site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and origin != request.host_url.rstrip("/")
