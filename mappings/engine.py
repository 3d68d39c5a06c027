"""From a submission to records, consents and evaluation answers.

``apply`` never raises: whatever a person wrote becomes a value, a problem or an
unmapped answer. The same submission and the same ``mapping_hash`` give the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.evaluating import evaluate
from mappings.faults import MappingError
from mappings.fingerprint import mapping_hash
from mappings.loading import load_programme
from mappings.messages import MESSAGES
from mappings.plan import ConsentPlan, FieldPlan, FormMap, ProgrammeMap, RecordPlan
from mappings.reading import Reading, read
from mappings.records import NEEDED_LINKS, ConsentAnswer, Mapped, Problem, Record, Value
from webhooks.submission import Submission

__all__ = ["MappingError", "ProgrammeMap", "apply", "load_programme", "mapping_hash"]


def apply(form_map: FormMap, submission: Submission) -> Mapped:
    """Return all that a submission says, read by its form's mapping."""
    reading = read(form_map, submission)
    problems: list[Problem] = []
    round_key = _round(form_map, reading, problems)
    homeless = bool(problems)
    drafts = _drafts(form_map, reading, problems)
    records = _linked(form_map, drafts, problems)
    if homeless:
        records = [r for r in records if r.entity != "participation"]
    names = {r.name for r in records}
    evaluation = evaluate(form_map.evaluation, reading, names, problems)
    consents = _consents(form_map, reading, names, problems)
    return Mapped(
        form_kind=form_map.kind,
        language=reading.language,
        round=round_key,
        token=reading.token,
        records=tuple(records),
        consents=consents,
        evaluation=evaluation,
        problems=tuple(problems),
        unmapped=reading.unmapped,
    )


def _round(form_map: FormMap, reading: Reading, problems: list[Problem]) -> str | None:
    """Return the first round that a rule gives; a problem where none does."""
    known = {r.key for r in form_map.rounds}
    for rule in form_map.round:
        if rule == "token" and reading.token:
            return None
        found = _by_rule(form_map, reading, rule)
        if found in known:
            return found
        if found:
            problems.append(_round_problem("unknown_round", rule))
            return None
    feeds = any(r.entity == "participation" for r in form_map.records)
    if form_map.round and feeds:
        problems.append(_round_problem("no_round", form_map.round[-1]))
    return None


def _by_rule(form_map: FormMap, reading: Reading, rule: str) -> str | None:
    if rule == "token":
        return None
    if rule.startswith("hidden:"):
        return reading.hidden(rule.removeprefix("hidden:"))
    if rule == "by_date":
        open_ones = (r for r in form_map.rounds if r.recruiting.holds(reading.day))
        return next((r.key for r in open_ones), None)
    return rule


def _round_problem(code: str, rule: str) -> Problem:
    return Problem("round", "round", rule, code, MESSAGES[code], blocking=True)


def _drafts(
    form_map: FormMap, reading: Reading, problems: list[Problem]
) -> dict[str, Record | None]:
    """Return the records by name; None for one that a problem keeps out."""
    plans = (p for p in form_map.records if all(map(reading.answered, p.when)))
    return {p.name: _draft(p, reading, problems) for p in plans}


def _draft(
    plan: RecordPlan, reading: Reading, problems: list[Problem]
) -> Record | None:
    fields: dict[str, Value] = dict(plan.constants)
    found: list[Problem] = []
    for field in plan.fields:
        value = _value(plan.name, field, reading, found)
        if value is not None:
            fields[field.name] = value
    problems.extend(found)
    if any(p.blocking for p in found):
        return None
    return Record(plan.name, plan.entity, fields, plan.links)


def _value(
    record: str, field: FieldPlan, reading: Reading, problems: list[Problem]
) -> Value | None:
    """Return a field's value, or None after noting why there is none."""
    value, code, message = reading.value(field)
    if code is None and value is None and field.required:
        code, message = "missing", MESSAGES["missing"]
    if code is not None:
        where = field.question or field.hidden or field.given
        problems.append(
            Problem(record, field.name, where, code, message, field.required)
        )
    return value


def _linked(
    form_map: FormMap, drafts: Mapping[str, Record | None], problems: list[Problem]
) -> list[Record]:
    """Return the records that stand, each with only links that lead somewhere."""
    whole = {name: record for name, record in drafts.items() if record is not None}
    for plan in form_map.records:
        lost = [
            role
            for role in NEEDED_LINKS.get(plan.entity, ())
            if plan.name in whole and plan.links.get(role) not in whole
        ]
        if lost:
            del whole[plan.name]
            problems.append(_link_problem(plan.name, lost[0]))
    return [
        Record(
            r.name,
            r.entity,
            r.fields,
            {role: name for role, name in r.links.items() if name in whole},
        )
        for r in whole.values()
    ]


def _link_problem(record: str, role: str) -> Problem:
    code = "link_missing"
    return Problem(record, role, "", code, MESSAGES[code], blocking=True)


def _consents(
    form_map: FormMap, reading: Reading, names: set[str], problems: list[Problem]
) -> tuple[ConsentAnswer, ...]:
    plans = (p for p in form_map.consents if p.person in names)
    given = (_consent(form_map, plan, reading, problems) for plan in plans)
    return tuple(c for c in given if c is not None)


def _consent(
    form_map: FormMap, plan: ConsentPlan, reading: Reading, problems: list[Problem]
) -> ConsentAnswer | None:
    """Return what was answered to a consent question, None when nothing readable was.

    Silence is no consent and no withdrawal.
    """
    field = FieldPlan(
        plan.purpose, "yes_no", question=plan.question, required=plan.required
    )
    found: list[Problem] = []
    given = _value(plan.person, field, reading, found)
    # A person without a readable consent is still there: staff will ask them.
    problems.extend(replace(p, blocking=False) for p in found)
    if not isinstance(given, bool):
        return None
    asked = form_map.wordings[plan.purpose].at(reading.day)
    return ConsentAnswer(
        person=plan.person,
        purpose=plan.purpose,
        given=given,
        wording=asked.wording[reading.language],
        version=asked.version,
        language=reading.language,
    )
