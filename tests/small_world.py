"""A service without tools: forms, signed bodies, the inbox and the programme.

No server runs here: bodies are the sandbox's, handed in by the web app's own client or
stored as if received. People are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from connector import inbox
from connector.app import create_app
from connector.inbox import Delivery
from connector.processing import drain
from connector.service import Service, lay_out
from connector.settings import Settings, load_settings
from sandbox.app import create_sandbox
from sandbox.typeform import sign, webhook_body
from tests.moment import upgrade
from tests.world import FORMS, KEY, SECRET, mentee, mentor
from webhooks import typeform

OLD_SECRET = "the-secret-that-is-being-retired"
OTHER = "otherby"
OTHER_SECRET = "a-secret-of-the-other-programme"
URL = f"/webhooks/{KEY}/typeform"
TODAY = date.today()  # noqa: DTZ011 - a round that is open now

PROGRAMME = """
inherits = "template"
name = {{ da = "Prøveprogrammet", en = "Trial programme" }}
locale = "da"
zone = "Europe/Copenhagen"
country = "DK"
funder = "A foundation"
period = {{ opens = {opens}, closes = {closes} }}
"""
ROUND = """
[rounds.{key}]
name = {{ da = "Runde {number}", en = "Round {number}" }}
starts = {starts}
ends = {ends}
recruiting = {{ opens = {recruits}, closes = {ends} }}

[rounds.{key}.evaluations]
closing = {{ opens = {starts}, closes = {ends} }}
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
class Small:
    """The service, its web side, and forms that people fill in."""

    directory: Path
    settings: Settings
    service: Service
    client: FlaskClient
    sandbox: Any
    rings: list[None] = field(default_factory=list)
    forms: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def body(
        self,
        form: str,
        answers: Mapping[str, Any],
        *,
        at: datetime | None = None,
        hidden: Mapping[str, str] | None = None,
        language: str = "da",
        **more: Any,
    ) -> bytes:
        """Return the webhook's body for a form filled in at ``at``."""
        made = self.forms[form, language]
        filled: dict[str, Any] = {
            "answers": dict(answers), "hidden": dict(hidden or {}), **more
        }  # fmt: skip
        if at is not None:
            filled["submitted_at"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answered = self.sandbox.post(f"/typeform/to/{made['id']}", json=filled)
        assert answered.status_code < 300, answered.text
        token = answered.json["token"]
        box = self.sandbox.application.extensions["sandbox"]
        kept = box.store.get(f"typeform.response.{made['id']}", token)
        return webhook_body(made, kept, event_id=f"EVENT{token}")

    def apply_as_mentee(self, name: str, **more: Any) -> bytes:
        """Return the body of an application as a mentee."""
        return self.body(
            "mentee_application", mentee(name, **more.pop("answers", {})), **more
        )

    def apply_as_mentor(self, name: str, **more: Any) -> bytes:
        """Return the body of an application as a mentor."""
        return self.body(
            "mentor_application", mentor(name, **more.pop("answers", {})), **more
        )

    def post(self, body: bytes, secret: str = SECRET, **more: Any) -> TestResponse:
        """Send a body as Typeform does."""
        headers = {"Typeform-Signature": sign(body, secret)}
        return self.client.post(URL, data=body, headers=headers, **more)

    def store(self, *bodies: bytes) -> list[int]:
        """Store bodies as received, without the web in between."""
        ids = []
        for body in bodies:
            with self.service.database.engine.begin() as connection:
                key = typeform.identify(body)
                receipt = inbox.accept(connection, KEY, "typeform", key, body)
            ids.append(receipt.delivery_id)
        return ids

    def drain(self) -> int:
        """Process what waits."""
        return drain(self.service)

    def take(self, *bodies: bytes) -> list[int]:
        """Store bodies and process them."""
        ids = self.store(*bodies)
        self.drain()
        return ids

    def deliveries(self) -> list[Delivery]:
        """Return every delivery, oldest first."""
        return self.rows(Delivery)

    def rows(self, table: type[Any], **wanted: Any) -> list[Any]:
        """Return the rows of a table that hold ``wanted``."""
        with self.service.database.reading() as session:
            return list(session.scalars(select(table).filter_by(**wanted)))

    def replay(self) -> None:
        """Send every delivery through today's mapping again."""
        with self.service.database.writing() as session:
            inbox.reopen(session)
        self.drain()

    def bind(self, *forms: tuple[str, str]) -> None:
        """Write the programme's file, with only these forms bound."""
        write_programme(
            self.directory, {pair: self.forms[pair]["id"] for pair in forms}
        )
        self.service._looked_at = float("-inf")  # do not wait for the next look


def small_world(
    directory: Path, *, database_url: str = "", bound: bool = True
) -> Small:
    """Set a service up with two rounds: r1 is over, r2 recruits."""
    sandbox = create_sandbox()
    forms = _forms(sandbox.test_client())
    ids = {pair: form["id"] for pair, form in forms.items()}
    write_programme(directory, ids if bound else {})
    write_programme(directory, {}, OTHER)
    settings = load_settings(environment(directory, database_url))
    service = Service.open(settings)
    upgrade(service.database)
    lay_out(service)
    rings: list[None] = []
    app = create_app(settings, ring=lambda: rings.append(None))
    return Small(directory, settings, service, app.test_client(),
                 sandbox.test_client(), rings, forms)  # fmt: skip


def environment(directory: Path, database_url: str = "") -> dict[str, str]:
    """Return the settings of an installation that only receives."""
    return {
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": database_url or f"sqlite:///{directory / 'var' / 'v.db'}",
        "PROGRAMMES": f"{KEY},{OTHER},silentby",
        "VIDENSBRO_PROGRAMMES": str(directory / "programmes"),
        "TYPEFORM_TOKEN": "token",
        "TYPEFORM_SECRETS": f"{SECRET}, {OLD_SECRET}",
        "OTHERBY_TYPEFORM_TOKEN": "token",
        "OTHERBY_TYPEFORM_SECRETS": OTHER_SECRET,
    }


def write_programme(
    directory: Path, forms: Mapping[tuple[str, str], str], key: str = KEY
) -> None:
    """Write a city's own directory."""
    day = timedelta(days=1)
    text = PROGRAMME.format(opens=TODAY - 800 * day, closes=TODAY + 300 * day)
    for number, starts in ((1, TODAY - 400 * day), (2, TODAY - 60 * day)):
        text += ROUND.format(
            key=f"r{number}", number=number, starts=starts, recruits=starts - 60 * day,
            ends=starts + 120 * day, closes=TODAY + 300 * day,
        )  # fmt: skip
    for (mapping, language), form in forms.items():
        text += BINDING.format(form=form, mapping=mapping, language=language)
    for name in {key, "silentby"}:
        folder = directory / "programmes" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "programme.toml").write_text(text, "utf-8")


def _forms(client: FlaskClient) -> dict[tuple[str, str], dict[str, Any]]:
    made = {}
    for path in sorted(FORMS.glob("*.json")):
        mapping, language = path.name.split(".")[:2]
        answered = client.post(
            "/typeform/forms",
            json=orjson.loads(path.read_bytes()),
            headers={"Authorization": "Bearer token"},
        )
        box = client.application.extensions["sandbox"]
        made[mapping, language] = box.store.get("typeform.form", answered.json["id"])
    return made


def ago(days: float) -> datetime:
    """Return the time ``days`` days ago, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
