"""What an operator relies on: readiness, maintenance, proxies, logs, a quick end."""

from __future__ import annotations

import hmac
import io
import json
import logging
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from connector import logs, pulse
from connector.accounts import HubSpotAccount
from connector.app import create_app
from connector.db import utcnow
from connector.processing import drain
from connector.readiness import MAINTENANCE
from connector.sync.cycle import sync_programme
from sandbox.typeform import sign
from tests.cli.cli_world import Office, body
from tests.cli.test_cli_running import end, eventually, free_port, ready, running
from tests.small_world import SECRET, URL, Small, small_world
from tests.world import KEY, world

BODY = (
    b'{"event_id":"E1","event_type":"form_response","form_response":'
    b'{"form_id":"unknown","token":"t1","submitted_at":"2026-01-01T00:00:00Z"}}'
)
VERSION = text("UPDATE alembic_version SET version_num = :to")
SIGNED = {"Typeform-Signature": sign(BODY, SECRET)}
DOORS = (URL, f"/webhooks/{KEY}/nobody", "/webhooks/", "/webhooks", "/webhooks//x/../y",
         f"/webhooks/{KEY}/mailchimp/a-secret-of-the-address")  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


# --- ready ---------------------------------------------------------------------------
def beat(here: Small, seconds_ago: int) -> None:
    with here.service.database.writing() as session:
        at = utcnow() - timedelta(seconds=seconds_ago)
        session.merge(pulse.Pulse(name=pulse.WORKER, at=at))


def test_a_worker_that_is_away_is_told_and_stops_no_webhook(here: Small) -> None:
    assert here.client.get("/readyz").json == {
        "status": "ok", "database": "ok", "disk": "ok", "worker": "never seen",
    }  # fmt: skip
    beat(here, 20)
    assert here.client.get("/readyz").json["worker"] == "ok"
    beat(here, 60 * 5)
    answer = here.client.get("/readyz")
    assert (answer.status_code, answer.json["worker"]) == (
        200,
        "not seen for 5 minutes",
    )
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200


@pytest.mark.parametrize(
    ("free", "status", "word"),
    [(42 * 10**8, 200, "4.2% free"), (10**6, 503, "0.0% free")],
)
def test_a_disk_that_is_nearly_full_is_told(
    here: Small, monkeypatch: pytest.MonkeyPatch, free: int, status: int, word: str
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: usage._replace(total=10**11, free=free)
    )
    answer = here.client.get("/readyz")
    assert (answer.status_code, answer.json["disk"]) == (status, word)


def test_a_database_that_another_holds_is_told_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.db.BUSY_MS", 20)
    here = small_world(tmp_path)
    here.service.database.engine.dispose()
    here.client.application.extensions["vidensbro"].database.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "var" / "v.db")) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("UPDATE programme SET name = name")
        answer = here.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json["database"] == "no database: OperationalError"
        assert answer.json["worker"] == "not known"
        assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 503
    assert here.client.get("/readyz").status_code == 200
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200


