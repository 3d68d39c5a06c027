"""Turn one form's checked table into a ``FormMap``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.conversion import Converter, Question
from mappings.layers import Table
from mappings.matching import YES_NO, choice_ref
from mappings.plan import (
    ConsentPlan,
    EvaluationPlan,
    FieldPlan,
    FormMap,
    IndicatorPlan,
    ProgrammeMap,
    RecordPlan,
)


def form_map(
    programme: ProgrammeMap,
    name: str,
    table: Table,
    converters: Mapping[str, Converter],
) -> FormMap:
    """Return a form's mapping with everything in it that reading it takes."""
    questions = {
        key: _question(programme.questions[key], table["questions"].get(key))
        for key in table["asks"]
    }
    return FormMap(
        programme=programme.key,
        name=name,
        kind=table["kind"],
        title=table["title"],
        language=programme.locale,
        languages=programme.languages,
        country=programme.country,
        zone=programme.zone,
        round=tuple(table["round"]),
        rounds=programme.rounds,
        hidden=tuple(table["hidden"]),
        asks=tuple(table["asks"]),
        questions=questions,
        records=tuple(_record(n, t, questions) for n, t in table["records"].items()),
        consents=tuple(ConsentPlan(p, **t) for p, t in table["consents"].items()),
        wordings={p: programme.consents[p] for p in table["consents"]},
        evaluation=_evaluation(table["evaluation"]),
        converters=converters,
    )


def _question(question: Question, names: Table | None) -> Question:
    """Return a question with what this form calls it and its choices."""
    called = names or {"choices": {}, "refs": (), "ids": ()}
    offered = question.choices
    if called["choices"] and not offered and question.converter == "yes_no":
        offered = YES_NO
    choices = tuple(
        replace(
            c,
            aliases=(
                choice_ref(question.key, c.code),
                *c.aliases,
                *called["choices"].get(c.code, ()),
            ),
        )
        for c in offered
    )
    refs, ids = tuple(called["refs"]), tuple(called["ids"])
    return replace(question, choices=choices, refs=refs, ids=ids)


def _record(name: str, table: Table, questions: Mapping[str, Question]) -> RecordPlan:
    return RecordPlan(
        name=name,
        entity=table["entity"],
        fields=tuple(_field(n, t, questions) for n, t in table["fields_"].items()),
        constants=table["constants"],
        links=table["links"],
        when=tuple(table["when"]),
    )


def _field(name: str, table: Table, questions: Mapping[str, Question]) -> FieldPlan:
    """Return a field's plan; without a converter of its own, with its question's."""
    asked = questions.get(table["question"])
    usual = asked.converter if asked and table["part"] == "answer" else "text"
    return FieldPlan(name, **{**table, "converter": table["converter"] or usual})


def _evaluation(table: Table | None) -> EvaluationPlan | None:
    if table is None:
        return None
    indicators = tuple(_indicator(k, t) for k, t in table["indicators"].items())
    answers = tuple(table["answers"])
    return EvaluationPlan(**{**table, "answers": answers, "indicators": indicators})


def _indicator(key: str, table: Table) -> IndicatorPlan:
    lists = {v: tuple(table[v]) for v in ("yes", "no", "dont_know")}
    return IndicatorPlan(key, **{**table, **lists})
