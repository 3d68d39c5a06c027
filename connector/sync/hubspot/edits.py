"""What staff changed in HubSpot becomes claims, before anything is written there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients.hubspot import Past, Record
from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import ENTITY_TABLES
from connector.programme.staff import say
from connector.sync.hubspot.compare import absorb, edited, pass_over, same, settle
from connector.sync.hubspot.desired import Key, field_value
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.past import learn_sources
from connector.sync.hubspot.side import Side
from connector.sync.hubspot.values import UNKNOWN, claim_value
from connector.sync.state import RemoteRecord
from mappings.plan import FieldRule

CLOCK_SKEW = timedelta(seconds=5)


def take_edits(side: Side, kind: str, held: Mapping[Key, Record]) -> set[Key]:
    """Turn staff's edits of these records into claims; return the entities concerned.

    ``held`` is what HubSpot holds now. Only records with an edit, and read without
    their property history, cost a further call for it: 50 records a call.
    """
    rules = side.read_back(kind)
    with side.context.database.reading() as session:
        known = side.rows(session, held)
    suspects = {
        key: _suspicious(known[key], record, set(rules))
        for key, record in held.items()
        if key in known
    }
    suspects = {key: names for key, names in suspects.items() if names}
    if not suspects:
        return set()
    past = _history(side, kind, held, suspects)
    touched: set[Key] = set()
    with side.context.database.writing() as session:
        known = side.rows(session, suspects)
        for key in suspects:
            record = past.get(key, held[key])
            if _take(side, session, known[key], record, rules):
                touched.add(key)
        side.settle(session, touched)
        reached("hubspot.pull.before_commit")
    reached("hubspot.pull.after_commit")
    side.context.outcome.add("staff edits", len(touched))
    return touched


def edits_in(side: Side, known: RemoteRecord, record: Record) -> set[str]:
    """Return the fields that staff edited, as far as the values alone tell."""
    rules = side.read_back(known.entity_kind)
    changed = edited(known, record.properties, set(rules))
    return {
        rules[name].field
        for name, value in changed.items()
        if claim_value(side.stages, rules[name], value) is not UNKNOWN
    }


def _suspicious(known: RemoteRecord, record: Record, names: set[str]) -> set[str]:
    """Return the properties that staff may have edited.

    Where the answer to a call of ours never came, a value as it stood before may be
    staff's too: they may have put it back since.
    """
    unanswered = names & set(known.sent) & set(record.properties)
    return set(edited(known, record.properties, names)) | unanswered


def _history(
    side: Side, kind: str, held: Mapping[Key, Record], suspects: Mapping[Key, set[str]]
) -> dict[Key, Record]:
    names = sorted(set().union(*suspects.values()))
    ids = {key: held[key].id for key in suspects if not held[key].history}
    if not ids:
        return {}
    answer = side.client.batch_read(
        side.kinds[kind].type, list(ids.values()), names, history=[ID, *names]
    )
    by_id = {record.id: record for record in answer.found}
    found = {key: by_id[one] for key, one in ids.items() if one in by_id}
    learn_sources(side, found)
    return found


def _take(
    side: Side,
    session: Session,
    known: RemoteRecord,
    record: Record,
    rules: Mapping[str, FieldRule],
) -> bool:
    said = False
    names = set(rules) & set(record.properties)
    for name in sorted(_suspicious(known, record, names)):
        value = record.properties[name] or ""
        past = record.history.get(name, ())
        if name in known.sent and not _theirs(side, known, name, past, value):
            continue
        if (
            past
            and same(past[0].value, value)
            and _is_lost_work(side, session, known, record, name)
        ):
            absorb(known, name, value)
            continue
        claimed = claim_value(side.stages, rules[name], value)
        if claimed is UNKNOWN:
            pass_over(known, name, value)
            continue
        absorb(known, name, value)
        if rules[name].field == "status":
            _say_earlier_moves(side, session, known, past)
        say(
            session,
            side.plan,
            (known.entity_kind, known.entity_id),
            rules[name].field,
            claimed,
            at=_when(value, past),
            origin="hubspot",
        )
        said = True
    return said


def _is_lost_work(
    side: Side, session: Session, known: RemoteRecord, record: Record, name: str
) -> bool:
    """Tell whether a machine of ours wrote what a property holds, and was lost since.

    Without a backup nothing says when; but it wrote its key, and what was ours from
    then on is nobody's word. Only where nothing is known here of the field it is kept
    as if staff had said it: nobody else remembers.
    """
    newest = record.history[name][0]
    if side.is_lost_work(newest):
        return True
    key = (known.entity_kind, known.entity_id)
    keyed = [past.at for past in record.history.get(ID, ()) if past.value]
    if key not in side.reborn or not keyed or not side.is_ours(newest):
        return False
    entity = session.get(ENTITY_TABLES[key[0]], key[1])
    field = side.read_back(key[0])[name].field
    known_here = entity is not None and field_value(entity, field)
    return newest.at >= min(keyed) - CLOCK_SKEW and bool(known_here)


def _say_earlier_moves(
    side: Side, session: Session, known: RemoteRecord, past: Sequence[Past]
) -> None:
    """Claim the moves that lie between two polls: who was ever active is counted.

    A move that is claimed already, one that staff struck too, is not claimed again.
    """
    entity = (known.entity_kind, known.entity_id)
    said = session.execute(
        select(Claim.value, Claim.asserted_at).where(
            Claim.entity_id == known.entity_id, Claim.field == "status"
        )
    )
    claimed = {(row[0], row[1]) for row in said}
    for move in reversed(past[1:]):
        status = side.stages.status_of(move.value)
        if status is None or side.is_ours(move):
            continue
        if (status, move.at) not in claimed:
            say(
                session, side.plan, entity, "status", status, at=move.at,
                origin="hubspot",
            )  # fmt: skip


def _theirs(
    side: Side, known: RemoteRecord, name: str, past: Sequence[Past], value: str
) -> bool:
    """Tell whether staff set a value since a call of ours whose answer never came.

    The value may be ours after all, written HubSpot's own way: then it is settled. It
    may stand as before because our call did not arrive, and goes again. Or staff put
    it back: then the history shows ours below theirs.
    """
    newest = past[0] if past else None
    foreign = name in edited(known, {name: value}, {name})
    if same(value, known.sent[name]) or (foreign and _is_our_own(side, known, newest)):
        settle(known, name, value)
        return False
    if foreign:
        return True
    since = known.sent_at or utcnow()
    return any(
        same(one.value, known.sent[name]) and one.at >= since - CLOCK_SKEW
        for one in past[1:]
    )


def _is_our_own(side: Side, known: RemoteRecord, newest: Past | None) -> bool:
    """Tell whether we wrote the newest value, since we sent ours."""
    if known.sent_at is None or newest is None:
        return False
    return side.is_ours(newest) and newest.at >= known.sent_at - CLOCK_SKEW


def _when(value: str, past: Sequence[Past]) -> datetime:
    if past and same(past[0].value, value):
        return past[0].at
    return utcnow()
