"""Faults on order: what goes wrong between a client and a hosted tool.

A fault waits for the next requests that fit it, and is used up by them. Which
kinds there are: `status` (another answer), `delay` (a late one), `reset` (no
answer and nothing done), `accept_then_reset` (done, but no answer: the one that
tells idempotent clients from others), `partial` (some rows of a batch refused).
"""

import re
import socket
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import orjson
from flask import Response, g, request

KINDS = ("status", "delay", "reset", "partial", "accept_then_reset")


@dataclass
class Fault:
    """One order. `times` is how many requests it still takes."""

    tool: str
    kind: str
    times: int = 1
    method: str | None = None
    path: str | None = None
    status: int = 500
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    # Partial: the ids of the rows refused, or how many from the first.
    ids: list[str] | int = 1

    def fits(self, tool: str, method: str, path: str) -> bool:
        """Whether a request (its path without the tool's prefix) is meant."""
        return (
            self.times > 0
            and self.tool == tool
            and (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
        )

    def picks(self, position: int, ids: set[str]) -> bool:
        """Whether this row of a batch is one to refuse.

        A row is known by its place in the request (from 0) and by every name it
        goes by: record id, key, e-mail address.
        """
        if isinstance(self.ids, int):
            return position < self.ids
        return bool(ids & set(self.ids))

    def response(self) -> Response:
        """The answer ordered by a `status` fault."""
        if isinstance(self.body, str):
            answer = Response(self.body, status=self.status)
        else:
            body = {} if self.body is None else self.body
            answer = Response(orjson.dumps(body), self.status)
            answer.mimetype = "application/json"
        answer.headers.update(self.headers)
        return answer


def from_json(order: Any) -> Fault:
    """The fault a control request orders; ValueError says what is wrong with it."""
    if not isinstance(order, dict):
        raise ValueError("a fault is a JSON object")
    unknown = set(order) - set(Fault.__dataclass_fields__)
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    if order.get("kind") not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if not isinstance(order.get("tool"), str):
        raise ValueError("tool is missing")
    return Fault(**order)


class Faults:
    """The orders still open."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Wait with this fault for the requests that fit it."""
        with self._lock:
            self._open.append(fault)

    def clear(self) -> None:
        """Withdraw all orders."""
        with self._lock:
            self._open.clear()

    def take(self, tool: str, method: str, path: str) -> Fault | None:
        """The first open fault that fits, with one of its times used up."""
        with self._lock:
            for fault in self._open:
                if fault.fits(tool, method, path):
                    fault.times -= 1
                    self._open = [one for one in self._open if one.times > 0]
                    return fault
        return None

    def waiting(self) -> list[dict[str, Any]]:
        """The open orders, for the control API."""
        with self._lock:
            return [vars(fault) | {} for fault in self._open]


def partial_fault() -> Fault | None:
    """The `partial` fault that this request took, for a tool's batch code."""
    fault: Fault | None = g.get("sandbox_fault")
    return fault if fault is not None and fault.kind == "partial" else None


def drop_connection() -> Response:
    """Close the client's connection without an answer.

    Both servers the sandbox runs under hand out the socket. Without one, as in
    Flask's test client, the caller gets the exception a real client would.
    """
    wire = request.environ.get("werkzeug.socket") or request.environ.get(
        "gunicorn.socket"
    )
    if wire is None:
        raise ConnectionResetError("the sandbox dropped the connection, as ordered")
    wire.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
