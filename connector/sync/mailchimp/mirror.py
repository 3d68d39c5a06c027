"""The mirror of the audience, brought up to date before every push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import hints
from connector.boundaries import reached
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_shapes import Member
from connector.db import utcnow
from connector.sync.context import Context
from connector.sync.mailchimp.hear import LEFT, hear, people_by_address
from connector.sync.mailchimp.hinted import Singles, hinted, read_singly
from connector.sync.mailchimp.moved import hear_move
from connector.sync.state import NewsletterMember, Watermark
from mappings.plan import ProgrammeMap

RECHECK = frozenset({"exists", "compliance", "archived", "removed"})
"""Refusals that mean: this address is known there, look at it by itself."""
STREAM = "members"
MOVED = "moved_from"
"""Among what is pushed: addresses of ours that this contact left, and when."""
OVERLAP = timedelta(minutes=10)
"""Read again by so much: members may be missed while others leave during the walk."""


@dataclass
class Reading:
    """What one look at the audience showed.

    ``absent`` were refused as known and looked up in vain, ``gone`` were mirrored and
    are erased there; ``answered`` are the hints that this look settles.
    """

    members: list[Member] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    answered: list[int] = field(default_factory=list)


def refresh(context: Context, client: Mailchimp) -> Reading:
    """Bring the mirror up to date, in one transaction after all has been read."""
    reading = look(context, client)
    with context.database.writing() as session:
        apply(session, context.plan, reading)
        reached("mailchimp.mirror.before_commit")
    reached("mailchimp.mirror.after_commit")
    context.outcome.add("read", len(reading.members))
    return reading


def look(context: Context, client: Mailchimp, *, whole: bool = False) -> Reading:
    """Read who changed since the last look, everybody the first time or if ``whole``.

    Archived members are asked for by themselves: a list call without a status leaves
    them out (recorded behaviour of the Marketing API 3.0). Whom hints speak of is
    looked at here, before anything is believed.
    """
    with context.database.reading() as session:
        mark = _watermark(session, context.key)
        asked = hinted(session, context.key, client.audience)
        since = asked.since(mark.at - OVERLAP if mark and not whole else None)
        doubtful = set(
            session.scalars(
                select(NewsletterMember.email).where(
                    NewsletterMember.programme == context.key,
                    NewsletterMember.status == "",
                    NewsletterMember.problem.in_(RECHECK),
                )
            )
        )
    listed = list(
        chain(
            client.members(since=since),
            client.members(since=since, status="archived"),
        )
    )
    singles = read_singly(client, asked, listed)
    reading = Reading(_newest(listed, singles), gone=singles.gone)
    seen = {one.email.lower() for one in reading.members}
    reading.answered = asked.answered(seen)
    for email in doubtful - seen:
        one = client.get(email)
        if one is None:
            reading.absent.add(email)
        else:
            reading.members.append(one)
    return reading


def _newest(listed: Sequence[Member], singles: Singles) -> list[Member]:
    """Join both; of a member in both, the list's state is the older one."""
    emails = {one.email.lower() for one in singles.members}
    contacts = {one.contact_id for one in singles.members if one.contact_id}
    rest = [
        one
        for one in listed
        if one.email.lower() not in emails and one.contact_id not in contacts
    ]
    return [*rest, *singles.members]


def apply(session: Session, plan: ProgrammeMap, reading: Reading) -> None:
    """Write what was read, and the words that follow from it; settle the hints."""
    rows = _Rows(session, plan)
    for member in sorted(reading.members, key=lambda m: m.status == "archived"):
        rows.take(member)
    for email in reading.absent:
        # Refused as known, yet not there: nothing to wait for until our data change.
        rows.by_email[email].problem = "refused"
    for email in reading.gone & rows.by_email.keys():
        rows.by_email[email].status = "gone"
    _forward(session, plan.key, reading.members)
    session.flush()
    hear(session, plan.key, rows.by_email.values())
    hints.settle(session, reading.answered)


