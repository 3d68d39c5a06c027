"""Further addresses of our contacts: an answer from one of them finds the person."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from connector.clients.hubspot import Record
from connector.programme.entities import Address
from connector.programme.identity import add_address
from connector.programme.resolve import roots
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.side import MORE_EMAILS, Side


def learn_addresses(side: Side, held: Mapping[Key, Record]) -> None:
    """Remember the secondary addresses that these contacts have in HubSpot.

    HubSpot joins them by semicolons; they come from merges and from staff, and a form
    that is answered from one would otherwise make a second person.
    """
    named = {
        key[1]: [one.strip().lower() for one in text.split(";") if "@" in one]
        for key, record in held.items()
        if key[0] == "person" and (text := record.properties.get(MORE_EMAILS) or "")
    }
    if not named:
        return
    fresh = _unknown(side, named)
    if not fresh:
        return
    with side.context.database.writing() as session:
        for email, person_id in fresh:
            add_address(session, side.context.key, email, person_id)
    side.context.outcome.add("addresses", len(fresh))


def _unknown(side: Side, named: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Return (address, person) where the person is not known by it, merges read."""
    emails = {email for found in named.values() for email in found}
    with side.context.database.reading() as session:
        rows = session.execute(
            select(Address.email, Address.person_id).where(
                Address.programme == side.context.key, Address.email.in_(emails)
            )
        ).all()
        root = roots(session, {row[1] for row in rows} | set(named))
    known = {(row[0], root[row[1]]) for row in rows}
    return [
        (email, person_id)
        for person_id, found in named.items()
        for email in dict.fromkeys(found)
        if (email, root[person_id]) not in known
    ]
