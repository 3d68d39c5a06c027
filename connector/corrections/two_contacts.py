"""One person, as an answer put right shows, who has two contacts in HubSpot by now.

A merge there cannot be undone, so staff make it themselves: the review list says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.entities import Alias, ReviewItem
from connector.programme.identity import flag
from connector.programme.resolve import roots, same_one
from connector.service import Service
from connector.sync.hubspot.erased import STATE as ERASED
from connector.sync.hubspot.review import CLASH
from connector.sync.state import RemoteRecord

KIND = "crm_two"
TEXT = (
    "Two contacts in HubSpot are this one person. Merge them there, so that the one "
    "with the right address stays."
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


def settle_merged(service: Service, key: str) -> None:
    """Let nobody wait for a merge that was made, or that cannot be made any more."""
    with service.database.reading() as session:
        found = [item.id for item in _waiting(session, key) if _is_over(session, item)]
    if not found:
        return
    with service.database.writing() as session:
        for item in _waiting(session, key):
            if item.id in found and _is_over(session, item):
                item.settled_at = utcnow()


def _waiting(session: Session, programme: str) -> Sequence[ReviewItem]:
    return session.scalars(
        select(ReviewItem).where(
            ReviewItem.programme == programme,
            ReviewItem.kind.in_((KIND, CLASH)),
            ReviewItem.entity_kind == "person",
            ReviewItem.other != "",
            ReviewItem.settled_at.is_(None),
        )
    ).all()


def _is_over(session: Session, item: ReviewItem) -> bool:
    both = {item.entity_id, item.other}
    if item.kind == KIND:
        return not both <= _with_contact(session, both)
    # Two people of ours for one contact: they are one person by now.
    return len(set(roots(session, both).values())) == 1


def _with_contact(session: Session, people: Collection[str]) -> set[str]:
    query = select(RemoteRecord.entity_id).where(
        RemoteRecord.tool == "hubspot",
        RemoteRecord.entity_kind == "person",
        RemoteRecord.entity_id.in_(people),
        RemoteRecord.state == "linked",
        RemoteRecord.remote_id.is_not(None),
    )
    return set(session.scalars(query))


def were_erased(session: Session, touched: Collection[tuple[str, str]]) -> bool:
    """Tell whether staff deleted one of these people for good in HubSpot."""
    people = [one for kind, one in touched if kind == "person"]
    everybody = {one for person in people for one in same_one(session, person)}
    query = select(RemoteRecord.id).where(
        RemoteRecord.entity_id.in_(everybody), RemoteRecord.state == ERASED
    )
    return session.scalar(query.limit(1)) is not None
