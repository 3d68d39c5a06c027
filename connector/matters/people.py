"""The doubts on the review list, each as one matter."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.matters import Matter, words
from connector.programme.entities import ENTITY_TABLES, Entity, ReviewItem
from connector.programme.reviews import in_words
from mappings.plan import ProgrammeMap


def doubts(session: Session, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each doubt that waits.

    It stands on the records of both whom it is about; who is held back has none. Their
    names stand there, so none stands in the text.
    """
    rows = session.scalars(
        select(ReviewItem).where(
            ReviewItem.programme == plan.key, ReviewItem.settled_at.is_(None)
        )
    ).all()
    return [_doubt(session, plan.locale, row) for row in rows]


def _doubt(session: Session, locale: str, item: ReviewItem) -> Matter:
    said, table = words.DOUBT[locale], ENTITY_TABLES.get(item.entity_kind)
    other = session.get(table, item.other) if table and item.other else None
    also = ((item.entity_kind, item.other),) if isinstance(other, Entity) else ()
    remedies = words.DOUBT_REMEDIES.get(item.kind, words.DOUBT_REMEDY)
    question = in_words(item.kind, item.text, locale)
    one = session.get(table, item.entity_id) if table else None
    held = getattr(one, "provisional", False)
    return Matter(
        key=f"review:{item.id}",
        kind="review",
        title=words.DOUBT_TITLES[locale].get(item.kind, question),
        happened=said.happened.format(question=question),
        safe=(words.HELD if held else words.KEPT)[locale],
        do=remedies[locale].format(item=item.id),
        since=item.created_at,
        about=(item.entity_kind, item.entity_id),
        also=also,
        aside=said.aside,
        meaning="\n".join((item.kind, item.entity_id, item.other)),
        ref="/".join((item.kind, item.entity_id, item.other)),
    )
