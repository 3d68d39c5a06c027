"""SurveyMonkey's definition of a form, made from the programme's own questions.

It is what ``POST /v3/surveys`` takes, in the documented question families. Unlike
Typeform's it can bear no refs of ours: the survey made from it gets ids of its own,
which ``vidensbro mapping bind`` puts into the mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mappings.conversion import Question
from mappings.forms import each, required_questions, write_json
from mappings.matching import YES_NO, Choice
from mappings.plan import FormMap, ProgrammeMap

Json = dict[str, Any]

_REQUIRED = {
    "da": "Svar venligst på dette spørgsmål.",
    "en": "Please answer this question.",
}
_INVALID = {
    "email": {"da": "Skriv en e-mailadresse.", "en": "Please write an e-mail address."},
    "number": {"da": "Skriv et helt tal.", "en": "Please write a whole number."},
    "date": {"da": "Skriv en dato.", "en": "Please write a date."},
}


def definition(form_map: FormMap, language: str) -> Json:
    """Return the form as SurveyMonkey takes it, in one language, on one page.

    A custom variable's value is its label in the editor; the name itself will do.
    """
    required = required_questions(form_map)
    questions = [
        _question(form_map.questions[key], language, position, key in required)
        for position, key in enumerate(form_map.asks, start=1)
    ]
    return {
        "title": form_map.title[language],
        "language": language,
        "custom_variables": {name: name for name in form_map.hidden},
        "pages": [{"title": "", "position": 1, "questions": questions}],
    }


def write_definitions(programme: ProgrammeMap, directory: Path) -> list[Path]:
    """Write the definitions of all forms in all languages; return the files."""
    return [
        write_json(directory / f"{name}.{lang}.json", definition(form_map, lang))
        for name, lang, form_map in each(programme)
    ]


def _question(question: Question, language: str, position: int, required: bool) -> Json:
    asked: Json = {
        "headings": [{"heading": question.title[language]}],
        "position": position,
        **_KINDS[question.kind](question, language),
    }
    if required:
        asked["required"] = {"text": _REQUIRED[language]} | (
            {"type": "all", "amount": "1"} if asked["family"] == "matrix" else {}
        )
    return asked


def _text(subtype: str) -> Callable[[Question, str], Json]:
    return lambda question, language: {"family": "open_ended", "subtype": subtype}


def _checked(kind: str, validation: str) -> Callable[[Question, str], Json]:
    def make(question: Question, language: str) -> Json:
        rule = {
            "type": validation,
            "text": _INVALID[kind][language],
            "min": None,
            "max": None,
        }
        return {"family": "open_ended", "subtype": "single", "validation": rule}

    return make


def _date(question: Question, language: str) -> Json:
    return {
        "family": "datetime",
        "subtype": "date_only",
        "validation": {
            "type": "date_intl",
            "text": _INVALID["date"][language],
            "min": None,
            "max": None,
        },
        "answers": {"rows": [{"text": "", "position": 1}]},
    }


def _scale(question: Question, language: str) -> Json:
    """A rating with one unnamed row, its points written out and weighed alike."""
    points = range(question.low, question.high + 1)
    return {
        "family": "matrix",
        "subtype": "rating",
        "forced_ranking": False,
        "answers": {
            "rows": [{"text": "", "visible": True, "position": 1}],
            "choices": [
                {"text": str(point), "weight": point, "position": number}
                for number, point in enumerate(points, start=1)
            ],
        },
    }


def _picked(subtype: str) -> Callable[[Question, str], Json]:
    def make(question: Question, language: str) -> Json:
        several = question.converter == "choices"
        return {
            "family": "multiple_choice" if several else "single_choice",
            "subtype": "vertical" if several else subtype,
            "answers": {"choices": _labels(question.choices, language)},
        }

    return make


def _yes_no(question: Question, language: str) -> Json:
    return {
        "family": "single_choice",
        "subtype": "vertical",
        "answers": {"choices": _labels(YES_NO, language)},
    }


def _labels(choices: tuple[Choice, ...], language: str) -> list[Json]:
    return [
        {"text": choice.label[language], "position": number}
        for number, choice in enumerate(choices, start=1)
    ]


_KINDS: Mapping[str, Callable[[Question, str], Json]] = {
    "date": _date,
    "dropdown": _picked("menu"),
    "email": _checked("email", "email"),
    "legal": _yes_no,
    "long_text": _text("essay"),
    "multiple_choice": _picked("vertical"),
    "number": _checked("number", "integer"),
    "opinion_scale": _scale,
    "phone_number": _text("single"),
    "short_text": _text("single"),
    "website": _text("single"),
    "yes_no": _yes_no,
}
