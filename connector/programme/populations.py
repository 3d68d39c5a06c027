"""Who and what the figures count: the programme's facts, read in a few queries.

People, organisations and participations that staff merged are one here; what was said
about any of them is read through the alias.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import (
    Alias,
    EvaluationResponse,
    Milestone,
    Organisation,
    Outreach,
    Participation,
    Round,
)

TOOK_PART = ("active", "completed")
SPREAD_KINDS = ("city", "partner")


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part in a round, with all that was merged into it.

    ``took_part`` says that it was active or completed at some time, by the word of
    staff that still stands; a mistaken move that was struck does not count.
    """

    row: Participation
    person_id: str
    organisation_id: str | None
    specialist_id: str | None
    took_part: bool

    @property
    def completed(self) -> bool:
        """Tell whether the round was completed, as things stand now."""
        return self.row.status == "completed"


class Reply(NamedTuple):
    """One response that counts; sorting gives the order in which they were given."""

    submitted_at: datetime
    response: str
    respondent: str
    indicators: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spread:
    """A city or partner and the days on which it was informed and interested."""

    organisation_id: str
    informed_on: date | None
    interested_on: date | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A programme's facts. ``part_of`` leads from every participation to its part.

    ``replies`` holds the newest response by (part, evaluation kind); ``for_company``
    those that name only a round and an organisation, newest of each respondent, by
    (round, organisation, evaluation kind).
    """

    rounds: tuple[Round, ...]
    parts: Mapping[str, Part]
    part_of: Mapping[str, str]
    replies: Mapping[tuple[str, str], Reply]
    for_company: Mapping[tuple[str, str, str], tuple[Reply, ...]]
    spread: tuple[Spread, ...]
    milestones: Mapping[str, Milestone]

    def taking_part(self, role: str, round_ids: Iterable[str]) -> list[Part]:
        """Return everyone of a role who was ever active in one of the rounds."""
        wanted = set(round_ids)
        return [
            part
            for part in self.parts.values()
            if part.took_part and part.row.role == role and part.row.round_id in wanted
        ]


class _Roots:
    """From an id to the one it was merged into, over every merge of a programme."""

    def __init__(self, session: Session, programme: str) -> None:
        rows = session.execute(
            select(Alias.entity_id, Alias.into_id).where(Alias.programme == programme)
        )
        self._into = {row[0]: row[1] for row in rows}

    def of(self, entity_id: str) -> str:
        while entity_id in self._into:
            entity_id = self._into[entity_id]
        return entity_id

    def maybe(self, entity_id: str | None) -> str | None:
        return None if entity_id is None else self.of(entity_id)


def load_facts(session: Session, programme: str) -> Facts:
    """Read everything that a programme's figures rest on."""
    roots = _Roots(session, programme)
    rounds = session.scalars(
        select(Round).where(Round.programme == programme).order_by(Round.starts)
    ).all()
    parts, part_of = _parts(session, programme, roots)
    replies, for_company = _replies(session, programme, roots, (parts, part_of))
    milestones = session.scalars(
        select(Milestone).where(Milestone.programme == programme)
    )
    return Facts(
        rounds=tuple(rounds),
        parts=parts,
        part_of=part_of,
        replies=replies,
        for_company=for_company,
        spread=_spread(session, programme, roots),
        milestones={row.key: row for row in milestones},
    )


def _parts(
    session: Session, programme: str, roots: _Roots
) -> tuple[dict[str, Part], dict[str, str]]:
    rows = {
        row.id: row
        for row in session.scalars(
            select(Participation)
            .where(Participation.programme == programme)
            .order_by(Participation.created_at, Participation.id)
        )
    }
    moved = _moved_by_staff(session, programme)
    groups: dict[tuple[str, str, str], list[Participation]] = defaultdict(list)
    for row in rows.values():
        root = rows.get(roots.of(row.id), row)
        groups[(roots.of(root.person_id), root.round_id, root.role)].append(row)
    parts: dict[str, Part] = {}
    part_of: dict[str, str] = {}
    for (person_id, _, _), group in groups.items():
        # The row that the others are read through; of a merged person's own rows the
        # one that stands under the person who stayed.
        lead = min(
            group,
            key=lambda row: (roots.of(row.id) != row.id, row.person_id != person_id),
        )
        part_of.update({row.id: lead.id for row in group})
        parts[lead.id] = Part(
            row=lead,
            person_id=person_id,
            organisation_id=roots.maybe(lead.organisation_id),
            specialist_id=roots.maybe(lead.specialist_id),
            took_part=lead.status in TOOK_PART or any(row.id in moved for row in group),
        )
    return parts, part_of


