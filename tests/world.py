"""A small world for tests: the service, the sandbox and the wires between them.

Everything runs over real HTTP on this machine; people in it are invented.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from connector.app import create_app
from connector.db import utcnow
from connector.processing import drain
from connector.service import Service, lay_out
from connector.settings import Settings, load_settings
from connector.sync.cycle import TOOLS, change, same_account, sync_programme
from sandbox.app import create_sandbox, serving
from sandbox.surveymonkey import CLIENT_ID, CLIENT_SECRET
from tests.moment import Moment, upgrade

# Once a run: worlds that are held against each other may have midnight between them.
TODAY = date.today()  # noqa: DTZ011 - a round that is open now
KEY = "testby"
SECRET = "a-secret-for-tests-only"
APP_ID = "4711"
FORMS = Path("mappings/programmes/template/typeform")
STAFF = {"Authorization": "Bearer staff", "X-Sandbox-Actor": "staff"}

PROGRAMME = """
inherits = "template"
name = {{ da = "Prøveprogrammet", en = "Trial programme" }}
locale = "{locale}"
zone = "Europe/Copenhagen"
country = "DK"
funder = "A foundation"
period = {{ opens = {opens}, closes = {closes} }}

[rounds.r1]
name = {{ da = "Runde 1", en = "Round 1" }}
starts = {starts}
ends = {ends}
recruiting = {{ opens = {opens}, closes = {ends} }}

[rounds.r1.evaluations]
closing = {{ opens = {starts}, closes = {closes} }}
company = {{ opens = {starts}, closes = {closes} }}
six_month_follow_up = {{ opens = {starts}, closes = {closes} }}

