"""From one submission to claims and entities, in one transaction.

Order of arrival does not matter: every claim carries the provider's own time, and a
response has one set of claims, that of its newest revision and of today's mapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from connector.db import new_id, utcnow
from connector.programme import identity
from connector.programme.claims import Claim
from connector.programme.entities import (
    Consent,
    DeliveryEntity,
    EvaluationLink,
    EvaluationResponse,
    Participation,
    Round,
)
from connector.programme.resolve import resolve, roots
from mappings.plan import FormMap, ProgrammeMap
from mappings.records import EvaluationAnswers, Mapped, Record
from webhooks.submission import Submission

ORDER = {"organisation": 0, "person": 1, "affiliation": 2, "participation": 3}
REFERENCES = {"organisation": "organisation_id", "specialist": "specialist_id"}


@dataclass
class Reading:
    """What one response is about to say: where it came from, and what it touched."""

    session: Session
    programme: ProgrammeMap
    submission: Submission
    delivery_id: int
    mapping_hash: str
    bound: dict[str, tuple[str, str]]
    claims: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, tuple[str, str]] = field(default_factory=dict)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    seen_at: datetime = field(default_factory=utcnow)

    def say(
        self, kind: str, entity_id: str, name: str, value: Any, rank: int = 0
    ) -> None:
        """Add one claim of this response."""
        self.claims.append(
            {
                "programme": self.programme.key,
                "entity_kind": kind,
                "entity_id": entity_id,
                "field": name,
                "value": value,
                "source": "form",
                "origin": f"{self.submission.provider}:{self.submission.form}",
                "asserted_at": self.submission.submitted_at,
                "tie": self.submission.response,
                "rank": rank,
                "delivery_id": self.delivery_id,
                "mapping_hash": self.mapping_hash,
                "seen_at": self.seen_at,
            }
        )


def ingest(  # noqa: PLR0913 - the parts of one reading
    session: Session,
    programme: ProgrammeMap,
    form_map: FormMap,
    submission: Submission,
    mapped: Mapped,
    *,
    delivery_id: int,
    same_response: Iterable[int],
    mapping_hash: str,
) -> list[dict[str, Any]]:
    """Write what a submission says; return field-level reasons for what it could not.

    ``same_response`` are the deliveries of the same response (other revisions and this
    one): their claims give way to these.
    """
    siblings = list(same_response)
    reading = Reading(
        session, programme, submission, delivery_id, mapping_hash,
        bound=_bindings(session, siblings),
    )  # fmt: skip
    round_id, part = _place(reading, mapped)
    for record in sorted(mapped.records, key=lambda r: ORDER[r.entity]):
        _record(reading, record, round_id)
    _consents(reading, mapped, part)
    if mapped.evaluation is not None:
        _evaluation(reading, mapped, mapped.evaluation, round_id, part)
    touched = _withdraw_claims(session, siblings) if reading.bound else set()
    if reading.claims:  # one statement for all: an ORM insert would ask for each id
        session.execute(insert(Claim), reading.claims)
    _remember(reading, siblings)
    resolve(session, policy_of(programme), touched | set(reading.entities.values()))
    return _problems(mapped) + reading.reasons


def policy_of(programme: ProgrammeMap) -> Any:
    """Return (entity, field) -> policy; a field without a rule of its own is newest."""

    def policy(entity: str, name: str) -> str:
        rule = programme.fields.get(f"{entity}.{name}")
        return (
            rule.policy if rule else DEFAULT_POLICIES.get(f"{entity}.{name}", "newest")
        )

    return policy


DEFAULT_POLICIES = {
    "participation.status": "staff",
    "participation.withdrawal_reason": "staff",
    "participation.employed_6m": "evidence",
}


def _bindings(session: Session, siblings: list[int]) -> dict[str, tuple[str, str]]:
    rows = session.scalars(
        select(DeliveryEntity).where(DeliveryEntity.delivery_id.in_(siblings))
    )
    return {row.record: (row.entity_kind, row.entity_id) for row in rows}


def _place(reading: Reading, mapped: Mapped) -> tuple[str | None, Participation | None]:
    """Find the round and, by the personal link's token, the participation."""
    session = reading.session
    part = None
    if mapped.token:
        link = session.get(EvaluationLink, mapped.token)
        if link is not None and link.programme == reading.programme.key:
            part = session.get(Participation, link.participation_id)
        if part is None:
            reading.reasons.append(_reason("token", "unknown_token", UNKNOWN_TOKEN))
    if part is not None:
        root = session.get(Participation, roots(session, [part.id])[part.id])
        return part.round_id, root
    if mapped.round is None:
        return None, None
    round_id = session.scalar(
        select(Round.id).where(
            Round.programme == reading.programme.key, Round.key == mapped.round
        )
    )
    return round_id, None


