"""What was asked of the sandbox: counts and the latest requests.

Tests read it to prove "no outbound call" and "one batch instead of a hundred".
"""

from collections import Counter, deque
from threading import Lock
from typing import Any

from flask import Request

# These URL parts say which door was used, so they stay in the template.
_SPOKEN = ("object_type", "from_type", "to_type", "operation")
_KEPT = 500


def template(request: Request, prefix: str) -> str:
    """The route's path without the tool's prefix, ids as {name}, types spelt out."""
    if request.url_rule is None:
        return request.path.removeprefix(prefix)
    path = request.url_rule.rule.removeprefix(prefix)
    for name, value in (request.view_args or {}).items():
        shown = str(value) if name in _SPOKEN else "{" + name + "}"
        for converter in ("", "path:", "int:", "string:"):
            path = path.replace(f"<{converter}{name}>", shown)
    return path


def _inputs(request: Request) -> int | None:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return None
    for name in ("inputs", "members", "operations"):
        if isinstance(body.get(name), list):
            return len(body[name])
    return None


class Calls:
    """Counts by tool and "METHOD template", with the last few hundred requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, Counter[str]] = {}
        self._recent: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def begin(self, tool: str, request: Request, at: str) -> dict[str, Any]:
        """Count the request; the entry's status is filled in when it is answered."""
        name = f"{request.method} {template(request, '/' + tool)}"
        entry: dict[str, Any] = {
            "tool": tool,
            "call": name,
            "method": request.method,
            "path": request.path.removeprefix(f"/{tool}"),
            "query": request.query_string.decode("utf-8", "replace"),
            "inputs": _inputs(request),
            "at": at,
            "status": None,
        }
        with self._lock:
            self._counts.setdefault(tool, Counter())[name] += 1
            self._recent.append(entry)
        return entry

    def report(self) -> dict[str, Any]:
        """{"counts": {tool: {call: n}}, "total": {tool: n}, "recent": [...]}."""
        with self._lock:
            return {
                "counts": {tool: dict(c) for tool, c in self._counts.items()},
                "total": {tool: c.total() for tool, c in self._counts.items()},
                "recent": [dict(entry) for entry in self._recent],
            }

    def reset(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._counts.clear()
            self._recent.clear()
