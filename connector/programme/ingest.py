"""From one submission to claims and entities, in one transaction.

Order of arrival does not matter: every claim carries the provider's own time, and a
response has one set of claims, that of its newest revision and of today's mapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from connector.db import new_id, utcnow
from connector.programme import identity
from connector.programme.claims import Claim
from connector.programme.consents import keep_refusals
from connector.programme.doubts import tend_doubts
from connector.programme.entities import (
    Consent,
    DeliveryEntity,
    EvaluationLink,
    Participation,
    Round,
)
from connector.programme.evaluation import take_evaluation
from connector.programme.policies import policy_of
from connector.programme.reading import (
    NO_CONSENT,
    NO_ROUND,
    UNKNOWN_TOKEN,
    WRONG_LINK,
    Reading,
    problems,
    reason,
)
from connector.programme.resolve import resolve, roots
from mappings.plan import ProgrammeMap
from mappings.records import EvaluationAnswers, Mapped, Record
from webhooks.submission import Submission

ORDER = {"organisation": 0, "person": 1, "affiliation": 2, "participation": 3}
PROGRAMME = "programme"
REFERENCES = {"organisation": "organisation_id", "specialist": "specialist_id"}


def ingest(  # noqa: PLR0913 - the parts of one reading
    session: Session,
    programme: ProgrammeMap,
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
    if any(c.purpose == PROGRAMME and not c.given for c in mapped.consents):
        # Without this consent nothing of the answer may be used; the answer is kept.
        keep_refusals(reading, mapped)
        mapped = replace(mapped, records=(), consents=(), evaluation=None)
        reading.reasons.append(reason("consent_programme", "no_consent", NO_CONSENT))
    round_id, part = _place(reading, mapped)
    for record in sorted(mapped.records, key=lambda r: ORDER[r.entity]):
        _record(reading, record, round_id)
    _consents(reading, mapped, part)
    if mapped.evaluation is not None:
        take_evaluation(reading, mapped, mapped.evaluation, round_id, part)
    touched = _withdraw_claims(session, siblings) if reading.bound else set()
    if reading.claims:  # one statement for all: an ORM insert would ask for each id
        session.execute(insert(Claim), reading.claims)
    _remember(reading)
    touched |= set(reading.entities.values())
    resolve(session, policy_of(programme), touched)
    tend_doubts(session, touched)
    return problems(mapped) + reading.reasons


def hear_refusals(
    session: Session,
    programme: ProgrammeMap,
    submission: Submission,
    mapped: Mapped,
    *,
    delivery_id: int,
) -> None:
    """Keep only the "no" to the newsletter of an answer that does not count."""
    reading = Reading(session, programme, submission, delivery_id, "", bound={})
    keep_refusals(reading, mapped)


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
            reading.reasons.append(reason("token", "unknown_token", UNKNOWN_TOKEN))
        elif link is not None and not _fits(link, part, mapped.evaluation):
            reading.reasons.append(reason("token", "wrong_link", WRONG_LINK))
            part = None
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


def _fits(
    link: EvaluationLink, part: Participation, evaluation: EvaluationAnswers | None
) -> bool:
    """Tell whether a personal link belongs to the evaluation that it came with."""
    if evaluation is None:
        return True
    whose = evaluation.kind == "company" or evaluation.role == part.role
    return link.kind == evaluation.kind and whose


def _record(reading: Reading, record: Record, round_id: str | None) -> None:
    entity = reading.bound.get(record.name) or _identify(reading, record, round_id)
    if entity is None:
        return
    reading.entities[record.name] = entity
    kind, entity_id = entity
    if kind == "person" and record.name in reading.bound and record.fields.get("email"):
        # A newer revision, or today's mapping, may read another address.
        theirs = (reading.session, reading.programme.key, str(record.fields["email"]))
        if identity.add_address(*theirs, entity_id):
            identity.ask_who(*theirs, entity_id)
    for name, value in record.fields.items():
        if (kind, name) not in KEYS:
            reading.say(kind, entity_id, name, value)
    if kind == "participation":
        _open(reading, record, entity_id)


def _open(reading: Reading, record: Record, part_id: str) -> None:
    """Say that somebody applied, when, and whom their part is tied to."""
    kind = "participation"
    if "status" not in record.fields:
        reading.say(kind, part_id, "status", "applied")
    applied_at = reading.submission.submitted_at.isoformat()
    reading.say(kind, part_id, "applied_at", applied_at)
    for role, column in REFERENCES.items():
        linked = reading.entities.get(record.links.get(role, ""))
        if linked is not None:
            reading.say(kind, part_id, column, linked[1])


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
        reading.reasons.append(reason("round", "no_round", NO_ROUND, record.name))
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
    known = _said_before(reading) if reading.bound else set()
    _take_back(reading, known - {(p, a.purpose, a.given) for p, a in said})
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


def _take_back(reading: Reading, gone: set[tuple[str, str, bool]]) -> None:
    """Drop a yes that today's mapping no longer reads; a "no" always stays."""
    for person_id, purpose, given in gone:
        if given:
            reading.session.execute(
                delete(Consent).where(
                    Consent.person_id == person_id,
                    Consent.purpose == purpose,
                    Consent.given.is_(True),
                    Consent.source == "form",
                    Consent.reference == reading.submission.response,
                )
            )


def _said_before(reading: Reading) -> set[tuple[str, str, bool]]:
    """Return the consents that this response has given already."""
    rows = reading.session.execute(
        select(Consent.person_id, Consent.purpose, Consent.given).where(
            Consent.programme == reading.programme.key,
            Consent.source == "form",
            Consent.reference == reading.submission.response,
        )
    )
    return {(row[0], row[1], row[2]) for row in rows}


def _withdraw_claims(session: Session, siblings: list[int]) -> set[tuple[str, str]]:
    """Take back what the response said before; return the entities it spoke of."""
    standing = (Claim.delivery_id.in_(siblings), Claim.superseded_at.is_(None))
    old = session.execute(
        select(Claim.entity_kind, Claim.entity_id).where(*standing).distinct()
    ).all()
    if old:
        session.execute(update(Claim).where(*standing).values(superseded_at=utcnow()))
    return {(row[0], row[1]) for row in old}


def _remember(reading: Reading) -> None:
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
