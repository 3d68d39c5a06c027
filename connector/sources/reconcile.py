"""Finding every answer whose webhook never came, and taking it in by the same inbox.

Each form has a watermark on the tool's own clock. A look begins before it by an
overlap, skips what is stored, and moves the watermark only when all of it is on disk: a
crash in between costs a second look. A form that was never looked at gives its whole
history.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import hints, inbox
from connector.boundaries import reached
from connector.clients import RemoteBusy, RemoteError
from connector.db import utcnow
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.schedule import WAIT_FOR_LIST, is_due
from connector.sources.state import FormWatch, new_watch, watch_of
from connector.sources.tools import (
    ELSEWHERE,
    Fetched,
    Look,
    Source,
    in_words,
    sources,
)
from mappings.plan import Binding
from webhooks.registry import PROVIDERS

log = logging.getLogger(__name__)
CHUNK = 100
VIA = "reconcile"
NOTHING_THERE = (
    "{tool} lists no answer at all, and {ours} are stored here. Is the token another "
    "account's, or were they deleted there? What is stored stays."
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at one form showed: answers seen, and those that were not here."""

    provider: str
    form: str
    mapping: str
    language: str
    seen: int = 0
    new: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Asked:
    """Which look: ``since`` overrides the watermark, ``whole`` takes all there is.

    ``dry_run`` stores nothing; ``due_only`` leaves alone what was looked at lately.
    """

    since: datetime | None = None
    whole: bool = False
    dry_run: bool = False
    due_only: bool = False
    form: str = ""


def reconcile(
    service: Service,
    key: str,
    asked: Asked | None = None,
    told: Callable[[Found], None] | None = None,
) -> list[Found]:
    """Look at the programme's forms; return what each look showed.

    One form or tool that cannot be read holds up no other. Hints of webhooks that
    named a response are settled once it is stored. Whoever wants to be ``told`` of each
    look hears its problem there; otherwise it is logged.
    """
    asked = asked or Asked()
    results = []
    for provider, source in sources().items():
        bound = _bound(service, key, provider, asked)
        if not bound:
            continue
        client = source.connect(service, key)
        if client is None:
            continue
        try:
            for found in _one_tool(service, key, (source, client), bound, asked):
                results.append(found)
                if told is not None:
                    told(found)
                elif found.problem:
                    log.warning("%s %s: %s", found.provider, found.form, found.problem)
        finally:
            client.door.close()
    return results


def _bound(service: Service, key: str, provider: str, asked: Asked) -> list[Binding]:
    """Return the forms to look at, each once: two mappings may read one form."""
    every = {
        one.form: one
        for one in service.programme(key).bindings
        if one.provider == provider and asked.form in ("", one.form, one.mapping)
    }
    if not asked.due_only:
        return list(every.values())
    due = is_due(service, key, provider, list(every))
    return [one for form, one in every.items() if form in due]


def _one_tool(
    service: Service,
    key: str,
    tool: tuple[Source, Any],
    bound: Iterable[Binding],
    asked: Asked,
) -> Iterator[Found]:
    """Look at each form; a tool that is busy is left alone for the rest."""
    busy = ""
    for binding in bound:
        said = busy
        try:
            if not said:
                yield _look(service, key, tool, binding, asked)
                continue
        except RemoteBusy as error:
            said = busy = in_words(tool[0].label, error)
        except RemoteError as error:
            said = in_words(tool[0].label, error)
        except Exception as error:
            log.exception("%s %s: looking failed", binding.provider, binding.form)
            said = f"{tool[0].label}: the look failed ({type(error).__name__})."
        found = Found(*_names(binding), problem=said)
        yield found if asked.dry_run else _told(service, key, binding, found)


def _look(
    service: Service,
    key: str,
    tool: tuple[Source, Any],
    binding: Binding,
    asked: Asked,
) -> Found:
    source, client = tool
    with service.database.reading() as session:
        watch = _watch(session, key, binding)
        look = _begin(session, key, source, binding, watch, asked)
    elsewhere = _elsewhere(service, key, watch)
    if elsewhere:
        found = Found(*_names(binding), problem=elsewhere)
        return found if asked.dry_run else _told(service, key, binding, found)
    new = 0
    for chunk in _chunks(source.fetch(client, look)):
        new += len(chunk) if asked.dry_run else _store(service, key, binding, chunk)
    found = Found(*_names(binding), seen=look.found, new=new)
    if not asked.dry_run:
        _finish(service, key, binding, look)
    return found


def _elsewhere(service: Service, key: str, watch: FormWatch | None) -> str:
    """Return why an empty list would prove nothing: the drift guard found it out."""
    for one in watch.findings if watch is not None else ():
        if one["kind"] == ELSEWHERE:
            return str(one["text"][service.programme(key).locale])
    return ""