def _record(reading: Reading, record: Record, round_id: str | None) -> None:
    entity = reading.bound.get(record.name) or _identify(reading, record, round_id)
    if entity is None:
        return
    reading.entities[record.name] = entity
    kind, entity_id = entity
    for name, value in record.fields.items():
        if (kind, name) not in KEYS:
            reading.say(kind, entity_id, name, value)
    if kind == "participation":
        if "status" not in record.fields:
            reading.say(kind, entity_id, "status", "applied")
        reading.say(
            kind, entity_id, "applied_at", reading.submission.submitted_at.isoformat()
        )
        for role, column in REFERENCES.items():
            if role in record.links and record.links[role] in reading.entities:
                linked = reading.entities[record.links[role]][1]
                reading.say(kind, entity_id, column, linked)


KEYS = {("participation", "role"), ("affiliation", "function")}


def _identify(
    reading: Reading, record: Record, round_id: str | None
) -> tuple[str, str] | None:
    session, key = reading.session, reading.programme.key
    fields = record.fields
    linked = {
        role: reading.entities[name][1]
        for role, name in record.links.items()
        if name in reading.entities
    }
    if record.entity == "person":
        email = str(fields["email"]) if fields.get("email") else None
        first_name = str(fields.get("first_name", ""))
        return "person", identity.find_person(session, key, email, first_name)
    if record.entity == "organisation":
        domain = fields.get("domain")
        found = identity.find_organisation(
            session, key, str(fields.get("name", "")), str(domain) if domain else None
        )
        return "organisation", found
    if record.entity == "affiliation":
        if not {"person", "organisation"} <= set(linked):
            return None
        return "affiliation", identity.affiliation(
            session, key, linked["person"], linked["organisation"],
            str(fields["function"]),
        )  # fmt: skip
    return _identify_participation(reading, record, linked, round_id)


def _identify_participation(
    reading: Reading, record: Record, linked: dict[str, str], round_id: str | None
) -> tuple[str, str] | None:
    if "person" not in linked:
        return None
    if round_id is None:
        reading.reasons.append(_reason("round", "no_round", NO_ROUND, record.name))
        return None
    found = identity.participation(
        reading.session, reading.programme.key, linked["person"], round_id,
        str(record.fields["role"]),
    )  # fmt: skip
    _evaluation_links(reading, found, str(record.fields["role"]))
    return "participation", found


LINK_KINDS = {
    "mentor": ("closing",),
    "mentee": ("closing", "six_month_follow_up", "company"),
}


def _evaluation_links(reading: Reading, participation_id: str, role: str) -> None:
    """Give a participation its personal links, once."""
    session = reading.session
    have = set(
        session.scalars(
            select(EvaluationLink.kind).where(
                EvaluationLink.participation_id == participation_id
            )
        )
    )
    fresh = [
        {
            "token": new_id(),
            "programme": reading.programme.key,
            "participation_id": participation_id,
            "kind": kind,
        }
        for kind in LINK_KINDS.get(role, ())
        if kind not in have
    ]
    if fresh:
        session.execute(insert(EvaluationLink), fresh)


