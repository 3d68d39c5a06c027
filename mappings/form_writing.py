"""A form's mapping written out as TOML: the opposite of reading ``forms/NAME.toml``.

Questions are left out: what a form calls them is told by ``mappings.suggest``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mappings.bindings_file import text
from mappings.conversion import Question
from mappings.plan import (
    ConsentPlan,
    EvaluationPlan,
    FieldPlan,
    FormMap,
    IndicatorPlan,
    RecordPlan,
)


def form_lines(form_map: FormMap, questions: Mapping[str, Question]) -> Iterator[str]:
    """Yield the lines of a mapping. ``questions`` are the programme's, by key."""
    titles = ", ".join(f"{k} = {text(v)}" for k, v in form_map.title.items())
    yield f"kind = {text(form_map.kind)}"
    yield f"title = {{ {titles} }}"
    for name in ("round", "hidden", "asks"):
        yield f"{name} = {_said(list(getattr(form_map, name)))}"
    for record in form_map.records:
        yield from _record(record, questions)
    for consent in form_map.consents:
        yield from _consent(consent)
    if form_map.evaluation is not None:
        yield from _evaluation(form_map.evaluation)


def _record(record: RecordPlan, questions: Mapping[str, Question]) -> Iterator[str]:
    yield f"\n[records.{record.name}]"
    yield f"entity = {text(record.entity)}"
    for name in ("when", "constants", "links"):
        value = getattr(record, name)
        if value:
            yield f"{name} = {_said(value)}"
    if record.fields:
        yield f"\n[records.{record.name}.fields]"
    for field in record.fields:
        yield f"{field.name} = {_said(_field(field, questions))}"


def _field(field: FieldPlan, questions: Mapping[str, Question]) -> dict[str, Any]:
    """Return what a field's table says, without what would be taken for granted."""
    told: dict[str, Any] = {
        name: getattr(field, name)
        for name in ("question", "hidden", "given")
        if getattr(field, name)
    }
    asked = questions.get(field.question) if field.part == "answer" else None
    if field.converter != (asked.converter if asked else "text"):
        told["converter"] = field.converter
    if field.part != "answer":
        told["part"] = field.part
    if field.required:
        told["required"] = True
    if field.codes:
        told["codes"] = dict(field.codes)
    return told


def _consent(consent: ConsentPlan) -> Iterator[str]:
    yield f"\n[consents.{consent.purpose}]"
    yield f"person = {text(consent.person)}"
    yield f"question = {text(consent.question)}"
    if consent.required:
        yield "required = true"


def _evaluation(plan: EvaluationPlan) -> Iterator[str]:
    yield "\n[evaluation]"
    for name in ("kind", "role", "respondent", "organisation"):
        if getattr(plan, name):
            yield f"{name} = {text(getattr(plan, name))}"
    yield f"answers = {_said(list(plan.answers))}"
    for indicator in plan.indicators:
        yield from _indicator(indicator)


def _indicator(indicator: IndicatorPlan) -> Iterator[str]:
    yield f"\n[evaluation.indicators.{indicator.key}]"
    yield f"question = {text(indicator.question)}"
    for name in ("yes", "no", "dont_know"):
        yield f"{name} = {_said(list(getattr(indicator, name)))}"
    yield f"evidence = {text(indicator.evidence)}"


def _said(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_said(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_said, value))}]"
    return json.dumps(value)


def _key(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else text(key)
