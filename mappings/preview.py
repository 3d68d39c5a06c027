"""See what a mapping does, without doing it; and hold it against its form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from mappings.conversion import Question
from mappings.engine import apply
from mappings.forms import each
from mappings.matching import codes_of
from mappings.plan import FormMap, ProgrammeMap, RecordPlan
from mappings.reading import Reading, read
from mappings.records import Mapped, Value
from webhooks.submission import Answer, Choice, Submission

YES_NO_KINDS = ("legal", "yes_no")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One line: which question gives which field which value, or why it does not.

    ``field`` is ``entity.field``; empty for what is not mapped.
    """

    question: str
    title: str
    field: str
    value: Value | None
    note: str = ""


def preview(form_map: FormMap, submission: Submission) -> list[PreviewRow]:
    """Return what ``apply`` makes of a submission, question by question."""
    mapped = apply(form_map, submission)
    reading = read(form_map, submission)
    return [
        *_records(form_map, mapped, reading),
        *_consents(form_map, mapped),
        *_evaluation(form_map, mapped, reading),
        *_problems(mapped, reading),
        *(
            PreviewRow(u.ref or u.question, u.title, "", None, "not mapped")
            for u in mapped.unmapped
        ),
    ]


def _title(reading: Reading, question: str) -> str:
    asked = reading.form_map.questions.get(question)
    return asked.title.get(reading.language, "") if asked else ""


def _records(
    form_map: FormMap, mapped: Mapped, reading: Reading
) -> Iterator[PreviewRow]:
    for plan in form_map.records:
        record = mapped.record(plan.name)
        if record is None:
            yield from _left_out(plan, reading)
            continue
        sources = {f.name: f for f in plan.fields}
        for name, value in record.fields.items():
            field = sources.get(name)
            question = field.question if field else ""
            hidden = f"hidden field {field.hidden}" if field and field.hidden else ""
            note = hidden or ("" if question else "constant")
            where = f"{plan.entity}.{name}"
            title = _title(reading, question)
            yield PreviewRow(question, title, where, value, note or plan.name)


def _left_out(plan: RecordPlan, reading: Reading) -> Iterator[PreviewRow]:
    """Yield what could be read of a record that a problem keeps out."""
    if not all(map(reading.answered, plan.when)):
        return
    for field in plan.fields:
        value, _code, _message = reading.value(field)
        if value is not None:
            where = f"{plan.entity}.{field.name}"
            title = _title(reading, field.question)
            note = f"{plan.name} is left out."
            yield PreviewRow(field.question, title, where, value, note)


def _consents(form_map: FormMap, mapped: Mapped) -> Iterator[PreviewRow]:
    asked = {c.purpose: c.question for c in form_map.consents}
    for consent in mapped.consents:
        note = f"version {consent.version}, {consent.person}"
        where = f"consent.{consent.purpose}"
        question = asked[consent.purpose]
        yield PreviewRow(question, consent.wording, where, consent.given, note)


def _evaluation(
    form_map: FormMap, mapped: Mapped, reading: Reading
) -> Iterator[PreviewRow]:
    if mapped.evaluation is None or form_map.evaluation is None:
        return
    verdicts = {
        i.question: f"{i.key}: {mapped.evaluation.indicators[i.key]}"
        for i in form_map.evaluation.indicators
        if i.key in mapped.evaluation.indicators
    }
    for question, value in mapped.evaluation.answers.items():
        where, title = f"evaluation.{question}", _title(reading, question)
        yield PreviewRow(question, title, where, value, verdicts.get(question, ""))


def _problems(mapped: Mapped, reading: Reading) -> Iterator[PreviewRow]:
    for problem in mapped.problems:
        said = problem.message.get("en", problem.code)
        note = f"{said} {problem.record} is left out." if problem.blocking else said
        where = f"{problem.record}.{problem.field}"
        title = _title(reading, problem.question)
        yield PreviewRow(problem.question, title, where, None, note)


def check(programme: ProgrammeMap) -> list[str]:
    """Return what is odd about a programme that loads: each line with its remedy."""
    return [*_overlaps(programme), *_wordings(programme), *_definitions(programme)]


