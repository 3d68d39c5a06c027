"""Everything that waits for a person, each as one matter, in the programme's language.

A parked delivery, a doubt about two people, a form that moved away, a connection that
stands still: each is read from where it stands, so that a matter ends by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.connections import statuses
from connector.db import utcnow
from connector.inbox import Delivery
from connector.matters import Matter, set_aside
from connector.service import Service

Words = Mapping[str, str]


def open_matters(service: Service, key: str) -> list[Matter]:
    """Return everything that waits for a person now, oldest first; no tool is called.

    What staff set aside is not among it until it means something else.
    """
    locale = service.programme(key).locale
    with service.database.reading() as session:
        found = _parked(session, key, locale)
        aside = set_aside(session, key)
    found += _connections(service, key, locale)
    return sorted(
        (one for one in found if aside.get(one.key) != one.fingerprint),
        key=lambda one: (one.since, one.key),
    )


def _parked(session: Session, key: str, locale: str) -> list[Matter]:
    rows = session.scalars(
        select(Delivery).where(Delivery.programme == key, Delivery.state == "parked")
    )
    return [
        Matter(
            f"delivery:{row.id}",
            "delivery",
            _say(PARKED_TITLE, locale, number=row.id),
            _say(PARKED, locale, number=row.id),
            _say(PARKED_SAFE, locale),
            _say(PARKED_DO, locale, number=row.id),
            row.processed_at or row.received_at,
        )
        for row in rows
    ]


def _connections(service: Service, key: str, locale: str) -> list[Matter]:
    return [
        Matter(
            f"connection:{one.tool}",
            "connection",
            _say(WAITS_TITLE, locale, tool=one.label),
            one.reason,
            _say(WAITS_SAFE, locale),
            _say(WAITS_DO, locale, tool=one.tool),
            one.last_success_at or utcnow(),
        )
        for one in statuses(service, key)
        if one.state in {"paused", "stopped"}
    ]


def _say(words: Words, locale: str, **told: object) -> str:
    return words.get(locale, words["en"]).format(**told)


PARKED_TITLE: Words = {
    "da": "Besvarelse {number} venter på jer",
    "en": "Delivery {number} waits for you",
}
PARKED: Words = {
    "da": "Noget i besvarelse {number} kunne ikke læses.",
    "en": "Something in delivery {number} could not be read.",
}
PARKED_SAFE: Words = {
    "da": "Intet er tabt: besvarelsen er gemt, som den kom.",
    "en": "Nothing is lost: the answers are kept as they came.",
}
PARKED_DO: Words = {
    "da": "Se den med: vidensbro deliveries show {number}",
    "en": "Look at it with: vidensbro deliveries show {number}",
}
WAITS_TITLE: Words = {
    "da": "Forbindelsen til {tool} står stille",
    "en": "The connection to {tool} stands still",
}
WAITS_SAFE: Words = {
    "da": "Intet er tabt: ændringerne venter her.",
    "en": "Nothing is lost: changes wait here.",
}
WAITS_DO: Words = {
    "da": "Ret det, og sig så: vidensbro connection resume {tool}",
    "en": "Put it right, then: vidensbro connection resume {tool}",
}
