"""One-question surveys: the design and the response as SurveyMonkey sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webhooks.submission import Answer
from webhooks.surveymonkey import parse, wrap_response

Json = dict[str, Any]
MODIFIED = "2026-08-20T10:03:44+00:00"


def asked(family: str, subtype: str = "", **more: Any) -> Json:
    """Return a question of the design; ``more`` is its answers, validation, display."""
    return {
        "id": "q1",
        "visible": True,
        "family": family,
        "subtype": subtype,
        "headings": [{"heading": "A question"}],
        **more,
    }


def offered(**texts: str) -> list[Json]:
    """Return rows or choices by id."""
    return [
        {"id": key, "text": text, "visible": True, "position": place}
        for place, (key, text) in enumerate(texts.items(), 1)
    ]


def rated(points: Mapping[str, tuple[str, object]]) -> list[Json]:
    """Return a rating's choices: id to text and weight, "N/A" where it weighs None."""
    return [
        {"id": key, "text": text, "weight": weight or 0, "is_na": weight is None}
        for key, (text, weight) in points.items()
    ]


def response(entries: object, **more: Any) -> Json:
    return {
        "id": "13376313674",
        "survey_id": "400100200",
        "collection_mode": "default",
        "response_status": "completed",
        "date_modified": MODIFIED,
        "pages": [{"id": "p1", "questions": [{"id": "q1", "answers": entries}]}],
        **more,
    }


def stored(question: Json, entries: object, **more: Any) -> bytes:
    design = {"id": "400100200", "pages": [{"id": "p1", "questions": [question]}]}
    return wrap_response(design, response(entries, **more))


def read(question: Json, entries: Sequence[object]) -> tuple[Answer, ...]:
    """Return the answers of a response in which nothing is unclear."""
    submission = parse(stored(question, list(entries)))
    assert submission.notes == ()
    return submission.answers
