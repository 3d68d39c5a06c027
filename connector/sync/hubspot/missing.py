"""Records missing from a batch read: merged away or gone; neither is made anew.

A batch read leaves out ids that were merged away, a single read follows them: another
id in its answer is a merge by staff, 404 an archived or deleted record.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from connector.programme.identity import flag
from connector.programme.merging import merge
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.side import Side

GONE = "The record is no longer in HubSpot (archived or deleted). It is not made anew."


def look_into(side: Side, kind: str, missing: Mapping[Key, str]) -> set[Key]:
    """Find out what became of each missing record; return the entities concerned."""
    answers = {
        key: side.client.read(side.kinds[kind].type, remote_id, side.names(kind))
        for key, remote_id in missing.items()
    }
    if not answers:
        return set()
    with side.context.database.writing() as session:
        for key, record in answers.items():
            if record is None:
                row = side.record(session, key)
                row.state, row.problem = "gone", GONE
                flag(session, side.context.key, "crm_gone", kind, key[1], "", GONE)
                side.context.outcome.add("gone")
            elif record.id != missing[key]:
                _merged(side, session, kind, key, record.id)
    return set(answers)


def _merged(side: Side, session: Session, kind: str, key: Key, survivor: str) -> None:
    """Staff merged two records: ours follow, as an alias that can be undone."""
    row = side.record(session, key)
    row.remote_id = survivor
    other = next(
        (
            found
            for found, held in side.records(session, kind).items()
            if held.remote_id == survivor and found != key
        ),
        None,
    )
    if other is None:
        return
    row.state, row.problem = "merged", ""
    touched = merge(session, side.plan, kind, key[1], other[1], source="hubspot")
    side.settle(session, touched)
    side.context.outcome.add("merged")
