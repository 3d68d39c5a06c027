"""A digest in sentences: its subject, its sections and the lines of each.

Both the plain text and the HTML are made of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connector.digest.content import Counted, Digest, Running, Tool
from connector.digest.dates import AHEAD_WEEKS
from connector.digest.words import Words, words_of
from connector.programme.kpi_text import MONTHS

MOST_THINGS = 20
"""More would be read by nobody; the command shows them all."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and (what, how much) of each line; either may be empty."""

    title: str
    lines: tuple[tuple[str, str], ...]


def subject(digest: Digest) -> str:
    """Return the e-mail's subject."""
    said = words_of(digest.locale)
    return f"Vidensbro: {headline(digest)} ({digest.programme}, {_week(digest, said)})"


def headline(digest: Digest) -> str:
    """Return how it stands in a few words: all is well, or how many things wait."""
    said, count = words_of(digest.locale), len(digest.things)
    if not count:
        return said["well"]
    return said["one_thing"] if count == 1 else said["things"].format(count=count)


def under_headline(digest: Digest) -> str:
    """Return the programme, the week and the day that it was counted on."""
    said = words_of(digest.locale)
    today = day(local(digest, digest.at).date(), digest.locale, year=True)
    told = [digest.programme, _week(digest, said), today]
    return " · ".join([*told, *([said["demo"]] if digest.demo else [])])


def sections(digest: Digest) -> tuple[Section, ...]:
    """Return what stands below the things that wait."""
    said = words_of(digest.locale)
    since = day(local(digest, digest.since).date(), digest.locale)
    aside = Section(said["aside"], tuple((a.what, a.reason) for a in digest.aside))
    return (
        Section(said["came_in"].format(day=since), _came_in(digest, said)),
        *([aside] if digest.aside else []),
        Section(said["coming"], _coming(digest, said)),
        Section(said["running"], _running(digest, said)),
    )


def since_of(digest: Digest, at: datetime) -> str:
    """Return since when a thing waits."""
    told = day(local(digest, at).date(), digest.locale)
    return words_of(digest.locale)["since"].format(day=told)


def day(one: date, locale: str, *, year: bool = False) -> str:
    """Return a day as the language writes it: 24. nov, 24 Nov 2026."""
    month = MONTHS.get(locale, MONTHS["en"])[one.month - 1]
    told = f"{one.day}{'.' if locale == 'da' else ''} {month}"
    return f"{told} {one.year}" if year else told


def local(digest: Digest, at: datetime) -> datetime:
    """Return a time in the programme's zone."""
    return at.astimezone(ZoneInfo(digest.zone))


def _week(digest: Digest, said: Words) -> str:
    number = local(digest, digest.at).isocalendar().week
    return said["week"].format(week=number)


def _came_in(digest: Digest, said: Words) -> tuple[tuple[str, str], ...]:
    if not digest.answers and not digest.participations:
        return ((said["nothing_came"], ""),)
    return (
        *_counts(said["answers"], digest.answers),
        *_counts(said["participations"], digest.participations),
    )


def _counts(title: str, counted: tuple[Counted, ...]) -> list[tuple[str, str]]:
    if not counted:
        return []
    total = sum(one.number for one in counted)
    told = ((f"  {one.name}", str(one.number)) for one in counted)
    return [(title, str(total)), *told]


def _coming(digest: Digest, said: Words) -> tuple[tuple[str, str], ...]:
    if not digest.coming:
        return ((said["nothing_coming"].format(weeks=AHEAD_WEEKS), ""),)
    return tuple((one.what, day(one.day, digest.locale)) for one in digest.coming)


def _running(digest: Digest, said: Words) -> tuple[tuple[str, str], ...]:
    running = digest.running
    return (
        *((tool.label, _tool(digest, tool, said)) for tool in running.tools),
        (said["forms"], _forms(digest, running, said)),
        (said["backup"], _backup(digest, running, said)),
    )


def _tool(digest: Digest, tool: Tool, said: Words) -> str:
    told = said.get(tool.state, tool.state)
    if tool.state in {"off", "new"}:
        return told
    if tool.last_success_at is None:
        return f"{told}, {said['never_synced']}"
    return f"{told}, {said['synced'].format(when=_when(digest, tool.last_success_at))}"


def _forms(digest: Digest, running: Running, said: Words) -> str:
    if running.reconciled_at is None:
        return said["forms_never"]
    told = said["forms_read"].format(when=_when(digest, running.reconciled_at))
    if not running.unread:
        return told
    return f"{told}; {said['forms_unread'].format(count=running.unread)}"


def _backup(digest: Digest, running: Running, said: Words) -> str:
    if running.backup_at is not None:
        return said["backup_at"].format(when=_when(digest, running.backup_at))
    return said["backup_never" if running.backs_up else "backup_off"]


def _when(digest: Digest, at: datetime) -> str:
    here = local(digest, at)
    return f"{day(here.date(), digest.locale)} {here:%H:%M}"
