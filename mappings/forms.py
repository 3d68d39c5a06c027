"""Typeform's definition of a form, made from the programme's own questions.

It is what ``POST /forms`` takes. A form created from it carries our refs, so that its
answers fit the mapping at once. The shipped files under ``typeform/`` are these
definitions, written out for those who create their forms by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mappings.conversion import Question
from mappings.matching import choice_ref
from mappings.plan import FormMap, ProgrammeMap

Json = dict[str, Any]


def definition(form_map: FormMap, language: str) -> Json:
    """Return the form as Typeform's Create API takes it, in one language."""
    required = required_questions(form_map)
    return {
        "title": form_map.title[language],
        "type": "form",
        "settings": {"language": language, "is_public": True},
        "hidden": list(form_map.hidden),
        "fields": [
            _field(form_map.questions[key], language, form_map, key in required)
            for key in form_map.asks
        ],
    }


def write_definitions(programme: ProgrammeMap, directory: Path) -> list[Path]:
    """Write the definitions of all forms in all languages; return the files."""
    return [
        write_json(directory / f"{name}.{lang}.json", definition(form_map, lang))
        for name, lang, form_map in each(programme)
    ]


def write_json(path: Path, content: Json) -> Path:
    """Write a definition as the shipped ones are written; return its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", "utf-8")
    return path


def each(programme: ProgrammeMap) -> Iterator[tuple[str, str, FormMap]]:
    """Yield every form with each of the programme's languages."""
    for name, form_map in programme.forms.items():
        for language in programme.languages:
            yield name, language, form_map


def required_questions(form_map: FormMap) -> set[str]:
    """Return the questions without which the answer would be of no use."""
    always = (r for r in form_map.records if not r.when)
    needed = {f.question for r in always for f in r.fields if f.required}
    needed |= {c.question for c in form_map.consents if c.required}
    if form_map.evaluation:
        needed |= {i.question for i in form_map.evaluation.indicators}
    return needed


def _field(
    question: Question, language: str, form_map: FormMap, required: bool
) -> Json:
    properties = _properties(question, language, form_map.country)
    if question.description:
        properties["description"] = question.description[language]
    return {
        "ref": question.key,
        "type": question.kind,
        "title": question.title[language],
        "properties": properties,
        "validations": {"required": required},
    }


def _properties(question: Question, language: str, country: str) -> Json:
    if question.kind == "opinion_scale":
        steps = question.high - question.low + 1
        return {"steps": steps, "start_at_one": question.low == 1}
    if question.kind == "phone_number":
        return {"default_country_code": country.lower()}
    if question.kind == "date":
        return {"structure": "DDMMYYYY", "separator": "-"}
    if not question.choices or question.kind in {"legal", "yes_no"}:
        return {}
    return _choices(question, language)


def _choices(question: Question, language: str) -> Json:
    choices = [
        {"ref": choice_ref(question.key, c.code), "label": c.label[language]}
        for c in question.choices
    ]
    if question.kind == "dropdown":
        return {"choices": choices, "alphabetical_order": False}
    several = question.converter == "choices"
    return {"choices": choices, "allow_multiple_selection": several}
