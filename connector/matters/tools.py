"""What waits for a person at the tools: connections, refusals, chores that fail."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import chores, lookup
from connector.chores import ChoreRun
from connector.connections import BY_STAFF, is_on
from connector.db import utcnow
from connector.matters import Key, Matter
from connector.matters import tool_words as words
from connector.restored import waits
from connector.service import Service
from connector.sync.cycle import TOOLS, find
from connector.sync.state import Connection, NewsletterMember, RemoteRecord
from mappings.plan import ProgrammeMap

TOO_LONG = timedelta(days=1)
TOLD_OTHERWISE = frozenset({"drift", "hubspot.tasks"})
"""Chores that look for what waits: what they find is a matter of its own."""


def connections(session: Session, service: Service, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each connected tool that stands still."""
    found = []
    for tool in TOOLS:
        if not is_on(service, plan.key, tool):
            continue
        row = find(session, plan.key, tool)
        state = _standstill(row)
        if state:
            found.append(_connection(plan.locale, tool, state, row))
    return found


def _standstill(row: Connection | None) -> str:
    """Return why a connection stands still, "" where it does not."""
    if row is None or row.state == "new":
        return "new"
    if waits(row):
        return "restored"
    if row.state == "paused":
        return "paused" if row.reason == BY_STAFF else "refused"
    return "stopped" if row.state == "stopped" else ""


def _connection(locale: str, tool: str, state: str, row: Connection | None) -> Matter:
    gaps = {"tool": TOOLS[tool].label, "key": tool}
    changed = row.changed_at if row is not None else None
    said = words.CONNECTIONS[state][locale].filled(gaps)
    return Matter(
        key=f"connection:{tool}",
        kind="connection",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=changed or utcnow(),
        aside=said.aside,
        # A pause of next month is another one, whatever was said of this one.
        meaning=f"{tool} {state} {changed.isoformat() if changed else ''}",
        ref=f"{tool} {state}",
        urgent=state in {"refused", "stopped"},
    )


def refused(session: Session, service: Service, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each record that a tool did not take.

    The tool's own words may repeat a value, so they are not in it. What is held for
    the review list has its matter there.
    """
    records = session.scalars(
        select(RemoteRecord).where(
            RemoteRecord.programme == plan.key,
            RemoteRecord.problem != "",
            RemoteRecord.state == "linked",
        )
    ).all()
    members = session.scalars(
        select(NewsletterMember).where(
            NewsletterMember.programme == plan.key, NewsletterMember.problem != ""
        )
    ).all()
    found = [_refused_record(plan.locale, row) for row in records]
    found += [_refused_member(session, plan, row) for row in members]
    return [one for one in found if is_on(service, plan.key, one.key.split(":", 2)[1])]


def _refused_record(locale: str, row: RemoteRecord) -> Matter:
    return _refused(
        locale,
        (row.tool, row.entity_kind, row.entity_id),
        row.problem,
        since=row.sent_at or row.pushed_at or utcnow(),
        about=(row.entity_kind, row.entity_id),
    )


def _refused_member(
    session: Session, plan: ProgrammeMap, row: NewsletterMember
) -> Matter:
    people = sorted(lookup.people_of(session, plan.key, row.email))
    return _refused(
        plan.locale,
        # The number of the mirror's row, not the address: a matter names nobody.
        ("mailchimp", "member", str(row.id)),
        row.problem,
        since=row.seen_at,
        about=("person", people[0]) if people else None,
    )


def _refused(
    locale: str, what: tuple[str, str, str], problem: str, *, since: datetime,
    about: Key | None,
) -> Matter:  # fmt: skip
    tool, kind, _ = what
    gaps = {
        "tool": TOOLS[tool].label,
        "key": tool,
        "what": words.WHAT[locale].get(kind, kind),
    }
    said = words.REFUSED[locale].filled(gaps)
    return Matter(
        key=":".join(("refused", *what)),
        kind="refused",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=since,
        about=about,
        aside=said.aside,
        meaning="\n".join((*what, problem)),
        ref="/".join(what),
    )


def chores_failing(session: Session, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each chore that has not worked for more than a day.

    A webhook that is gone is one only so: the chore that minds them makes it anew.
    """
    return [
        _chore(plan, row)
        for row in chores.runs(session, plan.key)
        if row.problem
        and row.chore not in TOLD_OTHERWISE
        and row.failing_since is not None
        and utcnow() - row.failing_since >= TOO_LONG
    ]


def _chore(plan: ProgrammeMap, row: ChoreRun) -> Matter:
    since = row.failing_since or row.started_at
    day = since.astimezone(ZoneInfo(plan.zone)).strftime("%d.%m.%Y %H:%M")
    gaps = {"chore": words.CHORES[plan.locale].get(row.chore, row.chore), "since": day}
    said = words.CHORE[plan.locale].filled(gaps)
    return Matter(
        key=f"chore:{row.chore}",
        kind="chore",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=since,
        aside=said.aside,
        meaning=f"{row.chore} {since.isoformat()}",
        urgent=True,
        # It is mended for certain only when it has run again.
        seen_at=row.started_at,
    )
