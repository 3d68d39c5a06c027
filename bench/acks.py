"""Durable acknowledgements a second, against the same server storing nothing.

One process, 16 threads, 16 connections, a signed body of 3 kB, SQLite with
synchronous=FULL. Both are also shown against bare sqlite3 commits in a loop.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

SECRET = "a-secret-for-the-bench"  # noqa: S105 - of this bench alone
CONNECTIONS = 16
SECONDS = 6.0
BODY_BYTES = 3_000


def body(number: int) -> bytes:
    """Return a signed-size submission that differs from every other."""
    form_response = {
        "form_id": "bench", "token": f"{number:032d}",
        "landed_at": "2026-01-01T00:00:00Z", "submitted_at": "2026-01-01T00:01:00Z",
        "answers": [],
    }  # fmt: skip
    text = {"event_id": f"E{number}", "event_type": "form_response",
            "form_response": form_response, "filler": ""}  # fmt: skip
    short = len(json.dumps(text))
    text["filler"] = "x" * (BODY_BYTES - short)
    return json.dumps(text).encode()


def sign(data: bytes) -> str:
    """Return the header that Typeform would send."""
    digest = hmac.digest(SECRET.encode(), data, hashlib.sha256)
    return f"sha256={base64.b64encode(digest).decode()}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(app: str, directory: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start gunicorn as the service runs it; return it and its address."""
    port = free_port()
    env = {
        **os.environ,
        "DATA_DIR": str(directory),
        "TYPEFORM_TOKEN": "bench",
        "TYPEFORM_SECRETS": SECRET,
        "PROGRAMMES": "lyngby",
    }
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1",
        "--threads", "16", "--bind", f"127.0.0.1:{port}", "--log-level", "error", app,
    ]  # fmt: skip
    process = subprocess.Popen(command, env=env)
    for _ in range(100):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/")
            break
        except OSError:
            time.sleep(0.1)
    return process, f"http://127.0.0.1:{port}"


def load(address: str) -> tuple[float, list[float]]:
    """Post for ``SECONDS`` over 16 connections; return rate and each call's seconds."""
    parts = urlsplit(address)
    until = time.perf_counter() + SECONDS
    took: list[float] = []
    failed: list[int] = []

    def one(start_at: int) -> None:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        mine = []
        number = start_at
        while time.perf_counter() < until:
            data = body(number)
            headers = {
                "Typeform-Signature": sign(data),
                "Content-Type": "application/json",
            }
            begun = time.perf_counter()
            connection.request("POST", "/webhooks/lyngby/typeform", data, headers)
            answer = connection.getresponse()
            answer.read()
            mine.append(time.perf_counter() - begun)
            if answer.status not in (200, 204):
                failed.append(answer.status)
            number += 1
        took.extend(mine)

    threads = [
        threading.Thread(target=one, args=(k * 10_000_000,)) for k in range(CONNECTIONS)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} answers were not 2xx, e.g. {failed[0]}")
    return len(took) / (time.perf_counter() - begun), took


def bare_commits(directory: Path) -> float:
    """Return commits a second of sqlite3 alone, WAL and synchronous=FULL."""
    connection = sqlite3.connect(directory / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)")
    data, count = body(0), 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < 2:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t (body) VALUES (?)", (data,))
        connection.execute("COMMIT")
        count += 1
    return count / (time.perf_counter() - begun)


def measure(app: str, directory: Path) -> tuple[float, float]:
    """Return the rate and the 99th percentile (ms) of one server."""
    process, address = start(app, directory)
    try:
        rate, took = load(address)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    took.sort()
    return rate, took[int(len(took) * 0.99)] * 1000


def main() -> None:
    """Print both rates, their ratio and the storing server's p99."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        env = {**os.environ, "DATA_DIR": name, "TYPEFORM_TOKEN": "bench",
               "TYPEFORM_SECRETS": SECRET}  # fmt: skip
        prepare = [sys.executable, "-m", "connector.cli", "db", "upgrade"]
        subprocess.run(prepare, env=env, check=True, stdout=subprocess.DEVNULL)
        bare = bare_commits(directory)
        nothing, nothing_p99 = measure("bench.nothing:app", directory)
        storing, storing_p99 = measure("wsgi:app", directory)
    print(f"bare sqlite3 commits      {bare:7.0f}/s")
    print(f"answering 204             {nothing:7.0f}/s  p99 {nothing_p99:5.1f} ms")
    print(f"durable acknowledgements  {storing:7.0f}/s  p99 {storing_p99:5.1f} ms")
    print(f"ratio to storing nothing  {storing / nothing:7.2f}    (aim: at least 0.45)")
    print(f"ratios to bare commits    {storing / bare:7.2f} storing, "
          f"{nothing / bare:.2f} not")  # fmt: skip


if __name__ == "__main__":
    main()
