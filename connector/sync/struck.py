"""Addresses that were never those of the people they were written down for.

Staff found so when they put an answer right, or discarded it. The newsletter leaves
such an address, and nothing heard from it is the person's own word.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.programme.entities import Address
from connector.sync.state import NewsletterMember


def struck(session: Session, programme: str) -> dict[str, datetime]:
    """Return lower-case address -> when it was struck, where it is nobody's now."""
    theirs = select(func.lower(Address.email)).where(
        Address.programme == programme, Address.wrong_since.is_(None)
    )
    rows = session.execute(
        select(func.lower(Address.email), func.max(Address.wrong_since))
        .where(
            Address.programme == programme,
            Address.wrong_since.is_not(None),
            func.lower(Address.email).not_in(theirs),
        )
        .group_by(func.lower(Address.email))
    )
    return {row[0]: row[1] for row in rows}


def strangers(session: Session, programme: str) -> set[tuple[str, str]]:
    """Return (person, newsletter contact) where the contact was never that person."""
    rows = session.execute(
        select(Address.person_id, NewsletterMember.contact_id)
        .join(NewsletterMember, NewsletterMember.email == func.lower(Address.email))
        .where(
            Address.programme == programme,
            NewsletterMember.programme == programme,
            NewsletterMember.contact_id != "",
            Address.wrong_since.is_not(None),
        )
    )
    return {(row[0], row[1]) for row in rows}
