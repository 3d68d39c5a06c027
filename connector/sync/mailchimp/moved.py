"""An address that was changed at the newsletter tool, heard by the programme.

It is the person's own word, so it counts as a newer form answer does: it becomes the
address that the CRM shows too, unless staff have set one there. Then theirs stands,
the new one is known beside it, and the review list says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.claims import Claim
from connector.programme.consents import NEWSLETTER
from connector.programme.entities import Person
from connector.programme.identity import add_address, flag
from connector.programme.policies import policy_of
from connector.programme.resolve import SAID, resolve, roots, same_one, winner
from mappings.plan import ProgrammeMap

EMAIL = "email"
INSTANT = timedelta(microseconds=1)
People = Mapping[str, Sequence[str]]
"""Lower-case address -> everybody with it."""


def hear_move(
    session: Session, plan: ProgrammeMap, people: People, old: str, new: str,
    at: datetime,
) -> bool:  # fmt: skip
    """Take in that the contact with the address ``old`` has ``new`` now.

    Return whether the programme goes by the new one from now on.

    Who shares the old address keeps it: nothing tells which of them it was. Where the
    new address is somebody else's, staff are asked whether the two are one.
    """
    before, after = people.get(old, ()), people.get(new, ())
    if not before:
        return False
    if not after:
        for person_id in before:
            add_address(session, plan.key, new, person_id)
    root = roots(session, {*before, *after})
    ours, theirs = {root[one] for one in before}, {root[one] for one in after}
    if theirs - ours:
        flag(
            session, plan.key, "address_taken", "person", min(ours), min(theirs - ours),
            "Changed at Mailchimp to an address of somebody else: one person or two?",
        )  # fmt: skip
        return False
    return len(ours) == 1 and _claim(session, plan, ours.pop(), (old, new), at)


def _claim(
    session: Session,
    plan: ProgrammeMap,
    person_id: str,
    change: tuple[str, str],
    at: datetime,
) -> bool:
    """Let the new address count, where the old one is what the programme goes by."""
    old, new = change
    policy = policy_of(plan)
    stands = winner(
        session.execute(
            select(*SAID).where(
                Claim.entity_id.in_(same_one(session, person_id)),
                Claim.field == EMAIL,
                Claim.superseded_at.is_(None),
            )
        ),
        policy("person", EMAIL),
    )
    if stands is None or str(stands.value or "").strip().lower() != old:
        return False
    if stands.source == NEWSLETTER:
        # The tool tells whole seconds: of two changes the one seen later is the newer.
        at = max(at, stands.asserted_at + INSTANT)
    session.add(
        Claim(
            programme=plan.key,
            entity_kind="person",
            entity_id=person_id,
            field=EMAIL,
            value=new,
            source=NEWSLETTER,
            origin="mailchimp",
            asserted_at=at,
        )
    )
    resolve(session, policy, [("person", person_id)])
    person = session.get(Person, person_id)
    if person is not None and (person.email or "").lower() == new:
        return True
    if stands.source == "staff":
        flag(
            session, plan.key, "address_changed", "person", person_id, new,
            "Their newsletter goes to a new address now; staff's own stands.",
        )  # fmt: skip
    return False
