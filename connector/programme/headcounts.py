"""How many mentors, mentees, pairs and applicants each round has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import Match
from connector.programme.populations import Facts

STANDING = ("proposed", "active")
APPLYING = ("applied", "selected", "waitlisted")


@dataclass(frozen=True, slots=True)
class Headcount:
    """A round in four numbers; applicants are neither in it nor turned down."""

    mentors: int
    mentees: int
    matches: int
    applicants: int


def headcounts(session: Session, programme: str, facts: Facts) -> dict[str, Headcount]:
    """Return each round's headcount, by the round's id."""
    pairs = _pairs(session, programme, facts.part_of)
    applying: dict[str, int] = defaultdict(int)
    for part in facts.parts.values():
        if not part.took_part and part.row.status in APPLYING:
            applying[part.row.round_id] += 1
    return {
        row.id: Headcount(
            mentors=len(facts.taking_part("mentor", [row.id])),
            mentees=len(facts.taking_part("mentee", [row.id])),
            matches=pairs.get(row.id, 0),
            applicants=applying.get(row.id, 0),
        )
        for row in facts.rounds
    }


def _pairs(
    session: Session, programme: str, part_of: Mapping[str, str]
) -> dict[str, int]:
    """Return how many pairs each round has; pairs of merged people are one."""
    rows = session.execute(
        select(Match.round_id, Match.mentor_id, Match.mentee_id).where(
            Match.programme == programme, Match.state.in_(STANDING)
        )
    )
    pairs: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for round_id, *pair in rows:
        pairs[round_id].add(tuple(part_of.get(part_id, part_id) for part_id in pair))
    return {round_id: len(held) for round_id, held in pairs.items()}
