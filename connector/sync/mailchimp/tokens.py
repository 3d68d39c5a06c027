"""What a person is, as tokens in one text field: ``;company;r1.mentor.completed;``.

Saved segments ask whether the field contains a text, so every token stands between two
semicolons. Mailchimp cuts a text field at 255 bytes; what does not fit is left out
here, the oldest round first, so that no half token is ever read as another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import (
    Affiliation,
    Alias,
    Organisation,
    Participation,
    Round,
)
from connector.programme.resolve import roots

MOST_BYTES = 254
CONTACT = "contact"
"""How the functions end in which a person stands for an organisation. A mentor's
employer or a specialist's does not make the person a contact of the company."""

Rank = tuple[str, str]
"""When the round starts ("" for what belongs to no round), and the token."""


def tokens(session: Session, programme: str) -> dict[str, set[Rank]]:
    """Return root person id -> tokens of all that the person and its aliases are."""
    found = _participations(session, programme) + _contacts(session, programme)
    root = roots(session, {person for person, _ in found})
    result: dict[str, set[Rank]] = defaultdict(set)
    for person, rank in found:
        result[root[person]].add(rank)
    return dict(result)


def joined(ranks: Iterable[Rank]) -> str:
    """Return the field's value, "" for nobody in particular."""
    kept = sorted(set(ranks))
    while len((text := _text(kept)).encode()) > MOST_BYTES:
        starts = sorted({start for start, _ in kept if start})
        if len(starts) > 1:
            kept = [rank for rank in kept if rank[0] != starts[0]]
        else:
            kept = kept[:-1]
    return text


def _text(ranks: list[Rank]) -> str:
    return f";{';'.join(token for _, token in ranks)};" if ranks else ""


def _participations(session: Session, programme: str) -> list[tuple[str, Rank]]:
    rows = session.execute(
        select(
            Participation.person_id,
            Round.starts,
            Round.key,
            Participation.role,
            Participation.status,
        )
        .join(Round, Round.id == Participation.round_id)
        .where(
            Participation.programme == programme,
            Participation.status.is_not(None),
            Participation.id.not_in(select(Alias.entity_id)),
        )
    ).all()
    return [
        (person, (starts.isoformat(), f"{key}.{role}.{status}"))
        for person, starts, key, role, status in rows
        if status and ";" not in status
    ]


def _contacts(session: Session, programme: str) -> list[tuple[str, Rank]]:
    rows = session.execute(
        select(Affiliation.person_id, Affiliation.organisation_id).where(
            Affiliation.programme == programme,
            Affiliation.function.endswith(CONTACT),
        )
    ).all()
    root = roots(session, {row[1] for row in rows})
    kinds: Mapping[str, str | None] = dict(
        session.execute(
            select(Organisation.id, Organisation.kind).where(
                Organisation.programme == programme
            )
        ).all()
    )
    return [
        (person, ("", kind))
        for person, organisation in rows
        if (kind := kinds.get(root[organisation])) and ";" not in kind
    ]
