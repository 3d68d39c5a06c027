"""The doors that people and staff use, over HTTP: the forms, and the CRM's own API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from sandbox.demo.acts import Answer, Card, Change, Correction, Place
from sandbox.demo.programme import SURVEYS

TIMEOUT_S = 30
SERVICE = "0-162"
VERSION = "2026-09"
BATCH = 100


class DoorError(Exception):
    """A door of the sandbox did not open; the message says which and why."""


def call(method: str, url: str, body: Any = None, **headers: str) -> Any:
    """Make one call; return its JSON, None for an empty answer."""
    try:
        response = requests.request(
            method, url, json=body, headers=headers, timeout=TIMEOUT_S
        )
    except requests.RequestException as error:
        raise DoorError(f"{method} {url}: {type(error).__name__}") from error
    if not response.ok or response.status_code == 207:
        told = response.text[:300]
        raise DoorError(f"{method} {url}: {response.status_code} {told}")
    return response.json() if response.content else None


class Forms:
    """The forms at the sandbox's Typeform, filled in as people would."""

    def __init__(self, sandbox_url: str, ids: Mapping[tuple[str, str], str]) -> None:
        """``ids`` leads from (mapping, language) to the form's id."""
        self._url = f"{sandbox_url}/typeform"
        self._ids = dict(ids)

    @classmethod
    def make(cls, sandbox_url: str, folder: Path) -> dict[tuple[str, str], str]:
        """Create the shipped forms; return (mapping, language) -> form id.

        Those that are asked with SurveyMonkey are passed over.
        """
        made = {}
        for path in sorted(folder.glob("*.json")):
            mapping, language = path.name.split(".")[:2]
            if (mapping, language) in SURVEYS:
                continue
            answer = call(
                "POST",
                f"{sandbox_url}/typeform/forms",
                json.loads(path.read_text("utf-8")),
                Authorization="Bearer demo",
            )
            made[mapping, language] = str(answer["id"])
        return made

    def fill_in(self, answer: Answer, token: str = "") -> dict[str, Any]:
        """Fill a form in; ``token`` is the one of a personal link."""
        body = {
            "token": answer.token,
            "answers": dict(answer.answers),
            "hidden": {"token": token, "lang": answer.language},
            "submitted_at": answer.at.isoformat(),
        }
        return self._send(answer.form, answer.language, body)

    def send_test(self, form: str, language: str) -> None:
        """Send what the button "send test request" sends."""
        self._send(form, language, {"test": True})

    def _send(self, form: str, language: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}/to/{self._ids[form, language]}"
        return dict(call("POST", url, body))


class Crm:
    """The sandbox's CRM, as a member of staff uses it."""

    def __init__(self, sandbox_url: str) -> None:
        self._url = f"{sandbox_url}/hubspot"

    def _call(
        self, method: str, path: str, body: Any = None, at: datetime | None = None
    ) -> Any:
        headers = {"Authorization": "Bearer staff", "X-Sandbox-Actor": "staff"}
        if at is not None:
            headers["X-Sandbox-At"] = at.isoformat()
        return call(method, f"{self._url}{path}", body, **headers)

    def records(self, kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return every record of an object type with these properties."""
        found: list[dict[str, Any]] = []
        after = "0"
        query = f"limit={BATCH}&properties={','.join(names)}"
        while after:
            path = f"/crm/objects/{VERSION}/{kind}?{query}&after={after}"
            answer = self._call("GET", path)
            found += answer["results"]
            after = answer.get("paging", {}).get("next", {}).get("after", "")
        return found

    def cards(self, *names: str) -> dict[Card, dict[str, Any]]:
        """Return the board's cards with their records; a card's title says all."""
        found = {}
        wanted = ("hs_name", "vidensbro_role", "hs_pipeline", *names)
        for record in self.records(SERVICE, wanted):
            properties = record["properties"]
            parts = str(properties.get("hs_name") or "").split(" · ")
            card = Card(parts[0], properties.get("vidensbro_role") or "", parts[-1])
            found[card] = record
        return found

    def stages(self, labels: Mapping[str, str], pipeline: str) -> dict[str, str]:
        """Return status -> stage id of the board that the cards stand on."""
        answer = self._call("GET", f"/crm/pipelines/{VERSION}/{SERVICE}/{pipeline}")
        by_label = {stage["label"]: str(stage["id"]) for stage in answer["stages"]}
        return {status: by_label[label] for status, label in labels.items()}

    def change(
        self, change: Change, ids: Mapping[Card, str], stages: Mapping[str, str]
    ) -> None:
        """Set the properties of these cards; ``status`` drags them on the board."""
        properties = dict(change.properties)
        if "status" in properties:
            properties["hs_pipeline_stage"] = stages[properties.pop("status")]
        inputs = [{"id": ids[card], "properties": properties} for card in change.cards]
        for start in range(0, len(inputs), BATCH):
            body = {"inputs": inputs[start : start + BATCH]}
            path = f"/crm/objects/{VERSION}/{SERVICE}/batch/update"
            self._call("POST", path, body, at=change.at)

    def match(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Put contacts on participation records: (participation id, contact id)."""
        inputs = [{"from": {"id": one}, "to": {"id": other}} for one, other in pairs]
        path = f"/crm/associations/{VERSION}/{SERVICE}/0-1/batch/associate/default"
        self._call("POST", path, {"inputs": inputs})

    def contacts(self) -> dict[str, str]:
        """Return address -> contact id."""
        return {
            str(record["properties"].get("email")): str(record["id"])
            for record in self.records("contacts", ("email",))
        }

    def add_places(self, places: Iterable[Place]) -> None:
        """Enter cities and partners; those that stand there already are passed over."""
        known = {
            record["properties"].get("domain")
            for record in self.records("companies", ("domain",))
        }
        for place in places:
            if place.domain in known:
                continue
            properties = {
                "name": place.name,
                "domain": place.domain,
                "vidensbro_kind": place.kind,
                "vidensbro_informed_on": place.informed_on,
                "vidensbro_interested_on": place.interested_on,
            }
            body = {"properties": {k: v for k, v in properties.items() if v}}
            path = f"/crm/objects/{VERSION}/companies"
            self._call("POST", path, body, at=place.at)

    def correct(self, correction: Correction, contact_id: str) -> None:
        """Correct a contact."""
        path = f"/crm/objects/{VERSION}/contacts/{contact_id}"
        body = {"properties": dict(correction.properties)}
        self._call("PATCH", path, body, at=correction.at)


def token_of(link: str) -> str:
    """Return the token of a personal link."""
    return link.rpartition("#token=")[2]


def under_way(sandbox_url: str) -> int:
    """Return how many webhooks the tools have yet to send."""
    tools = ("hubspot", "mailchimp", "surveymonkey")
    url = f"{sandbox_url}/sandbox/control"
    return sum(int(call("GET", f"{url}/{one}/waiting")["waiting"]) for one in tools)


def send_webhooks(sandbox_url: str, address: str, secret: str) -> None:
    """Have the CRM's changes sent to this address, as an app's developer does."""
    url = f"{sandbox_url}/sandbox/control/hubspot/webhooks"
    call("POST", url, {"url": address, "secret": secret})
