"""The sandbox's SurveyMonkey as people use it: surveys made, and filled in by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox.demo.acts import Answer
from sandbox.demo.doors import call

Wording = Callable[[Answer], Mapping[str, Any]]
"""An answer's questions and choices as the form words them, by heading."""
ANY_TOKEN = {"Authorization": "bearer demo"}  # for a sandbox that has none set


class Surveys:
    """The programme's surveys, filled in as people would."""

    def __init__(
        self, sandbox_url: str, ids: Mapping[tuple[str, str], str], wording: Wording
    ) -> None:
        """``ids`` leads from (mapping, language) to the survey's id."""
        self._url = f"{sandbox_url}/surveymonkey"
        self._ids = dict(ids)
        self._wording = wording
        self._filled_in: dict[str, set[str]] = {}

    @staticmethod
    def make(sandbox_url: str, path: Path) -> str:
        """Create a shipped survey; return its id."""
        url = f"{sandbox_url}/surveymonkey/v3/surveys"
        told = orjson.loads(path.read_bytes())
        return str(call("POST", url, told, **ANY_TOKEN)["id"])

    @staticmethod
    def design(sandbox_url: str, survey: str) -> dict[str, Any]:
        """Return a survey as its account's owner can read it."""
        url = f"{sandbox_url}/surveymonkey/v3/surveys/{survey}/details"
        return dict(call("GET", url, **ANY_TOKEN))

    def has(self, answer: Answer) -> bool:
        """Tell whether this form is a survey."""
        return (answer.form, answer.language) in self._ids

    def fill_in(self, answer: Answer) -> None:
        """Fill a survey in, once: SurveyMonkey would take the same again for new.

        The token goes along as the collector's own value, by which it is known again.
        """
        survey = self._ids[answer.form, answer.language]
        if answer.token in self._tokens(survey):
            return
        body = {
            "answers": dict(self._wording(answer)),
            "custom_variables": {"lang": answer.language},
            "custom_value": answer.token,
            "at": answer.at.isoformat(),
        }
        call("POST", f"{self._url}/to/{survey}", body)
        self._tokens(survey).add(answer.token)

    def _tokens(self, survey: str) -> set[str]:
        if survey not in self._filled_in:
            url = f"{self._url}/v3/surveys/{survey}/responses/bulk?per_page=100"
            found = call("GET", url, **ANY_TOKEN)["data"]
            self._filled_in[survey] = {str(one["custom_value"]) for one in found}
        return self._filled_in[survey]
