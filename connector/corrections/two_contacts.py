"""One person, as an answer put right shows, who has two contacts in HubSpot by now.

A merge there cannot be undone, so staff make it themselves: the review list says so.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.entities import Alias, ReviewItem
from connector.programme.identity import flag
from connector.programme.resolve import roots
from connector.sync.state import RemoteRecord

KIND = "crm_two"
TEXT = (
    "Two contacts in HubSpot are this one person. Merge them there; then settle this."
)


def ask_for_merge(session: Session, programme: str, people: Collection[str]) -> bool:
    """Put it on the review list where two contacts are one of these people.

    What waits there of people who are one no longer is settled. Return whether any
    waits. The caller has made or undone the merge.
    """
    gone = session.scalars(
        select(Alias.entity_id).where(
            Alias.entity_id.in_(people), Alias.source.startswith("correction:")
        )
    ).all()
    root = roots(session, gone)
    known = _with_contact(session, [*gone, *root.values()])
    pairs = {(root[one], one) for one in gone if {one, root[one]} <= known}
    for stays, other in sorted(pairs):
        flag(session, programme, KIND, "person", stays, other, TEXT)
    for item in session.scalars(
        select(ReviewItem).where(
            ReviewItem.programme == programme, ReviewItem.kind == KIND,
            ReviewItem.other.in_(people),
        )
    ):  # fmt: skip
        stands = (item.entity_id, item.other) in pairs
        item.settled_at = None if stands else item.settled_at or utcnow()
    return bool(pairs)


def _with_contact(session: Session, people: Collection[str]) -> set[str]:
    query = select(RemoteRecord.entity_id).where(
        RemoteRecord.tool == "hubspot",
        RemoteRecord.entity_kind == "person",
        RemoteRecord.entity_id.in_(people),
        RemoteRecord.remote_id.is_not(None),
    )
    return set(session.scalars(query))
