"""How each form that is watched stands, for the people who ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from connector import hints
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.schedule import interval
from connector.sources.state import FormWatch
from connector.sources.tools import sources


@dataclass(frozen=True, slots=True)
class Standing:
    """One form. ``watched`` is False where its tool is off or has no token.

    ``stored`` complete answers stand here; ``total`` is what the tool
    counted last, None where that was no more than stands here.
    ``findings`` of the drift guard are counted. ``next_look_at`` is the latest time,
    None where a problem says when.
    """

    provider: str
    form: str
    mapping: str
    language: str
    watched: bool
    stored: int = 0
    total: int | None = None
    read_up_to: datetime | None = None
    looked_at: datetime | None = None
    next_look_at: datetime | None = None
    problem: str = ""
    findings: int = 0


def standing(service: Service, key: str) -> list[Standing]:
    """Return how every bound form stands; no tool is called."""
    plan = service.programme(key)
    every = {
        provider: interval(
            service, key, provider,
            len({b.form for b in plan.bindings if b.provider == provider}),
        )
        for provider in sources()
    }  # fmt: skip
    with service.database.reading() as session:
        watches = {
            (row.provider, row.form): row
            for row in session.scalars(
                select(FormWatch).where(FormWatch.programme == key)
            )
        }
        stored = {
            (row[0], row[1]): row[2]
            for row in session.execute(
                select(
                    Delivery.provider,
                    Delivery.form,
                    func.count(Delivery.response.distinct()),
                )
                .where(Delivery.programme == key, Delivery.kind == "complete")
                .group_by(Delivery.provider, Delivery.form)
            )
        }
    found = []
    for one in plan.bindings:
        watch = watches.get((one.provider, one.form))
        names = (one.provider, one.form, one.mapping, one.language)
        count = stored.get((one.provider, one.form), 0)
        if watch is None:
            found.append(Standing(*names, watched=False, stored=count))
            continue
        wait = None if watch.problem else every.get(one.provider)
        found.append(
            Standing(
                *names,
                watched=True,
                stored=count,
                total=watch.total if (watch.total or 0) > count else None,
                read_up_to=watch.at,
                looked_at=watch.looked_at,
                next_look_at=_after(watch, wait),
                problem=watch.problem,
                findings=len(watch.findings),
            )
        )
    return found


def _after(watch: FormWatch, wait: timedelta | None) -> datetime | None:
    if watch.looked_at is None or wait is None:
        return None
    return watch.looked_at + wait


def callers_without_mapping(service: Service, key: str) -> list[tuple[str, str]]:
    """Return (provider, form) of forms whose webhooks come and that nothing reads."""
    bound = {(b.provider, b.form) for b in service.programme(key).bindings}
    with service.database.reading() as session:
        named = {
            (provider, hint.subject)
            for provider in sources()
            for hint in hints.waiting(session, key, provider)
        }
    return sorted(named - bound)
