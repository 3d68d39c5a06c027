"""Surveys and responses as SurveyMonkey shows them, made from the shipped definitions.

What SurveyMonkey adds to a posted definition is ids; a response names nothing else.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from mappings.plan import FormMap
from webhooks import surveymonkey
from webhooks.submission import Submission

Json = dict[str, Any]


def survey_of(definition: Json, survey: str) -> Json:
    """Return ``GET /surveys/{id}/details`` of a survey made from a definition."""
    details = {**copy.deepcopy(definition), "id": survey}
    details["date_modified"] = "2016-01-02T03:04:00"
    numbers = (f"{survey}{n:04}" for n in count(1))
    for page in details["pages"]:
        page["id"] = next(numbers)
        for question in page["questions"]:
            question |= {"id": next(numbers), "visible": True}
            _number(question.get("answers", {}), numbers)
    return details


def _number(answers: Json, numbers: Iterator[str]) -> None:
    for part in (*answers.get("rows", ()), *answers.get("choices", ())):
        part |= {"id": next(numbers), "visible": True}


def response_to(details: Json, form_map: FormMap, given: Json) -> Submission:
    """Answer a survey, its questions in the order of the mapping, as a person would."""
    questions = [q for page in details["pages"] for q in page["questions"]]
    answered = [
        {"id": asked["id"], "answers": _entries(asked, form_map, key, value)}
        for asked, key in zip(questions, form_map.asks, strict=True)
        if (value := given["answers"].get(key)) is not None
    ]
    item = {
        "id": "9000000001",
        "survey_id": details["id"],
        "collection_mode": "default",
        "response_status": "completed",
        "custom_variables": given["hidden"],
        "date_created": given["submitted_at"],
        "date_modified": given["submitted_at"].replace("Z", "+00:00"),
        "pages": [{"id": details["pages"][0]["id"], "questions": answered}],
    }
    body = surveymonkey.wrap_response(details, json.loads(json.dumps(item)))
    return surveymonkey.parse(body)


def _entries(asked: Json, form_map: FormMap, key: str, value: Any) -> list[Json]:
    answers = asked.get("answers", {})
    if isinstance(value, bool):
        return [{"choice_id": answers["choices"][0 if value else 1]["id"]}]
    if isinstance(value, list):
        codes = [c.code for c in form_map.questions[key].choices]
        return [
            {"choice_id": answers["choices"][codes.index(code)]["id"]} for code in value
        ]
    if asked["family"] == "matrix":
        (choice,) = (c for c in answers["choices"] if c["text"] == str(value))
        return [{"row_id": answers["rows"][0]["id"], "choice_id": choice["id"]}]
    if asked["family"] == "datetime":
        year, month, day = value.split("-")
        return [{"row_id": answers["rows"][0]["id"], "text": f"{month}/{day}/{year}"}]
    return [{"text": str(value)}]
