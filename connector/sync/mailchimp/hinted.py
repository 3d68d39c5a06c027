"""Where Mailchimp's webhooks say that something changed: looked at, never believed.

Each address named is read by itself, since a list may lag behind the webhook that
speaks of it; where many wait, the list that is read anyway answers for most of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import hints
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_shapes import Member
from connector.db import utcnow
from connector.hints import Hint
from connector.sync.state import NewsletterMember

PROVIDER = "mailchimp"
CAMPAIGN = "campaign"
FEW = 50
"""Up to so many hints each address is read by itself."""
LAG = timedelta(minutes=10)
"""A hint that the list does not explain waits so long for the list to catch up."""
OLDEST = timedelta(days=2)
"""A webhook is tried again for 75 minutes: an older ``fired_at`` is not believed."""


@dataclass(frozen=True)
class One:
    """One hint: the addresses to look at, the present one first, and when it came."""

    id: int
    addresses: tuple[str, ...]
    noted_at: datetime
    at: datetime


@dataclass(frozen=True)
class Hinted:
    """The hints that wait. ``contacts`` holds address -> contact as mirrored."""

    hints: tuple[One, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """Return every address once: all present ones before all former ones."""
        places = range(max((len(one.addresses) for one in self.hints), default=0))
        return list(
            dict.fromkeys(
                one.addresses[place]
                for place in places
                for one in self.hints
                if place < len(one.addresses)
            )
        )

    @property
    def many(self) -> bool:
        """Tell whether the list answers for them, rather than a call each."""
        return sum(bool(one.addresses) for one in self.hints) > FEW

    def since(self, mark: datetime | None) -> datetime | None:
        """Return from when the list must be read: never later than ``mark``."""
        if mark is None or not self.many:
            return mark
        return min([mark, *(one.at for one in self.hints)])

    def answered(self, seen: Collection[str]) -> list[int]:
        """Return the hints that are settled by a look that showed ``seen``."""
        before = utcnow() - LAG
        return [
            one.id
            for one in self.hints
            if not self.many
            or not one.addresses
            or one.addresses[0] in seen
            or one.noted_at < before
        ]


@dataclass
class Singles:
    """What addresses read one by one showed. ``gone`` are mirrored ones: erased."""

    members: list[Member] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)


def hinted(session: Session, programme: str, audience: str) -> Hinted:
    """Return what waits to be looked at; a word about another audience names nobody."""
    waiting = tuple(
        _one(hint, audience)
        for hint in hints.waiting(session, programme, PROVIDER)
        if hint.kind != CAMPAIGN
    )
    found = Hinted(waiting)
    if not found.hints or found.many:
        return found
    rows = session.execute(
        select(NewsletterMember.email, NewsletterMember.contact_id).where(
            NewsletterMember.programme == programme,
            NewsletterMember.email.in_(found.addresses),
            NewsletterMember.contact_id != "",
            NewsletterMember.status != "gone",
        )
    ).all()
    return Hinted(waiting, {row[0]: row[1] for row in rows})


def read_singly(client: Mailchimp, asked: Hinted, listed: Iterable[Member]) -> Singles:
    """Read each address named, unless the list answers for all of them.

    An address that nobody has any more may have been changed: then its contact, whose
    id stays, is found under the new one. One that is not found either was erased.
    """
    result = Singles()
    if asked.many:
        return result
    contacts = {one.contact_id for one in listed}
    for email in asked.addresses:
        member = client.get(email)
        if member is None and (contact := asked.contacts.get(email)):
            if contact in contacts:
                continue
            member = client.get(contact)
            if member is None:
                result.gone.add(email)
        if member is not None:
            result.members.append(member)
            contacts.add(member.contact_id)
    return result


def _one(hint: Hint, audience: str) -> One:
    former = str(hint.facts.get("old") or "")
    about = [hint.subject, former] if hint.kind == "member" else []
    if hint.facts.get("list", audience) != audience:
        about = []
    at = hint.at or hint.noted_at
    if not hint.noted_at - OLDEST <= at <= hint.noted_at:
        at = hint.noted_at
    return One(hint.id, tuple(filter(None, about)), hint.noted_at, at - LAG)
