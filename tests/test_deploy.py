"""The files of deploy/: linted where they cannot be built, started where they can."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from connector.logs import without_people
from tests.cli.test_cli_running import eventually, free_port
from tests.test_docs import SETTINGS

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CADDYFILE = (DEPLOY / "Caddyfile").read_text("utf-8")
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_nothing_stands_there_that_is_not_tested() -> None:
    assert {p.name for p in DEPLOY.rglob("*") if p.is_file()} == {
        "Caddyfile", "Containerfile", "Procfile", "compose.yaml",
        "vidensbro-web.service", "vidensbro-worker.service",
    }  # fmt: skip


# --- systemd -------------------------------------------------------------------------
def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.stem)
def test_a_unit_is_hardened_and_gives_time_to_end(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "vidensbro"
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectory"] == "vidensbro"
    assert service["Restart"] == "always"
    assert (service["KillSignal"], service["TimeoutStopSec"]) == ("SIGTERM", "30")
    part = path.stem.removeprefix("vidensbro-")
    assert service["ExecStart"] == f"/opt/vidensbro/.venv/bin/vidensbro {part}"
    given = dict(word.split("=", 1) for word in service["Environment"].split())
    assert {n for n in given if not n.startswith("PYTHON")} <= set(SETTINGS)


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.stem)
def test_systemd_understands_every_line(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not on this machine")
    copy = tmp_path / path.name
    text = path.read_text("utf-8")
    copy.write_text(text.replace("/opt/vidensbro/.venv/bin/vidensbro", sys.executable))
    done = subprocess.run(
        [analyze, "verify", copy], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if path.name in line]
    assert told == []


# --- containers ----------------------------------------------------------------------
def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", CONTAINERFILE, re.MULTILINE)


def copied() -> list[str]:
    """Return what goes into the image of this checkout."""
    return [
        word
        for line in instructions("COPY")
        if not line.startswith("--from")
        for word in line.split()[:-1]
    ]


def test_the_image_is_small_pinned_and_nobody_special() -> None:
    images = {line.split()[0] for line in instructions("FROM")}
    assert images == {"docker.io/library/python:3.12-slim"}
    assert instructions("USER") == ["10001:10001"]
    assert "pip install --requirement /build/requirements.txt" in CONTAINERFILE
    pinned = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert all("==" in line for line in pinned if line and line[0].isalpha())
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert not re.search(r"(SECRET|TOKEN|KEY|PASSWORD)\w*=", CONTAINERFILE)


def test_only_what_the_image_needs_goes_to_the_builder() -> None:
    ignored = (ROOT / ".containerignore").read_text("utf-8")
    assert ignored == (ROOT / ".dockerignore").read_text("utf-8")
    lines = [line for line in ignored.splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == set(copied())
    assert all((ROOT / name).exists() for name in let_in)


def test_what_is_in_the_image_is_enough_to_run(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, app / name)
        else:
            shutil.copy(ROOT / name, app / name)
    env = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(app), "DATA_DIR": str(tmp_path),
        "TYPEFORM_SECRETS": "a-secret-for-tests-only",
    }  # fmt: skip
    entry = ["-m", "connector.cli"]
    assert str(entry[0]) in instructions("ENTRYPOINT")[0]
    done = subprocess.run(
        [sys.executable, *entry, "db", "upgrade"], cwd=app, env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "vidensbro.db").exists()
    where = subprocess.run(
        [sys.executable, "-c", "import connector, sandbox, mappings, webhooks as w;"
         "print(connector.__file__, sandbox.__file__, mappings.__file__, w.__file__)"],
        cwd=app, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(path.startswith(str(app)) for path in where.stdout.split())


def test_the_services_fit_together() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"upgrade", "web", "worker", "caddy"}
    for name in ("web", "worker"):
        waits = services[name]["depends_on"]
        assert waits == {"upgrade": {"condition": "service_completed_successfully"}}
        assert services[name]["stop_grace_period"] == "30s"
    for name in ("upgrade", "web", "worker"):
        one = services[name]
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert one["build"] == {"context": "..", "dockerfile": "deploy/Containerfile"}
        assert one["env_file"] == ["../.env"]
        assert set(one["environment"]) <= set(SETTINGS)
        assert "ports" not in one
    assert services["upgrade"]["command"] == ["db", "upgrade"]
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == "1"
    named = {
        volume.split(":")[0]
        for one in services.values()
        for volume in one["volumes"]
        if volume[0] != "."
    }
    assert named == set(COMPOSE["volumes"])
    for one in services.values():
        for volume in one["volumes"]:
            if volume.startswith("./"):
                assert (DEPLOY / volume.split(":")[0]).exists()
    asked = set(re.findall(r"\{\$(\w+):", CADDYFILE))
    assert set(services["caddy"]["environment"]) == asked == {"DOMAIN", "UPSTREAM"}


# --- Caddy ---------------------------------------------------------------------------
DIRECTIVES = {
    "log", "output", "format", "wrap", "fields", "request>uri", "request>headers",
    "resp_headers", "request_body", "max_size", "@ours", "handle", "reverse_proxy",
    "transport", "dial_timeout", "response_header_timeout", "respond", "handle_errors",
    "@away", "header",
}  # fmt: skip


def test_every_block_ends_and_every_directive_is_known() -> None:
    depth = 0
    for line in CADDYFILE.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "}":
            depth -= 1
        elif depth:
            assert words[0] in DIRECTIVES, line
        assert line == "\t" * depth + line.strip(), line
        depth += words[-1] == "{"
    assert depth == 0


@pytest.mark.parametrize(
    "uri", ["/mailchimp/SECRET", "/mailchimp/SECRET?x=SECRET", "/mailchimp?SECRET",
            "/surveymonkey/SECRET/SECRET"],
)  # fmt: skip
def test_no_log_of_the_proxy_holds_a_secret_of_a_path(uri: str) -> None:
    found = re.search(r"request>uri regexp (\S+) (\S+)", CADDYFILE)
    assert found is not None
    pattern, replacement = found[1], found[2].replace("${1}", r"\1")
    told = re.sub(pattern, replacement, f"/webhooks/lyngby{uri}")
    assert "SECRET" not in told
    assert told.startswith("/webhooks/lyngby/")


@pytest.mark.parametrize(
    "path", ["/webhooks//lyngby/mailchimp/SECRET", "/webhooks/lyngby//mailchimp/SECRET",
             "//webhooks/by/mailchimp//SECRET", "/Webhooks/lyngby/mailchimp/SECRET",
             "/webhooks%2Flyngby%2fmailchimp%2FSECRET", "/bridge/webhooks/a/b/SECRET",
             "/webhooks/lyng%62y/%6Dailchimp/SECRET", "/webhooks/a/b%2f/SECRET%2f"],
)  # fmt: skip
def test_no_log_holds_the_secret_of_a_path_that_was_mistyped(path: str) -> None:
    found = re.search(r"request>uri regexp (\S+) (\S+)", CADDYFILE)
    assert found is not None
    told = re.sub(found[1], found[2].replace("${1}", r"\1"), path)
    assert "SECRET" not in told
    assert "SECRET" not in without_people(f"GET {path}")


def test_caddy_takes_it() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("Caddy is not on this machine: its file is linted only")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "DOMAIN": "bridge.example"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# --- a hosted platform ---------------------------------------------------------------
def lines_of_procfile() -> dict[str, str]:
    lines = (DEPLOY / "Procfile").read_text("utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_lines_of_the_procfile_run(tmp_path: Path) -> None:
    lines = lines_of_procfile()
    assert list(lines) == ["release", "web", "worker"]
    port = free_port()
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATA_DIR": str(tmp_path),
        "PORT": str(port),
        "TYPEFORM_SECRETS": "a-secret-for-tests-only",
    }
    subprocess.run(["sh", "-c", lines["release"]], check=True, env=env, cwd=ROOT)
    started = [
        subprocess.Popen(["sh", "-c", f"exec env {lines[name]}"], env=env, cwd=ROOT)
        for name in ("web", "worker")
    ]
    try:
        assert eventually(lambda: worker_of(port) == "ok")
        time.sleep(0.2)
        assert [one.poll() for one in started] == [None, None]
        for one in started:
            one.send_signal(signal.SIGTERM)
        assert [one.wait(30) for one in started] == [0, 0]
    finally:
        for one in started:
            one.kill()


def worker_of(port: int) -> str:
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2)
    except requests.RequestException:
        return ""
    return str(answer.json().get("worker"))
