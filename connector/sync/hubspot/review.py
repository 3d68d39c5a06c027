"""Records held back until a person has looked, and let go when they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.entities import ReviewItem
from connector.programme.identity import flag
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteRecord

CLASH = "crm_clash"
AMBIGUOUS = "crm_ambiguous"
GONE = "crm_gone"
UNKEYED = "crm_unkeyed"
WORDS = {
    CLASH: "Two records of the programme fit one record in HubSpot. Nothing was "
    "written.",
    AMBIGUOUS: "Several records in HubSpot fit equally well. Merge them there, give "
    "one the domain, or archive what is one too many; then settle this. Nothing was "
    "written.",
    GONE: "The record is no longer in HubSpot (archived or deleted). It is not made "
    "anew.",
    UNKEYED: "The record in HubSpot has lost our key and does not take it again.",
}


def hold_one(
    side: Side, session: Session, row: RemoteRecord, kind: str, other: str = ""
) -> None:
    """Hold a record back and put it on the review list, anew where it was settled."""
    row.state, row.problem = ("gone" if kind == GONE else "review"), WORDS[kind]
    flag(
        session, side.context.key, kind, row.entity_kind, row.entity_id, other,
        WORDS[kind],
    )  # fmt: skip
    for item in session.scalars(
        select(ReviewItem).where(
            ReviewItem.programme == side.context.key,
            ReviewItem.kind == kind,
            ReviewItem.entity_id == row.entity_id,
            ReviewItem.other == other,
        )
    ):
        item.settled_at = None
    side.context.outcome.add("gone" if kind == GONE else "held")


def settle_items(
    side: Side, session: Session, kind: str, entity_ids: Iterable[str]
) -> None:
    """Take off the review list what has settled itself."""
    session.execute(
        update(ReviewItem)
        .where(
            ReviewItem.programme == side.context.key,
            ReviewItem.kind == kind,
            ReviewItem.entity_id.in_(sorted(entity_ids)),
            ReviewItem.settled_at.is_(None),
        )
        .values(settled_at=utcnow())
    )


def hold(
    side: Side,
    entity_kind: str,
    keys: Iterable[Key],
    kind: str,
    others: Mapping[Key, str] | None = None,
) -> None:
    """Hold several entities' records back."""
    keys = sorted(keys)
    if not keys:
        return
    with side.context.database.writing() as session:
        known = side.rows(session, keys)
        for key in keys:
            row = known.get(key) or side.begin(session, key)
            hold_one(side, session, row, kind, (others or {}).get(key, ""))


def open_reviews(side: Side, session: Session) -> set[str]:
    """Return the entities whose record still waits for a person."""
    return set(
        session.scalars(
            select(ReviewItem.entity_id).where(
                ReviewItem.programme == side.context.key,
                ReviewItem.settled_at.is_(None),
                ReviewItem.kind.in_(WORDS),
            )
        )
    )


def let_go(side: Side) -> None:
    """Try again with what a person has settled."""
    with side.context.database.reading() as session:
        held = [r for r in side.records(session).values() if r.state == "review"]
        if not held:
            return
        open_ = open_reviews(side, session)
    free = [(r.entity_kind, r.entity_id) for r in held if r.entity_id not in open_]
    if not free:
        return
    with side.context.database.writing() as session:
        for row in side.rows(session, free).values():
            row.state, row.problem, row.problem_hash = "linked", "", ""
