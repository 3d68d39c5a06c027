"""A programme, its database and the sandbox over HTTP: all that setup works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from connector.service import Service
from connector.settings import load_settings
from connector.sync.setup import SetupPlan, apply_all, plan_all
from sandbox.app import create_sandbox, serving
from tests.moment import upgrade
from tests.world import environment, write_programme

KEY = "testby"
FORM = "form1234"
BOUND = {
    ("mentor_application", "da"): FORM,
    ("mentee_application", "da"): "not-there",
}
TOOLS = {
    "hubspot": ("HUBSPOT_TOKEN",),
    "mailchimp": ("MAILCHIMP_API_KEY",),
    "typeform": ("TYPEFORM_TOKEN", "TYPEFORM_SECRETS"),
}


@dataclass
class SetupWorld:
    """One account at each tool; ``service`` is connected to the named ones."""

    url: str
    directory: Path

    def service(self, *tools: str, **more: str) -> Service:
        """Open the service with these tools connected and these settings besides."""
        values = environment(self.directory, self.url)
        for tool, names in TOOLS.items():
            if tool not in tools:
                values = {k: v for k, v in values.items() if k not in names}
        (self.directory / "var").mkdir(exist_ok=True)
        service = Service.open(load_settings(values | more))
        upgrade(service.database)
        return service

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call to the sandbox, as staff."""
        answer = requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": "Bearer staff", "X-Sandbox-Actor": "staff"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def option(self, name: str, value: Any) -> None:
        """Change how the sandbox behaves."""
        self.ask("PUT", "/sandbox/control/options", {name: value})

    def properties(self, object_type: str) -> dict[str, dict[str, Any]]:
        """Return the property definitions of an object by name."""
        path = f"/hubspot/crm/properties/2026-09/{object_type}"
        return {one["name"]: one for one in self.ask("GET", path)["results"]}

    def pipelines(self, object_type: str) -> list[dict[str, Any]]:
        """Return an object's pipelines with their stages."""
        path = f"/hubspot/crm/pipelines/2026-09/{object_type}"
        return list(self.ask("GET", path)["results"])

    def labels(self, object_type: str, place: int = -1) -> list[str]:
        """Return the stages' labels of one pipeline, in order."""
        return [one["label"] for one in self.pipelines(object_type)[place]["stages"]]

    def property(self, object_type: str, **definition: Any) -> None:
        """Create a property as somebody else would."""
        path = f"/hubspot/crm/properties/2026-09/{object_type}"
        group = self.ask("GET", f"{path}/groups")["results"][0]["name"]
        self.ask("POST", path, {"label": "Theirs", "groupName": group, **definition})

    def writes(self) -> dict[str, int]:
        """Return the calls since the last look that changed something, counted."""
        counts = self.ask("GET", "/sandbox/control/calls")["counts"]
        self.ask("DELETE", "/sandbox/control/calls")
        calls = {name: n for tool in counts.values() for name, n in tool.items()}
        return {
            name: n
            for name, n in calls.items()
            if not name.startswith("GET ") and not name.endswith("/search")
        }


@contextmanager
def world(tmp_path: Path, options: Mapping[str, Any] | None = None) -> Iterator[Any]:
    """Serve a sandbox, with one form, and write the programme that is bound to it."""
    chosen = {"hubspot.rate_limit": 100_000, "typeform.keep_form_ids": True}
    chosen |= {"hubspot.tier": "starter", "mailchimp.audience_id": "demo-audience"}
    with serving(create_sandbox(options={**chosen, **(options or {})})) as url:
        made = SetupWorld(url, tmp_path)
        made.ask("POST", "/typeform/forms", {"id": FORM, "title": "Bliv mentor"})
        write_programme(tmp_path, BOUND)
        made.writes()
        yield made


def run(service: Service) -> SetupPlan:
    """Plan and apply; the plan holds the notes of both."""
    plan = plan_all(service, KEY)
    done = apply_all(plan)
    assert len(done) <= len(plan.steps)
    return plan
