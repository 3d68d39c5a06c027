"""The door for webhooks: every row of its table of answers, and what is no answer."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import hmac
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connector.app import create_app
from connector.db import make_engine
from connector.receiver import MAX_BODY_BYTES
from sandbox.app import serving
from sandbox.typeform import sign
from tests.small_world import (
    OLD_SECRET,
    OTHER,
    OTHER_SECRET,
    SECRET,
    URL,
    Small,
    small_world,
)

BODY = (
    b'{"event_id":"E1","event_type":"form_response","form_response":'
    b'{"form_id":"unknown","token":"t1","submitted_at":"2026-01-01T00:00:00Z"}}'
)
GOOD = sign(BODY, SECRET)


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Return a world for what is refused: whoever stores in it takes it out again."""
    return small_world(tmp_path_factory.mktemp("closed"))


def sized(size: int) -> bytes:
    return BODY[:-1] + b" " * (size - len(BODY)) + b"}"


# --- what is taken ------------------------------------------------------------
def test_a_new_delivery_is_stored_and_the_bell_rings(here: Small) -> None:
    answer = here.post(BODY)
    assert answer.status_code == 200
    assert answer.data == b""
    [delivery] = here.deliveries()
    assert (delivery.form, delivery.response, delivery.kind) == (
        "unknown",
        "t1",
        "complete",
    )
    assert delivery.state == "received"
    assert len(here.rings) == 1


def test_a_repeat_is_answered_200_and_counted(here: Small) -> None:
    assert [here.post(BODY).status_code for _ in range(3)] == [200, 200, 200]
    [delivery] = here.deliveries()
    assert delivery.sightings == 3
    assert delivery.last_seen_at >= delivery.received_at
    counts = here.client.application.extensions["receiver"].counts
    assert (counts["stored"], counts["repeated"]) == (1, 2)


def test_a_body_that_cannot_be_read_is_kept_and_parked(here: Small) -> None:
    for number, body in enumerate((b"{not json", b"[]", b"", b"\xff\xfe", b"null")):
        assert here.post(body).status_code == 200
        assert here.post(body).status_code == 200
        assert len(here.deliveries()) == number + 1
    here.drain()
    for delivery in here.deliveries():
        assert delivery.state == "parked"
        assert delivery.reasons[0]["code"] == "unreadable"


def test_a_retired_secret_counts_while_it_is_configured(here: Small) -> None:
    assert here.post(BODY, OLD_SECRET).status_code == 200
    assert here.post(BODY, "a-secret-nobody-configured").status_code == 401


def test_the_content_type_does_not_matter(here: Small) -> None:
    # Flask would read a form's body away before the bytes are verified.
    kind = "application/x-www-form-urlencoded"
    assert here.post(BODY, content_type=kind).status_code == 200
    assert here.post(BODY, content_type="multipart/form-data").status_code == 200
    assert here.rows(type(here.deliveries()[0]))[0].sightings == 2


