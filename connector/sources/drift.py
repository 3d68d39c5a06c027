"""The drift guard: each form as it stands at its tool, held against its mapping.

An editor changes a form without telling us. What no longer fits is parked by the
engine, so that nothing is counted wrongly; this tells of it before anybody answers. It
also finds copies that nobody has bound yet, and a region in which no answer is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select

from connector.clients import RemoteBusy, RemoteError
from connector.db import utcnow
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.standing import callers_without_mapping
from connector.sources.state import new_watch, watch_of
from connector.sources.tools import Source, in_words, sources
from mappings.drift import Finding, compare, copied_from
from mappings.live import READERS, LiveForm
from mappings.plan import Binding, ProgrammeMap

log = logging.getLogger(__name__)

MOST_UNBOUND = 20
"""Forms that nothing reads and that are read in one look, so that limits hold."""
FRESH = timedelta(hours=23)
UNREADABLE = "unreadable"
_ORDER = ("breaks", "warns", "notes")


@dataclass(frozen=True, slots=True)
class Drift:
    """How one form stands against its mapping, its findings worst first.

    ``mapping`` is "" for a form that nothing reads; ``form`` is "" where the tool could
    not list its forms. ``problem`` says why a form could not be read.
    """

    provider: str
    form: str
    mapping: str
    language: str
    findings: tuple[Finding, ...] = ()
    problem: str = ""

    @property
    def breaks(self) -> bool:
        """Tell whether something that is needed goes missing."""
        return any(one.severity == "breaks" for one in self.findings)

    @property
    def rank(self) -> int:
        """Return how soon it is to be told: 0 for the worst."""
        if self.problem:
            return 0
        return min((_ORDER.index(f.severity) for f in self.findings), default=3)


@dataclass(frozen=True, slots=True)
class Ways:
    """How to look. ``deep`` lists the forms of by-the-day tools too: it costs calls.

    ``thrifty`` takes what was found within a day for those tools instead of asking.
    """

    store: bool = True
    deep: bool = False
    thrifty: bool = False


@dataclass
class _Tool:
    """One tool that is being looked at. ``busy`` says why it is not asked again."""

    service: Service
    key: str
    provider: str
    source: Source
    client: Any
    ways: Ways
    busy: str = ""

    @property
    def plan(self) -> ProgrammeMap:
        return self.service.programme(self.key)


_Judge = Callable[[LiveForm, Mapping[str, Any]], tuple[Finding, ...]]
_Seen = tuple[tuple[Finding, ...], str]


def look(
    service: Service, key: str, *, form: str = "", ways: Ways | None = None
) -> list[Drift]:
    """Compare the programme's forms with their mappings; find copies of them.

    ``form`` is a form's id or a mapping's name: then no copies are looked for. One form
    or tool that cannot be read holds up no other.
    """
    found: list[Drift] = []
    for provider, source in sources().items():
        client = source.connect(service, key)
        if client is None:
            continue
        tool = _Tool(service, key, provider, source, client, ways or Ways())
        try:
            found += _bound(tool, form)
            if not form:
                found += _unbound(tool)
        finally:
            client.door.close()
    return found


def check_daily(service: Service, key: str) -> str:
    """Look at all forms; return how many need somebody, "" where none does."""
    found = look(service, key, ways=Ways(thrifty=True))
    broken = sum(one.breaks for one in found)
    unread = sum(bool(one.problem) for one in found)
    said = []
    if broken:
        said.append(f"Forms that no longer fit their mapping: {broken}.")
    if unread:
        said.append(f"Forms that could not be read: {unread}.")
    return " ".join([*said, "See: vidensbro forms check"]) if said else ""


def read_live(service: Service, key: str, provider: str, form: str) -> LiveForm | None:
    """Return a form as it stands at its tool; None where the tool is off.

    Raise RemoteError where the tool does not show it.
    """
    source = sources()[provider]
    client = source.connect(service, key)
    if client is None:
        return None
    try:
        return READERS[provider](source.live(client, form))
    finally:
        client.door.close()


def _bound(tool: _Tool, form: str) -> Iterator[Drift]:
    """Yield each bound form once: two mappings may not read one form."""
    every = {
        one.form: one
        for one in tool.plan.bindings
        if one.provider == tool.provider and form in ("", one.form, one.mapping)
    }
    for binding in every.values():
        findings, problem = _see(tool, binding.form, _judge(tool, binding))
        yield Drift(
            tool.provider,
            binding.form,
            binding.mapping,
            binding.language,
            findings,
            problem,
        )


def _judge(tool: _Tool, binding: Binding) -> _Judge:
    form_map = tool.plan.form_for(binding.provider, binding.form)

    def judge(live: LiveForm, told: Mapping[str, Any]) -> tuple[Finding, ...]:
        elsewhere = tool.source.elsewhere(tool.service, tool.key, told)
        first = (elsewhere,) if elsewhere is not None else ()
        return first + (compare(form_map, live, tool.plan) if form_map else ())

    return judge


def _unbound(tool: _Tool) -> Iterator[Drift]:
    """Yield the forms that nothing reads and that are like one of our mappings."""

    def judge(live: LiveForm, _told: Mapping[str, Any]) -> tuple[Finding, ...]:
        copy = copied_from(live, tool.plan)
        return (copy,) if copy is not None else ()

    try:
        forms = list(islice(_candidates(tool), MOST_UNBOUND))
    except RemoteError as error:
        problem = in_words(tool.source.label, error)
        yield Drift(tool.provider, "", "", "", problem=problem)
        return
    for form in forms:
        findings, problem = _see(tool, form, judge)
        if findings:
            yield Drift(tool.provider, form, "", "", findings)
        elif problem:
            # It may be deleted, or another team's: nobody here needs to act.
            log.info("%s %s is not read, nor readable", tool.provider, form)


def _candidates(tool: _Tool) -> Iterator[str]:
    """Yield forms that nothing reads: those that send answers, then the newest."""
    bound = {b.form for b in tool.plan.bindings if b.provider == tool.provider}
    told: dict[str, None] = {}
    for provider, form in callers_without_mapping(tool.service, tool.key):
        if provider == tool.provider:
            told[form] = None
    told |= dict.fromkeys(_answered(tool))
    if not tool.busy and (tool.ways.deep or not tool.source.by_the_day):
        told |= dict.fromkeys(form for form, _ in tool.source.others(tool.client))
    yield from (form for form in told if form and form not in bound)


def _answered(tool: _Tool) -> list[str]:
    query = select(Delivery.form).where(
        Delivery.programme == tool.key,
        Delivery.provider == tool.provider,
        Delivery.kind != "event",
        Delivery.state != "discarded",
    )
    with tool.service.database.reading() as session:
        return sorted(session.scalars(query.distinct()))


def _see(tool: _Tool, form: str, judge: _Judge) -> _Seen:
    """Read one form and judge it; return what was found, or why it was not read."""
    kept = _kept(tool, form)
    if kept is not None:
        return kept
    if tool.busy:
        return (), tool.busy
    try:
        told = tool.source.live(tool.client, form)
    except RemoteBusy as error:
        tool.busy = in_words(tool.source.label, error)
        return (), tool.busy
    except RemoteError as error:
        seen: _Seen = (), in_words(tool.source.label, error)
    else:
        live = READERS[tool.provider](told)
        seen = (judge(live, told), "") if live.form else ((), _odd(tool))
    _keep(tool, form, seen)
    return seen


def _odd(tool: _Tool) -> str:
    return f"{tool.source.label} answered with something that is no form."


def _kept(tool: _Tool, form: str) -> _Seen | None:
    """Return what was found lately, where asking again would cost a day's call."""
    if not (tool.ways.thrifty and tool.source.by_the_day):
        return None
    with tool.service.database.reading() as session:
        watch = watch_of(session, tool.key, tool.provider, form)
        if watch is None or watch.compared_at is None:
            return None
        if utcnow() - watch.compared_at >= FRESH:
            return None
        findings = [Finding(**one) for one in watch.findings]
    unread = [f.text[tool.plan.locale] for f in findings if f.kind == UNREADABLE]
    rest = tuple(f for f in findings if f.kind != UNREADABLE)
    return ((), unread[0]) if unread else (rest, "")


def _keep(tool: _Tool, form: str, seen: _Seen) -> None:
    """Store what was found; what was known of a form that cannot be read stands.

    A form that nothing reads is remembered only where asking again is dear.
    """
    bound = any(
        (tool.provider, form) == (b.provider, b.form) for b in tool.plan.bindings
    )
    if not tool.ways.store or not (bound or tool.source.by_the_day):
        return
    findings, problem = seen
    with tool.service.database.writing() as session:
        watch = watch_of(session, tool.key, tool.provider, form)
        if watch is None:
            watch = new_watch(session, tool.key, tool.provider, form)
        watch.compared_at = utcnow()
        told = [_as_dict(one) for one in findings]
        if problem:
            text = dict.fromkeys(tool.plan.languages, problem)
            known = [one for one in watch.findings if one["kind"] != UNREADABLE]
            told = [_as_dict(Finding(UNREADABLE, "breaks", "", text)), *known]
        watch.findings = told


def _as_dict(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "question": finding.question,
        "text": dict(finding.text),
        "suggestion": finding.suggestion,
    }
