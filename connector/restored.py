"""After a restore: what the lost machine did since the backup stands in the tools.

Nothing is written to a tool before every answer since then was fetched and processed:
until then its connection is paused, with this reason. One that staff had paused before
stays so, and waits likewise when they resume it earlier than that. And what the lost
machine wrote in that time is no word of staff: the property history says who wrote
when.
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
    "first; it goes on by itself after that. A form that cannot be read, or whose tool "
    "has no token in .env, holds it up (vidensbro reconcile, vidensbro doctor). To go "
    "on without it: vidensbro connection resume"
)
COMPARES = ("hubspot.compare", "mailchimp.compare")
OWES = "owes"
"""In a window of a connection that is to wait, but cannot yet: staff had paused it."""


def begin(wire: Wire, made_at: datetime) -> None:
    """Have the restored service look before it writes. The caller commits."""
    now = utcnow()
    session = Session(wire, join_transaction_mode="create_savepoint")
    for row in session.scalars(select(Connection)):
        window = {"from": made_at.isoformat(), "to": now.isoformat(), OWES: True}
        row.facts = {**row.facts, FACT: [*row.facts.get(FACT, []), window]}
        if row.state in {"active", "new"}:
            _have_wait(row, now)
    session.execute(update(FormWatch).values(looked_at=None))
    session.commit()


def go_on(service: Service, key: str) -> list[str]:
    """Let the tools go on that wait for a restore, once all was fetched; return which.

    Until then, have those wait that staff resumed. The nightly compares are due at once
    afterwards: what staff said and the lost machine overwrote stands in the property
    history alone.
    """
    with service.database.reading() as session:
        rows = _concerned(session, key)
        processed = bool(rows) and _all_processed(session, key)
    if not rows:
        return []
    if processed and _all_fetched(service, key):
        return _release(service, key)
    if any(_is_early(row) for row in rows):
        with service.database.writing() as session:
            for row in _concerned(session, key):
                hold_back(row)
    return []


def hold_back(row: Connection) -> None:
    """Pause a connection that became active before all was fetched. The caller commits.

    Only once: who resumes it again goes on without what lacks.
    """
    if _is_early(row):
        _have_wait(row, utcnow())


def waits(row: Connection) -> bool:
    """Tell whether a connection is paused until all since a restore was fetched."""
    return row.state == "paused" and row.reason == _reason_of(row.facts) != ""


def _release(service: Service, key: str) -> list[str]:
    released = []
    with service.database.writing() as session:
        for row in _concerned(session, key):
            if waits(row):
                row.state = "active" if row.account else "new"
                row.reason, row.changed_at = "", utcnow()
                released.append(row.tool)
            _settle(row)
        session.execute(
            delete(ChoreRun).where(
                ChoreRun.programme == key, ChoreRun.chore.in_(COMPARES)
            )
        )
    return released


def _concerned(session: Session, key: str) -> list[Connection]:
    """Return the connections that wait, or have to once staff resume them."""
    rows = session.scalars(select(Connection).where(Connection.programme == key))
    return [row for row in rows if waits(row) or _owes(row)]


def _owes(row: Connection) -> bool:
    windows = row.facts.get(FACT)
    return OWES in windows[-1] if windows else False


def _is_early(row: Connection) -> bool:
    return row.state == "active" and _owes(row)


def _have_wait(row: Connection, now: datetime) -> None:
    row.state, row.changed_at, row.reason = "paused", now, _reason_of(row.facts)
    _settle(row)


def _settle(row: Connection) -> None:
    windows = [dict(one) for one in row.facts.get(FACT, [])]
    for one in windows:
        one.pop(OWES, None)
    row.facts = {**row.facts, FACT: windows}


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
    """Tell whether every form was read since the restore.

    One that no token can read is not waited for, unless answers to it came before: then
    somebody may have said no in the meantime, and only staff can say to go on.
    """
    bound = {(one.provider, one.form) for one in service.programme(key).bindings}
    with service.database.reading() as session:
        watches = session.scalars(select(FormWatch).where(FormWatch.programme == key))
        read = {
            (row.provider, row.form)
            for row in watches
            if row.looked_at is not None and not row.problem
        }
        answered = session.execute(
            select(Delivery.provider, Delivery.form)
            .where(Delivery.programme == key, Delivery.kind == "complete")
            .distinct()
        ).all()
    lacking = bound - read
    if lacking & {(row.provider, row.form) for row in answered}:
        return False
    return not any(
        _can_be_read(service, key, provider)
        for provider in {provider for provider, _ in lacking}
    )


def _can_be_read(service: Service, key: str, provider: str) -> bool:
    source = sources().get(provider)
    client = source.connect(service, key) if source is not None else None
    if client is None:
        return False
    client.door.close()
    return True