def write_member(row: NewsletterMember, member: Member) -> None:
    """Write one member as the tool shows it, and settle what it accepted of ours."""
    if not row.status and row.problem in RECHECK:
        row.problem = row.problem_hash = ""
    row.status = member.status
    row.contact_id = member.contact_id or row.contact_id
    row.fields = {name: value for name, value in member.merge_fields.items() if value}
    row.language = member.language
    row.last_changed = member.last_changed or row.last_changed
    row.seen_at = utcnow()
    stands = {**member.merge_fields, "language": member.language}
    arrived = {
        name: stands[name]
        for name, value in row.sent.items()
        if name not in row.pushed and name in stands and stands[name] == value
    }
    if row.sent.get("status") == member.status and "status" not in row.pushed:
        arrived["status"] = member.status
        if word := row.sent.get("word"):
            row.word_sent = word
    if row.sent.get("email") == row.email and "email" not in row.pushed:
        arrived["email"] = row.email
    if arrived:
        row.pushed = {**row.pushed, **arrived}


class _Rows:
    """The mirror's rows by address and by contact."""

    def __init__(self, session: Session, plan: ProgrammeMap) -> None:
        self._session = session
        self._plan = plan
        rows = session.scalars(
            select(NewsletterMember).where(NewsletterMember.programme == plan.key)
        ).all()
        self.by_email = {row.email: row for row in rows}
        self._by_contact = {row.contact_id: row for row in rows if row.contact_id}

    def take(self, member: Member) -> None:
        email = member.email.lower()
        row = self._by_contact.get(member.contact_id)
        if row is not None and row.email != email and not _lags(member, row):
            self._move(row, email, member.last_changed or utcnow())
        row = row or self.by_email.get(email) or self._new(email)
        if _older(member, row):
            return
        write_member(row, member)
        if row.contact_id:
            self._by_contact[row.contact_id] = row

    def _new(self, email: str) -> NewsletterMember:
        row = new_row(self._plan.key, email)
        self._session.add(row)
        self.by_email[email] = row
        return row

    def _move(self, row: NewsletterMember, email: str, at: datetime) -> None:
        """Follow a contact to its new address; its id there stays the same."""
        stale = self.by_email.get(email)
        if stale is not None:
            self._session.delete(stale)
            self._session.flush()
        if row.sent.get("email") != email:
            people = people_by_address(self._session, self._plan.key)
            if hear_move(self._session, self._plan, people, row.email, email, at):
                row.sent = {**row.sent, "email": email}
                row.pushed = {**row.pushed, "email": email}
            else:
                # Changed there: our own address for them is still the old one.
                row.pushed = {"email": row.email, **row.pushed}
                if people.get(row.email):
                    left = {**row.pushed.get(MOVED, {}), row.email: at.isoformat()}
                    row.pushed = {**row.pushed, MOVED: left}
        self.by_email.pop(row.email, None)
        row.email = email
        self.by_email[email] = row


def new_row(programme: str, email: str) -> NewsletterMember:
    """Return a row for an address that the tool has not shown us (yet)."""
    return NewsletterMember(
        programme=programme, email=email, seen_at=utcnow(), status="", contact_id="",
        fields={}, language="", sent={}, pushed={}, problem="", problem_hash="",
        word_sent="",
    )  # fmt: skip


def _older(member: Member, row: NewsletterMember) -> bool:
    """Tell a list that lags behind what a write of ours has already returned.

    That somebody left is believed whatever its date.
    """
    return member.status not in LEFT and _lags(member, row)


def _lags(member: Member, row: NewsletterMember) -> bool:
    return (
        row.contact_id == member.contact_id
        and row.last_changed is not None
        and member.last_changed is not None
        and member.last_changed < row.last_changed
    )


def _watermark(session: Session, programme: str) -> Watermark | None:
    return session.scalar(
        select(Watermark).where(
            Watermark.programme == programme,
            Watermark.tool == "mailchimp",
            Watermark.stream == STREAM,
        )
    )


def _forward(session: Session, programme: str, members: list[Member]) -> None:
    times = [one.last_changed for one in members if one.last_changed]
    if not times:
        return
    mark = _watermark(session, programme)
    if mark is None:
        mark = Watermark(
            programme=programme, tool="mailchimp", stream=STREAM, at=max(times)
        )
        session.add(mark)
    # Never ahead of now: what changes next must not be dated before the mark.
    mark.at = min(max(mark.at, *times), utcnow())