def _overlaps(programme: ProgrammeMap) -> Iterator[str]:
    """Yield rounds that recruit on the same days: a date would not tell them apart."""
    rounds = sorted(programme.rounds, key=lambda r: r.recruiting.opens)
    for one, other in pairwise(rounds):
        if other.recruiting.opens <= one.recruiting.closes:
            yield (
                f"{programme.key}/programme.toml [rounds.{other.key}.recruiting] opens:"
                f" {one.key} is still recruiting then; let one end before the other"
            )


def _wordings(programme: ProgrammeMap) -> Iterator[str]:
    """Yield consent questions that do not show the words on record."""
    for name, language, form_map in each(programme):
        for plan in form_map.consents:
            newest = form_map.wordings[plan.purpose].versions[-1]
            shown = form_map.questions[plan.question].title[language]
            if shown != newest.wording[language]:
                yield (
                    f"{programme.key}/questions.toml [{plan.question}] title.{language}"
                    f" ({name}): differs from version {newest.version} of "
                    f"[{plan.purpose}] in consents.toml; write the same words"
                )


def _definitions(programme: ProgrammeMap) -> Iterator[str]:
    """Yield what a shipped form lacks; one that staff made has no definition here."""
    for name, language, form_map in each(programme):
        file = f"typeform/{name}.{language}.json"
        path = _nearest(programme, file)
        if path is None:
            others = (f"typeform/{name}.{word}.json" for word in programme.languages)
            if not any(_nearest(programme, one) for one in others):
                continue
            yield f"{programme.key}/{file}: is missing; write it with write_definitions"
            continue
        told = f"{path.parent.parent.name}/{file}"
        for fault in against(form_map, language, _json(path)):
            yield f"{told} {fault}"


def _nearest(programme: ProgrammeMap, file: str) -> Path | None:
    paths = (d / file for d in reversed(programme.directories))
    return next((p for p in paths if p.is_file()), None)


def _json(path: Path) -> dict[str, Any]:
    try:
        read_back = json.loads(path.read_text("utf-8"))
    except ValueError:
        return {}
    return read_back if isinstance(read_back, dict) else {}


def against(form_map: FormMap, language: str, form: dict[str, Any]) -> Iterator[str]:
    """Yield where a Typeform definition and a mapping do not fit each other.

    ``form`` may be a shipped file or what ``GET /forms/{id}`` answers.
    """
    given = [*_flat(form.get("fields", []))]
    names = {n for f in given for n in (f.get("ref"), f.get("id")) if n}
    for key in (k for k in form_map.asks if not _called(form_map, k) & names):
        yield f"[{key}]: no field of the form has this ref; add it or the mapping's ids"
    for field in given:
        yield from _field(form_map, field)
    for name in sorted(set(form_map.hidden) - set(form.get("hidden", []))):
        yield f"[hidden] {name}: the form has no such hidden field; add it there"


def _flat(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the fields as a webhook will name them: groups stand for their parts."""
    for field in fields:
        inner = field.get("properties", {}).get("fields")
        if inner:
            yield from _flat(inner)
        else:
            yield field


def _called(form_map: FormMap, key: str) -> set[str]:
    """Return all that a form may call a question; of a matrix row its row."""
    question = form_map.questions[key]
    return {n.rpartition("/")[2] for n in (key, *question.refs, *question.ids)}


def _field(form_map: FormMap, field: dict[str, Any]) -> Iterator[str]:
    names = {field.get("ref"), field.get("id")}
    key = next((k for k in form_map.asks if _called(form_map, k) & names), None)
    ref = field.get("ref") or field.get("id") or "?"
    if key is None:
        yield f"[{ref}]: no question of {form_map.name}; add it to asks"
        return
    choices = form_map.questions[key].choices
    offered = field.get("properties", {}).get("choices", [])
    codes = [_code(c, form_map.questions[key]) for c in offered]
    for choice in (c for c, code in zip(offered, codes, strict=True) if not code):
        label = choice.get("label", "?")
        yield f"[{ref}] choice '{label}': has no code; name it in choices.toml"
    if form_map.questions[key].kind in YES_NO_KINDS:
        return  # asked as yes or no there, whatever another tool calls the two
    for code in (c.code for c in choices if c.code not in codes):
        yield f"[{ref}] choice '{code}': the form does not offer it; add it there"


def _code(choice: dict[str, Any], question: Question) -> str:
    names = (choice.get("id", ""), choice.get("ref", ""), choice.get("label", ""))
    answer = Answer("", "choice", choices=(Choice(*names),))
    return next(codes_of(answer, question.choices))
