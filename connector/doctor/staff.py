"""What waits for a person: connections, refused records, parked answers, doubts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from connector import connections
from connector.connections import Status
from connector.findings import Finding
from connector.inbox import Delivery
from connector.service import Service

ELSEWHERE = frozenset({"backup"})
"""Chores that a check of their own tells of."""
BY_CHORE = {
    "drift": "See what changed, and the lines to paste: vidensbro forms check",
    "recount": "Run: vidensbro reconcile --all",
    "hubspot.compare": "Run: vidensbro sync compare",
    "mailchimp.compare": "Run: vidensbro sync compare",
    "digest": "Try it: vidensbro digest --send",
}
STAYS = "It is tried again by itself; if it stays: vidensbro sync status"


def check_connections(service: Service, key: str) -> Iterator[Finding]:
    """Look at how each tool that is on stands, and at what it refused."""
    for one in connections.statuses(service, key):
        if one.state != "off":
            yield _state(one)
        if one.problems:
            what = (
                f"{one.label} refused {len(one.problems)} records, or they wait for a "
                f"person; the first: {one.problems[0].text}"
            )
            remedy = "See each: vidensbro sync status"
            yield Finding(f"{one.tool}.records", "warning", what, remedy)


def _state(one: Status) -> Finding:
    check = f"{one.tool}.connection"
    if one.state == "active":
        return Finding(check, "well", f"{one.label} is connected.")
    if one.state == "new":
        what = f"{one.label} is connected, and nothing has been synced yet."
        remedy = "Run: vidensbro sync run (it shows counts, and asks)"
        return Finding(check, "warning", what, remedy)
    what = f"{one.label} is {one.state}: {one.reason}"
    if one.state == "stopped":
        remedy = (
            f"If the account is meant: vidensbro connection rebind {one.tool}; if not, "
            f"put the former key back, then: vidensbro connection resume {one.tool}"
        )
        return Finding(check, "fault", what, remedy)
    remedy = f"When that is mended: vidensbro connection resume {one.tool}"
    return Finding(check, "fault", what, remedy)


def check_desk(service: Service, key: str) -> Iterator[Finding]:
    """Look at parked answers, the review list, and chores with a problem."""
    found = [*_parked(service, key), *_reviews(service, key), *_chores(service, key)]
    yield from found or [Finding("desk", "well", "Nothing waits for a person.")]


def _parked(service: Service, key: str) -> Iterator[Finding]:
    query = select(func.count(), func.min(Delivery.id)).where(
        Delivery.programme == key, Delivery.state == "parked"
    )
    with service.database.reading() as session:
        count, first = session.execute(query).one()
    if count:
        what = f"Form answers that could not be read in full: {count}."
        remedy = f"See the first: vidensbro deliveries show {first}"
        yield Finding("deliveries.parked", "warning", what, remedy)


def _reviews(service: Service, key: str) -> Iterator[Finding]:
    waiting = connections.on_review(service, key)
    if waiting:
        what = f"On the review list: {waiting}. Who is in doubt is pushed nowhere."
        yield Finding("people.review", "warning", what, "Run: vidensbro people review")


def _chores(service: Service, key: str) -> Iterator[Finding]:
    for one in connections.troubles(service, key):
        if one.chore in ELSEWHERE:
            continue
        what = f"The chore {one.chore} did not go well: {one.problem}"
        remedy = BY_CHORE.get(one.chore, STAYS)
        yield Finding(f"chore.{one.chore}", "warning", what, remedy)
