"""What the weekly e-mail says, as data: counts and dates from the programme's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import chores
from connector.connections import statuses
from connector.db import utcnow
from connector.digest.dates import Coming, coming
from connector.digest.scrub import Scrub, scrubber, strict_scrubber
from connector.digest.words import KINDS, word, words_of
from connector.inbox import Delivery
from connector.matters import Matter, MatterRow
from connector.matters.waiting import open_matters, standing
from connector.programme.entities import Alias, Participation
from connector.programme.figure import in_language, local_day
from connector.service import Service
from connector.sources.state import FormWatch
from mappings.plan import ProgrammeMap

WEEK = timedelta(days=7)
BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that waits for a person: what happened, what is safe, what to do."""

    title: str
    happened: str
    safe: str
    do: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of something, by its name in the programme's language."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Aside:
    """What staff set aside, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool stands. ``state`` as in ``connections.Status``."""

    label: str
    state: str
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class Running:
    """How the service itself has run. ``unread`` counts forms that cannot be read.

    ``backup_at`` is of the last backup that the worker made; ``backs_up`` tells
    whether it makes any.
    """

    tools: tuple[Tool, ...]
    reconciled_at: datetime | None
    unread: int
    backs_up: bool
    backup_at: datetime | None


@dataclass(frozen=True, slots=True)
class Digest:
    """One e-mail. ``at`` is when it was counted, ``since`` where its week begins."""

    programme: str
    locale: str
    zone: str
    demo: bool
    at: datetime
    since: datetime
    things: tuple[Thing, ...]
    aside: tuple[Aside, ...]
    answers: tuple[Counted, ...]
    participations: tuple[Counted, ...]
    coming: tuple[Coming, ...]
    running: Running


def digest_of(service: Service, key: str) -> Digest:
    """Return what the e-mail would say now; no tool is called."""
    plan, now = service.programme(key), utcnow()
    since = now - WEEK
    matters = open_matters(service, key)
    titles = {one.key: one.title for one in standing(service, key)}
    with service.database.reading() as session:
        scrub = scrubber(session, key)
        return Digest(
            in_language(plan.name, plan.locale),
            plan.locale,
            plan.zone,
            service.settings.demo,
            now,
            since,
            tuple(_thing(matter, scrub) for matter in matters),
            _aside(session, plan, since, titles),
            _answers(session, plan, since),
            _participations(session, plan, since),
            coming(session, plan, local_day(plan, now)),
            _running(session, service, key),
        )


def _thing(matter: Matter, scrub: Scrub) -> Thing:
    return Thing(
        scrub(matter.title),
        scrub(matter.happened),
        scrub(matter.safe),
        scrub(matter.do),
        matter.since,
    )


def _aside(
    session: Session, plan: ProgrammeMap, since: datetime, titles: Mapping[str, str]
) -> tuple[Aside, ...]:
    rows = session.scalars(
        select(MatterRow)
        .where(MatterRow.programme == plan.key, MatterRow.set_aside_at >= since)
        .order_by(MatterRow.set_aside_at, MatterRow.id)
    )
    scrub, strict = scrubber(session, plan.key), strict_scrubber(session, plan.key)
    nothing = words_of(plan.locale)["no_reason"]
    return tuple(
        Aside(
            scrub(titles.get(row.key) or _named(row.key, plan.locale)),
            strict(row.reason).strip() or nothing,
        )
        for row in rows
    )


def _named(matter: str, locale: str) -> str:
    """Return a matter's key as staff read it: ``delivery:118`` is a delivery's."""
    kind, _, rest = matter.partition(":")
    return f"{word(KINDS, locale, kind)} {rest.replace(':', ' ')}".strip()


def _answers(
    session: Session, plan: ProgrammeMap, since: datetime
) -> tuple[Counted, ...]:
    """Count the answers that came in, by form; most first."""
    rows = session.execute(
        select(Delivery.provider, Delivery.form).where(
            Delivery.programme == plan.key,
            Delivery.kind == "complete",
            Delivery.state != "discarded",
            Delivery.received_at >= since,
        )
    )
    return _most_first(Counter(_form(plan, row[0], row[1]) for row in rows))


def _form(plan: ProgrammeMap, provider: str, form: str) -> str:
    known = plan.form_for(provider, form)
    if known is None:
        return words_of(plan.locale)["unknown_form"]
    return in_language(known.title, plan.locale) or known.name


def _participations(
    session: Session, plan: ProgrammeMap, since: datetime
) -> tuple[Counted, ...]:
    """Count the participations first heard of, by role and status; most first.

    One that was joined with another is that other one, and counted once.
    """
    rows = session.execute(
        select(Participation.role, Participation.status).where(
            Participation.programme == plan.key,
            Participation.created_at >= since,
            Participation.id.not_in(select(Alias.entity_id)),
        )
    )
    return _most_first(
        Counter(
            f"{choice(plan, 'role', row[0])}, {choice(plan, 'status', row[1]).lower()}"
            for row in rows
        )
    )


def choice(plan: ProgrammeMap, field: str, code: str | None) -> str:
    """Return a participation's word as staff read it in the CRM."""
    rule = plan.fields.get(f"participation.{field}")
    for one in rule.choices if rule is not None else ():
        if one.code == code:
            return in_language(one.label, plan.locale)
    return code or "-"


def _most_first(counts: Counter[str]) -> tuple[Counted, ...]:
    told = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Counted(name, number) for name, number in told)


def _running(session: Session, service: Service, key: str) -> Running:
    watches = session.scalars(select(FormWatch).where(FormWatch.programme == key)).all()
    looked = [row.looked_at for row in watches if row.looked_at is not None]
    ran = {row.chore: row.succeeded_at for row in chores.runs(session, key)}
    return Running(
        tuple(
            Tool(one.label, one.state, one.last_success_at)
            for one in statuses(service, key)
        ),
        max(looked, default=None),
        sum(1 for row in watches if row.problem),
        service.settings.backup_dir is not None,
        ran.get(BACKUP),
    )