def _consents(reading: Reading, mapped: Mapped, part: Participation | None) -> None:
    response = reading.submission.response
    said = []
    for answer in mapped.consents:
        entity = reading.entities.get(answer.person)
        person_id = entity[1] if entity else (part.person_id if part else None)
        if person_id is not None:
            said.append((person_id, answer))
    if not said:
        return
    known = {
        (row[0], row[1], row[2])
        for row in reading.session.execute(
            select(Consent.person_id, Consent.purpose, Consent.given).where(
                Consent.person_id.in_({person_id for person_id, _ in said}),
                Consent.source == "form",
                Consent.reference == response,
            )
        )
    }
    fresh = [
        {
            "programme": reading.programme.key,
            "person_id": person_id,
            "purpose": answer.purpose,
            "given": answer.given,
            "at": reading.submission.submitted_at,
            "source": "form",
            "reference": response,
            "wording": answer.wording,
            "version": answer.version,
            "language": answer.language,
            "delivery_id": reading.delivery_id,
        }
        for person_id, answer in said
        if (person_id, answer.purpose, answer.given) not in known
    ]
    if fresh:
        reading.session.execute(insert(Consent), fresh)


def _evaluation(
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
        reading.reasons.append(_reason("respondent", "no_respondent", NO_RESPONDENT))
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
    """Without a link: the person's newest participation in that role and round."""
    session = reading.session
    root = roots(session, [person_id])[person_id]
    query = (
        select(Participation)
        .join(Round, Round.id == Participation.round_id)
        .where(
            Participation.person_id.in_({person_id, root}), Participation.role == role
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


def evidence_rank(programme: ProgrammeMap, name: str, evidence: str) -> int:
    """Return how good a kind of evidence is for a field: higher is better."""
    rule = programme.fields.get(f"participation.{name}")
    kinds = rule.evidence if rule else ()
    return len(kinds) - kinds.index(evidence) if evidence in kinds else 0


def _withdraw_claims(session: Session, siblings: list[int]) -> set[tuple[str, str]]:
    """Take back what the response said before; return the entities it spoke of."""
    standing = (Claim.delivery_id.in_(siblings), Claim.superseded_at.is_(None))
    old = session.execute(
        select(Claim.entity_kind, Claim.entity_id).where(*standing).distinct()
    ).all()
    if old:
        session.execute(update(Claim).where(*standing).values(superseded_at=utcnow()))
    return {(row[0], row[1]) for row in old}


def _remember(reading: Reading, siblings: list[int]) -> None:
    fresh = [
        {
            "delivery_id": reading.delivery_id,
            "record": name,
            "entity_kind": kind,
            "entity_id": entity_id,
        }
        for name, (kind, entity_id) in reading.entities.items()
        if name not in reading.bound
    ]
    if fresh:
        reading.session.execute(insert(DeliveryEntity), fresh)


def _problems(mapped: Mapped) -> list[dict[str, Any]]:
    return [
        {
            "record": problem.record,
            "field": problem.field,
            "question": problem.question,
            "code": problem.code,
            "message": dict(problem.message),
        }
        for problem in mapped.problems
    ]


UNKNOWN_TOKEN = {
    "da": "Det personlige link hører ikke til nogen deltagelse. Svaret er gemt.",
    "en": "The personal link belongs to no participation. The answer is kept.",
}
NO_ROUND = {
    "da": "Svaret passer ikke til nogen runde. Ret rundens datoer, og afspil igen.",
    "en": "The answer fits no round. Correct the round's dates and replay it.",
}
NO_RESPONDENT = {
    "da": "Ingen deltagelse passer til den, der svarer. Svaret er gemt.",
    "en": "No participation fits the person who answers. The answer is kept.",
}


def _reason(
    name: str, code: str, message: dict[str, str], record: str = ""
) -> dict[str, Any]:
    return {
        "record": record, "field": name, "question": "", "code": code,
        "message": message,
    }  # fmt: skip
