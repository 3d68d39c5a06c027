"""The worker: it is there, processes answers, syncs in time, looks into webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from connector import hints, pulse
from connector.connections import statuses
from connector.db import utcnow
from connector.findings import Finding
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.standing import callers_without_mapping
from connector.sources.tools import sources
from connector.sync.cycle import find

DRAIN_GRACE = timedelta(minutes=15)
SYNC_GRACE = timedelta(minutes=15)
HINT_GRACE = timedelta(hours=2)
"""A form's answer that a webhook named may take half an hour to be listed."""


def check_worker(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the worker's pulse."""
    with service.database.reading() as session:
        at = pulse.last(session, pulse.WORKER)
    if at is not None and pulse.is_alive(at):
        yield Finding("worker", "well", "The worker is at work.")
        return
    since = f"since {moment(at)}" if at else "it has never run here"
    what = f"The worker does not run ({since}): answers are stored, and wait."
    remedy = (
        "Start it: make run or vidensbro up (at a desk), vidensbro worker (on a "
        "server: systemctl start vidensbro-worker)"
    )
    yield Finding("worker", "fault", what, remedy)


def check_backlog(service: Service, key: str) -> Iterator[Finding]:
    """Look for answers that came in and were never processed, though it is at work.

    One that is replayed was processed before: it may wait its turn.
    """
    query = select(func.count(), func.min(Delivery.received_at)).where(
        Delivery.programme == key,
        Delivery.state == "received",
        Delivery.processed_at.is_(None),
        Delivery.received_at < utcnow() - DRAIN_GRACE,
    )
    with service.database.reading() as session:
        count, since = session.execute(query).one()
    if not count:
        yield Finding("deliveries.waiting", "well", "What comes in is processed.")
        return
    what = f"{count} answers wait since {moment(since)} and are not processed."
    remedy = (
        "Restart the worker (on a server: systemctl restart vidensbro-worker); if they "
        "still wait, its log says why"
    )
    yield Finding("deliveries.waiting", "fault", what, remedy)


def check_syncs(service: Service, key: str) -> Iterator[Finding]:
    """Look at when each active tool was last brought in step."""
    every = timedelta(seconds=service.settings.sync_interval_s)
    patience = max(10 * every, SYNC_GRACE)
    for one in statuses(service, key):
        if one.state != "active":
            continue
        with service.database.reading() as session:
            row = find(session, key, one.tool)
        since = one.last_success_at or (row.changed_at if row else None)
        if since is None or utcnow() - since < patience:
            yield Finding(f"{one.tool}.sync", "well", f"{one.label} is synced in time.")
            continue
        at = moment(one.last_success_at) if one.last_success_at else "never"
        yield Finding(
            f"{one.tool}.sync",
            "fault",
            f"{one.label} was last brought in step: {at}.",
            "Run: vidensbro sync run (it says what is in the way)",
        )


def check_hints(service: Service, key: str) -> Iterator[Finding]:
    """Look for what webhooks pointed to and nobody has looked into for long."""
    # What a form says that nothing reads waits by right: another check tells of it.
    unread = set(callers_without_mapping(service, key))
    before = utcnow() - HINT_GRACE
    for provider in ("hubspot", "mailchimp", *sources()):
        with service.database.reading() as session:
            old = [
                one
                for one in hints.waiting(session, key, provider)
                if one.noted_at < before and (provider, one.subject) not in unread
            ]
        if old:
            what = (
                f"{len(old)} changes that webhooks told of wait since "
                f"{moment(min(one.noted_at for one in old))}."
            )
            remedy = "Run: vidensbro sync run, and: vidensbro reconcile"
            yield Finding(f"{provider}.hints", "warning", what, remedy)


def moment(at: datetime) -> str:
    """Return a time as doctor says it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
