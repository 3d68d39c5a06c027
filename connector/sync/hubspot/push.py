"""Write what HubSpot does not hold yet: read first, then differences, in batches.

Each batch's values are committed as sent before the call and as pushed after it, so a
crash in between repeats an upsert on our own key and never takes our value for staff's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients.hubspot import BATCH, Problem, Record, Write, WriteAnswer
from connector.clients.settling import UNANSWERED, chunks
from connector.db import utcnow
from connector.sync.hubspot.adopt import adopt, restore_keys
from connector.sync.hubspot.compare import differences
from connector.sync.hubspot.desired import Key, Wanted
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.erased import ask_about_answers, withheld
from connector.sync.hubspot.existing import EXISTS
from connector.sync.hubspot.missing import look_into, revive
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.review import let_go
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteRecord

Owed = dict[Key, dict[str, str]]
# What says nothing against the data: it goes again with the next sync.
PASSING = {
    UNANSWERED.code,
    "RATE_LIMITS",
    "RATE_LIMIT",
    "INTERNAL_ERROR",
    "SERVER_ERROR",
}
PASSING_STATUS = {423, 429, 500, 502, 503, 504}


def push(side: Side) -> None:
    """Bring every record in line with the programme, kind by kind."""
    with side.context.database.reading() as session:
        target = side.wanted(session)
    revive(side, target)
    let_go(side)
    ask_about_answers(side)
    for kind in side.kinds:
        target = _push_kind(side, kind, target)


def _push_kind(side: Side, kind: str, target: Wanted) -> Wanted:
    owed = _owed(side, kind, target)
    if not owed:
        return target
    unlinked = _unlinked(side, owed)
    fresh = adopt(side, kind, [target.records[key] for key in unlinked])
    if _read_first(side, kind, owed, already=fresh) or unlinked:
        with side.context.database.reading() as session:
            target = side.wanted(session)
        owed = _owed(side, kind, target)
    reached("hubspot.push.read")
    for part in chunks(list(owed), BATCH):
        _write(side, kind, {key: owed[key] for key in part})
    return target


def _owed(side: Side, kind: str, target: Wanted) -> Owed:
    with side.context.database.reading() as session:
        known = side.records(session, kind)
        passed = side.unread | (
            withheld(side, session) if kind == "participation" else set()
        )
    owed: Owed = {}
    for key, desired in target.records.items():
        if key[0] != kind or key in passed:
            continue
        row = known.get(key)
        if row is None:
            owed[key] = {n: v for n, v in desired.properties.items() if v}
        elif row.state == "linked":
            changes = differences(row, desired.properties)
            if changes and digest(changes) != row.problem_hash:
                owed[key] = changes
    return {key: changes for key, changes in owed.items() if changes}


def _unlinked(side: Side, owed: Owed) -> list[Key]:
    with side.context.database.reading() as session:
        known = side.rows(session, owed)
    return [key for key in owed if key not in known or known[key].remote_id is None]


def _read_first(side: Side, kind: str, owed: Owed, *, already: set[Key]) -> bool:
    """Read the records about to be written; return whether anything came of it."""
    with side.context.database.reading() as session:
        known = side.rows(session, owed)
    ids = {
        key: row.remote_id
        for key in owed
        if (row := known.get(key)) is not None and row.remote_id and key not in already
    }
    if not ids:
        return bool(already)
    answer = side.client.batch_read(
        side.kinds[kind].type, list(ids.values()), side.names(kind)
    )
    by_id = {record.id: record for record in answer.found}
    side.context.outcome.add("read", len(by_id))
    held = {k: by_id[i] for k, i in ids.items() if i in by_id}
    keyed = restore_keys(side, kind, held)
    edits = take_edits(side, kind, held)
    gone = look_into(side, kind, {k: i for k, i in ids.items() if i in answer.missing})
    unread = {k for k, i in ids.items() if i not in by_id and i not in answer.missing}
    side.unread |= unread
    return bool(edits or gone or already or keyed or unread)


def _write(side: Side, kind: str, owed: Owed) -> None:
    _say_sent(side, owed)
    reached("hubspot.push.sent")
    writes = [
        Write(key[1], {**changes, ID: key[1]}, trace=key[1])
        for key, changes in owed.items()
    ]
    answer = side.client.batch_upsert(side.kinds[kind].type, writes, ID)
    reached("hubspot.push.accepted")
    _say_pushed(side, owed, answer)
    reached("hubspot.push.after_commit")


def _say_sent(side: Side, owed: Owed) -> None:
    now = utcnow()
    with side.context.database.writing() as session:
        known = side.rows(session, owed)
        for key, changes in owed.items():
            row = known.get(key) or side.begin(session, key)
            row.sent = {**row.sent, **changes}
            row.sent_at = now


def _say_pushed(side: Side, owed: Owed, answer: WriteAnswer) -> None:
    outcome = side.context.outcome
    with side.context.database.writing() as session:
        known = side.rows(session, owed)
        for key, changes in owed.items():
            row = known[key]
            if key[1] in answer.results:
                result = answer.results[key[1]]
                if result.new:
                    side.made.add(key)
                accept(row, changes, result)
                outcome.add("created" if result.new else "changed")
            else:
                problem = answer.problems.get(key[1]) or Problem("unanswered")
                refuse(row, changes, problem)
                outcome.add("refused")


def accept(row: RemoteRecord, changes: Mapping[str, str], result: Record) -> None:
    """Write that the remote took ``changes``, and as what it returned them."""
    returned = {n: result.properties.get(n, v) or "" for n, v in changes.items()}
    row.remote_id = result.id
    row.accepted = {**row.accepted, **changes}
    row.pushed = {**row.pushed, **returned}
    row.sent = {n: v for n, v in row.sent.items() if n not in changes}
    row.pushed_at = utcnow()
    row.problem, row.problem_hash = "", ""


def refuse(row: RemoteRecord, changes: Mapping[str, str], problem: Problem) -> None:
    """Keep why the remote refused; the same data is not sent again."""
    if problem.existing_id and row.remote_id is None:
        # Another contact holds the address: the next round adopts it by that id.
        row.problem = f"{EXISTS}{problem.existing_id}"
        return
    row.problem = f"{problem.code}: {problem.message}".strip(": ")
    if problem.code in PASSING or problem.status in PASSING_STATUS:
        return
    row.problem_hash = digest(changes)
    row.sent = {n: v for n, v in row.sent.items() if n not in changes}


def digest(changes: Mapping[str, str]) -> str:
    """Return what tells the same data from other data after a refusal."""
    data = orjson.dumps(dict(changes), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest()[:16]


def refused(session: Session, side: Side) -> Sequence[RemoteRecord]:
    """Return the records that HubSpot refused, for staff to look at."""
    return [row for row in side.records(session).values() if row.problem]
