"""The sandbox's HubSpot, asked as a client or a member of staff would."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.app import create_sandbox
from sandbox.box import Box

VERSION = "2026-09"


class Hub:
    """Short calls to one sandbox; paths may leave out the version: `/contacts`."""

    def __init__(self) -> None:
        self.app = create_sandbox(options={"hubspot.rate_limit": 10_000})
        self.app.testing = True
        self.client = self.app.test_client()
        self.box: Box = self.app.extensions["sandbox"]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        staff: bool = False,
        at: str | None = None,
        bearer: str = "pat-test",
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if staff:
            headers["X-Sandbox-Actor"] = "staff"
        if at:
            headers["X-Sandbox-At"] = at
        return self.client.open(
            f"/hubspot{path}", method=method, json=body, headers=headers
        )

    def objects(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask(method, f"/crm/objects/{VERSION}/{path}", body, **more)

    def batch(self, kind: str, operation: str, inputs: Any, **more: Any) -> Any:
        body = {"inputs": inputs, **more}
        return self.objects("POST", f"{kind}/batch/{operation}", body)

    def search(self, kind: str, *filters: Any, **more: Any) -> Any:
        body = {"filterGroups": [{"filters": list(filters)}], "limit": 100, **more}
        return self.objects("POST", f"{kind}/search", body)

    def add(self, kind: str, properties: Any, **more: Any) -> str:
        answer = self.objects("POST", kind, {"properties": properties}, **more)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def define(self, kind: str, name: str = "vidensbro_id", **more: Any) -> Any:
        groups = {"contacts": "contactinformation", "0-1": "contactinformation"}
        groups |= {"companies": "companyinformation", "deals": "dealinformation"}
        groups |= {"services": "service_information", "courses": "course_information"}
        wanted = {"name": name, "label": name, "groupName": groups[kind]}
        wanted |= {"type": "string", "fieldType": "text"} | more
        return self.ask("POST", f"/crm/properties/{VERSION}/{kind}", wanted)

    def option(self, **options: Any) -> None:
        named = {f"hubspot.{name}": value for name, value in options.items()}
        self.client.put("/sandbox/control/options", json=named)

    def fault(self, **order: Any) -> None:
        answer = self.client.post(
            "/sandbox/control/faults", json={"tool": "hubspot", **order}
        )
        assert answer.status_code == 201, answer.json


@pytest.fixture
def hub() -> Hub:
    return Hub()
