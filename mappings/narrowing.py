"""A known form's mapping, cut down to what another form of its kind asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mappings.bindings_file import one_line
from mappings.pairing import Pairing
from mappings.plan import EvaluationPlan, FieldPlan, FormMap, RecordPlan
from mappings.records import NEEDED_LINKS


def narrowed(pairing: Pairing, base: FormMap, name: str) -> FormMap:
    """Return the base with only what the form asks, under its own name and title."""
    asked = [k for k in base.asks if k in pairing.pairs]
    hidden = tuple(n for n in base.hidden if n in pairing.live.hidden)
    narrow = replace(
        base,
        name=name,
        kind=name,
        title=dict.fromkeys(base.title, one_line(pairing.live.title) or name),
        hidden=hidden,
        round=tuple(r for r in base.round if _can_tell(r, hidden)),
    )
    narrow = _with_records(narrow, asked)
    used = _used(narrow)
    return replace(narrow, asks=tuple(k for k in asked if k in used))


def _can_tell(rule: str, hidden: Iterable[str]) -> bool:
    """Tell whether a rule for the round can work with these hidden fields."""
    if rule == "token":
        return "token" in hidden
    name = rule.removeprefix("hidden:")
    return name == rule or name in hidden


def _with_records(form_map: FormMap, asked: list[str]) -> FormMap:
    """Return the mapping with the records, consents and verdicts that are left."""
    told = tuple(
        replace(r, fields=tuple(f for f in r.fields if _is_told(form_map, f, asked)))
        for r in form_map.records
        if all(key in asked for key in r.when)
    )
    records = _linked(tuple(r for r in told if r.fields or r.links))
    kept = {r.name for r in records}
    consents = tuple(
        c for c in form_map.consents if c.question in asked and c.person in kept
    )
    narrow = replace(form_map, records=records, consents=consents)
    return replace(narrow, evaluation=_evaluation(narrow, asked, kept))


def _linked(records: tuple[RecordPlan, ...]) -> tuple[RecordPlan, ...]:
    """Return the records whose needed links lead to records that are left."""
    names = {r.name for r in records}
    left = tuple(
        replace(r, links={k: v for k, v in r.links.items() if v in names})
        for r in records
    )
    left = tuple(r for r in left if {*NEEDED_LINKS.get(r.entity, ())} <= {*r.links})
    return left if len(left) == len(records) else _linked(left)


def _is_told(form_map: FormMap, field: FieldPlan, asked: list[str]) -> bool:
    if field.question:
        return field.question in asked
    return not field.hidden or field.hidden in form_map.hidden


def _evaluation(
    form_map: FormMap, asked: list[str], kept: set[str]
) -> EvaluationPlan | None:
    plan = form_map.evaluation
    answers = tuple(k for k in plan.answers if k in asked) if plan else ()
    if plan is None or not answers:
        return None
    return replace(
        plan,
        answers=answers,
        respondent=plan.respondent if plan.respondent in kept else "",
        organisation=plan.organisation if plan.organisation in kept else "",
        indicators=tuple(i for i in plan.indicators if i.question in answers),
    )


def _used(form_map: FormMap) -> set[str]:
    """Return the questions of whose answers something is made."""
    used = {f.question for r in form_map.records for f in r.fields}
    used |= {c.question for c in form_map.consents}
    return used | {*(form_map.evaluation.answers if form_map.evaluation else ())}
