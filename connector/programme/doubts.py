"""Whether two are one person is asked for as long as anything is said of the second.

Who comes to be known by the address of somebody else is held back. Once their only
answer counts no more nobody waits behind the question, so it is settled; with the next
answer of theirs that counts it is asked again. Who was known before, and changes to
such an address, is asked about and not held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Alias, Person, ReviewItem

DOUBT = "shared_address"
Key = tuple[str, str]


def tend_doubts(session: Session, touched: Iterable[Key]) -> None:
    """Settle the doubts about people of whom nothing is said, and ask anew of others.

    Who was merged, or is held back no more, was decided upon by staff: nothing is asked
    anew of them. The caller has written the claims.
    """
    session.flush()
    people = _unmerged(session, [one for kind, one in touched if kind == "person"])
    if not people:
        return
    spoken = _spoken_of(session, people)
    for person_id, held_back in people.items():
        items = doubts_about(session, person_id)
        if person_id not in spoken:
            _settle(items)
        elif held_back and all(item.settled_at for item in items):
            _ask_again(items)


def doubts_about(session: Session, person_id: str) -> Sequence[ReviewItem]:
    """Return everything that was ever asked about who somebody held back is."""
    return session.scalars(
        select(ReviewItem).where(
            ReviewItem.kind == DOUBT, ReviewItem.entity_id == person_id
        )
    ).all()


def _unmerged(session: Session, people: Sequence[str]) -> dict[str, bool]:
    """Return who was ever asked about and is nobody else, and who is held back."""
    asked = select(ReviewItem.entity_id).where(
        ReviewItem.kind == DOUBT, ReviewItem.entity_id.in_(people)
    )
    rows = session.execute(
        select(Person.id, Person.provisional).where(
            Person.id.in_(asked), Person.id.not_in(select(Alias.entity_id))
        )
    )
    return {row[0]: row[1] for row in rows}


def _spoken_of(session: Session, people: Iterable[str]) -> set[str]:
    return set(
        session.scalars(
            select(Claim.entity_id).where(
                Claim.entity_id.in_(people), Claim.superseded_at.is_(None)
            )
        )
    )


def _settle(items: Iterable[ReviewItem]) -> None:
    at = utcnow()
    for item in items:
        item.settled_at = item.settled_at or at


def _ask_again(items: Iterable[ReviewItem]) -> None:
    """Ask what was asked last; a doubt with somebody else was over before."""
    last = max((item.settled_at for item in items if item.settled_at), default=None)
    for item in items:
        item.settled_at = None if item.settled_at == last else item.settled_at
