"""What meetings and notes have in common: whose records they hang on, what is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import new_id, utcnow
from connector.programme.entities import ENTITY_TABLES, Entity
from connector.programme.resolve import merged
from connector.programme.staff import say
from connector.sync.hubspot.desired import Key, field_value
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteRecord

Ends = Mapping[str, Mapping[str, list[str]]]
"""Entity kind -> record id -> entity ids of ours that the record is associated with."""


def ends_of(
    side: Side, object_type: str, ids: Iterable[str], kinds: Iterable[str]
) -> Ends:
    """Return which entities of ours each record hangs on, by kind.

    A record that HubSpot did not answer for is in none of them.
    """
    asked = sorted(ids)
    found: dict[str, dict[str, list[str]]] = {}
    for kind in kinds:
        there = side.client.associations(object_type, side.kinds[kind].type, asked)
        with side.context.database.reading() as session:
            ours = _ours(session, side, kind)
        found[kind] = {
            one: sorted({ours[other] for other in others if other in ours})
            for one, others in there.items()
        }
    return found


def _ours(session: Session, side: Side, kind: str) -> dict[str, str]:
    gone = merged(session)
    return {
        str(row.remote_id): gone.get(row.entity_id, row.entity_id)
        for row in side.records(session, kind).values()
        if row.remote_id
    }


def entity_of(
    side: Side, session: Session, object_type: str, record_id: str
) -> tuple[str, str] | None:
    """Return (kind, id) of the entity that a meeting or note is; None for a new one."""
    row = _row(side, session, object_type, record_id)
    return (row.entity_kind, row.entity_id) if row is not None else None


def begin(
    side: Side, session: Session, record: tuple[str, str], kind: str, **fixed: Any
) -> str:
    """Begin an entity for a record (object type, id) of the CRM; return its id."""
    entity = ENTITY_TABLES[kind](id=new_id(), programme=side.context.key, **fixed)
    session.add(entity)
    session.add(
        RemoteRecord(
            programme=side.context.key,
            tool=TOOL,
            object_type=record[0],
            entity_kind=kind,
            entity_id=entity.id,
            remote_id=record[1],
            state="linked",
            sent={},
            accepted={},
            pushed={},
        )
    )
    session.flush()
    return entity.id


def forget(
    side: Side,
    session: Session,
    object_type: str,
    record_id: str,
    *,
    for_good: bool = False,
) -> None:
    """Say that a record is gone there; what it said is taken back by the caller.

    ``for_good`` lets the same record be another entity from now on.
    """
    row = _row(side, session, object_type, record_id)
    if row is not None:
        row.state = "gone"
        row.remote_id = None if for_good else row.remote_id


def come_back(side: Side, session: Session, object_type: str, record_id: str) -> None:
    """Say that a record stands there (again)."""
    row = _row(side, session, object_type, record_id)
    if row is not None:
        row.state = "linked"


def say_all(
    side: Side, session: Session, key: Key, values: Mapping[str, Any], at: datetime
) -> bool:
    """Claim what differs from what stands; return whether anything did."""
    entity = session.get(ENTITY_TABLES[key[0]], key[1])
    assert entity is not None  # noqa: S101 - it was begun, and nothing deletes it
    news = {n: v for n, v in values.items() if not _stands(entity, n, v)}
    for name, value in news.items():
        say(session, side.plan, key, name, value, at=at, origin="hubspot")
    return bool(news)


def _stands(entity: Entity, name: str, value: Any) -> bool:
    held = field_value(entity, name)
    if hasattr(held, "isoformat"):
        held = held.isoformat()
    return bool(held == value or (not held and not value))


def when(text: str | None) -> datetime | None:
    """Read a HubSpot time, ISO or epoch milliseconds; None for none."""
    if not text:
        return None
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, tz=utcnow().tzinfo)
    return datetime.fromisoformat(text)


class _Text(HTMLParser):
    """Collects the text of a note, which HubSpot keeps as HTML."""

    BREAKS = frozenset({"p", "br", "div", "li", "h1", "h2", "h3", "tr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(html: str) -> str:
    """Return the text of some HTML, its lines kept and its spaces tidied."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _row(
    side: Side, session: Session, object_type: str, record_id: str
) -> RemoteRecord | None:
    return session.scalar(
        select(RemoteRecord).where(
            RemoteRecord.programme == side.context.key,
            RemoteRecord.tool == TOOL,
            RemoteRecord.object_type == object_type,
            RemoteRecord.remote_id == record_id,
        )
    )
