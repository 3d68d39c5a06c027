"""Submissions as Typeform would send them, made from the shipped form definitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mappings.engine import load_programme
from mappings.plan import ProgrammeMap
from webhooks import typeform
from webhooks.submission import Submission

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

FIXTURES = Path(__file__).parent.parent / "fixtures" / "mappings"
DEFINITIONS = (
    Path(__file__).parents[2] / "mappings" / "programmes" / "template" / "typeform"
)
ANSWER_TYPES = {
    "email": "email",
    "phone_number": "phone_number",
    "website": "url",
    "number": "number",
    "opinion_scale": "number",
    "yes_no": "boolean",
    "legal": "boolean",
    "date": "date",
}


@pytest.fixture(scope="session")
def lyngby() -> ProgrammeMap:
    return load_programme("lyngby")


@pytest.fixture(scope="session")
def sent() -> Callable[..., Submission]:
    """Return a function that answers a shipped form as a person would at Typeform."""

    def send(kind: str, language: str, **changed: Any) -> Submission:
        given = json.loads((FIXTURES / f"{kind}.answers.json").read_text("utf-8"))
        for part in ("answers", "hidden"):
            given[part] |= changed.get(part, {})
            given[part] = {k: v for k, v in given[part].items() if v is not None}
        form = json.loads((DEFINITIONS / f"{kind}.{language}.json").read_text("utf-8"))
        form_id = f"lyngby-{kind.replace('_', '-')}-{language}"
        body = webhook_body(form, form_id, given)
        return typeform.parse(json.dumps(body).encode())

    return send


def webhook_body(
    form: dict[str, Any], form_id: str, given: dict[str, Any]
) -> dict[str, Any]:
    fields = {f["ref"]: f for f in form["fields"]}
    return {
        "event_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        "event_type": "form_response",
        "form_response": {
            "form_id": form_id,
            "token": "abcdefghijklmnopqrstuvwxyz012345",
            "landed_at": given["submitted_at"],
            "submitted_at": given["submitted_at"],
            "hidden": given["hidden"],
            "definition": {
                "id": form_id,
                "title": form["title"],
                "fields": [definition_field(f) for f in form["fields"]],
            },
            "answers": [
                answer(fields[ref], value) for ref, value in given["answers"].items()
            ],
        },
    }


def definition_field(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field as the webhook's definition shows it: choices at its top."""
    shown = {k: field[k] for k in ("ref", "type", "title")}
    choices = field["properties"].get("choices")
    return {**shown, "id": f"id-{field['ref']}", "properties": {}} | (
        {"choices": [{"id": f"id-{c['ref']}", **c} for c in choices]} if choices else {}
    )


def answer(field: dict[str, Any], value: Any) -> dict[str, Any]:
    where = {"id": f"id-{field['ref']}", "type": field["type"], "ref": field["ref"]}
    if not isinstance(value, list):
        kind = ANSWER_TYPES.get(field["type"], "text")
        return {"type": kind, kind: value, "field": where}
    by_ref = {c["ref"]: c for c in field["properties"]["choices"]}
    picked = [by_ref[f"{field['ref']}-{code}"] for code in value]
    if field["properties"].get("allow_multiple_selection"):
        said = {
            "ids": [f"id-{c['ref']}" for c in picked],
            "labels": [c["label"] for c in picked],
            "refs": [c["ref"] for c in picked],
        }
        return {"type": "choices", "choices": said, "field": where}
    one = {"id": f"id-{picked[0]['ref']}", **picked[0]}
    return {"type": "choice", "choice": one, "field": where}
