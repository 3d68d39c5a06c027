"""One sync of the newsletter, and the preview that its first one waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients.mailchimp import Mailchimp
from connector.sync.context import Context, Outcome
from connector.sync.mailchimp import campaigns, mirror, push
from connector.sync.mailchimp.decide import Decision, decide
from connector.sync.mailchimp.desired import desired
from connector.sync.state import NewsletterMember

EXAMPLES = 3


@dataclass(frozen=True)
class Preview:
    """What a sync would do: counts and masked examples by word.

    create (new there), adopt (there already, first time ours), change, ask (to
    confirm a new yes), withdraw, held (refused before), leave alone.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def sync(context: Context, client: Mailchimp, *, dry_run: bool = False) -> Outcome:
    """Bring the audience in step; return what was done, in counts by word.

    ``RemoteUnauthorised`` and ``RemoteBusy`` are raised, with what was done before
    committed. Withdrawals go first: they are what must not wait. The figures of a
    newsletter come last, and only when a webhook said that one was sent.
    """
    if dry_run:
        for name, number in preview(context, client).counts.items():
            context.outcome.add(name, number)
        return context.outcome
    mirror.refresh(context, client)
    with context.database.reading() as session:
        decisions = _decisions(session, context)
    context.outcome.add("held", sum(one.deed == "held" for one in decisions))
    try:
        push.words(context, client, decisions)
        push.add(context, client, decisions)
        push.fields(context, client, decisions)
    except push.NoFieldError as error:
        context.outcome.problems.append(
            f"Mailchimp: the audience has no merge field {error}. "
            "Run `vidensbro setup`; the rest waits until then."
        )
    with context.database.reading() as session:
        sent = campaigns.are_hinted(session, context.key)
    if sent:
        campaigns.refresh(context, client)
    return context.outcome


def preview(context: Context, client: Mailchimp) -> Preview:
    """Return what a sync would do now. Nothing is written, there or here."""
    reading = mirror.look(context, client)
    found: dict[str, list[str]] = defaultdict(list)
    try:
        with context.database.writing() as session:
            mirror.apply(session, context.plan, reading)
            _sort(session, context, found)
            raise _UndoError
    except _UndoError:
        pass
    return Preview(
        {name: len(emails) for name, emails in found.items()},
        {
            name: tuple(map(masked, sorted(emails)[:EXAMPLES]))
            for name, emails in found.items()
        },
    )


def masked(email: str) -> str:
    """Return an address that its owner's colleagues recognise, and nobody else."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"


class _UndoError(Exception):
    """Roll the preview's transaction back."""


def _decisions(session: Session, context: Context) -> list[Decision]:
    rows = session.scalars(
        select(NewsletterMember).where(NewsletterMember.programme == context.key)
    )
    return decide(desired(session, context.plan), {row.email: row for row in rows})


def _sort(session: Session, context: Context, found: dict[str, list[str]]) -> None:
    decisions = _decisions(session, context)
    rest = set(
        session.scalars(
            select(NewsletterMember.email).where(
                NewsletterMember.programme == context.key,
                NewsletterMember.status != "",
            )
        )
    )
    for one in decisions:
        word = _word(one)
        if word is not None:
            email = one.row.email if one.row is not None else one.wanted.email
            found[word].append(email)
            rest.discard(email)
    found["leave alone"] = list(rest)


def _word(one: Decision) -> str | None:
    if one.deed == "leave":
        known = one.row is not None and one.row.status == "subscribed"
        first = known and one.row is not None and not one.row.pushed
        return "adopt" if first else None
    if one.deed == "fields":
        new = one.row is not None and not one.row.pushed
        return "adopt" if new else "change"
    return {"add": "create"}.get(one.deed, one.deed)
