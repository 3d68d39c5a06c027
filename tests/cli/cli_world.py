"""A service on its own database, invented people in it, and commands to run on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from connector import inbox
from connector.cli.root import root
from connector.processing import drain
from connector.service import Service, lay_out
from connector.settings import load_settings
from tests.moment import upgrade
from webhooks.registry import PROVIDERS

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "mappings" / "programmes" / "template" / "typeform"
VALUES = {
    "email": "email",
    "phone_number": "phone_number",
    "website": "url",
    "number": "number",
    "opinion_scale": "number",
    "yes_no": "boolean",
    "legal": "boolean",
    "date": "date",
}
IN_ROUND_1 = "2016-01-15T10:00:00Z"


class Cli:
    """Runs commands in an environment of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.runner = CliRunner()

    def __call__(self, *args: object, code: int = 0, **more: Any) -> Result:
        """Run a command; it must end with ``code``."""
        words = [str(arg) for arg in args]
        result = self.runner.invoke(root, words, env=self.env, **more)
        told = f"{words}: {result.exit_code}\n{result.output}\n{result.exception!r}"
        assert result.exit_code == code, told
        if code:
            assert isinstance(result.exception, SystemExit), told
        return result

    def json(self, *args: object, code: int = 0) -> Any:
        """Run a command with --json; return what it printed."""
        return json.loads(self(*args, "--json", code=code).stdout)


class Office(Cli):
    """A programme office: its commands, and the people who fill its forms in."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            {
                "DATA_DIR": str(directory / "var"),
                "DATABASE_URL": "",
                "PROGRAMMES": "lyngby",
                "TYPEFORM_TOKEN": "invented",
                "TYPEFORM_SECRETS": "a-secret-for-tests-only",
            }
        )
        self.service = Service.open(load_settings(self.env))
        self.responses = 0

    def open(self) -> None:
        upgrade(self.service.database)
        lay_out(self.service)

    def answer(self, form: str, answers: dict[str, Any], **more: Any) -> int:
        """Have a form's answers delivered and processed; return the delivery's id."""
        number = self.deliver(body(form, answers, response=self.next(), **more))
        drain(self.service)
        return number

    def deliver(self, content: dict[str, Any]) -> int:
        """Store a delivery as the receiver does."""
        raw = json.dumps(content).encode()
        key = PROVIDERS["typeform"].identify(raw)
        with self.service.database.engine.begin() as connection:
            receipt = inbox.accept(connection, "lyngby", "typeform", key, raw)
        return receipt.delivery_id

    def next(self) -> str:
        self.responses += 1
        return f"response{self.responses:08}"

    def mentee(self, first: str = "Anna", **more: Any) -> int:
        return self.answer(
            "mentee_application",
            {
                "first_name": first,
                "last_name": "Prøve",
                "email": "anna@people.example",
                "phone": "+4520123456",
                "language": ["da"],
                "consent_programme": True,
                "consent_newsletter": True,
                "sending_company": "Nordlys Teknik A/S",
                **more,
            },
        )

    def mentor(self, **more: Any) -> int:
        return self.answer(
            "mentor_application",
            {
                "first_name": "Bo",
                "last_name": "Prøve",
                "email": "bo@havbro.example",
                "language": ["da"],
                "employer": "Havbro A/S",
                "consent_programme": True,
                **more,
            },
        )


def body(
    form: str, answers: dict[str, Any], *, response: str = "response0", at: str = ""
) -> dict[str, Any]:
    """Return a webhook's body for one of the shipped forms, in Danish."""
    definition = json.loads((DEFINITIONS / f"{form}.da.json").read_text("utf-8"))
    fields = {each["ref"]: each for each in definition["fields"]}
    return {
        "event_id": f"event-{response}",
        "event_type": "form_response",
        "form_response": {
            "form_id": f"lyngby-{form.replace('_', '-')}-da",
            "token": response,
            "landed_at": at or IN_ROUND_1,
            "submitted_at": at or IN_ROUND_1,
            "hidden": {},
            "definition": {
                "id": "x",
                "title": definition["title"],
                "fields": [
                    {"id": ref, "ref": ref, "type": f["type"], "title": f["title"]}
                    for ref, f in fields.items()
                ],
            },
            "answers": [_answer(fields[ref], v) for ref, v in answers.items()],
        },
    }


def _answer(field: dict[str, Any], value: Any) -> dict[str, Any]:
    where = {"id": field["ref"], "ref": field["ref"], "type": field["type"]}
    if not isinstance(value, list):
        kind = VALUES.get(field["type"], "text")
        return {"type": kind, kind: value, "field": where}
    choices = {c["ref"]: c for c in field["properties"]["choices"]}
    (picked,) = (choices[f"{field['ref']}-{code}"] for code in value)
    return {"type": "choice", "choice": {"id": "c", **picked}, "field": where}
