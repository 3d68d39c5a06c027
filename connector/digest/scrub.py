"""Takes names and addresses out of what is mailed.

A reason is typed by staff, who may name somebody in it; an e-mail leaves the house.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.logs import ADDRESS
from connector.programme.entities import Person

GONE = "\N{HORIZONTAL ELLIPSIS}"
NUMBER = re.compile(r"\+?\d(?:[ .-]?\d){6,}")

Scrub = Callable[[str], str]


def scrubber(session: Session, key: str) -> Scrub:
    """Return what takes addresses and everybody's full name out of our sentences."""
    full = {" ".join(name) for name in _names(session, key) if all(name)}
    return _taking_out(full, ADDRESS)


def strict_scrubber(session: Session, key: str) -> Scrub:
    """Return what takes addresses, numbers and each name alone out of free text."""
    alone = {part for name in _names(session, key) for part in name if part}
    return _taking_out(alone, ADDRESS, NUMBER)


def _names(session: Session, key: str) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Person.first_name, Person.last_name).where(Person.programme == key)
    ).all()
    return [((row[0] or "").strip(), (row[1] or "").strip()) for row in rows]


def _taking_out(names: set[str], *patterns: re.Pattern[str]) -> Scrub:
    # The longest first, so that of "Anna Marie" nothing is left behind.
    parts = sorted(names, key=len, reverse=True)
    either = "|".join(map(re.escape, parts))
    told = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if parts else None
    every = (*patterns, *([told] if told is not None else []))

    def scrub(text: str) -> str:
        for pattern in every:
            text = pattern.sub(GONE, text)
        return text

    return scrub
