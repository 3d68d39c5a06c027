"""What staff said in between: found in the property history, at its own time.

Polling sees a value as it stands. One that fell between our read and our write, or was
put back before the next poll, stands in the history alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.programme.claims import Claim
from connector.programme.resolve import same_one
from connector.programme.staff import say
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side
from connector.sync.hubspot.values import UNKNOWN, claim_value


@dataclass(frozen=True, slots=True)
class Said:
    """One value that somebody else than we set, in the programme's words."""

    field: str
    value: Any
    at: datetime


def unsaid(
    side: Side, session: Session, key: Key, record: Record, mark: datetime | None
) -> list[Said]:
    """Return what staff said and no claim repeats, oldest first.

    All that was said since ``mark`` counts, the newest too: a value that was put back
    must outlive the one before it. What a record held before it became ours does not.
    A claim that staff struck stays struck.
    """
    since = _begins(key, record, mark)
    if since is None:
        return []
    found = [
        Said(rule.field, value, past.at)
        for name, rule in side.read_back(key[0]).items()
        for past in record.history.get(name, ())
        if past.at > since
        and not side.is_ours(past)
        and (value := claim_value(side.stages, rule, past.value or "")) is not UNKNOWN
    ]
    if not found:
        return []
    known = _claimed(session, key)
    fresh = [
        one for one in found if one.value not in known.get((one.field, one.at), ())
    ]
    return sorted(fresh, key=lambda one: one.at)


def say_all(side: Side, session: Session, key: Key, said: Sequence[Said]) -> None:
    """Claim all that; the caller resolves."""
    for one in said:
        say(session, side.plan, key, one.field, one.value, at=one.at, origin="hubspot")


def learn_sources(side: Side, records: Mapping[Key, Record]) -> None:
    """Learn under which ids our writes stand there: whoever wrote our keys is us.

    Only where the settings name the app: else every integration counts as us. The
    records were read with the history of our key.
    """
    if side.app_id:
        side.sources |= _own_sources(records)
        side.context.facts["hubspot.sources"] = sorted(side.sources)


def _own_sources(records: Mapping[Key, Record]) -> set[str]:
    return {
        str(past.source_id)
        for key, record in records.items()
        for past in record.history.get(ID, ())
        if past.value == key[1] and past.source_type == "INTEGRATION" and past.source_id
    }


def _begins(key: Key, record: Record, mark: datetime | None) -> datetime | None:
    """Return since when to look: the last compare, or when the record became ours."""
    keyed = [past.at for past in record.history.get(ID, ()) if past.value == key[1]]
    starts = [*([mark] if mark else []), *([min(keyed)] if keyed else [])]
    return max(starts, default=None)


def _claimed(session: Session, key: Key) -> dict[tuple[str, datetime], list[Any]]:
    known: dict[tuple[str, datetime], list[Any]] = {}
    for field, at, value in session.execute(
        select(Claim.field, Claim.asserted_at, Claim.value).where(
            Claim.entity_id.in_(same_one(session, key[1])), Claim.source == "staff"
        )
    ):
        known.setdefault((field, at), []).append(value)
    return known