# --- what is refused ----------------------------------------------------------
FLIPPED = "sha256=" + base64.b64encode(
    bytes([base64.b64decode(GOOD[7:])[0] ^ 1]) + base64.b64decode(GOOD[7:])[1:]
).decode()  # fmt: skip
BAD = {
    "missing": None,
    "empty": "",
    "no prefix": GOOD[7:],
    "prefix in capitals": "SHA256=" + GOOD[7:],
    "prefix alone": "sha256=",
    "truncated": GOOD[:-2],
    "one bit flipped": FLIPPED,
    "hexadecimal": "sha256=" + hmac.new(SECRET.encode(), BODY, "sha256").hexdigest(),
    "sha1": "sha256="
    + base64.b64encode(hmac.digest(SECRET.encode(), BODY, "sha1")).decode(),
    "no key": "sha256=" + base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
    "empty key": sign(BODY, ""),
    "other programme": sign(BODY, OTHER_SECRET),
    "twice in one": f"{GOOD}, {GOOD}",
    "not ASCII": "sha256=æøå" + GOOD[10:],
    "full-width": "sha256=" + "Ａ" * 44,
    "spaces inside": GOOD[:20] + " " + GOOD[20:],
    "huge": "sha256=" + "A" * 60_000,
    "of another body": sign(BODY + b" ", SECRET),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_signature_is_401_and_nothing_is_stored(closed: Small, name: str) -> None:
    value = BAD[name]
    headers = {"Content-Type": "application/json"}
    if value is not None:
        headers["Typeform-Signature"] = value.encode().decode("latin-1")
    answer = closed.client.post(URL, data=BODY, headers=headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert closed.deliveries() == []
    assert closed.rings == []


def test_two_signature_headers_are_refused(closed: Small) -> None:
    headers = [("Typeform-Signature", GOOD), ("Typeform-Signature", GOOD)]
    assert closed.client.post(URL, data=BODY, headers=headers).status_code == 401


def test_a_secret_opens_its_own_programme_only(here: Small) -> None:
    headers = {"Typeform-Signature": sign(BODY, OTHER_SECRET)}
    other = f"/webhooks/{OTHER}/typeform"
    assert here.client.post(other, data=BODY, headers=headers).status_code == 200
    assert here.client.post(URL, data=BODY, headers=headers).status_code == 401
    assert here.deliveries()[0].programme == OTHER


@pytest.mark.parametrize("secret", ["", " ", "anything at all"])
def test_without_a_configured_secret_everything_is_refused(
    closed: Small, secret: str
) -> None:
    answer = closed.client.post(
        "/webhooks/silentby/typeform",
        data=BODY,
        headers={"Typeform-Signature": sign(BODY, secret)},
    )
    assert answer.status_code == 401


PATHS = [
    "/webhooks", "/webhooks/", "/webhooks//typeform",
    "/webhooks/testby", "/webhooks/testby/", "/webhooks/testby//typeform",
    "/webhooks/testby/typeform/", "/webhooks/testby/typeform/more",
    "/webhooks/testby/jotform", "/webhooks/nowhere/typeform",
    "/webhooks/TESTBY/typeform", "/webhooks/testby/Typeform",
    "/webhooks/testby/__class__", "/webhooks/../webhooks/x/y",
    "/webhooks/testby/typeform%00", "/webhooks/%C3%A6/typeform", "/webhooks/%FF/x",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_address_is_always_401(closed: Small, path: str) -> None:
    headers = {"Typeform-Signature": GOOD}
    for method in METHODS:
        answer = closed.client.open(path, method=method, data=BODY, headers=headers)
        assert answer.status_code == 401, method
    assert closed.deliveries() == []


@pytest.mark.parametrize("method", [m for m in METHODS if m != "POST"])
def test_only_a_post_delivers(closed: Small, method: str) -> None:
    headers = {"Typeform-Signature": GOOD}
    answer = closed.client.open(URL, method=method, data=BODY, headers=headers)
    assert answer.status_code == 401
    assert closed.deliveries() == []


@pytest.mark.parametrize(
    "encoding", ["gzip", "GZIP", "br", "deflate", "gzip, identity"]
)
def test_an_encoded_body_is_415(closed: Small, encoding: str) -> None:
    squeezed = gzip.compress(BODY)
    headers = {
        "Typeform-Signature": sign(squeezed, SECRET),
        "Content-Encoding": encoding,
    }
    assert closed.client.post(URL, data=squeezed, headers=headers).status_code == 415
    assert closed.deliveries() == []


def test_an_identity_encoding_says_nothing(here: Small) -> None:
    headers = {"Typeform-Signature": GOOD, "Content-Encoding": "Identity"}
    assert here.client.post(URL, data=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("size", "status"),
    [
        (MAX_BODY_BYTES - 1, 200),
        (MAX_BODY_BYTES, 200),
        (MAX_BODY_BYTES + 1, 413),
        (MAX_BODY_BYTES + 2, 413),
    ],
)
def test_one_mebibyte_is_the_limit(here: Small, size: int, status: int) -> None:
    assert here.post(sized(size)).status_code == status
    assert len(here.deliveries()) == (status == 200)


# --- over a real socket -------------------------------------------------------
@pytest.fixture
def address(here: Small) -> Iterator[tuple[str, int]]:
    with serving(create_app(here.settings, ring=lambda: None)) as url:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        yield parts.hostname, parts.port


def raw(address: tuple[str, int], head: str, body: bytes) -> int:
    with socket.create_connection(address, timeout=20) as wire:
        wire.sendall(f"POST {URL} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        with contextlib.suppress(OSError):  # it may have answered already
            wire.sendall(body)
        answer = wire.makefile("rb").readline()
    return int(answer.split()[1])


def chunks(body: bytes) -> bytes:
    parts = [body[i : i + 60_000] for i in range(0, len(body), 60_000)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return sent + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("size", "status"),
    [(MAX_BODY_BYTES, 200), (MAX_BODY_BYTES + 1, 413), (MAX_BODY_BYTES * 2, 413)],
)
def test_the_limit_holds_without_a_content_length(
    here: Small, address: tuple[str, int], size: int, status: int
) -> None:
    body = sized(size)
    head = f"Transfer-Encoding: chunked\r\nTypeform-Signature: {sign(body, SECRET)}"
    assert raw(address, head, chunks(body)) == status
    assert len(here.deliveries()) == (status == 200)


def test_a_promised_gigabyte_is_refused_before_it_is_read(
    here: Small, address: tuple[str, int]
) -> None:
    head = f"Content-Length: {1024**3}\r\nTypeform-Signature: {GOOD}"
    started = time.monotonic()
    assert raw(address, head, b"") == 413
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("length", ["", "abc", "-5", "1e3"])
def test_a_length_that_is_none_is_refused(
    here: Small, address: tuple[str, int], length: str
) -> None:
    head = f"Content-Length: {length}\r\nTypeform-Signature: {GOOD}"
    assert raw(address, head, BODY) in {400, 401}
    assert here.deliveries() == []


# --- when it cannot be stored -------------------------------------------------
def unavailable(here: Small) -> None:
    answer = here.post(BODY)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert here.rings == []


def test_a_locked_database_is_503_within_the_busy_timeout(
    here: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = here.service.database.engine.url.database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    app = here.client.application
    took: list[tuple[int, float]] = []

    def post() -> None:
        started = time.monotonic()
        headers = {"Typeform-Signature": GOOD}
        answer = app.test_client().post(URL, data=BODY, headers=headers)
        took.append((answer.status_code, time.monotonic() - started))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Typeform waits 30 s: those in line must not add their wait to the first one's.
    assert [status for status, _ in took] == [503] * 4
    assert max(seconds for _, seconds in took) < 12
    other.execute("ROLLBACK")
    other.close()
    assert here.post(BODY).status_code == 200


def test_a_file_that_is_no_database_is_503(here: Small) -> None:
    # It shows as early as in a new connection's PRAGMAs.
    path = here.service.database.engine.url.database
    assert path is not None
    here.client.application.extensions["receiver"].service.database.engine.dispose()
    here.service.database.engine.dispose()
    Path(path).write_bytes(b"this is no database at all, whatever its name says" * 99)
    for beside in ("-wal", "-shm"):
        Path(path + beside).unlink(missing_ok=True)
    unavailable(here)
    assert here.client.get("/readyz").status_code == 503


def test_a_full_disk_is_503(here: Small) -> None:
    receiver = here.client.application.extensions["receiver"]
    with receiver.service.database.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    full = sized(MAX_BODY_BYTES)
    answer = here.post(full)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    with receiver.service.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert here.post(full).status_code == 200


def test_a_missing_table_is_503(here: Small) -> None:
    with here.service.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO gone")
    unavailable(here)


def test_whatever_else_keeps_it_from_storing_is_503(
    here: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a driver's own fault")

    monkeypatch.setattr("connector.inbox.Door.accept", broken)
    unavailable(here)


# --- how it stores ------------------------------------------------------------
def test_every_connection_commits_durably(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    engine = engine.execution_options(reads_only=True)
    open_ones = [engine.connect() for _ in range(4)]
    for connection in open_ones:
        said = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert said == ["wal", 2, 1]
    for connection in open_ones:
        connection.close()


def test_what_is_answered_200_is_committed(here: Small) -> None:
    here.post(BODY)
    path = here.service.database.engine.url.database
    other = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert other.execute("SELECT body FROM delivery").fetchall() == [(BODY,)]
    other.close()


def test_a_request_calls_nobody(here: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a request opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert here.post(BODY).status_code == 200
    assert here.client.post(URL, data=BODY).status_code == 401


def test_fifty_threads_with_one_token_give_one_row(here: Small) -> None:
    app = here.client.application
    ready = threading.Barrier(50)
    statuses: list[int] = []

    def post() -> None:
        client = app.test_client()
        ready.wait()
        headers = {"Typeform-Signature": GOOD}
        statuses.append(client.post(URL, data=BODY, headers=headers).status_code)

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 50
    [delivery] = here.deliveries()
    assert delivery.sightings == 50
    assert app.extensions["receiver"].counts == {"stored": 1, "repeated": 49}


def test_health_checks(here: Small) -> None:
    assert here.client.get("/healthz").json == {"status": "ok"}
    assert here.client.get("/readyz").status_code == 200
    with here.service.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num='0000'")
    assert here.client.get("/readyz").status_code == 503


def test_a_service_without_its_database_is_not_ready(here: Small) -> None:
    receiver = here.client.application.extensions["receiver"]
    receiver.service.database.engine.dispose()
    (here.directory / "var" / "v.db").rename(here.directory / "v.db")
    (here.directory / "var").rename(here.directory / "elsewhere")
    answer = here.client.get("/readyz")
    assert answer.status_code == 503
    unavailable(here)


def test_no_page_is_served_outside_the_demo(here: Small) -> None:
    assert here.client.get("/").status_code == 404
