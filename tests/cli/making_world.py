"""A programme with no form yet, empty accounts at the form tools, and its commands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from connector.app import create_app
from connector.db import Database
from connector.processing import drain
from connector.service import Service, lay_out
from connector.settings import load_settings
from connector.sources.reconcile import reconcile
from connector.sources.state import FormMade
from mappings.loading import load_programme
from mappings.matching import YES_NO
from mappings.plan import FormMap, ProgrammeMap
from sandbox.app import create_sandbox, serving
from tests.cli.cli_world import Cli
from tests.crash_world import free_port
from tests.moment import upgrade
from tests.world import KEY, environment, write_programme

ANSWERS = Path(__file__).parents[1] / "fixtures" / "mappings"
STAFF = {"Authorization": "Bearer staff"}
WRITES = re.compile(r"^(POST|PUT|PATCH|DELETE) ")
PHONE = "+4510000002"
ALLOWED = {
    "POST /forms",
    "PUT /forms/{form_id}/webhooks/{tag}",
    "POST /v3/surveys",
    "POST /v3/surveys/{survey_id}/collectors",
    "POST /v3/webhooks",
    "PATCH /v3/webhooks/{webhook_id}",
}
"""All that making and reading forms may ever change at a tool."""


@dataclass
class Making:
    """The commands, the sandbox, and what stands in both."""

    directory: Path
    url: str
    cli: Cli
    box: Any
    web_url: str
    plans: dict[int, ProgrammeMap] = field(default_factory=dict)

    @property
    def city(self) -> Path:
        return self.directory / "programmes" / KEY

    @property
    def plan(self) -> ProgrammeMap:
        """Return the mapping as it stands now."""
        stamp = max(p.stat().st_mtime_ns for p in self.city.rglob("*.toml"))
        if stamp not in self.plans:
            self.plans[stamp] = load_programme(KEY, self.city.parent)
        return self.plans[stamp]

    @property
    def service(self) -> Service:
        """Open the service anew: an open one looks for new files once a second."""
        return Service.open(load_settings(self.cli.env))

    def create(self, *args: str, code: int = 0) -> str:
        """Run ``forms create``; return all that it said."""
        words = ("forms", "create", *args, "--round", "r1")
        words = words if "--dry-run" in args else (*words, "--yes")
        return str(self.cli(*words, code=code).output)

    def rows(self) -> list[FormMade]:
        """Return what is remembered of forms that were made."""
        database = Database(self.cli.env["DATABASE_URL"])
        try:
            with database.reading() as session:
                return list(session.scalars(select(FormMade).order_by(FormMade.id)))
        finally:
            database.engine.dispose()

    def made(self) -> dict[tuple[str, str], str]:
        """Return the ids of the forms that are remembered, by mapping and language."""
        return {(row.mapping, row.language): row.form for row in self.rows()}

    # --- the tools ----------------------------------------------------------------
    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call to the sandbox, as staff do."""
        answer = requests.request(
            method, f"{self.url}{path}", json=body, headers=STAFF, timeout=20
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def option(self, name: str, value: Any) -> None:
        self.ask("PUT", "/sandbox/control/options", {name: value})

    def titles(self, tool: str) -> list[str]:
        """Return the titles of all forms that an account holds."""
        kind = {"typeform": "typeform.form", "surveymonkey": "surveymonkey.survey"}
        return [str(one["title"]) for one in self.box.store.all(kind[tool]).values()]

    def writes(self) -> dict[str, int]:
        """Return the calls that changed something at a form tool, counted."""
        counts = self.ask("GET", "/sandbox/control/calls")["counts"]
        return {
            call: number
            for tool in ("typeform", "surveymonkey")
            for call, number in counts.get(tool, {}).items()
            if WRITES.match(call) and "/to/" not in call and "/r/" not in call
        }

    def forget_calls(self) -> None:
        self.ask("DELETE", "/sandbox/control/calls")

    # --- people -------------------------------------------------------------------
    def fill_in(self, tool: str, mapping: str, language: str, **more: Any) -> None:
        """Fill a made form in with the answers on record, as a person would."""
        form = self.made()[mapping, language]
        told = json.loads((ANSWERS / f"{mapping}.answers.json").read_text("utf-8"))
        given = dict(told["answers"])
        if "phone" in given:
            given["phone"] = PHONE  # Typeform takes whole numbers alone
        worded = _FILLED[tool](self.plan.forms[mapping], given, language)
        self.ask("POST", f"/{tool}/to/{form}", {"answers": worded, **more})

    def work(self) -> Service:
        """Let the worker do what is due; return the service."""
        service = self.service
        drain(service)
        reconcile(service, KEY)
        drain(service)
        return service


def _by_ref(form: FormMap, answers: Mapping[str, Any], _language: str) -> Any:
    """Return answers as Typeform's sandbox takes them: choices by their refs."""
    return {
        key: _refs(form, key, value) if isinstance(value, list) else value
        for key, value in answers.items()
    }


def _refs(form: FormMap, key: str, codes: list[str]) -> Any:
    refs = [f"{key}-{code}" for code in codes]
    return refs if form.questions[key].converter == "choices" else refs[0]


def _by_heading(form: FormMap, answers: Mapping[str, Any], language: str) -> Any:
    """Return answers as SurveyMonkey's sandbox takes them: all by its wording."""
    return {
        form.questions[key].title[language]: _worded(form, key, value, language)
        for key, value in answers.items()
    }


def _worded(form: FormMap, key: str, value: Any, language: str) -> Any:
    question = form.questions[key]
    if isinstance(value, bool):
        return YES_NO[0 if value else 1].label[language]
    if not isinstance(value, list):
        return str(value)
    labels = {c.code: c.label[language] for c in question.choices}
    picked = [labels[code] for code in value]
    return picked if question.converter == "choices" else picked[0]


_FILLED = {"typeform": _by_ref, "surveymonkey": _by_heading}


@contextmanager
def making(directory: Path, *, public: bool = True) -> Iterator[Making]:
    """Set up two empty accounts, a programme without forms, web and database."""
    sandbox = create_sandbox(options={"surveymonkey.day_limit": 100_000})
    with serving(sandbox) as url:
        write_programme(directory, {})
        port = free_port()
        env = environment(directory, url)
        for name in ("HUBSPOT_TOKEN", "MAILCHIMP_API_KEY"):
            env.pop(name)
        env["SURVEYMONKEY_CALLS_PER_DAY"] = "100000"
        env["PUBLIC_URL"] = f"http://127.0.0.1:{port}" if public else ""
        settings = load_settings(env)
        service = Service.open(settings)
        upgrade(service.database)
        lay_out(service)
        app = create_app(settings, ring=lambda: None)
        with serving(app, port=port) as web_url:
            box = sandbox.extensions["sandbox"]
            yield Making(directory, url, Cli(env), box, web_url)
        service.database.engine.dispose()


def said(path: Path) -> dict[str, Any]:
    """Return what a TOML file says."""
    return tomllib.loads(path.read_text("utf-8"))
