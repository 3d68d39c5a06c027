"""The connections to the tools: how they stand, and pausing and resuming them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from connector import chores, comparing, hints
from connector.db import utcnow
from connector.matters import forget_tasks
from connector.programme.entities import ReviewItem
from connector.restored import hold_back
from connector.service import Service
from connector.sync.cycle import TOOLS, change, ensure, find
from connector.sync.state import NewsletterMember, RemoteLink, RemoteRecord, Watermark

BY_TOOL = (RemoteRecord, RemoteLink, Watermark)
# Only the newsletter tool has members, so their table names no tool.
MEMBERS_OF = "mailchimp"
# Only the CRM has tasks, likewise.
TASKS_OF = "hubspot"
BY_STAFF = "Paused by staff. Nothing is lost; changes wait here."


class NotConnected(Exception):  # noqa: N818 - named by what happened
    """The tool is off or in another state than the act needs; the text says which."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that a tool refused, or that waits for a person."""

    tool: str
    kind: str
    entity: str
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """One tool of a programme. ``state`` off: no credential is set for it.

    ``compared_at`` and ``drift`` are of the last compare of the whole account: record
    type -> word -> how many were not as they should be. ``hints`` counts what webhooks
    pointed to and nobody has looked at yet.
    """

    tool: str
    label: str
    state: str
    account: str = ""
    reason: str = ""
    last_success_at: datetime | None = None
    records: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    compared_at: datetime | None = None
    drift: comparing.Counts = field(default_factory=dict)
    hints: int = 0

    @property
    def needs_you(self) -> bool:
        """Tell whether syncing, or a record that was refused, waits for a person."""
        return self.state in {"new", "paused", "stopped"} or bool(self.problems)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A chore that did not go well when it last ran."""

    chore: str
    problem: str
    started_at: datetime
    succeeded_at: datetime | None


def troubles(service: Service, key: str) -> list[Trouble]:
    """Return the chores of a programme that have a problem."""
    with service.database.reading() as session:
        return [
            Trouble(row.chore, row.problem, row.started_at, row.succeeded_at)
            for row in chores.runs(session, key)
            if row.problem
        ]


def on_review(service: Service, key: str) -> int:
    """Return how many doubts wait for a person; who is in doubt is pushed nowhere."""
    with service.database.reading() as session:
        query = select(func.count()).where(
            ReviewItem.programme == key, ReviewItem.settled_at.is_(None)
        )
        return session.scalar(query) or 0


def statuses(service: Service, key: str) -> list[Status]:
    """Return how every tool of a programme stands; no tool is called."""
    with service.database.reading() as session:
        return [_status(session, service, key, name) for name in TOOLS]


def is_on(service: Service, key: str, tool: str) -> bool:
    """Tell whether a tool has a credential in the settings."""
    return getattr(service.settings.accounts[key], tool, None) is not None


def pause(service: Service, key: str, tool: str) -> None:
    """Stop writing to a tool until it is resumed."""
    _must_be_on(service, key, tool)
    change(service, key, tool, "paused", BY_STAFF)


def resume(service: Service, key: str, tool: str) -> str:
    """Go on with a tool, and try again what it refused; return the state.

    One that has never been synced is ``new`` again: its first sync waits for a yes.
    A changed account stops the next cycle again, so resuming is safe. After a restore
    it is ``paused`` once more until every answer since the backup was fetched.
    """
    _must_be_on(service, key, tool)
    with service.database.writing() as session:
        row = ensure(session, key, tool)
        row.state = "active" if row.account else "new"
        row.reason, row.changed_at = "", utcnow()
        hold_back(row)
        session.execute(
            update(RemoteRecord)
            .where(RemoteRecord.programme == key, RemoteRecord.tool == tool)
            .values(problem_hash="")
        )
        if tool == MEMBERS_OF:
            session.execute(
                update(NewsletterMember)
                .where(NewsletterMember.programme == key)
                .values(problem_hash="")
            )
        return row.state


def rebind(service: Service, key: str, tool: str) -> None:
    """Take another account as this programme's: what we knew of the former one goes.

    Claims, people and consents stay. The next sync is a first one and waits for a yes.
    """
    _must_be_on(service, key, tool)
    with service.database.writing() as session:
        for table in BY_TOOL:
            session.execute(
                delete(table).where(table.programme == key, table.tool == tool)
            )
        if tool == MEMBERS_OF:
            session.execute(
                delete(NewsletterMember).where(NewsletterMember.programme == key)
            )
        if tool == TASKS_OF:
            forget_tasks(session, key)
        row = ensure(session, key, tool)
        row.state, row.account, row.reason, row.facts = "new", "", "", {}
        row.changed_at, row.last_success_at = utcnow(), None


def remember(
    service: Service, key: str, tool: str, facts: Mapping[str, object]
) -> None:
    """Keep what a probe has shown of a tool."""
    with service.database.writing() as session:
        row = ensure(session, key, tool)
        row.facts = {**row.facts, **facts}


def _must_be_on(service: Service, key: str, tool: str) -> None:
    if not is_on(service, key, tool):
        raise NotConnected(f"{TOOLS[tool].label} is off: no key is set for it.")


def _status(session: Session, service: Service, key: str, tool: str) -> Status:
    label = TOOLS[tool].label
    row = find(session, key, tool)
    if not is_on(service, key, tool):
        return Status(tool, label, "off")
    if row is None:
        return Status(tool, label, "new", reason=FIRST)
    compared_at, counts = comparing.kept(row.facts)
    return Status(
        tool,
        label,
        row.state,
        row.account,
        row.reason or (FIRST if row.state == "new" else ""),
        row.last_success_at,
        _records(session, key, tool),
        tuple(_problems(session, key, tool)),
        compared_at,
        comparing.drift(counts),
        hints.count_waiting(session, key, tool),
    )


FIRST = "The first sync waits for a yes: vidensbro sync run"


def _records(session: Session, key: str, tool: str) -> dict[str, int]:
    if tool == MEMBERS_OF:
        members = session.execute(
            select(NewsletterMember.status, func.count())
            .where(NewsletterMember.programme == key, NewsletterMember.status != "")
            .group_by(NewsletterMember.status)
        ).all()
        return {row[0]: row[1] for row in members}
    rows = session.execute(
        select(RemoteRecord.state, func.count())
        .where(RemoteRecord.programme == key, RemoteRecord.tool == tool)
        .group_by(RemoteRecord.state)
    ).all()
    return {row[0]: row[1] for row in rows}


def _problems(session: Session, key: str, tool: str) -> list[Problem]:
    seen = _seen(session, key)
    found = [
        Problem(tool, row.entity_kind, row.entity_id, row.problem)
        for row in session.scalars(
            select(RemoteRecord).where(
                RemoteRecord.programme == key,
                RemoteRecord.tool == tool,
                RemoteRecord.problem != "",
            )
        )
        if not (row.state == "gone" and (row.entity_kind, row.entity_id) in seen)
    ]
    if tool == MEMBERS_OF:
        # The number of the mirror's row, not the address: a status names nobody.
        found += [
            Problem(tool, "member", str(row.id), row.problem)
            for row in session.scalars(
                select(NewsletterMember).where(
                    NewsletterMember.programme == key, NewsletterMember.problem != ""
                )
            )
        ]
    return found


def _seen(session: Session, key: str) -> set[tuple[str, str]]:
    """Return the entities of which staff know all that there is to know.

    A record that they archived stays gone, and says so; that is no problem any more.
    """
    rows = session.execute(
        select(ReviewItem.entity_kind, ReviewItem.entity_id)
        .where(ReviewItem.programme == key)
        .group_by(ReviewItem.entity_kind, ReviewItem.entity_id)
        .having(func.count() == func.count(ReviewItem.settled_at))
    ).all()
    return {(row[0], row[1]) for row in rows}