def _moved_by_staff(session: Session, programme: str) -> set[str]:
    """Return the participations that staff ever moved to active or completed."""
    rows = session.execute(
        select(Claim.entity_id, Claim.value).where(
            Claim.programme == programme,
            Claim.entity_kind == "participation",
            Claim.field == "status",
            Claim.source == "staff",
            Claim.superseded_at.is_(None),
        )
    )
    return {row[0] for row in rows if row[1] in TOOK_PART}


def _replies(
    session: Session,
    programme: str,
    roots: _Roots,
    known: tuple[Mapping[str, Part], Mapping[str, str]],
) -> tuple[dict[tuple[str, str], Reply], dict[tuple[str, str, str], tuple[Reply, ...]]]:
    parts, part_of = known
    by_place = {
        (part.person_id, part.row.round_id, part.row.role): part_id
        for part_id, part in parts.items()
    }
    newest: dict[tuple[str, str], Reply] = {}
    companies: dict[tuple[str, str, str], dict[str, Reply]] = defaultdict(dict)
    for row in _counting_responses(session, programme):
        person = roots.maybe(row.person_id)
        reply = Reply(
            row.submitted_at, row.response, person or row.id, row.indicators or {}
        )
        part_id = part_of.get(row.participation_id or "")
        if part_id is None and row.organisation_id is None:
            part_id = by_place.get((person or "", row.round_id or "", row.role))
        # Responses come in the order they were given: a later one takes the place.
        if part_id is not None:
            newest[(part_id, row.kind)] = reply
        elif row.organisation_id and row.round_id:
            place = (row.round_id, roots.of(row.organisation_id), row.kind)
            companies[place][reply.respondent] = reply
    return newest, {place: tuple(held.values()) for place, held in companies.items()}


def _counting_responses(
    session: Session, programme: str
) -> Iterable[EvaluationResponse]:
    """Return the responses that count, oldest first: none whose delivery staff
    discarded.
    """
    return session.scalars(
        select(EvaluationResponse)
        .outerjoin(Delivery, Delivery.id == EvaluationResponse.delivery_id)
        .where(
            EvaluationResponse.programme == programme,
            or_(Delivery.id.is_(None), Delivery.state != "discarded"),
        )
        .order_by(EvaluationResponse.submitted_at, EvaluationResponse.response)
    )


def _spread(session: Session, programme: str, roots: _Roots) -> tuple[Spread, ...]:
    """Return each city and partner once, with its days."""
    kinds = dict(
        session.execute(
            select(Organisation.id, Organisation.kind).where(
                Organisation.programme == programme,
                Organisation.kind.in_(SPREAD_KINDS),
            )
        ).all()
    )
    own: dict[str, list[Outreach]] = {key: [] for key in kinds if roots.of(key) == key}
    joined: dict[str, list[Outreach]] = {key: [] for key in own}
    for row in session.scalars(select(Outreach).where(Outreach.programme == programme)):
        root = roots.of(row.organisation_id)
        if root in own:
            (own if row.organisation_id == root else joined)[root].append(row)
    # The row of the one that stayed holds what was said of all; the others' are of old.
    return tuple(
        Spread(
            key,
            min((r.informed_on for r in rows if r.informed_on), default=None),
            min((r.interested_on for r in rows if r.interested_on), default=None),
        )
        for key, rows in ((key, own[key] or joined[key]) for key in own)
    )
