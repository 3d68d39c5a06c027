"""What can happen in the demo: somebody answers a form, or staff work in a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """A participation as staff know it from the board: who, in which part and round."""

    name: str
    role: str
    round: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A form filled in at a time. ``token`` makes sending it twice harmless.

    ``link`` names the card whose personal link (of that kind of evaluation) the
    person came by.
    """

    form: str
    language: str
    answers: Mapping[str, Any]
    at: datetime
    token: str
    link: tuple[Card, str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Staff set properties of cards; the property ``status`` is the board's column."""

    at: datetime
    cards: tuple[Card, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A city or partner that staff enter, with the days that they set on it."""

    at: datetime
    name: str
    domain: str
    kind: str
    informed_on: str
    interested_on: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Staff correct one property of the contact with this address."""

    at: datetime
    email: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Staff log a meeting on a card or, by its name, on a round; ``title`` is unique.

    ``emails`` are those of the contacts who came, or who are asked to come.
    """

    at: datetime
    on: Card | str
    title: str
    body: str
    minutes: int
    outcome: str = "COMPLETED"
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Staff write a note on a card or on a round; no two have the same text."""

    on: Card | str
    text: str


@dataclass(frozen=True, slots=True)
class Newsletter:
    """Staff send a newsletter to a segment; some click its link, one leaves by it."""

    title: str
    segment: str
    clicks: tuple[str, ...]
    leaves: str


@dataclass(frozen=True)
class Script:
    """The whole story, in four parts that each build on the one before."""

    applications: tuple[Answer, ...]
    repeated: Answer
    course: tuple[Change, ...]
    pairs: tuple[tuple[str, Card], ...]
    places: tuple[Place, ...]
    corrections: tuple[Correction, ...]
    ending: tuple[Change, ...]
    evaluations: tuple[Answer, ...]
    unsubscribes: str
    owners: tuple[Change, ...]
    meetings: tuple[Meeting, ...]
    notes: tuple[Note, ...]
    newsletter: Newsletter
