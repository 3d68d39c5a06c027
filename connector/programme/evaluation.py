"""Answers to evaluations: who says them, for which participation, about what."""

from __future__ import annotations

from sqlalchemy import select

from connector.db import new_id
from connector.programme.entities import EvaluationResponse, Participation, Round
from connector.programme.figure import local_day
from connector.programme.policies import evidence_rank
from connector.programme.reading import NO_RESPONDENT, Reading, reason
from connector.programme.resolve import same_one
from mappings.records import EvaluationAnswers, Mapped


def take_evaluation(
    reading: Reading,
    mapped: Mapped,
    evaluation: EvaluationAnswers,
    round_id: str | None,
    part: Participation | None,
) -> None:
    session, submission = reading.session, reading.submission
    person = reading.entities.get(evaluation.respondent or "")
    person_id = person[1] if person else None
    if part is None and person_id is not None:
        part = _latest_part(reading, person_id, evaluation.role, round_id)
    if part is None and evaluation.organisation is None:
        reading.reasons.append(reason("respondent", "no_respondent", NO_RESPONDENT))
        return
    row = session.scalar(
        select(EvaluationResponse).where(
            EvaluationResponse.programme == reading.programme.key,
            EvaluationResponse.provider == submission.provider,
            EvaluationResponse.form == submission.form,
            EvaluationResponse.response == submission.response,
        )
    )
    if row is None:
        row = EvaluationResponse(
            id=new_id(),
            programme=reading.programme.key,
            provider=submission.provider,
            form=submission.form,
            response=submission.response,
        )
        session.add(row)
    organisation = reading.entities.get(evaluation.organisation or "")
    row.kind, row.role = evaluation.kind, evaluation.role
    row.round_id = part.round_id if part else round_id
    row.participation_id = part.id if part else None
    row.person_id = (
        part.person_id if part and evaluation.kind != "company" else person_id
    )
    row.organisation_id = (
        organisation[1] if organisation
        else part.organisation_id if part and evaluation.kind == "company" else None
    )  # fmt: skip
    row.submitted_at, row.language = submission.submitted_at, mapped.language
    row.answers, row.indicators = dict(evaluation.answers), dict(evaluation.indicators)
    row.delivery_id = reading.delivery_id
    if part is not None:
        _indicator_fields(reading, evaluation, part)


def _latest_part(
    reading: Reading, person_id: str, role: str, round_id: str | None
) -> Participation | None:
    """Without a link: the person's part in that role which the day points to.

    The newest round that had begun when the answer was given; a round that begins
    later cannot be the one that is evaluated, however late the answer is corrected.
    """
    session, submission = reading.session, reading.submission
    began = submission.begun_at or submission.submitted_at
    day = local_day(reading.programme, min(began, submission.submitted_at))
    query = (
        select(Participation)
        .join(Round, Round.id == Participation.round_id)
        .where(
            Participation.person_id.in_(same_one(session, person_id)),
            Participation.role == role,
            Round.starts <= day,
        )
        .order_by(Round.starts.desc())
    )
    if round_id is not None:
        query = query.where(Participation.round_id == round_id)
    return session.scalars(query).first()


def _indicator_fields(
    reading: Reading, evaluation: EvaluationAnswers, part: Participation
) -> None:
    """An indicator that staff may set too becomes a claim, with its evidence's rank."""
    for key, verdict in evaluation.indicators.items():
        indicator = reading.programme.indicators.get(key)
        if indicator is None or not indicator.field:
            continue
        entity, _, name = indicator.field.rpartition(".")
        if entity not in {"", "participation"}:
            continue
        rank = evidence_rank(
            reading.programme, name, evaluation.indicator_evidence.get(key, "")
        )
        reading.say("participation", part.id, name, verdict, rank)
        reading.entities.setdefault("respondent's part", ("participation", part.id))
