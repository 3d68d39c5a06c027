"""The form tools that answers are fetched from: one entry each.

A tool's part is to connect, to yield what was answered since a time as the bodies that
are stored, and to say how often it may be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.clients import RemoteBusy, RemoteError
from connector.clients.errors import RemoteAnswerError
from connector.clients.surveymonkey import Purpose
from connector.db import utcnow
from connector.service import Service
from mappings.drift import Finding

ELSEWHERE = "wrong_region"
"""The finding that a tool is asked where the form's answers are not."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer as it is to be stored, with the tool's own time of it."""

    at: datetime
    body: bytes


@dataclass
class Look:
    """One look at one form. ``since`` None asks for all there ever was.

    ``known`` are the (response, revision) pairs stored already: they are not worth a
    further call. ``design`` is the form as last read, which a look may replace.
    ``wanted`` are responses that webhooks named, in ``hints``; ``missing`` those of
    them that the tool could not show yet. ``joins`` is False where the look begins
    later than the last one ended: what lies between has not been seen. ``began`` is
    from when on a webhook tells of something that it may not have shown.
    """

    form: str
    since: datetime | None
    known: Collection[tuple[str, str]]
    purpose: Purpose = "poll"
    wanted: Collection[str] = ()
    hints: Collection[int] = ()
    joins: bool = True
    design: dict[str, Any] = field(default_factory=dict)
    design_version: str = ""
    began: datetime = field(default_factory=utcnow)
    newest: datetime | None = None
    found: int = 0
    missing: set[str] = field(default_factory=set)

    def saw(self, at: datetime) -> None:
        """Count an answer, known or new, and the time it bears."""
        self.found += 1
        self.newest = max(self.newest or at, at)


def _nowhere_else(_service: Service, _key: str, _form: Mapping[str, Any]) -> None:
    """Find nothing: most tools refuse whoever asks in the wrong place."""


@dataclass(frozen=True)
class Source:
    """What the core needs of a form tool.

    ``fetch`` yields the answers that are not known yet. ``count`` returns how many
    complete ones the tool holds, None where asking costs too much. ``polite`` is the
    shortest time between two looks at one form, given how many forms there are.
    ``live`` returns a form's own JSON, for ``mappings.live.READERS``; ``others`` the
    (id, title) of every form of the account, the one changed last first.
    ``elsewhere`` finds in a form's JSON that we ask where its answers are not.
    ``overlap`` is how far before the watermark a look begins. ``by_the_day`` tools
    count a day's calls, so that even a chosen interval is no shorter than polite.
    """

    label: str
    connect: Callable[[Service, str], Any]
    fetch: Callable[[Any, Look], Iterator[Fetched]]
    count: Callable[[Any, str], int | None]
    polite: Callable[[Service, str, int], timedelta]
    live: Callable[[Any, str], Mapping[str, Any]]
    others: Callable[[Any], list[tuple[str, str]]]
    elsewhere: Callable[[Service, str, Mapping[str, Any]], Finding | None] = (
        _nowhere_else
    )
    overlap: timedelta = timedelta(hours=48)
    by_the_day: bool = False


def sources() -> Mapping[str, Source]:
    """Return every form tool by its provider's key."""
    from connector.sources import surveymonkey, typeform

    return {"typeform": typeform.SOURCE, "surveymonkey": surveymonkey.SOURCE}


def time_of(given: object) -> datetime | None:
    """Read a tool's ISO time as aware UTC; None for what is no time."""
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def in_words(label: str, error: RemoteError) -> str:
    """Return why a tool could not be asked, and when it is asked again."""
    if not isinstance(error, RemoteBusy):
        message = error.message if isinstance(error, RemoteAnswerError) else ""
        return f"{label}: {error} {message}".strip()
    again = ""
    if error.retry_after_s:
        at = utcnow() + timedelta(seconds=error.retry_after_s)
        again = f" It is asked again from {at:%Y-%m-%d %H:%M} UTC on."
    return f"{label} cannot be asked now ({error}); nothing is lost.{again}"
