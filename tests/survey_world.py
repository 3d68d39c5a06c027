"""SurveyMonkey beside a world: the shipped forms made there, bound, and filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from connector.service import Service
from connector.settings import load_settings
from mappings.live import surveymonkey_survey
from mappings.loading import load_programme
from mappings.matching import YES_NO
from mappings.suggest import suggest_files
from tests.world import KEY, World, environment

SHIPPED = Path("mappings/programmes/template/surveymonkey")
TOKEN = {"Authorization": "bearer token"}
FORMS = ("mentee_application.da", "mentee_application.en", "company_registration.da")


class Surveys:
    """The surveys of a world: (mapping, language) -> survey id."""

    def __init__(self, here: World, *, forms: tuple[str, ...] = FORMS) -> None:
        """Make the shipped forms there and bind them, as a city would."""
        self.here = here
        self.ids: dict[tuple[str, str], str] = {}
        for name in forms:
            mapping, language = name.split(".")
            self.ids[mapping, language] = self._make(name, mapping, language)
        reopen(here)

    @classmethod
    def of(cls, here: World) -> Surveys:
        """Return the surveys that were made and bound before."""
        found = cls(here, forms=())
        found.ids = {
            (b.mapping, b.language): b.form
            for b in here.service.programme(KEY).bindings
            if b.provider == "surveymonkey"
        }
        return found

    def _make(self, name: str, mapping: str, language: str) -> str:
        told = json.loads((SHIPPED / f"{name}.json").read_text("utf-8"))
        survey = self.api("POST", "/surveys", told)["id"]
        live = surveymonkey_survey(self.api("GET", f"/surveys/{survey}/details"))
        folder = self.here.directory / "programmes" / KEY
        plan = load_programme(KEY, self.here.directory / "programmes")
        for file, text in suggest_files(plan, live, mapping, language).items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            before = path.read_text("utf-8") if file == "programme.toml" else ""
            path.write_text(f"{before}\n{text}", "utf-8")
        return str(survey)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call to the sandbox's API."""
        answer = requests.request(
            method, f"{self.here.sandbox_url}/surveymonkey/v3{path}", json=body,
            headers=TOKEN, timeout=20,
        )  # fmt: skip
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def answer(
        self,
        mapping: str,
        answers: Mapping[str, Any],
        *,
        language: str = "da",
        at: datetime | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Fill a survey in; answers as Typeform's in the world: by key and ref."""
        plan = self.here.service.programme(KEY)
        questions = plan.forms[mapping].questions
        given = {
            questions[key].title[language]: _value(questions[key], key, one, language)
            for key, one in answers.items()
        }
        body: dict[str, Any] = {"answers": given, **more}
        if at is not None:
            body["at"] = at.astimezone(UTC).isoformat()
        survey = self.ids[mapping, language]
        url = f"{self.here.sandbox_url}/surveymonkey/to/{survey}"
        done = requests.post(url, json=body, timeout=20)
        assert done.ok, done.text
        return dict(done.json())


def _value(question: Any, key: str, value: Any, language: str) -> Any:
    if isinstance(value, bool):
        code = "yes" if value else "no"
        return next(c.label[language] for c in YES_NO if c.code == code)
    if not question.choices:
        return str(value)
    code = str(value).removeprefix(f"{key}-")
    return next(c.label[language] for c in question.choices if c.code == code)


def reopen(here: World, **more: str) -> None:
    """Open the service anew, with the mapping files of now and settings as named."""
    known = environment(here.directory, here.sandbox_url, here.settings.database_url)
    given = {**known, **more}
    here.settings = replace(
        load_settings(given), public_url=here.service.settings.public_url
    )
    # Opened anew: an open service looks for changed mapping files once a second.
    here.service.database.engine.dispose()
    here.service = Service.open(here.settings)
