"""Records missing from a batch read: merged away or gone; neither is made anew.

A batch read leaves out ids that were merged away, a single read follows them: another
id in its answer is a merge by staff, 404 an archived or deleted record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from connector.clients.hubspot import Record
from connector.db import utcnow
from connector.programme.merging import MERGEABLE, merge
from connector.programme.resolve import merged
from connector.programme.staff import say
from connector.sync.hubspot.desired import Key, Wanted
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.review import CLASH, GONE, hold_one
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteLink, RemoteRecord


def look_into(side: Side, kind: str, missing: Mapping[Key, str]) -> set[Key]:
    """Find out what became of each missing record; return the entities concerned."""
    answers = find_out(side, kind, missing)
    take_fates(side, kind, answers)
    return set(answers)


def take_fates(side: Side, kind: str, answers: Mapping[Key, Record | None]) -> None:
    """Follow those that were merged; hold back those that are gone."""
    if not answers:
        return
    with side.context.database.writing() as session:
        for key, record in answers.items():
            if record is None:
                hold_one(side, session, side.record(session, key), GONE)
            else:
                _merged(side, session, kind, key, record)


def find_out(
    side: Side, kind: str, missing: Mapping[Key, str]
) -> dict[Key, Record | None]:
    """Read each singly; return who it went into, None where it is gone for all."""
    answers = {
        key: side.client.read(side.kinds[kind].type, remote_id, side.names(kind))
        for key, remote_id in missing.items()
    }
    return {k: r for k, r in answers.items() if r is None or r.id != missing[k]}


def _merged(side: Side, session: Session, kind: str, key: Key, record: Record) -> None:
    """Staff merged two records: ours follow, as an alias that can be undone.

    The address that they left as the first one is theirs to choose: a claim of staff.
    """
    survivor = record.id
    known = side.records(session, kind)
    row = known[key]
    row.remote_id = survivor
    other = next(
        (k for k, r in known.items() if r.remote_id == survivor and k != key), None
    )
    if other is None:
        return
    gone = merged(session)
    if gone.get(other[1]) == key[1]:  # merged here before, the other way round
        known[other].state, known[other].remote_id = "merged", None
    elif kind not in MERGEABLE:
        # What was last known of it is the other's by now. Let go again, it is a record
        # of its own, whole and associated anew.
        begin_anew(row)
        make_again(session, [key[1]])
        hold_one(side, session, row, CLASH, other[1])
    else:
        if record.properties.get(ID) == key[1]:
            # A third record stands for both: what it holds is this one's, not the
            # other's, and so is what was last known of it.
            key, other, row = other, key, known[other]
        row.state, row.problem = "merged", ""
        if gone.get(key[1], key[1]) != gone.get(other[1], other[1]):
            touched = merge(
                session, side.plan, kind, key[1], other[1], source="hubspot"
            )
            email = record.properties.get("email")
            if kind == "person" and email:
                say(
                    session, side.plan, other, "email", email, at=utcnow(),
                    origin="hubspot",
                )  # fmt: skip
            side.settle(session, touched)
        side.context.outcome.add("merged")


def revive(side: Side, target: Wanted) -> None:
    """Let entities whose merge was undone have a record of their own again."""
    with side.context.database.reading() as session:
        undone = [
            key
            for key, row in side.records(session).items()
            if row.state == "merged" and key in target.records
        ]
    if not undone:
        return
    with side.context.database.writing() as session:
        for row in side.rows(session, undone).values():
            begin_anew(row)
        make_again(session, [entity_id for _, entity_id in undone])


def make_again(session: Session, ids: Sequence[str]) -> None:
    """Let the associations of these entities be looked at, and made where missing."""
    session.execute(
        update(RemoteLink)
        .where(
            RemoteLink.state == "pushed",
            RemoteLink.from_id.in_(ids) | RemoteLink.to_id.in_(ids),
        )
        .values(state="sent")
    )


def begin_anew(row: RemoteRecord) -> None:
    """Forget the record that an entity had: the next push finds or makes another."""
    row.state, row.remote_id = "linked", None
    row.problem = row.problem_hash = ""
    row.sent, row.accepted, row.pushed = {}, {}, {}
