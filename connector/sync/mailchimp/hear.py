"""What people said at the newsletter tool itself, read from the mirror's states.

Level-triggered: each row's state is compared with the last word that we have of that
contact. So a person who applies years after leaving the list is still somebody who
left, and hearing twice says nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.consents import NEWSLETTER
from connector.programme.entities import Address, Consent
from connector.sync.state import NewsletterMember

LEFT = frozenset({"unsubscribed", "cleaned", "archived", "gone"})
AWAITED = ("pending", "unsubscribed")
"""What we passed on; who is subscribed after it said so themselves."""
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


def hear(session: Session, programme: str, rows: Iterable[NewsletterMember]) -> None:
    """Write down what people said at the tool itself, for all with that address.

    Not what we passed on ourselves: that has its own word already.
    """
    people = people_by_address(session, programme)
    said = _said(session, programme)
    for row in rows:
        if not row.contact_id:
            continue
        for person_id in people.get(row.email, ()):
            last = said.get((person_id, row.contact_id))
            given = _heard(row, last)
            if given is None:
                continue
            at = row.last_changed or row.seen_at
            # The tool tells whole seconds; a no counts for all of its second.
            at = at if given else at + SECOND - INSTANT
            if last is not None and at <= last[0]:
                at = last[0] + INSTANT
            session.add(
                Consent(
                    programme=programme,
                    person_id=person_id,
                    purpose=NEWSLETTER,
                    given=given,
                    at=at,
                    source=NEWSLETTER,
                    reference=f"{row.contact_id}:{at.isoformat()}",
                )
            )
            said[(person_id, row.contact_id)] = (at, given)
        if row.status == "subscribed" and row.pushed.get("status") in AWAITED:
            # Heard: what happens from now on is no answer to what we passed on.
            row.pushed = {**row.pushed, "status": "subscribed"}
    session.flush()


def people_by_address(session: Session, programme: str) -> dict[str, list[str]]:
    """Return lower-case address -> everybody with it, merged people too.

    Not those whose it never was, as staff found.
    """
    rows = session.execute(
        select(Address.email, Address.person_id)
        .where(Address.programme == programme, Address.wrong_since.is_(None))
        .order_by(Address.person_id)
    ).all()
    found: dict[str, list[str]] = defaultdict(list)
    for email, person_id in rows:
        found[email.lower()].append(person_id)
    return found


def _heard(row: NewsletterMember, last: tuple[datetime, bool] | None) -> bool | None:
    """Return what the row's state says that is new: a yes, a no or nothing."""
    asked = row.pushed.get("status")
    if row.status in LEFT:
        ours = asked == "unsubscribed" and row.status == "unsubscribed"
        news = not ours and (last is None or last[1] or _since(row, last[0]))
        return False if news else None
    if row.status != "subscribed":
        return None
    news = asked in AWAITED or (last is not None and not last[1])
    return True if news else None


def _since(row: NewsletterMember, heard: datetime) -> bool:
    """Tell whether who had left did something since: came back and left again, say.

    Their newest no counts, or a yes said elsewhere in between would ask them once more.
    """
    return row.last_changed is not None and row.last_changed > heard


def _said(
    session: Session, programme: str
) -> dict[tuple[str, str], tuple[datetime, bool]]:
    """Return (person, contact id) -> when the last word was heard there, and which."""
    rows = session.execute(
        select(Consent.person_id, Consent.reference, Consent.at, Consent.given)
        .where(
            Consent.programme == programme,
            Consent.purpose == NEWSLETTER,
            Consent.source == NEWSLETTER,
        )
        .order_by(Consent.at, Consent.id)
    ).all()
    return {
        (person_id, reference.partition(":")[0]): (at, given)
        for person_id, reference, at, given in rows
    }
