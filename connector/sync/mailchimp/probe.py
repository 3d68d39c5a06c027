"""A live look at what Mailchimp's documentation leaves open.

``POST /lists/{id}`` without a status: whether a known member then keeps theirs, is
refused, or is subscribed. Only the first makes the 500-call usable for known people;
until it has been seen, each of them costs a call of their own.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select

from connector.clients.errors import RemoteRefused
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_shapes import Member
from connector.programme.entities import Address
from connector.sync.context import Context
from connector.sync.mailchimp.push import KEEPS_STATUS


class ProbeRefusedError(Exception):
    """This address cannot be used for a probe; the text says why."""


def probe(context: Context, client: Mailchimp, address: str) -> dict[str, bool]:
    """Return the fact seen with an own test address, left unsubscribed afterwards.

    True only if the call was accepted, wrote its field and left ``unsubscribed`` as it
    was. Refuses an address that belongs to anybody in the programme.
    """
    email = address.strip().lower()
    _refuse_people(context, email)
    _unsubscribed(client, email)
    tag = context.plan.segment_tag or "FNAME"
    mark = f";probe.{secrets.token_hex(4)};"
    try:
        answer = client.update_many([Member(email, merge_fields={tag: mark})])
        after = client.get(email)
        kept = (
            email in answer.added
            and after is not None
            and after.status == "unsubscribed"
            and after.merge_fields.get(tag) == mark
        )
    finally:
        _clean_up(client, email, tag)
    return {KEEPS_STATUS: kept}


def _refuse_people(context: Context, email: str) -> None:
    with context.database.reading() as session:
        known = session.scalar(
            select(Address.id).where(
                Address.programme == context.key, Address.email == email
            )
        )
    if known is not None:
        raise ProbeRefusedError(
            "This address belongs to a person of the programme. Use one of your own "
            "that is in no form and no list."
        )


def _unsubscribed(client: Mailchimp, email: str) -> None:
    """Have the address there, unsubscribed by us."""
    member = client.get(email)
    if member is None:
        answer = client.add_new([Member(email, "subscribed")])
        if email not in answer.added:
            problem = answer.problems[email]
            raise ProbeRefusedError(
                f"Mailchimp does not take this address: {problem.message}"
            )
        member = answer.added[email]
    if member.status not in ("subscribed", "pending", "unsubscribed"):
        raise ProbeRefusedError(
            f"This address is {member.status} in the audience; use another one."
        )
    if member.status != "unsubscribed":
        client.unsubscribe(email)


def _clean_up(client: Mailchimp, email: str, tag: str) -> None:
    member = client.get(email)
    if member is not None and member.status != "unsubscribed":
        client.unsubscribe(email)
    if member is not None and member.merge_fields.get(tag):
        try:
            client.put_fields(email, {tag: ""})
        except RemoteRefused:
            return
