"""Everything that waits for a person, each as one matter, in the programme's language.

A parked delivery, a doubt about two people, a form that moved away, a connection that
stands still: each is read from where it stands, so that a matter ends by itself.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.inbox import Delivery
from connector.matters import Matter, set_aside
from connector.matters.answers import drifted, parked, quarantined
from connector.matters.people import doubts
from connector.matters.tools import chores_failing, connections, refused
from connector.service import Service


def open_matters(service: Service, key: str) -> list[Matter]:
    """Return everything that waits for a person now, oldest first; no tool is called.

    What staff set aside is not among it until it means something else.
    """
    found = standing(service, key)
    with service.database.reading() as session:
        aside = set_aside(session, key)
    return [one for one in found if aside.get(one.key) != one.fingerprint]


def standing(service: Service, key: str) -> list[Matter]:
    """Return every matter that stands, what staff set aside too, oldest first."""
    plan = service.programme(key)
    with service.database.reading() as session:
        unread = quarantined(session, plan)
        found = [
            *parked(session, plan),
            *unread,
            *drifted(session, plan, {one.key for one in unread}),
            *doubts(session, plan),
            *connections(session, service, plan),
            *refused(session, service, plan),
            *chores_failing(session, plan),
        ]
    return sorted(found, key=lambda one: (one.since, one.key))


def undecided(session: Session, key: str, known: Collection[str]) -> set[str]:
    """Return those of the known matters of which nobody can tell at this moment.

    A delivery that is being replayed is parked no more and not read yet: it has not
    settled itself, and is not to lose its task.
    """
    numbers = [
        int(name.partition(":")[2]) for name in known if name.startswith("delivery:")
    ]
    if not numbers:
        return set()
    waiting = session.scalars(
        select(Delivery.id).where(
            Delivery.programme == key, Delivery.state == "received"
        )
    )
    return {f"delivery:{number}" for number in set(waiting) & set(numbers)}
