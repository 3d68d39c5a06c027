"""Personal links that were given out before: an answer that comes by one is understood.

They stand on the records that are taken over. Staff may have sent them already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import inbox
from connector.clients.hubspot import Record
from connector.db import utcnow
from connector.inbox import Delivery
from connector.programme.entities import EvaluationLink
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.side import Side

TOKEN = re.compile(r"([0-9a-f]{20})$")
LINK = "_link"
UNKNOWN = "unknown_token"


def link_properties(side: Side) -> dict[str, str]:
    """Return kind of evaluation -> property with the personal link to it."""
    return {
        rule.field.removesuffix(LINK): rule.hubspot.property
        for rule in side.plan.leaving("hubspot")
        if rule.entity == "participation"
        and rule.hubspot is not None
        and rule.field.endswith(LINK)
    }


def keep_links(side: Side, session: Session, records: Mapping[Key, Record]) -> None:
    """Let the tokens on these records stand for their participations, too.

    They count as older than ours, so the links on the records stay as they are. Answers
    that came by one before it was known are read again. The caller commits.
    """
    kept = False
    for key, record in records.items():
        for kind, name in link_properties(side).items():
            token = TOKEN.search(record.properties.get(name) or "")
            if token is None or session.get(EvaluationLink, token[1]) is not None:
                continue
            _keep(side, session, key[1], kind, token[1])
            kept = True
    if kept:
        _read_again(side, session)


def _keep(side: Side, session: Session, part_id: str, kind: str, token: str) -> None:
    oldest = session.scalar(
        select(func.min(EvaluationLink.created_at)).where(
            EvaluationLink.participation_id == part_id, EvaluationLink.kind == kind
        )
    )
    session.add(
        EvaluationLink(
            token=token,
            programme=side.context.key,
            participation_id=part_id,
            kind=kind,
            created_at=(oldest or utcnow()) - timedelta(milliseconds=1),
        )
    )
    session.flush()


def _read_again(side: Side, session: Session) -> None:
    parked = session.execute(
        select(Delivery.id, Delivery.reasons).where(
            Delivery.programme == side.context.key, Delivery.state == "parked"
        )
    )
    waiting = [
        row.id
        for row in parked
        if any(reason["code"] == UNKNOWN for reason in row.reasons)
    ]
    if waiting:
        inbox.reopen(session, ids=waiting, states=("parked",))
