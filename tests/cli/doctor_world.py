"""A healthy installation over the sandbox, and the many ways to spoil one."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response, redirect
from sqlalchemy import delete, select, update

from connector import chores, hints, pulse
from connector.cli.up import service_screen
from connector.crm_tasks.making import NO_OWNER
from connector.db import utcnow
from connector.doctor import disk
from connector.inbox import Delivery
from connector.programme.entities import ReviewItem
from connector.service import Service
from connector.settings import load_settings
from connector.signing import SigningSecret
from connector.sources.budget import account_of
from connector.sources.state import CallBudget, FormWatch
from connector.sync.cycle import change
from connector.sync.state import Connection, RemoteRecord
from sandbox.app import serving
from tests.cli.cli_world import DEFINITIONS, ROOT, Cli
from tests.survey_world import Surveys
from tests.world import KEY, World, environment, world

TYPEFORM = {"Authorization": "Bearer token"}
LIST = "/mailchimp/3.0/lists/demo-audience"
CLOSED = "http://127.0.0.1:9"
"""An address where nobody listens."""


class Clinic(Cli):
    """An installation whose tools are the sandbox, set up as docs/connect.md says."""

    def __init__(self, made: World) -> None:
        super().__init__(
            {
                **environment(made.directory, made.sandbox_url),
                "PUBLIC_URL": made.web_url,
                "BACKUP_DIR": str(made.directory / "backups"),
            }
        )
        self.world = made
        self.steps: list[str] = []

    def prepare(self) -> None:
        """Set the tools up, take a first application in, and let the worker be seen.

        ``steps`` keeps what `up` named as the next step meanwhile.
        """
        self("setup", "--yes")
        self.steps.append(self.next_step())
        self.world.apply_as_mentee("Anna Prøve")
        self.world.drain()
        self("sync", "run", "--yes")
        self.steps.append(self.next_step())
        self("reconcile")
        self.beat()

    def next_step(self) -> str:
        """Return what `up` says last on its screen but for the lines on every one."""
        service = Service.open(load_settings(self.env))
        *_, told, _ = service_screen(service)
        service.database.engine.dispose()
        return told

    def beat(self) -> None:
        with self.writing() as session:
            pulse.beat(session, pulse.WORKER)

    def writing(self) -> AbstractContextManager[Any]:
        return self.world.service.database.writing()

    def examine(self, *args: str, code: int) -> dict[str, list[dict[str, str]]]:
        """Run doctor; return its findings by check."""
        found: dict[str, list[dict[str, str]]] = {}
        for one in self.json("doctor", *args, code=code):
            found.setdefault(one["check"], []).append(one)
        return found

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> requests.Response:
        """Make one call to the sandbox, as staff do in the tool's pages."""
        answer = requests.request(
            method, f"{self.world.sandbox_url}{path}", json=body, timeout=20,
            headers={"Authorization": "Bearer staff", "X-Sandbox-Actor": "staff",
                     **headers},
        )  # fmt: skip
        assert answer.ok, answer.text
        return answer

    @contextmanager
    def setting(self, **values: str) -> Iterator[None]:
        before = dict(self.env)
        self.env |= values
        yield
        self.env = before

    @contextmanager
    def option(self, name: str, value: Any) -> Iterator[None]:
        """Let the sandbox behave otherwise for a while."""
        options = self.world.box.box.options
        before = dict(options)
        options[name] = value
        yield
        options.clear()
        options.update(before)

    @contextmanager
    def row(self, table: Any, **values: Any) -> Iterator[None]:
        """Change all rows of a table for a while."""
        names = [getattr(table, name) for name in ("id", *values)]
        with self.writing() as session:
            before = session.execute(select(*names)).all()
            assert before
            session.execute(update(table).values(**values))
        yield
        with self.writing() as session:
            for number, *old in before:
                session.execute(
                    update(table)
                    .where(table.id == number)
                    .values(**dict(zip(values, old, strict=True)))
                )

    @contextmanager
    def added(self, row: Any) -> Iterator[None]:
        """Have one more row for a while."""
        with self.writing() as session:
            session.add(row)
        yield
        with self.writing() as session:
            session.execute(delete(type(row)).where(type(row).id == row.id))


