"""Peers that misbehave on the wire: every one of them costs a bounded time."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from connector.clients import (
    Connecting,
    Patience,
    RemoteBusy,
    RemoteError,
    RemoteRefused,
    connect_typeform,
)

Behave = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def peer() -> Iterator[Callable[[Behave], str]]:
    """A server that reads a request and then does as it is told."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve(behave: Behave) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    behave(connection)
                except OSError:
                    continue

    threads: list[threading.Thread] = []

    def start(behave: Behave) -> str:
        thread = threading.Thread(target=serve, args=(behave,), daemon=True)
        thread.start()
        threads.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join(5)


def _ask(url: str, **bounds: float) -> tuple[RemoteError, float]:
    patience = Patience(
        connect_s=1,
        read_s=bounds.get("read_s", 0.5),
        total_s=bounds.get("total_s", 0.6),
        attempts=1,
        max_bytes=int(bounds.get("max_bytes", 1000)),
    )
    client = connect_typeform("t", Connecting(url, patience=patience))
    began = time.monotonic()
    with pytest.raises(RemoteError) as caught:
        client.me()
    client.door.close()
    return caught.value, time.monotonic() - began


def _drip(connection: socket.socket, text: bytes) -> None:
    for place in range(len(text)):
        connection.sendall(text[place : place + 1])
        time.sleep(0.05)


def test_a_dripping_body_is_cut_off_at_the_deadline(peer) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
        _drip(connection, b" " * 500)

    error, took = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)
    assert error.maybe_done
    assert took < 2


def test_a_body_that_drips_without_a_length_is_cut_off(peer) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n{}")
        _drip(connection, b" " * 500)

    error, took = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)
    assert took < 2


def test_dripping_headers_are_cut_off(peer) -> None:
    def behave(connection: socket.socket) -> None:
        _drip(connection, HEAD * 20)

    error, took = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)
    assert took < 2


def test_silence_is_a_timeout(peer) -> None:
    error, took = _ask(peer(lambda _: time.sleep(1.5)))
    assert isinstance(error, RemoteBusy)
    assert error.maybe_done
    assert took < 1.4


def test_half_a_body_is_busy(peer) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"a":')

    error, _ = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)
    assert "cut off" in str(error)


def test_half_a_chunked_body_is_busy(peer) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")

    error, _ = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)


def test_a_reset_is_busy(peer) -> None:
    def behave(connection: socket.socket) -> None:
        hard = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)

    error, _ = _ask(peer(behave))
    assert isinstance(error, RemoteBusy)
    assert error.maybe_done


def test_nobody_there_is_busy_and_surely_not_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error, _ = _ask(f"http://127.0.0.1:{port}")
    assert isinstance(error, RemoteBusy)
    assert not error.maybe_done


def test_an_endless_body_is_refused(peer) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n" + b" " * 5000)

    error, _ = _ask(peer(behave))
    assert isinstance(error, RemoteRefused)
    assert error.code == "too_large"


def test_a_good_answer_is_read_and_the_connection_kept(peer) -> None:
    def behave(connection: socket.socket) -> None:
        for _ in range(2):
            connection.sendall(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
            connection.recv(65536)

    client = connect_typeform("t", Connecting(peer(behave)))
    assert client.me() == {"a": 1}
    assert client.me() == {"a": 1}
    client.door.close()
