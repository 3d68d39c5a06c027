"""The wire below a door: connections that cannot hold a worker past its time.

urllib3's read timeout starts anew with every byte that arrives, so a peer that sends
one byte a second holds a call for hours. Here the headers must have come within the
read timeout, and the body is read in pieces against a deadline.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

_PIECE = 65_536


class OutOfTimeError(Exception):
    """The body had not arrived by the deadline."""


class TooLargeError(Exception):
    """The body is larger than the largest answer that we read."""


@contextmanager
def _cut_off(shut_down: Callable[[], object], seconds: Any) -> Iterator[None]:
    """Shut the connection down unless the block is done within the time."""
    if not isinstance(seconds, int | float):
        yield
        return

    def cut() -> None:
        with suppress(OSError, ValueError):
            shut_down()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _both_ways(connection: HTTPConnection) -> Callable[[], object]:
    return partial(connection.sock.shutdown, socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off(_both_ways(self), self.timeout):
            return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off(_both_ways(self), self.timeout):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Wire(HTTPAdapter):
    """requests' adapter on the connections above; it never retries by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PlainPool,
            "https": _SecurePool,
        }


def read_body(response: requests.Response, deadline: float, max_bytes: int) -> bytes:
    """Read the whole body before `deadline`, a time of `time.monotonic`.

    Raises `OutOfTimeError`, `TooLargeError`, or urllib3's own error when the peer
    breaks off.
    """
    pieces: list[bytes] = []
    size = 0
    with (
        _closed_on_error(response),
        _cut_off(response.raw.shutdown, deadline - time.monotonic()),
    ):
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                raise TooLargeError
        if time.monotonic() >= deadline:
            raise OutOfTimeError
    response.raw.release_conn()
    return b"".join(pieces)


@contextmanager
def _closed_on_error(response: requests.Response) -> Iterator[None]:
    """Close the response if the block is left early: the rest is not worth reading."""
    try:
        yield
    except BaseException:
        response.close()
        raise