def test_a_database_that_goes_while_it_is_looked_at_is_told(
    here: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("connector.pulse.last", gone)
    answer = here.client.get("/readyz")
    assert (answer.status_code, answer.json["worker"]) == (200, "not known: OSError")


def test_a_folder_that_nobody_may_look_into_is_no_maintenance(
    here: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.exists

    def refused(path: Path, **more: Any) -> bool:
        if path.name == MAINTENANCE:
            raise PermissionError
        return look(path, **more)

    monkeypatch.setattr(Path, "exists", refused)
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200
    assert here.client.get("/readyz").status_code == 200


# --- maintenance ---------------------------------------------------------------------
def all_busy(client: FlaskClient) -> None:
    for path in DOORS:
        for method in ("GET", "HEAD", "POST", "DELETE", "PROPFIND"):
            answer = client.open(path, method=method, data=BODY, headers=SIGNED)
            assert (answer.status_code, path, method) == (503, path, method)
            assert answer.headers["Retry-After"] == "30"
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_while_the_file_is_there_everything_is_asked_to_come_again(here: Small) -> None:
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200
    file = here.service.settings.data_dir / MAINTENANCE
    file.touch()
    all_busy(here.client)
    file.unlink()
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_a_schema_of_another_version_is_not_written_to(
    here: Small, revision: str
) -> None:
    engine = here.service.database.engine
    with engine.begin() as connection:
        current = connection.exec_driver_sql("SELECT * FROM alembic_version").scalar()
        connection.execute(VERSION, {"to": revision})
    all_busy(here.client)
    assert here.deliveries() == []
    with engine.begin() as connection:
        connection.execute(VERSION, {"to": current})
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200


def test_a_web_side_without_a_database_makes_none_and_finds_it_when_it_is_back(
    here: Small,
) -> None:
    path = here.service.settings.data_dir / "v.db"
    here.service.database.engine.dispose()
    path.rename(path.with_suffix(".away"))
    all_busy(here.client)
    assert not path.exists()
    path.with_suffix(".away").rename(path)
    assert here.client.post(URL, data=BODY, headers=SIGNED).status_code == 200


# --- proxies -------------------------------------------------------------------------
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Original-URL": "/healthz",
}


def behind(here: Small, proxies: int) -> FlaskClient:
    settings = replace(here.service.settings, trusted_proxies=proxies)
    app = create_app(settings, ring=lambda: None)

    @app.get("/seen")
    def seen() -> dict[str, Any]:
        from flask import request

        return {"from": request.remote_addr, "url": request.url}

    return app.test_client()


def test_nobody_is_believed_about_where_a_request_came_from(here: Small) -> None:
    seen = behind(here, 0).get("/seen", headers=FORGED).json
    assert seen == {"from": "127.0.0.1", "url": "http://localhost/seen"}


def test_only_the_word_of_our_own_proxies_counts(here: Small) -> None:
    client = behind(here, 1)
    added = {  # what a visitor forged stands first, what our proxy saw last
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "gopher, https",
        "X-Forwarded-Host": "evil.example, bridge.example",
        "X-Forwarded-Prefix": "/evil",
    }
    seen = client.get("/seen", headers=added).json
    assert seen == {"from": "198.51.100.7", "url": "https://bridge.example/seen"}
    two = behind(here, 2).get("/seen", headers=added).json
    assert two["from"] == "203.0.113.9"
    assert client.get("/seen").json["from"] == "127.0.0.1"


APP_SECRET = "an-app-secret-for-tests"
HUBSPOT = f"/webhooks/{KEY}/hubspot"


def called_by_hubspot(here: Small, proxies: int, public: str) -> FlaskClient:
    account = HubSpotAccount(
        "t", "http://127.0.0.1:9", "2026-09", "0-410", "0-162", 1, 1,
        secrets=(APP_SECRET,),
    )  # fmt: skip
    settings = replace(
        here.service.settings,
        public_url=public,
        trusted_proxies=proxies,
        accounts={KEY: replace(here.service.settings.accounts[KEY], hubspot=account)},
    )
    return create_app(settings, ring=lambda: None).test_client()


def signed_for(address: str) -> dict[str, str]:
    """Return what proves that HubSpot called this address just now."""
    now = str(int(time.time() * 1000))
    told = f"POST{address}".encode() + b"[]" + now.encode()
    return {
        "X-HubSpot-Signature-v3": b64encode(
            hmac.digest(APP_SECRET.encode(), told, "sha256")
        ).decode(),
        "X-HubSpot-Request-Timestamp": now,
    }


def sent(
    client: FlaskClient, target: str, headers: Mapping[str, str], **more: Any
) -> int:
    answer = client.post(target, data=b"[]", headers=dict(headers), **more)
    return answer.status_code


ADDED: list[dict[str, str]] = [
    {},
    FORGED,
    {"X-Forwarded-For": "2001:db8::1, fd00::2", "X-Forwarded-Proto": "https, http"},
    {"X-Forwarded-For": "[2001:db8::1]:4711", "X-Forwarded-Host": "[::1"},
    {"X-Forwarded-Host": "<b>, \xe6", "X-Forwarded-Proto": "\xff://"},
]


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_what_is_signed_is_the_public_address_whatever_is_forged(
    here: Small, proxies: int
) -> None:
    public = "https://bridge.example"
    client = called_by_hubspot(here, proxies, public)
    for added in ADDED:
        for target in (HUBSPOT, f"{HUBSPOT}?a=b%20c&x=%26", f"{HUBSPOT}?a=%3A%2Fb"):
            proof = signed_for(f"{public}{target}")
            assert sent(client, target, {**added, **proof}) == 200
            assert sent(client, f"{target}&x", {**added, **proof}) == 401
        for other in ("https://evil.example", "http://bridge.example"):
            proof = signed_for(f"{other}{HUBSPOT}")
            assert sent(client, HUBSPOT, {**added, **proof}) == 401
    assert (
        sent(client, f"{HUBSPOT}?a=:/b", signed_for(f"{public}{HUBSPOT}?a=:/b")) == 200
    )
    peer = {"REMOTE_ADDR": "2001:db8::7"}
    proof = signed_for(f"{public}{HUBSPOT}")
    assert sent(client, HUBSPOT, proof, environ_overrides=peer) == 200


def test_a_path_of_the_public_address_may_be_taken_off_or_not(here: Small) -> None:
    public = "https://bridge.example/to/us"
    client = called_by_hubspot(here, 1, public)
    target = f"{HUBSPOT}?a=b%20c"
    proof = signed_for(f"{public}{target}")
    assert sent(client, target, proof) == 200
    assert sent(client, f"/to/us{target}", proof) == 200
    for wrong in (HUBSPOT, f"/to/us{HUBSPOT}", "/to/us/webhooks", "/to/us/webhooks/x"):
        assert sent(client, wrong, proof) == 401
    assert client.get("/to/us/readyz").status_code == 200
    (here.service.settings.data_dir / MAINTENANCE).touch()
    for path in (target, f"/to/us{target}", "/to/us/webhooks/x"):
        assert sent(client, path, proof) == 503


def test_a_header_does_not_say_where_the_service_begins(here: Small) -> None:
    client = called_by_hubspot(here, 1, "https://bridge.example")
    proof = signed_for(f"https://bridge.example{HUBSPOT}")
    moved = {  # as gunicorn has it after a header SCRIPT_NAME: /webhooks
        "SCRIPT_NAME": "/webhooks", "PATH_INFO": HUBSPOT.removeprefix("/webhooks"),
        "RAW_URI": HUBSPOT,
    }  # fmt: skip
    assert sent(client, HUBSPOT, proof, environ_overrides=moved) == 200
    assert sent(client, HUBSPOT, {}, environ_overrides=moved) == 401


# --- logs ----------------------------------------------------------------------------
@contextmanager
def logged(form: str) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("DEBUG", stream, form)
    try:
        yield stream
    finally:
        root.handlers[:], root.level = handlers, level


def test_a_line_of_json_says_which_delivery_and_nobody(tmp_path: Path) -> None:
    with world(tmp_path) as made, logged("json") as stream:
        made.apply_as_mentee("Anna Prøve")
        drain(made.service)
        sync_programme(made.service, KEY)
        told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all({"time", "level", "logger", "event"} <= set(line) for line in told)
    (processed,) = [line for line in told if line["event"] == "delivery processed"]
    assert processed["delivery"] == 1
    assert (processed["programme"], processed["tool"]) == (KEY, "typeform")
    assert processed["duration_s"] >= 0
    synced = {line["tool"] for line in told if line["event"].startswith("synced")}
    assert synced == {"hubspot", "mailchimp"}
    for word in ("Anna", "anna@", "+4520", "Nordlys"):
        assert word not in stream.getvalue()


def test_no_line_can_be_forged_and_none_holds_an_address(tmp_path: Path) -> None:
    for form in ("text", "json"):
        with logged(form) as stream:
            log = logging.getLogger("library")
            try:
                raise ValueError("bo@havbro.example")
            except ValueError:
                log.exception(
                    "bad\r\n2026-01-01 INFO all is well \x1b[31m bo@havbro.example "
                    "/webhooks/testby/mailchimp/the-secret?key=1 +45 20 12 34 56"
                )
            (line,) = stream.getvalue().splitlines()
        for word in ("bo@", "the-secret", "key=1", "34 56"):
            assert word not in line
        if form == "json":
            assert json.loads(line)["error"].startswith("ValueError at ")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_answer_leaves_the_secret_of_an_address_in_a_line(
    here: Small, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = f"/webhooks/{KEY}/mailchimp/the-secret-of-the-address"
    answers = []
    with logged(form) as stream:
        for method in ("GET", "POST", "PUT", "BREW"):
            answers.append(here.client.open(path, method=method).status_code)
        answers.append(here.client.post(path, data=b"x" * 1024 * 1200).status_code)
        answers.append(here.client.post(f"{path}%2Fmore?x=y").status_code)
        with monkeypatch.context() as patch:
            patch.setattr("connector.receiver.Receiver._prove", _broken)
            answers.append(here.client.post(path).status_code)
            patch.setattr("connector.receiver.Receiver.receive", _broken)
            answers.append(here.client.post(path).status_code)
        (here.service.settings.data_dir / MAINTENANCE).touch()
        answers.append(here.client.post(path).status_code)
        for shown in (path, path.replace("/", "%2F"), f"/to/us{path}"):
            logging.getLogger("gunicorn.error").error("Error handling %s", shown)
    assert answers == [200, 401, 401, 401, 413, 401, 503, 503, 503]
    assert "the-secret" not in stream.getvalue()
    assert "could not be taken in" in stream.getvalue()


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("the-secret-of-the-address")


def test_another_server_is_told_how_to_log(here: Small) -> None:
    with logged("text"):
        root = logging.getLogger()
        root.handlers.clear()
        create_app(here.service.settings, ring=lambda: None)
        (handler,) = root.handlers
        assert isinstance(handler.formatter, logs.OneLine)
        create_app(here.service.settings, ring=lambda: None)
        assert root.handlers == [handler]


def test_gunicorn_tells_no_secret_of_an_address(office: Office) -> None:
    office.env |= {"PORT": str(free_port()), "LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}
    with running(office, "web") as process:
        assert eventually(lambda: ready(office.env["PORT"]))
        secret = "/webhooks/lyngby/mailchimp/the-secret-of-the-address"
        for raw in (
            f"POST {secret} HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n",
            f"POST {secret} HTTP/9.9\r\n\r\n",
            f"GET {secret}\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET {secret} HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
        ):
            with socket.create_connection(
                ("127.0.0.1", int(office.env["PORT"]))
            ) as one:
                one.sendall(raw.encode())
                one.shutdown(socket.SHUT_WR)
                one.recv(2000)
        code, told = end(process)
    assert code == 0
    assert "the-secret" not in told
    assert all(json.loads(line)["time"] for line in told.splitlines())


# --- the end -------------------------------------------------------------------------
@contextmanager
def hanging_tool() -> Iterator[tuple[str, threading.Event]]:
    """A tool that takes every call and never answers."""
    called, held = threading.Event(), []
    with closing(socket.create_server(("127.0.0.1", 0))) as door:

        def take() -> None:
            while True:
                try:
                    held.append(door.accept()[0])
                except OSError:
                    return
                called.set()

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}", called
        for one in held:
            one.close()


def test_all_ends_in_time_though_a_tool_hangs_and_a_request_drips(
    office: Office,
) -> None:
    number = office.deliver(body("mentee_application", {"first_name": "Anna"}))
    with hanging_tool() as (url, called):
        office.env |= {"TYPEFORM_BASE_URL": url, "PORT": str(free_port())}
        process = subprocess.Popen(
            [sys.executable, "-m", "connector.cli", "up"],
            env={**os.environ, **office.env}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert called.wait(40)
            with socket.create_connection(
                ("127.0.0.1", int(office.env["PORT"]))
            ) as drip:
                drip.sendall(b"POST /webhooks/lyngby/typeform HTTP/1.1\r\nHost:")
                process.send_signal(signal.SIGTERM)
                told = process.communicate(timeout=30)[0]
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Stopped. The data stays" in told
    for log in (Path(office.env["DATA_DIR"]) / "logs").iterdir():
        assert "Traceback" not in log.read_text("utf-8")
    states = {r["id"]: r["state"] for r in office.json("deliveries", "list")}
    assert states[number] == "parked"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.open()
    return made
