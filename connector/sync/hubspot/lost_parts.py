"""Participations that a lost machine had made: found by contact, round and role.

The restored one gives the same part another key. Nothing but the associations leads to
the record, and to the personal links on it, which may have been sent to somebody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.programme.entities import EvaluationLink, Participation
from connector.programme.resolve import merged
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.side import Side

TOKEN = re.compile(r"([0-9a-f]{20})$")
LINK = "_link"


@dataclass(frozen=True, slots=True)
class _Part:
    """A participation here, and the records there that it hangs on."""

    key: Key
    role: str
    title: str
    contact: str
    round: str


def lost_parts(side: Side, fresh: Sequence[Desired]) -> dict[Key, Record]:
    """Return the records that stand there for these participations already.

    Their personal links are taken over: an answer that comes by one is understood.
    """
    with side.context.database.reading() as session:
        parts = _parts(side, session, fresh)
        ours = {
            row.remote_id for row in side.records(session, "participation").values()
        }
    by_contact = _reached(side, "contacts", [one.contact for one in parts])
    ids = sorted({i for held in by_contact.values() for i in held} - ours)
    if not ids:
        return {}
    kind = side.kinds["participation"]
    role, links = _property(side, "role"), _links(side)
    names = [*side.names("participation"), kind.name, role, *links.values()]
    answer = side.client.batch_read(kind.type, ids, names)
    records = {record.id: record for record in answer.found}
    by_round = _reached(side, side.kinds["round"].type, [one.round for one in parts])
    found: dict[Key, Record] = {}
    for part in parts:
        fitting = [
            record
            for i in by_contact.get(part.contact, ())
            if i in by_round.get(part.round, ())
            and (record := records.get(i)) is not None
            and record.properties.get(role) == part.role
            and record not in found.values()
        ]
        # Of several (staff may have made one by hand) the one titled as ours would be.
        fitting.sort(key=lambda r: (r.properties.get(kind.name) != part.title, r.id))
        if fitting:
            found[part.key] = fitting[0]
    _keep_links(side, found, links)
    return found


def _parts(side: Side, session: Session, fresh: Sequence[Desired]) -> list[_Part]:
    gone = merged(session)
    wanted = {one.entity_id: one for one in fresh}
    rows = session.scalars(select(Participation).where(Participation.id.in_(wanted)))
    people = {k[1]: r.remote_id for k, r in side.records(session, "person").items()}
    rounds = {k[1]: r.remote_id for k, r in side.records(session, "round").items()}
    parts = []
    for row in rows:
        contact = people.get(gone.get(row.person_id, row.person_id))
        course = rounds.get(row.round_id)
        if contact and course:
            title = wanted[row.id].properties[side.kinds["participation"].name]
            key = ("participation", row.id)
            parts.append(_Part(key, row.role, title, contact, course))
    return parts


def _reached(side: Side, from_type: str, ids: Sequence[str]) -> dict[str, list[str]]:
    to = side.kinds["participation"].type
    return side.client.associations(from_type, to, sorted(set(ids))) if ids else {}


def _property(side: Side, field: str) -> str:
    rule = side.plan.fields[f"participation.{field}"]
    return rule.hubspot.property if rule.hubspot is not None else ""


def _links(side: Side) -> dict[str, str]:
    """Return kind of evaluation -> property with the personal link to it."""
    return {
        rule.field.removesuffix(LINK): rule.hubspot.property
        for rule in side.plan.leaving("hubspot")
        if rule.entity == "participation"
        and rule.hubspot is not None
        and rule.field.endswith(LINK)
    }


def _keep_links(
    side: Side, found: Mapping[Key, Record], links: Mapping[str, str]
) -> None:
    """Let the tokens that were given out stand for these participations, too.

    They take the place of new ones, which nobody was ever shown.
    """
    with side.context.database.writing() as session:
        for (_, part_id), record in found.items():
            for kind, name in links.items():
                token = TOKEN.search(record.properties.get(name) or "")
                if token is None or session.get(EvaluationLink, token[1]) is not None:
                    continue
                session.execute(
                    update(EvaluationLink)
                    .where(
                        EvaluationLink.participation_id == part_id,
                        EvaluationLink.kind == kind,
                    )
                    .values(token=token[1])
                )
