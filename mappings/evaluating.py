"""An evaluation's answers, and what each says about an indicator."""

from __future__ import annotations

from mappings.messages import MESSAGES
from mappings.plan import EvaluationPlan, FieldPlan, IndicatorPlan
from mappings.reading import Reading
from mappings.records import EvaluationAnswers, Problem, Value, Verdict

VERDICTS: tuple[Verdict, ...] = ("yes", "no", "dont_know")


def evaluate(
    plan: EvaluationPlan | None,
    reading: Reading,
    names: set[str],
    problems: list[Problem],
) -> EvaluationAnswers | None:
    """Return an evaluation's answers; None when there is none or nobody to ascribe."""
    if plan is None:
        return None
    respondent = plan.respondent if plan.respondent in names else None
    organisation = plan.organisation if plan.organisation in names else None
    if not (reading.token or respondent or organisation):
        problems.append(_problem("respondent", "", "no_respondent"))
        return None
    answers = _answers(plan, reading, problems)
    indicators = _indicators(plan, answers, problems)
    return EvaluationAnswers(
        kind=plan.kind,
        role=plan.role,
        respondent=respondent,
        organisation=organisation,
        answers=answers,
        indicators=indicators,
        indicator_evidence={
            i.key: i.evidence for i in plan.indicators if i.key in indicators
        },
    )


def _problem(field: str, question: str, code: str) -> Problem:
    blocking = code == "no_respondent"
    return Problem("evaluation", field, question, code, MESSAGES[code], blocking)


def _answers(
    plan: EvaluationPlan, reading: Reading, problems: list[Problem]
) -> dict[str, Value]:
    answers: dict[str, Value] = {}
    for key in plan.answers:
        converter = reading.form_map.questions[key].converter
        field = FieldPlan(key, converter, question=key)
        value, code, message = reading.value(field)
        if code is not None:
            problems.append(Problem("evaluation", key, key, code, message))
        elif value is not None:
            answers[key] = value
    return answers


def _indicators(
    plan: EvaluationPlan, answers: dict[str, Value], problems: list[Problem]
) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for indicator in plan.indicators:
        if indicator.question not in answers:
            continue
        verdict = _verdict(indicator, answers[indicator.question])
        if verdict is None:
            problems.append(_problem(indicator.key, indicator.question, "unanswered"))
        else:
            found[indicator.key] = verdict
    return found


def _verdict(plan: IndicatorPlan, value: Value) -> Verdict | None:
    """Return what an answer means; None when no list of the mapping holds it.

    Compared with type: ``1`` on a scale is not ``true``.
    """
    for verdict in VERDICTS:
        counted = getattr(plan, verdict)
        if any(type(one) is type(value) and one == value for one in counted):
            return verdict
    return None