"""
BINDING = """
[[forms]]
provider = "typeform"
form = "{form}"
mapping = "{mapping}"
language = "{language}"
"""


@dataclass
class World:
    """The service, its sandbox and what a person or staff can do to them."""

    directory: Path
    settings: Settings
    service: Service
    sandbox_url: str
    box: Any
    forms: dict[tuple[str, str], str] = field(default_factory=dict)
    web_url: str = ""

    # --- as a person ---------------------------------------------------------------
    def answer(
        self,
        form: str,
        answers: Mapping[str, Any],
        *,
        language: str = "da",
        at: datetime | None = None,
        hidden: Mapping[str, str] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Fill a form in as a person would; the sandbox sends the signed webhook."""
        body: dict[str, Any] = {"answers": dict(answers), "hidden": dict(hidden or {})}
        if at is not None:
            body["submitted_at"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        url = f"{self.sandbox_url}/typeform/to/{self.forms[form, language]}"
        response = requests.post(url, json={**body, **more}, timeout=20)
        assert response.ok, response.text
        return dict(response.json())

    def apply_as_mentee(self, name: str, **more: Any) -> dict[str, Any]:
        """Apply as a mentee called ``name``."""
        answers = mentee(name, **more.pop("answers", {}))
        return self.answer("mentee_application", answers, **more)

    def apply_as_mentor(self, name: str, **more: Any) -> dict[str, Any]:
        """Apply as a mentor called ``name``."""
        answers = mentor(name, **more.pop("answers", {}))
        return self.answer("mentor_application", answers, **more)

    # --- the service ---------------------------------------------------------------
    def drain(self) -> int:
        """Process what waits."""
        return drain(self.service)

    def sync(self) -> dict[str, Any]:
        """Run one sync cycle."""
        return sync_programme(self.service, KEY)

    def arrive(self) -> None:
        """Wait until no tool has a webhook under way any more."""
        for tool in ("hubspot", "mailchimp", "surveymonkey"):
            url = f"{self.sandbox_url}/sandbox/control/{tool}/waiting"
            while requests.get(url, timeout=20).json()["waiting"]:
                time.sleep(0.02)

    def settle(self, times: int = 3) -> None:
        """Drain and sync until nothing moves any more."""
        for _ in range(times):
            self.drain()
            self.sync()

    # --- as staff, over the CRM's own API -------------------------------------------
    def crm(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Make one call to the sandbox CRM as staff."""
        response = requests.request(
            method,
            f"{self.sandbox_url}/hubspot{path}",
            json=body,
            headers={**STAFF, **headers},
            timeout=20,
        )
        assert response.ok, f"{response.status_code} {response.text}"
        return response.json() if response.content else None

    def records(self, object_type: str) -> list[dict[str, Any]]:
        """Return every record of a type in the sandbox CRM, with all properties."""
        return list(self.box.records(object_type))

    def record(self, object_type: str, **wanted: str) -> dict[str, Any]:
        """Return the one record whose properties hold ``wanted``."""
        found = [
            r
            for r in self.records(object_type)
            if all(r["properties"].get(k) == v for k, v in wanted.items())
        ]
        assert len(found) == 1, f"{len(found)} {object_type} with {wanted}"
        return found[0]

    def edit(self, object_type: str, record_id: str, at: datetime | None = None,
             **properties: str) -> None:  # fmt: skip
        """Change a record as staff would in HubSpot."""
        headers = {"X-Sandbox-At": at.isoformat()} if at else {}
        path = f"/crm/objects/2026-09/{object_type}/{record_id}"
        self.crm("PATCH", path, {"properties": properties}, **headers)

    def stage(self, status: str) -> str:
        """Return the id of the stage that stands for a status."""
        from sqlalchemy import select

        from connector.sync.state import Connection

        with self.service.database.reading() as session:
            row = session.scalars(
                select(Connection).where(Connection.tool == "hubspot")
            ).one()
        return str(row.facts["hubspot.stages"]["by_status"][status])

    # --- the newsletter --------------------------------------------------------------
    def members(self) -> dict[str, dict[str, Any]]:
        """Return the newsletter's members by address."""
        found = {}
        for status in ("", "&status=archived"):
            response = requests.get(
                f"{self.sandbox_url}/mailchimp/3.0/lists/demo-audience/members"
                f"?count=1000{status}",
                auth=("x", "key-us1"), timeout=20,
            )  # fmt: skip
            found |= {m["email_address"]: m for m in response.json()["members"]}
        return found

    def calls(self) -> dict[str, Any]:
        """Return what the sandbox counted since it was last reset."""
        url = f"{self.sandbox_url}/sandbox/control/calls"
        return dict(requests.get(url, timeout=20).json())

    def forget_calls(self) -> None:
        """Start counting anew."""
        requests.delete(f"{self.sandbox_url}/sandbox/control/calls", timeout=20)

    def options(self, **options: Any) -> None:
        """Change how the sandbox behaves."""
        named = {k.replace("__", "."): v for k, v in options.items()}
        requests.put(f"{self.sandbox_url}/sandbox/control/options", json=named,
                     timeout=20).raise_for_status()  # fmt: skip


def mentee(name: str, **more: Any) -> dict[str, Any]:
    """Return an invented mentee's answers; None takes an answer out."""
    first, _, last = name.partition(" ")
    answers = {
        "first_name": first,
        "last_name": last or "Prøve",
        "email": f"{first.lower()}@people.example",
        "phone": "+4520123456",
        "language": "language-da",
        "experience": None,
        "consent_programme": True,
        "consent_newsletter": True,
        "sending_company": "Nordlys Teknik A/S",
        **more,
    }
    return {key: value for key, value in answers.items() if value is not None}


def mentor(name: str, **more: Any) -> dict[str, Any]:
    """Return an invented mentor's answers; None takes an answer out."""
    first, _, last = name.partition(" ")
    answers = {
        "first_name": first,
        "last_name": last or "Prøve",
        "email": f"{first.lower()}@havbro.example",
        "phone": "+4520654321",
        "language": "language-da",
        "employer": "Havbro A/S",
        "consent_programme": True,
        "consent_newsletter": True,
        **more,
    }
    return {key: value for key, value in answers.items() if value is not None}


@contextmanager
def world(
    directory: Path,
    *,
    locale: str = "da",
    options: Mapping[str, Any] | None = None,
    database_url: str = "",
    active: bool = True,
    crm_webhooks: bool = False,
) -> Iterator[World]:
    """Set a whole world up: sandbox, forms, programme, database, web, webhooks.

    With ``crm_webhooks`` the CRM, too, tells of every change.
    """
    chosen = {
        "hubspot.activated": ["0-410", "0-162"],
        "hubspot.tier": "starter",
        "hubspot.app_id": int(APP_ID),
        "hubspot.rate_limit": 100_000,
        "hubspot.search_rate_limit": 100_000,
        "hubspot.search_delay_s": 0,
        "mailchimp.audience_id": "demo-audience",
        **(options or {}),
    }
    sandbox = create_sandbox(options=chosen)
    with serving(sandbox) as sandbox_url:
        settings = load_settings(environment(directory, sandbox_url, database_url))
        made = World(
            directory, settings, Service.open(settings), sandbox_url, _Box(sandbox)
        )
        alike = () if database_url else (locale, active, str(sorted(chosen.items())))
        begin(made, locale, alike, active=active)
        with serving(create_app(settings, ring=lambda: None)) as web_url:
            made.web_url = web_url
            hook_up(made)
            if crm_webhooks:
                hook_up_crm(made)
            yield made
        made.service.database.engine.dispose()


BEGINNINGS: dict[object, tuple[Moment, dict[tuple[str, str], str]]] = {}
"""How worlds stand before anybody acts: made once a process, then put back."""


def begin(made: World, locale: str, alike: tuple[object, ...], *, active: bool) -> None:
    """Make the forms, the programme and the database, and with ``active`` set up.

    Of worlds that are ``alike`` all but the first are copied from it; () is unlike any.
    """
    alike = alike and (*alike, FORMS)
    database = made.directory / "var" / "v.db"
    if alike in BEGINNINGS:
        moment, forms = BEGINNINGS[alike]
        made.forms.update(forms)
        write_programme(made.directory, made.forms, locale)
        moment.put_back(made.box.box, database)
        return
    made.forms.update(make_forms(made.sandbox_url))
    write_programme(made.directory, made.forms, locale)
    upgrade(made.service.database)
    lay_out(made.service)
    if active:
        set_up(made)
    if alike:
        BEGINNINGS[alike] = Moment.of(made.box.box, database), dict(made.forms)


def environment(
    directory: Path, sandbox_url: str, database_url: str = ""
) -> dict[str, str]:
    """Return the settings of a real installation whose tools are the sandbox."""
    return {
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": database_url or f"sqlite:///{directory / 'var' / 'v.db'}",
        "PROGRAMMES": KEY,
        "VIDENSBRO_PROGRAMMES": str(directory / "programmes"),
        "HUBSPOT_TOKEN": "token",
        "HUBSPOT_BASE_URL": f"{sandbox_url}/hubspot",
        "HUBSPOT_REQUESTS_PER_10_S": "100000",
        "HUBSPOT_SEARCHES_PER_S": "1000",
        "MAILCHIMP_CALLS_PER_S": "1000",
        "MAILCHIMP_API_KEY": "key-us1",
        "MAILCHIMP_AUDIENCE_ID": "demo-audience",
        "MAILCHIMP_BASE_URL": f"{sandbox_url}/mailchimp/3.0",
        "TYPEFORM_TOKEN": "token",
        "TYPEFORM_SECRETS": SECRET,
        "TYPEFORM_BASE_URL": f"{sandbox_url}/typeform",
        "TYPEFORM_CALLS_PER_S": "1000",
        "SURVEYMONKEY_CALLS_PER_MIN": "100000",
        "SURVEYMONKEY_TOKEN": "token",
        "SURVEYMONKEY_BASE_URL": f"{sandbox_url}/surveymonkey/v3",
        "SURVEYMONKEY_CLIENT_ID": CLIENT_ID,
        "SURVEYMONKEY_CLIENT_SECRETS": CLIENT_SECRET,
        "HUBSPOT_APP_SECRETS": SECRET,
        "HUBSPOT_APP_ID": APP_ID,
        "MAILCHIMP_WEBHOOK_SECRETS": SECRET,
        "SECRET_KEY": SECRET,
    }


def make_forms(sandbox_url: str) -> dict[tuple[str, str], str]:
    """Create the shipped forms in the sandbox; return form ids."""
    made = {}
    for path in sorted(FORMS.glob("*.json")):
        mapping, language = path.name.split(".")[:2]
        response = requests.post(
            f"{sandbox_url}/typeform/forms",
            json=json.loads(path.read_text("utf-8")),
            headers={"Authorization": "Bearer token"},
            timeout=20,
        )
        assert response.ok, response.text
        made[mapping, language] = response.json()["id"]
    return made


def write_programme(
    directory: Path, forms: Mapping[tuple[str, str], str], locale: str = "da"
) -> None:
    """Write the test city's own directory."""
    text = PROGRAMME.format(
        locale=locale,
        opens=TODAY - timedelta(days=400),
        closes=TODAY + timedelta(days=300),
        starts=TODAY - timedelta(days=60),
        ends=TODAY + timedelta(days=60),
    )
    for (mapping, language), form in forms.items():
        text += BINDING.format(form=form, mapping=mapping, language=language)
    folder = directory / "programmes" / KEY
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.toml").write_text(text, "utf-8")


def hook_up(made: World) -> None:
    """Register the webhooks of every form, as setup would."""
    for form in made.forms.values():
        requests.put(
            f"{made.sandbox_url}/typeform/forms/{form}/webhooks/vidensbro",
            json={
                "url": f"{made.web_url}/webhooks/{KEY}/typeform",
                "enabled": True,
                "secret": SECRET,
                "verify_ssl": True,
                "event_types": {"form_response": True},
            },
            headers={"Authorization": "Bearer token"},
            timeout=20,
        ).raise_for_status()


def hook_up_crm(made: World) -> None:
    """Have the CRM send every event, as the app of hubspot/ would."""
    order = {
        "url": f"{made.web_url}/webhooks/{KEY}/hubspot",
        "secret": SECRET,
        "app_id": int(APP_ID),
        "subscriptions": "all",
    }
    url = f"{made.sandbox_url}/sandbox/control/hubspot/webhooks"
    requests.post(url, json=order, timeout=20).raise_for_status()


def set_up(made: World) -> None:
    """Prepare the tools and say yes to the first sync."""
    from connector.sync.setup import apply_all, plan_all

    apply_all(plan_all(made.service, KEY))
    for name, tool in TOOLS.items():
        same_account(
            made.service, KEY, name, tool.account(tool.connect(made.service, KEY))
        )
        change(made.service, KEY, name, "active")


NUMBERS = {"contacts": "0-1", "companies": "0-2"}


class _Box:
    """A look into the sandbox's store."""

    def __init__(self, app: Any) -> None:
        self.box = app.extensions["sandbox"]

    def records(self, object_type: str) -> Iterator[dict[str, Any]]:
        """Give every record of a type, not archived, with all its properties."""
        number = NUMBERS.get(object_type, object_type)
        for record in list(self.box.store.all(f"hubspot.record.{number}").values()):
            if not record["archived"]:
                properties = {
                    name: past[0]["value"] for name, past in record["history"].items()
                }
                yield {"id": str(record["id"]), "properties": properties}


def long_ago(days: int) -> datetime:
    """Return the time ``days`` days ago."""
    return utcnow() - timedelta(days=days)
