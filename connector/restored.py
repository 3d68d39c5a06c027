"""After a restore: what the lost machine did since the backup stands in the tools.

Nothing is written to a tool before every answer since then was fetched and processed:
until then its connection is paused, with this reason. And what the lost machine wrote
in that time is no word of staff: the property history says who wrote when.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Wire
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from connector.chores import ChoreRun
from connector.db import utcnow
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.state import FormWatch
from connector.sources.tools import sources
from connector.sync.lost import FACT
from connector.sync.state import Connection

REASON = (
    "Restored from the backup of {made_at}. The answers since then are being fetched "
    "first; it goes on by itself after that. A form that cannot be read holds it up: "
    "vidensbro reconcile says which."
)
COMPARES = ("hubspot.compare", "mailchimp.compare")


def begin(wire: Wire, made_at: datetime) -> None:
    """Have the restored service look before it writes. The caller commits."""
    now = utcnow()
    session = Session(wire, join_transaction_mode="create_savepoint")
    for row in session.scalars(select(Connection)):
        earlier = row.facts.get(FACT, [])
        window = {"from": made_at.isoformat(), "to": now.isoformat()}
        row.facts = {**row.facts, FACT: [*earlier, window]}
        if row.state == "active":
            row.state, row.changed_at = "paused", now
            row.reason = _reason(made_at.isoformat())
    session.execute(update(FormWatch).values(looked_at=None))
    session.commit()


def go_on(service: Service, key: str) -> list[str]:
    """Let the tools go on that wait for a restore, once all was fetched; return which.

    The nightly compares are due at once then: what staff said and the lost machine
    overwrote stands in the property history alone.
    """
    with service.database.reading() as session:
        waiting = [row.tool for row in _waiting(session, key)]
        if not waiting or not _all_processed(session, key):
            return []
    if not _all_fetched(service, key):
        return []
    with service.database.writing() as session:
        for row in _waiting(session, key):
            row.state, row.reason, row.changed_at = "active", "", utcnow()
        session.execute(
            delete(ChoreRun).where(
                ChoreRun.programme == key, ChoreRun.chore.in_(COMPARES)
            )
        )
    return waiting


def _waiting(session: Session, key: str) -> list[Connection]:
    rows = session.scalars(
        select(Connection).where(
            Connection.programme == key, Connection.state == "paused"
        )
    )
    return [row for row in rows if row.reason and row.reason == _reason_of(row.facts)]


def _reason_of(facts: Mapping[str, Any]) -> str:
    windows = facts.get(FACT)
    return _reason(windows[-1]["from"]) if windows else ""


def _reason(made_at: str) -> str:
    return REASON.format(made_at=made_at[:16].replace("T", " "))


def _all_processed(session: Session, key: str) -> bool:
    return not session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.programme == key, Delivery.state == "received")
    )


def _all_fetched(service: Service, key: str) -> bool:
    """Tell whether every form that can be read was read since the restore."""
    bound = {(one.provider, one.form) for one in service.programme(key).bindings}
    with service.database.reading() as session:
        read = {
            (row.provider, row.form)
            for row in session.scalars(
                select(FormWatch).where(FormWatch.programme == key)
            )
            if row.looked_at is not None and not row.problem
        }
    return all(
        not _can_be_read(service, key, provider)
        for provider in {provider for provider, _ in bound - read}
    )


def _can_be_read(service: Service, key: str, provider: str) -> bool:
    source = sources().get(provider)
    client = source.connect(service, key) if source is not None else None
    if client is None:
        return False
    client.door.close()
    return True
