"""One model of an answer, whatever tool the form was made with.

A provider's module turns raw bytes into a ``Submission``; mapping, figures and pages
know nothing else. Everything here is plain data: no framework, no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

SubmissionKind = Literal["complete", "partial", "test"]
DeliveryKind = Literal["complete", "partial", "test", "event"]
"""An event delivery holds no submission: it says where to look (``events.py``)."""
AnswerKind = Literal[
    "text",
    "email",
    "phone",
    "url",
    "file",
    "number",
    "scale",
    "boolean",
    "date",
    "choice",
    "choices",
    "ranking",
    "payment",
    "signature",
    "unknown",
]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One picked choice. ``key`` is the tool's id, ``ref`` the id we gave it."""

    key: str = ""
    ref: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of a rating: ``low`` and ``high`` are both possible answers."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person answered to one question (or to one row of a matrix).

    ``question`` is the tool's own id of the question and ``ref`` the id that we gave
    it when the form was made; either may be empty. ``row`` is the matrix row's own
    key (ref if there is one, else id), empty elsewhere. ``value`` is typed by
    ``kind``: str for text, email, phone, url, file, date (``YYYY-MM-DD``), signature;
    int or float for number and scale; bool for boolean; None where the answer lies in
    ``choices`` (in rank order for a ranking) or ``raw``. ``other`` is what a person
    wrote beside the given choices. ``raw`` keeps an unknown type's JSON as text.
    """

    question: str
    kind: AnswerKind
    value: Scalar = None
    ref: str = ""
    row: str = ""
    choices: tuple[Choice, ...] = ()
    other: str = ""
    scale: Scale | None = None
    title: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One person's answers to one form.

    ``response`` names the response at the provider (Typeform: token). ``revision`` is
    empty where a response never changes. ``submitted_at`` is aware UTC, the provider's
    own time; a partial one carries the time it was staged. ``begun_at``, where the tool
    tells it, does not move when a response is edited later. ``notes`` are remarks for
    staff about what could not be read (unknown answer types), never values.
    """

    provider: str
    form: str
    response: str
    kind: SubmissionKind
    submitted_at: datetime
    answers: tuple[Answer, ...] = ()
    revision: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str | int | float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What makes two deliveries the same one (with programme and provider)."""

    form: str
    response: str
    kind: DeliveryKind
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it came, free of any framework.

    ``url`` is the public one, its path and query as received, not decoded.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class WebhookRejected(Exception):  # noqa: N818 - named by what happens next
    """The request does not prove where it comes from: answer 401, store nothing."""


class Unreadable(Exception):  # noqa: N818 - named by what happens next
    """The stored body is not what this provider sends: park it, keep it."""
