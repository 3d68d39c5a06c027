"""What stands in Mailchimp by its mirror here, and what the next sync would make it.

Who is added is subscribed, or pending where the audience asks everybody to confirm;
whether it does is known from when somebody was added last.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.rehearsal.difference import Picture, Seen
from connector.rehearsal.names import Names
from connector.service import Service
from connector.sync.cycle import find
from connector.sync.mailchimp.decide import Decision, decide
from connector.sync.mailchimp.desired import Desired, desired
from connector.sync.mailchimp.hear import LEFT
from connector.sync.mailchimp.push import DOUBLE_OPTIN
from connector.sync.state import NewsletterMember
from mappings.plan import ProgrammeMap

MEMBER = "member"
EMAIL = "email"
STATUS = "status"
LEFT_THEM = "they left the newsletter"
REFUSED = "Mailchimp refused the same before"


def pictures(
    _service: Service, session: Session, plan: ProgrammeMap, _names: Names
) -> tuple[Picture, Picture]:
    """Return the audience as it was seen last, and as the next sync would leave it."""
    return _standing(session, plan), _coming(session, plan)


def _standing(session: Session, plan: ProgrammeMap) -> Picture:
    return {
        (MEMBER, row.email): Seen(row.email, _held(row))
        for row in _rows(session, plan).values()
        if row.status
    }


def _coming(session: Session, plan: ProgrammeMap) -> Picture:
    connection = find(session, plan.key, "mailchimp")
    double = connection is not None and connection.facts.get(DOUBLE_OPTIN) is True
    added = "pending" if double else "subscribed"
    rows = _rows(session, plan)
    wanted = desired(session, plan)
    found = _standing(session, plan)
    for one in decide(wanted, rows):
        email = one.row.email if one.row is not None else one.wanted.email
        seen = _after(one, added)
        if seen is not None:
            found[MEMBER, email] = seen
    return found


def _rows(session: Session, plan: ProgrammeMap) -> Mapping[str, NewsletterMember]:
    query = select(NewsletterMember).where(NewsletterMember.programme == plan.key)
    return {row.email: row for row in session.scalars(query)}


def _held(row: NewsletterMember) -> dict[str, str]:
    fields = {name: str(value) for name, value in row.fields.items()}
    return {**fields, "language": row.language, EMAIL: row.email, STATUS: row.status}


def _after(one: Decision, added: str) -> Seen | None:
    row = one.row
    held = _held(row) if row is not None and row.status else {}
    title = row.email if row is not None else one.wanted.email
    if one.deed == "fields":
        moved = {EMAIL: one.email} if one.email else {}
        return Seen(title, {**held, **one.changes, **moved})
    if one.deed == "withdraw":
        return Seen(title, {**held, STATUS: "unsubscribed"})
    if one.deed in {"add", "ask"}:
        status = added if one.deed == "add" else "pending"
        said = {EMAIL: title, STATUS: status}
        return Seen(title, {**held, **_filled(one.wanted), **said})
    if one.deed == "held":
        return Seen(title, {**held, **_filled(one.wanted)}, "held", REFUSED)
    if row is not None and row.status in LEFT:
        return Seen(title, {**held, **_filled(one.wanted)}, "left", LEFT_THEM)
    return None


def _filled(wanted: Desired) -> dict[str, str]:
    fields = {name: value for name, value in wanted.fields.items() if value}
    return {**fields, **({"language": wanted.language} if wanted.language else {})}
