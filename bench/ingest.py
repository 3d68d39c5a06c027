"""Submissions to claims and entities a second, one worker, against bare commits."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import orjson

from bench.acks import bare_commits
from connector.inbox import accept
from connector.processing import drain
from connector.schema import upgrade
from connector.service import Service, lay_out
from connector.settings import load_settings
from webhooks.typeform import identify

SUBMISSIONS = 600
FORM = "lyngby-mentee-application-da"


def submission(number: int) -> bytes:
    """Return one invented mentee's application, as Typeform would send it."""
    answers = [
        ("first_name", "short_text", {"type": "text", "text": f"Anna{number}"}),
        ("last_name", "short_text", {"type": "text", "text": f"Prøve{number}"}),
        ("email", "email", {"type": "email", "email": f"anna{number}@people.example"}),
        ("phone", "phone_number",
         {"type": "phone_number", "phone_number": "+4520123456"}),
        ("sending_company", "short_text",
         {"type": "text", "text": f"Firma {number % 60} A/S"}),
        ("consent_programme", "legal", {"type": "boolean", "boolean": True}),
        ("consent_newsletter", "yes_no", {"type": "boolean", "boolean": True}),
    ]  # fmt: skip
    return orjson.dumps(
        {
            "event_id": f"EVENT{number}",
            "event_type": "form_response",
            "form_response": {
                "form_id": FORM,
                "token": f"{number:032d}",
                "landed_at": "2016-01-10T10:00:00Z",
                "submitted_at": "2016-01-10T10:05:00Z",
                "definition": {"id": FORM, "title": "", "fields": []},
                "answers": [
                    {**value, "field": {"id": ref, "ref": ref, "type": kind}}
                    for ref, kind, value in answers
                ],
            },
        }
    )


def main() -> None:
    """Print submissions a second, and the ratio to bare commits."""
    with tempfile.TemporaryDirectory() as name:
        settings = load_settings(
            {"DATA_DIR": name, "TYPEFORM_TOKEN": "bench", "PROGRAMMES": "lyngby"}
        )
        service = Service.open(settings)
        upgrade(service.database)
        lay_out(service)
        with service.database.engine.begin() as connection:
            for number in range(SUBMISSIONS):
                body = submission(number)
                accept(connection, "lyngby", "typeform", identify(body), body)
        begun = time.perf_counter()
        done = drain(service)
        rate = done / (time.perf_counter() - begun)
        bare = bare_commits(Path(name))
    print(f"submissions to entities   {rate:7.0f}/s    (aim: at least 150)")
    print(f"bare commits for each     {bare / rate:7.1f}")


if __name__ == "__main__":
    main()