@contextmanager
def clinic(directory: Path) -> Iterator[Clinic]:
    """Set up a healthy installation; its forms are read from where the tests begin."""
    few = directory / "forms"
    few.mkdir()
    for name in ("mentee_application.da.json", "mentor_application.da.json"):
        (few / name).symlink_to(DEFINITIONS / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.world.FORMS", few)
        shipped = ROOT / "mappings" / "programmes" / "template" / "surveymonkey"
        patch.setattr("tests.survey_world.SHIPPED", shipped)
        # So many looks in a minute are more than a private app may ask for.
        options = {"surveymonkey.minute_limit": 100_000}
        with world(directory, active=False, options=options) as made:
            Surveys(made, forms=("company_registration.da",))
            here = Clinic(made)
            here.prepare()
            yield here


Plant = Callable[[Clinic, pytest.MonkeyPatch], AbstractContextManager[None]]


@dataclass(frozen=True)
class Planted:
    """One misconfiguration: how it comes about, and what must be said of it."""

    check: str
    level: str
    says: str
    remedy: str
    plant: Plant
    quick: bool = True

    @property
    def code(self) -> int:
        return {"warning": 1, "fault": 2}[self.level]


def setting(**values: str) -> Plant:
    return lambda here, _patch: here.setting(**values)


def option(name: str, value: Any) -> Plant:
    return lambda here, _patch: here.option(name, value)


# --- how settings are written -------------------------------------------------------
def written(*lines: str) -> Plant:
    """Write these lines into .env; what they name is set nowhere else."""

    @contextmanager
    def plant(here: Clinic, patch: pytest.MonkeyPatch) -> Iterator[None]:
        Path(".env").write_text("\n".join((*lines, "")), "utf-8")
        Path(".env").chmod(0o600)
        before = dict(here.env)
        for line in lines:
            here.env.pop(line.partition("=")[0], None)
        yield
        here.env = before

    return plant


@contextmanager
def spaced(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a space behind an address that leads where it did."""
    path = here.world.directory / "var" / "v.db"
    other = path.with_name("v.db ")
    other.symlink_to(path)
    with here.setting(DATABASE_URL=f"sqlite:///{other}"):
        yield
    other.unlink()


# --- files, disk, database ----------------------------------------------------------
@contextmanager
def readable_env(_here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    Path(".env").write_text("# nothing\n", "utf-8")
    Path(".env").chmod(0o644)
    yield


@contextmanager
def full_disk(_here: Clinic, patch: pytest.MonkeyPatch) -> Iterator[None]:
    class Usage:
        free = 20 * disk.MIB

    patch.setattr(disk.shutil, "disk_usage", lambda _place: Usage)
    yield


@contextmanager
def no_database(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    other = here.world.directory / "elsewhere.db"
    with here.setting(DATABASE_URL=f"sqlite:///{other}"):
        yield
    assert not other.exists()  # a look makes nothing


@contextmanager
def old_database(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    other = here.world.directory / "old.db"
    with sqlite3.connect(other) as made:
        made.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
    with here.setting(DATABASE_URL=f"sqlite:///{other}"):
        yield


@contextmanager
def read_only_database(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = here.world.directory / "var" / "v.db"
    with here.setting(DATABASE_URL=f"sqlite:///file:{path}?mode=ro&uri=true"):
        yield


@contextmanager
def broken_queue(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = here.world.directory / "var" / "queue.db"
    before = path.read_bytes() if path.exists() else None
    path.write_text("this is no database, whatever its name says" * 100, "utf-8")
    yield
    path.unlink()
    if before is not None:
        path.write_bytes(before)


@contextmanager
def maintenance(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = here.world.directory / "var" / "maintenance"
    path.touch()
    os.utime(path, (time.time() - 7_200,) * 2)
    yield
    path.unlink()


@contextmanager
def binding(
    here: Clinic, form: str, mapping: str, *, language: str = "da"
) -> Iterator[None]:
    """Bind one more form in the programme's own file."""
    path = here.world.directory / "programmes" / KEY / "programme.toml"
    before = path.read_text("utf-8")
    lines = f'provider = "typeform"\nform = "{form}"\nmapping = "{mapping}"\n'
    path.write_text(f'{before}\n[[forms]]\n{lines}language = "{language}"\n', "utf-8")
    yield
    path.write_text(before, "utf-8")


@contextmanager
def no_bindings(here: Clinic) -> Iterator[None]:
    """Have the programme read no form at all."""
    path = here.world.directory / "programmes" / KEY / "programme.toml"
    before = path.read_text("utf-8")
    path.write_text(before.partition("[[forms]]")[0], "utf-8")
    yield
    path.write_text(before, "utf-8")


@contextmanager
def broken_mapping(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    with binding(here, "x", "mentee_aplication"):
        yield


# --- the worker and what it does ------------------------------------------------------
@contextmanager
def no_worker(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    with here.writing() as session:
        session.execute(update(pulse.Pulse).values(at=utcnow() - timedelta(minutes=5)))
    yield
    here.beat()


@contextmanager
def beat_of_next_year(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker beat while the clock was ahead, and ended before it was put right."""
    with here.world.service.database.writing() as session:
        at = utcnow() + timedelta(days=365)
        session.merge(pulse.Pulse(name=pulse.WORKER, at=at))
    yield
    here.beat()


@contextmanager
def no_worker_for_long(here: Clinic, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with (
        late_look(here, patch),
        late_sync(here, patch),
        old_hint(here, patch),
        no_worker(here, patch),
    ):
        yield


def late_look(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.row(FormWatch, looked_at=utcnow() - timedelta(days=2))


def late_sync(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.row(Connection, last_success_at=utcnow() - timedelta(hours=5))


def old_hint(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.added(
        hints.Hint(
            programme=KEY, provider="hubspot", key="k", topic="t", kind="contact",
            subject="1", facts={}, noted_at=utcnow() - timedelta(hours=3),
        )
    )  # fmt: skip


@contextmanager
def failed_chore(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    chore = chores.Chore(lambda _at, _zone: True, lambda _s, _k: "Two are missing.")
    chores.run(here.world.service, KEY, "hubspot.compare", chore)
    yield
    with here.writing() as session:
        session.execute(delete(chores.ChoreRun))


@contextmanager
def no_user(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have tasks go to nobody, and the worker say so too."""
    chore = chores.Chore(lambda _at, _zone: True, lambda _s, _k: NO_OWNER)
    chores.run(here.world.service, KEY, "hubspot.tasks", chore)
    with here.setting(HUBSPOT_TASK_OWNER="nobody@programme.example"):
        yield
    with here.writing() as session:
        session.execute(delete(chores.ChoreRun))


@contextmanager
def never_kept(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    with here.setting(SECRET_KEY=""), here.row(SigningSecret, programme="another"):
        yield


@contextmanager
def old_backup(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = here.world.directory / "backups"
    folder.mkdir()
    old = folder / "vidensbro-2016-01-01T030000Z.backup"
    old.touch()
    os.utime(old, (time.time() - 5 * 86_400,) * 2)
    other = folder / "what this is.txt"
    other.touch()
    yield
    old.unlink()
    other.unlink()
    folder.rmdir()


# --- what waits for a person --------------------------------------------------------
def parked(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.row(Delivery, state="parked")


def unprocessed(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    at = utcnow() - timedelta(hours=1)
    return here.row(Delivery, state="received", processed_at=None, received_at=at)


def review(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.added(
        ReviewItem(programme=KEY, kind="name_clash", entity_kind="person",
                   entity_id="p1", text="One or two?")
    )  # fmt: skip


@contextmanager
def paused(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    here("connection", "pause", "hubspot")
    yield
    here("connection", "resume", "hubspot")


@contextmanager
def stopped(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    change(here.world.service, KEY, "hubspot", "stopped", "The account is another one.")
    yield
    change(here.world.service, KEY, "hubspot", "active")


def silent_app(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    return here.row(RemoteRecord, pushed_at=utcnow() - timedelta(days=3))


@contextmanager
def new(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    change(here.world.service, KEY, "mailchimp", "new")
    yield
    change(here.world.service, KEY, "mailchimp", "active")


@contextmanager
def unmapped(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    form = here.ask("POST", "/typeform/forms", {
        "title": "En anden", "fields": [{"ref": "a", "type": "short_text",
                                         "title": "Navn"}]}).json()["id"]  # fmt: skip
    url = f"{here.world.web_url}/webhooks/{KEY}/typeform"
    hook(here, form, url=url)
    there = f"{here.world.sandbox_url}/typeform/to/{form}"
    requests.post(there, json={"answers": {"a": "Bo"}}, timeout=20).raise_for_status()
    here.world.drain()
    yield
    with here.writing() as session:
        session.execute(delete(Delivery).where(Delivery.form == form))


# --- webhooks -------------------------------------------------------------------------
def hook(here: Clinic, form: str, **changed: Any) -> None:
    """Put a form's webhook as somebody else would."""
    body = {
        "url": f"{here.world.web_url}/webhooks/{KEY}/typeform",
        "enabled": True,
        "secret": here.env["TYPEFORM_SECRETS"],
        "verify_ssl": True,
        "event_types": {"form_response": True},
        **changed,
    }
    here.ask("PUT", f"/typeform/forms/{form}/webhooks/vidensbro", body)


def spoilt_hook(**changed: Any) -> Plant:
    @contextmanager
    def plant(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
        form = here.world.forms["mentee_application", "da"]
        hook(here, form, **changed)
        yield
        hook(here, form)

    return plant


@contextmanager
def no_hook(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    form = here.world.forms["mentee_application", "da"]
    here.ask("DELETE", f"/typeform/forms/{form}/webhooks/vidensbro")
    yield
    hook(here, form)


@contextmanager
def no_audience_hook(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    (one,) = here.ask("GET", f"{LIST}/webhooks").json()["webhooks"]
    here.ask("DELETE", f"{LIST}/webhooks/{one['id']}")
    yield
    here("setup", "--yes")


@contextmanager
def echoing_audience_hook(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    (one,) = here.ask("GET", f"{LIST}/webhooks").json()["webhooks"]
    path = f"{LIST}/webhooks/{one['id']}"
    here.ask("PATCH", path, {"sources": {"api": True}})
    yield
    here("setup", "--yes")


@contextmanager
def moved_audience_hook(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    (one,) = here.ask("GET", f"{LIST}/webhooks").json()["webhooks"]
    elsewhere = f"{here.world.sandbox_url}/?elsewhere=1"
    here.ask("PATCH", f"{LIST}/webhooks/{one['id']}", {"url": elsewhere})
    yield
    here("setup", "--yes")


@contextmanager
def no_survey_hook(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    (one,) = here.ask("GET", "/surveymonkey/v3/webhooks").json()["data"]
    here.ask("DELETE", f"/surveymonkey/v3/webhooks/{one['id']}")
    yield
    here("setup", "--yes")


# --- what the accounts hold ---------------------------------------------------------
PROPERTIES = "/hubspot/crm/properties/2026-09/contacts"


@contextmanager
def no_property(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    here.ask("DELETE", f"{PROPERTIES}/vidensbro_linkedin")
    yield
    here("setup", "--yes")


@contextmanager
def no_option(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = f"{PROPERTIES}/vidensbro_heard_from"
    before = here.ask("GET", path).json()["options"]
    here.ask("PATCH", path, {"options": before[1:]})
    yield
    here.ask("PATCH", path, {"options": before})


@contextmanager
def other_type(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    before = here.ask("GET", f"{PROPERTIES}/vidensbro_linkedin").json()
    changed = {**before, "type": "number", "fieldType": "number"}
    for made in (changed, before):
        here.ask("DELETE", f"{PROPERTIES}/vidensbro_linkedin")
        here.ask("POST", PROPERTIES, made)
        if made is changed:
            yield


@contextmanager
def no_stage(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = "/hubspot/crm/pipelines/2026-09/0-162"
    pipeline = here.ask("GET", path).json()["results"][-1]
    last = pipeline["stages"][-1]
    here.ask("DELETE", f"{path}/{pipeline['id']}/stages/{last['id']}")
    yield
    here("setup", "--yes")


@contextmanager
def no_form(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    with binding(here, "not-there", "mentee_application", language="en"):
        yield


@contextmanager
def no_merge_field(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    fields = here.ask("GET", f"{LIST}/merge-fields?count=100").json()["merge_fields"]
    ours = next(one for one in fields if one["tag"] == "VIDENSBRO")
    here.ask("DELETE", f"{LIST}/merge-fields/{ours['merge_id']}")
    yield
    here("setup", "--yes")


@contextmanager
def required_field(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    fields = here.ask("GET", f"{LIST}/merge-fields?count=100").json()["merge_fields"]
    path = f"{LIST}/merge-fields/{fields[0]['merge_id']}"
    here.ask("PATCH", path, {"required": True})
    yield
    here.ask("PATCH", path, {"required": False})


@contextmanager
def other_writer(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    (contact,) = here.world.records("contacts")
    store = here.world.box.box.store
    before = store.get("hubspot.record.0-1", contact["id"])
    here.ask("PATCH", f"/hubspot/crm/objects/2026-09/contacts/{contact['id']}",
             {"properties": {"phone": "+4520999999"}},
             **{"X-Sandbox-App": "99", "X-Sandbox-App-Name": "Typeform"})  # fmt: skip
    yield
    store.put("hubspot.record.0-1", contact["id"], before)


@contextmanager
def other_adder(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
    path = "/sandbox/control/mailchimp"
    told = {"email": "cille@people.example"}
    here.ask("POST", f"{path}/admin_add", told | {"source": "Typeform"})
    yield
    here.ask("POST", f"{path}/erase", told)


def few_calls(here: Clinic, _patch: pytest.MonkeyPatch) -> Any:
    token = account_of(here.env["SURVEYMONKEY_TOKEN"])

    @contextmanager
    def plant() -> Iterator[None]:
        chosen = (CallBudget.account == token, CallBudget.day == utcnow().date())
        with here.writing() as session:
            row = session.scalars(select(CallBudget).where(*chosen)).one()
            before = (row.used, row.remaining)
            row.used, row.remaining = row.allowed - 10, 10
        yield
        with here.writing() as session:
            row = session.scalars(select(CallBudget).where(*chosen)).one()
            row.used, row.remaining = before

    return plant()


# --- the public address -------------------------------------------------------------
def front(answers: Mapping[str, int], *, onwards: str = "") -> Plant:
    """Put something in front that answers for itself: path -> status."""

    @contextmanager
    def plant(here: Clinic, _patch: pytest.MonkeyPatch) -> Iterator[None]:
        app = Flask(__name__)

        @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
        @app.route("/<path:path>", methods=["GET", "POST"])
        def answer(path: str) -> Any:
            if onwards:
                return redirect(onwards + path)
            for begin, status in answers.items():
                if path.startswith(begin):
                    return Response(status=status)
            return {"status": "ok"}

        with serving(app) as url, here.setting(PUBLIC_URL=url):
            yield

    return plant
