"""The demo's forms at both form tools, and the mapping lines that read its surveys.

A survey has ids of its own everywhere, so it is bound as a city would bind it: what
``vidensbro mapping suggest`` proposes for it is added to the programme's files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector.service import Service
from mappings.conversion import Question
from mappings.live import surveymonkey_survey
from mappings.loading import load_programme
from mappings.matching import YES_NO
from mappings.suggest import suggest_files
from sandbox.demo.acts import Answer
from sandbox.demo.programme import KEY, SURVEYS
from sandbox.demo.surveys import Surveys, Wording

SHIPPED = Path(__file__).parents[2] / "mappings/programmes/template"
TYPEFORM, SURVEYMONKEY = SHIPPED / "typeform", SHIPPED / "surveymonkey"


def make_surveys(sandbox_url: str) -> dict[tuple[str, str], str]:
    """Create the shipped surveys; return (mapping, language) -> survey id."""
    return {
        (mapping, language): Surveys.make(
            sandbox_url, SURVEYMONKEY / f"{mapping}.{language}.json"
        )
        for mapping, language in SURVEYS
    }


def bind_surveys(
    sandbox_url: str, programmes: Path, ids: Mapping[tuple[str, str], str]
) -> None:
    """Add the lines by which the programme reads these surveys, where they lack."""
    for (mapping, language), survey in ids.items():
        bound = (programmes / KEY / "programme.toml").read_text("utf-8")
        if f'form = "{survey}"' not in bound:
            live = surveymonkey_survey(Surveys.design(sandbox_url, survey))
            plan = load_programme(KEY, programmes)
            files = suggest_files(plan, live, mapping, language)
            # The programme's own file comes last: it says that the others are there.
            for name in sorted(files):
                _add(programmes / KEY / name, files[name])


def _add(path: Path, text: str) -> None:
    """Add to the programme's file; a mapping's lines are repeated in what is said."""
    path.parent.mkdir(exist_ok=True)
    before = path.read_text("utf-8") if path.name == "programme.toml" else ""
    path.write_text(f"{before}\n{text}", "utf-8")


def wording(service: Service) -> Wording:
    """Return how the programme's forms word what somebody answers."""

    def worded(answer: Answer) -> Mapping[str, Any]:
        questions = service.programme(KEY).forms[answer.form].questions
        return {
            questions[key].title[answer.language]: _value(
                questions[key], value, answer.language
            )
            for key, value in answer.answers.items()
        }

    return worded


def _value(question: Question, value: Any, language: str) -> Any:
    if isinstance(value, bool):
        return YES_NO[0 if value else 1].label[language]
    if isinstance(value, list):
        return [_value(question, one, language) for one in value]
    if not question.choices:
        return value
    code = str(value).removeprefix(f"{question.key}-")
    return next(c.label[language] for c in question.choices if c.code == code)
