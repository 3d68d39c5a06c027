"""web and worker, as processes: they start, log as we do, and end when asked to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from connector import pulse
from connector.cli.serving import Web
from connector.release import running_commit
from connector.settings import load_settings
from tests.cli.cli_world import ROOT, Office


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def running(office: Office, command: str) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, **office.env, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", command],
        env=env, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=30)[1]
    return process.returncode, told


def test_web_serves_until_it_is_told_to_end(office):
    office.env["PORT"] = str(free_port())
    with running(office, "web") as process:
        assert eventually(lambda: ready(office.env["PORT"]))
        url = f"http://127.0.0.1:{office.env['PORT']}/healthz"
        moved = requests.get(url, headers={"SCRIPT_NAME": "/elsewhere"}, timeout=5)
        code, told = end(process)
    assert (code, moved.status_code) == (0, 200)
    assert all(line[10] == "T" and line[23] == "Z" for line in told.splitlines())


def test_a_worker_processes_what_waits_and_ends(office):
    from tests.cli.cli_world import body

    office.env["LOG_FORMAT"] = "json"
    number = office.deliver(body("mentee_application", {"first_name": "Anna"}))
    with running(office, "worker") as process:
        assert eventually(lambda: state(office, number) == "parked")
        assert eventually(lambda: at_work(office))
        code, told = end(process)
    assert code == 0
    assert "Anna" not in told
    lines = [json.loads(line) for line in told.splitlines()]
    ours = [one for one in lines if one["event"].startswith("the worker")]
    first, last = lines[0], lines[-1]
    assert ours == [first, last]
    assert " programmes=lyngby database=sqlite demo=no" in first["event"]
    assert re.search(r" version=\S+ commit=([0-9a-f]{12}|unknown) ", first["event"])
    assert (last["event"], last["level"]) == ("the worker ends", "INFO")
    assert last["duration_s"] > 0
    assert office.env["TYPEFORM_SECRETS"] not in told


def test_the_commit_is_read_from_the_checkout(tmp_path):
    assert running_commit(tmp_path) == "unknown"
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    assert running_commit(tmp_path) == "unknown"
    (git / "packed-refs").write_text(f"# pack\n{'a' * 40} refs/heads/main\n", "utf-8")
    assert running_commit(tmp_path) == "a" * 12
    (git / "refs" / "heads" / "main").write_text(f"{'b' * 40}\n", "utf-8")
    assert running_commit(tmp_path) == "b" * 12
    (git / "HEAD").write_text(f"{'c' * 40}\n", "utf-8")
    assert running_commit(tmp_path) == "c" * 12


def test_the_web_side_is_one_process_with_threads(office):
    office.env |= {"WEB_THREADS": "5", "HOST": "127.0.0.9", "PORT": "81"}
    web = Web(load_settings(office.env))
    assert web.cfg.worker_class_str == "gthread"
    assert (web.cfg.workers, web.cfg.threads) == (1, 5)
    assert web.cfg.bind == ["127.0.0.9:81"]
    assert (web.cfg.timeout, web.cfg.graceful_timeout) == (30, 10)
    assert (web.cfg.preload_app, web.cfg.accesslog) == (False, None)


def at_work(office: Office) -> bool:
    with office.service.database.reading() as session:
        return pulse.last(session, pulse.WORKER) is not None


def ready(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).ok
    except requests.RequestException:  # not there yet, or still loading
        return False


def state(office: Office, number: int) -> str:
    return {r["id"]: r["state"] for r in office.json("deliveries", "list")}[number]


def eventually(true, seconds: float = 25.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.2)
    return pytest.fail("it did not happen in time")


def test_what_is_no_address_of_a_database_is_said_in_a_sentence(office):
    for url in ("postgresql://u:secret@h:port/x", "mysql://u:secret@h/x", "nothing"):
        office.env["DATABASE_URL"] = url
        for command in (("web",), ("worker",), ("up",), ("db", "upgrade")):
            told = office(*command, code=2).stderr
            assert "DATABASE_URL cannot be read as the address" in told
            assert "secret" not in told


def test_a_file_of_settings_in_another_encoding_is_said_in_a_sentence(
    office, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("PROGRAMMES=søby\n".encode("latin-1"))
    for command in (("web",), ("worker",), ("up",), ("db", "upgrade")):
        assert "save it as UTF-8" in office(*command, code=2).stderr
