"""What staff changed in HubSpot becomes claims, before anything is written there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients.hubspot import Past, Record
from connector.db import utcnow
from connector.programme.staff import say
from connector.sync.hubspot.compare import absorb, edited, same
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteRecord
from mappings.plan import FieldRule

CLOCK_SKEW = timedelta(seconds=5)


def take_edits(side: Side, kind: str, held: Mapping[Key, Record]) -> set[Key]:
    """Turn staff's edits of these records into claims; return the entities concerned.

    ``held`` is what HubSpot holds now. Only records with an edit cost a further call,
    for the property history: 50 records a call.
    """
    rules = side.read_back(kind)
    with side.context.database.reading() as session:
        known = side.records(session, kind)
        suspects = {
            key: set(edited(known[key], record.properties, set(rules)))
            for key, record in held.items()
            if key in known
        }
    suspects = {key: names for key, names in suspects.items() if names}
    if not suspects:
        return set()
    past = _history(side, kind, {key: held[key] for key in suspects}, suspects)
    touched: set[Key] = set()
    with side.context.database.writing() as session:
        known = side.records(session, kind)
        for key in suspects:
            record = past.get(key, held[key])
            if _take(side, session, known[key], record, rules):
                touched.add(key)
        side.settle(session, touched)
        reached("hubspot.pull.before_commit")
    reached("hubspot.pull.after_commit")
    side.context.outcome.add("staff edits", len(touched))
    return touched


def _history(
    side: Side, kind: str, held: Mapping[Key, Record], suspects: Mapping[Key, set[str]]
) -> dict[Key, Record]:
    names = sorted(set().union(*suspects.values()))
    answer = side.client.batch_read(
        side.kinds[kind].type, [r.id for r in held.values()], names, history=names
    )
    by_id = {record.id: record for record in answer.found}
    return {key: by_id[r.id] for key, r in held.items() if r.id in by_id}


def _take(
    side: Side,
    session: Session,
    known: RemoteRecord,
    record: Record,
    rules: Mapping[str, FieldRule],
) -> bool:
    said = False
    names = set(rules) & set(record.properties)
    for name, value in edited(known, record.properties, names).items():
        newest = next(iter(record.history.get(name, ())), None)
        if _is_our_own(known, name, newest):
            known.accepted = {**known.accepted, name: known.sent[name]}
            known.pushed = {**known.pushed, name: value}
            known.sent = {k: v for k, v in known.sent.items() if k != name}
            continue
        claimed = claim_value(side, rules[name], value)
        absorb(known, name, value)
        if claimed is UNKNOWN:
            continue
        say(
            session,
            side.plan,
            (known.entity_kind, known.entity_id),
            rules[name].field,
            claimed,
            at=_when(value, newest),
            origin="hubspot",
        )
        said = True
    return said


def _is_our_own(known: RemoteRecord, name: str, newest: Past | None) -> bool:
    """Tell whether a value is ours after all: a call whose answer we never saw.

    HubSpot returns values normalised, so after a crash between its acceptance and our
    commit the value may look foreign; its history says that an integration wrote it.
    """
    if name not in known.sent or known.sent_at is None or newest is None:
        return False
    return (
        newest.source_type == "INTEGRATION" and newest.at >= known.sent_at - CLOCK_SKEW
    )


def _when(value: str, newest: Past | None) -> datetime:
    if newest is not None and same(newest.value, value):
        return newest.at
    return utcnow()


UNKNOWN = object()


def claim_value(side: Side, rule: FieldRule, value: str) -> Any:
    """Return a property's text as the programme keeps it; UNKNOWN where it can't be."""
    assert rule.hubspot is not None  # noqa: S101 - only rules with a property come here
    if rule.field == "status":
        return side.stages.status_of(value) or UNKNOWN
    if not value:
        return None
    if rule.hubspot.field_type == "checkbox":
        return [part for part in value.split(";") if part]
    if rule.hubspot.type == "number":
        number = float(value)
        return int(number) if number.is_integer() else number
    if rule.hubspot.type == "bool":
        return value == "true"
    return value