def _begin(
    session: Session,
    key: str,
    source: Source,
    binding: Binding,
    watch: FormWatch | None,
    asked: Asked,
) -> Look:
    began = utcnow()  # before the hints are read: a later one wants a look of its own
    known = session.execute(
        select(Delivery.response, Delivery.revision).where(
            Delivery.programme == key,
            Delivery.provider == binding.provider,
            Delivery.form == binding.form,
            Delivery.kind.not_in(("event", "partial")),
        )
    ).all()
    about = [
        hint
        for hint in hints.waiting(session, key, binding.provider)
        if hint.subject == binding.form
    ]
    named = (hint.facts.get("response") for hint in about)
    wanted = {str(response) for response in named if response}
    due = watch.at - source.overlap if watch is not None and watch.at else None
    since = asked.since or (None if asked.whole else due)
    return Look(
        binding.form,
        since,
        {(row[0], row[1]) for row in known},
        purpose="event" if wanted else "poll",
        wanted=wanted,
        hints={hint.id for hint in about},
        joins=since is None or (due is not None and since <= due),
        design=dict(watch.design) if watch is not None else {},
        design_version=watch.design_version if watch is not None else "",
        began=began,
    )


def _store(service: Service, key: str, binding: Binding, chunk: list[Fetched]) -> int:
    """Store answers as deliveries; return how many had not been here."""
    provider = PROVIDERS[binding.provider]
    new = 0
    with service.database.writing() as session:
        for one in chunk:
            receipt = inbox.accept(
                session.connection(),
                key,
                binding.provider,
                provider.identify(one.body),
                one.body,
                VIA,
            )
            new += receipt.new
        reached("reconcile.before_commit")
    reached("reconcile.after_commit")
    return new


def _finish(service: Service, key: str, binding: Binding, look: Look) -> None:
    """Move the watermark, keep the design, and settle the hints that were followed.

    A hint whose response the tool could not show yet waits for the next look, for as
    long as lists are known to lag; one that came during the look waits for it, too.
    """
    now = utcnow()
    with service.database.writing() as session:
        watch = _watch(session, key, binding) or _new(session, key, binding)
        if look.newest is not None and look.joins:
            # Never ahead of now: what is answered next must not lie behind the mark.
            watch.at = min(max(watch.at or look.newest, look.newest), now)
        watch.looked_at, watch.problem = look.began, ""
        watch.design, watch.design_version = look.design, look.design_version
        done = [
            hint.id
            for hint in hints.waiting(session, key, binding.provider)
            if hint.id in look.hints
            and (
                hint.facts.get("response") not in look.missing
                or now - hint.noted_at > WAIT_FOR_LIST
            )
        ]
        hints.settle(session, done)
        reached("reconcile.watermark.before_commit")


def _told(service: Service, key: str, binding: Binding, found: Found) -> Found:
    """Keep why a form could not be looked at, for those who ask how things stand."""
    with service.database.writing() as session:
        watch = _watch(session, key, binding) or _new(session, key, binding)
        watch.looked_at, watch.problem = utcnow(), found.problem
    return found


def recount(service: Service, key: str) -> list[Found]:
    """Compare each form's whole count with ours, and take all in where it is more.

    The overlap finds what a list showed late by hours; this finds the rest.
    """
    results = []
    for provider, source in sources().items():
        bound = _bound(service, key, provider, Asked())
        client = source.connect(service, key) if bound else None
        if client is None:
            continue
        try:
            short = [b for b in bound if _is_short(service, key, (source, client), b)]
            results += list(
                _one_tool(service, key, (source, client), short, Asked(whole=True))
            )
        finally:
            client.door.close()
    return results


def _is_short(
    service: Service, key: str, tool: tuple[Source, Any], binding: Binding
) -> bool:
    source, client = tool
    try:
        total = source.count(client, binding.form)
    except RemoteError as error:
        log.warning("%s could not be counted: %s", binding.form, error)
        return False
    with service.database.writing() as session:
        ours: int = (
            session.scalar(
                select(func.count(Delivery.response.distinct())).where(
                    Delivery.programme == key,
                    Delivery.provider == binding.provider,
                    Delivery.form == binding.form,
                    Delivery.kind == "complete",
                )
            )
            or 0
        )
        watch = _watch(session, key, binding)
        if watch is not None:
            watch.total = total
            if total == 0 and ours:
                watch.problem = NOTHING_THERE.format(tool=source.label, ours=ours)
    return total is not None and total > ours


def _watch(session: Session, key: str, binding: Binding) -> FormWatch | None:
    return watch_of(session, key, binding.provider, binding.form)


def _new(session: Session, key: str, binding: Binding) -> FormWatch:
    return new_watch(session, key, binding.provider, binding.form)


def _names(binding: Binding) -> tuple[str, str, str, str]:
    return binding.provider, binding.form, binding.mapping, binding.language


def _chunks(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    while chunk := list(islice(fetched, CHUNK)):
        yield chunk
