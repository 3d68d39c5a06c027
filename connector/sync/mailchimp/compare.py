"""Once a night: the whole audience against what should stand there.

The sync looks only at who changed since the last look, and takes what the tool once
accepted as standing. This look sees everybody, so it also finds what was erased and
what was changed by hand in a field that only the service writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients.mailchimp import Mailchimp
from connector.db import utcnow
from connector.sync.context import Context
from connector.sync.cycle import ensure
from connector.sync.mailchimp import mirror, push
from connector.sync.mailchimp.decide import Decision, decide
from connector.sync.mailchimp.desired import desired
from connector.sync.mailchimp.hear import people_by_address
from connector.sync.state import NewsletterMember

TOOL = "mailchimp"
FACT = "compare"
STANDARD = frozenset({"FNAME", "LNAME", "PHONE", "ADDRESS", "BIRTHDAY"})
"""What every audience has: a person's own, whoever may see it."""
WORDS = ("same", "changed", "repaired", "missing", "not ours")


@dataclass
class _Found:
    """What the look showed of each row, and which of them are to be written again."""

    counts: Counter[str] = field(default_factory=Counter)
    drifted: dict[str, dict[str, str]] = field(default_factory=dict)


class _UndoError(Exception):
    """Roll a dry run's transaction back."""


def compare(
    context: Context, client: Mailchimp, *, dry_run: bool = False
) -> dict[str, int]:
    """Return how many members are as they should be, and how the others are not.

    same; changed (there, and heard just now); repaired (a field of the service's own
    differed and is written again); missing (erased there, so they have left); not ours
    (never written to). Only subscribed members are written to, by fields alone. Not to
    be run beside a sync. A dry run changes nothing, here or there.
    """
    owned = _owned(client)
    reading = mirror.look(context, client, whole=True)
    _look_for_missing(context, client, reading)
    found = _Found()
    try:
        with context.database.writing() as session:
            before = _states(session, context.key)
            mirror.apply(session, context.plan, reading)
            found = _judge(session, context, before, owned)
            if dry_run:
                raise _UndoError
            _reopen(session, context.key, found.drifted)
            reached("mailchimp.compare.before_commit")
    except _UndoError:
        return _counts(found)
    reached("mailchimp.compare.after_commit")
    _repair(context, client, found)
    _keep(context, found)
    return _counts(found)


def _owned(client: Mailchimp) -> set[str]:
    """Return the merge fields that their members neither see nor change.

    What a person corrects in the others stands until our own value changes.
    """
    rows = client.merge_fields()
    hidden = {str(one["tag"]).upper() for one in rows if not one.get("public")}
    return hidden - STANDARD


def _look_for_missing(
    context: Context, client: Mailchimp, reading: mirror.Reading
) -> None:
    """Look for each mirrored member whom the lists did not show.

    One may be passed over while others leave during the walk.
    """
    emails = {one.email.lower() for one in reading.members} | reading.gone
    contacts = {one.contact_id for one in reading.members if one.contact_id}
    with context.database.reading() as session:
        rows = session.scalars(
            select(NewsletterMember).where(
                NewsletterMember.programme == context.key,
                NewsletterMember.status.not_in(("", "gone")),
            )
        ).all()
    for row in rows:
        if row.email in emails or row.contact_id in contacts:
            continue
        one = client.get(row.contact_id or row.email)
        if one is None:
            reading.gone.add(row.email)
        else:
            reading.members.append(one)


def _states(session: Session, programme: str) -> dict[int, tuple[object, ...]]:
    rows = session.scalars(
        select(NewsletterMember).where(NewsletterMember.programme == programme)
    )
    return {row.id: _state(row) for row in rows}


def _state(row: NewsletterMember) -> tuple[object, ...]:
    return row.status, row.email, row.language, dict(row.fields)


def _judge(
    session: Session,
    context: Context,
    before: Mapping[int, tuple[object, ...]],
    owned: set[str],
) -> _Found:
    decisions = _decisions(session, context)
    people = people_by_address(session, context.key)
    found = _Found()
    by_row = {one.row.id: one for one in decisions if one.row is not None}
    for row in session.scalars(
        select(NewsletterMember).where(
            NewsletterMember.programme == context.key, NewsletterMember.status != ""
        )
    ):
        decision = by_row.get(row.id)
        if decision is None and row.email not in people:
            found.counts["not ours"] += 1
            continue
        drift = _drift(decision, owned) if decision is not None else {}
        if drift:
            found.drifted[row.email] = drift
        found.counts[_word(row, before.get(row.id), drift)] += 1
    return found


def _word(
    row: NewsletterMember, before: tuple[object, ...] | None, drift: object
) -> str:
    if row.status == "gone":
        return "same" if before is not None and before[0] == "gone" else "missing"
    if drift:
        return "repaired"
    return "same" if before == _state(row) else "changed"


def _drift(decision: Decision, owned: set[str]) -> dict[str, str]:
    """Return the fields that were accepted as wanted and stand otherwise now."""
    row = decision.row
    if row is None or row.status != "subscribed" or decision.deed == "held":
        return {}
    return {
        name: value
        for name, value in decision.wanted.fields.items()
        if name in owned
        and name in row.pushed
        and row.sent.get(name) == value
        and str(row.fields.get(name) or "") != str(row.pushed[name] or "")
    }


def _reopen(
    session: Session, programme: str, drifted: Mapping[str, Mapping[str, str]]
) -> None:
    """Let what drifted count as sent and not accepted: it is written again."""
    for row in session.scalars(
        select(NewsletterMember).where(NewsletterMember.programme == programme)
    ):
        if drift := drifted.get(row.email):
            row.sent = {**row.sent, **drift}
            row.pushed = {k: v for k, v in row.pushed.items() if k not in drift}


def _repair(context: Context, client: Mailchimp, found: _Found) -> None:
    with context.database.reading() as session:
        decisions = _decisions(session, context)
    try:
        push.fields(
            context,
            client,
            [
                one
                for one in decisions
                if one.row is not None and one.row.email in found.drifted
            ],
        )
    except push.NoFieldError as error:
        context.outcome.problems.append(
            f"Mailchimp: the audience has no merge field {error}. "
            "Run `vidensbro setup`."
        )


def _decisions(session: Session, context: Context) -> Sequence[Decision]:
    rows = session.scalars(
        select(NewsletterMember).where(NewsletterMember.programme == context.key)
    )
    return decide(desired(session, context.plan), {row.email: row for row in rows})


def _keep(context: Context, found: _Found) -> None:
    with context.database.writing() as session:
        row = ensure(session, context.key, TOOL)
        told = {"at": utcnow().isoformat(timespec="seconds"), **_counts(found)}
        row.facts = {**row.facts, FACT: told}


def _counts(found: _Found) -> dict[str, int]:
    return {word: found.counts[word] for word in WORDS}
