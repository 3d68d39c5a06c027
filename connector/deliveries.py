"""Deliveries as staff handle them: list, show, replay, discard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from connector import inbox
from connector.corrections import corrected
from connector.corrections.discarding import count_again
from connector.corrections.shown import Corrected, corrections_shown
from connector.inbox import Delivery
from connector.lookup import NothingFound
from connector.matters.aside import said_of
from connector.processing import drain, in_turn
from connector.programme.rebuild import rebuild
from connector.service import Service
from connector.wording import answers_of
from mappings.engine import apply
from mappings.fingerprint import mapping_hash
from mappings.plan import ProgrammeMap
from webhooks.registry import PROVIDERS
from webhooks.submission import Submission, Unreadable

NO_ANSWERS = (
    "It holds no answers: it says that something changed in {tool}, and what stands "
    "there now is read from there."
)
REPLAYABLE: tuple[inbox.State, ...] = ("processed", "parked", "quarantined")


@dataclass(frozen=True, slots=True)
class Summary:
    """A delivery without anything that was answered. ``mapping`` reads its form."""

    id: int
    received_at: datetime
    provider: str
    form: str
    mapping: str
    kind: str
    state: str
    sightings: int
    reasons: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery with its answers as they were given, and its reasons.

    ``answers`` are (question, title, value); what staff put right stands beside them in
    ``corrections``, oldest first.
    """

    summary: Summary
    response: str
    revision: str
    submitted_at: datetime | None
    answers: tuple[tuple[str, str, str], ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    corrections: tuple[Corrected, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries: by number, else by form (id or mapping name) and state.

    Those that hold events and no answers are left out unless they are asked for.
    ``since`` is a day in the programme's zone: what came in on it or later. An answer
    that was given since a day was never received before it, so none is missed.
    """

    ids: tuple[int, ...] = ()
    form: str = ""
    state: str = ""
    events: bool = False
    since: date | None = None

    @property
    def everything(self) -> bool:
        """Tell whether nothing narrows it down."""
        return not (self.ids or self.form or self.state or self.since)


def list_deliveries(
    service: Service, key: str, chosen: Selection, limit: int
) -> list[Summary]:
    """Return the newest deliveries that fit, newest first."""
    plan = service.programme(key)
    query = _narrowed(select(Delivery), plan, chosen)
    with service.database.reading() as session:
        rows = session.scalars(query.order_by(Delivery.id.desc()).limit(limit))
        return [_summary(row, plan) for row in rows]


def show(service: Service, key: str, delivery_id: int) -> Shown:
    """Return a delivery with what was answered, as the person saw the questions."""
    plan = service.programme(key)
    with service.database.reading() as session:
        row = _one(session, key, delivery_id)
        submission, notes = _read(row)
        form_map = plan.form_for(row.provider, row.form)
        return Shown(
            _summary(row, plan),
            row.response,
            row.revision,
            submission.submitted_at if submission else None,
            answers_of(submission) if submission else (),
            dict(submission.hidden) if submission else {},
            tuple(row.reasons),
            (*notes, *said_of(session, key, f"delivery:{row.id}")),
            corrections_shown(session, form_map, row, submission),
        )


def _read(row: Delivery) -> tuple[Submission | None, tuple[str, ...]]:
    provider = PROVIDERS[row.provider]
    if row.kind == "event":
        return None, (NO_ANSWERS.format(tool=provider.label),)
    try:
        submission = provider.parse(row.body)
    except Unreadable as error:
        return None, (f"The body cannot be read: {error}",)
    return submission, submission.notes


def replay_counts(service: Service, key: str, chosen: Selection) -> Counter[str]:
    """Return what a replay would do, in counts by word; nothing is written.

    unchanged (same mapping as before), read anew, parked (with faults), no mapping
    (stays quarantined), unreadable.
    """
    plan = service.programme(key)
    with service.database.reading() as session:
        return Counter(
            _would(session, plan, row) for row in _chosen(session, plan, chosen)
        )


def replay(
    service: Service,
    key: str,
    chosen: Selection,
    told: Callable[[int], None] | None = None,
) -> int:
    """Send deliveries through today's mapping and process them; return how many.

    A discarded one counts again when it is named by number or by that state. A replay
    of everything also resolves what only staff spoke of, by today's policies.
    """
    plan = service.programme(key)
    with service.database.writing() as session:
        in_turn(session, key)  # it may say anew who is who
        ids = [row.id for row in _chosen(session, plan, chosen)]
        if ids:
            if chosen.ids or chosen.state == "discarded":
                ids = list(dict.fromkeys([*ids, *count_again(session, ids)]))
            inbox.reopen(session, ids=ids, states=(*REPLAYABLE, "discarded"))
    drain(service, told=told)
    if chosen.everything:
        with service.database.writing() as session:
            rebuild(session, plan)
    return len(ids)


def _one(session: Session, key: str, delivery_id: int) -> Delivery:
    row = session.get(Delivery, delivery_id, options=[undefer(Delivery.body)])
    if row is None or row.programme != key:
        raise NothingFound(f"There is no delivery {delivery_id} in programme {key}.")
    return row


def _narrowed(
    query: Select[Delivery], plan: ProgrammeMap, chosen: Selection
) -> Select[Delivery]:
    query = query.where(Delivery.programme == plan.key)
    if chosen.ids:
        query = query.where(Delivery.id.in_(chosen.ids))
    elif not chosen.events:
        query = query.where(Delivery.kind != "event")
    if chosen.form:
        forms = {b.form for b in plan.bindings if b.mapping == chosen.form}
        query = query.where(Delivery.form.in_({chosen.form, *forms}))
    if chosen.state:
        query = query.where(Delivery.state == chosen.state)
    if chosen.since:
        begins = datetime.combine(chosen.since, time(), ZoneInfo(plan.zone))
        query = query.where(Delivery.received_at >= begins)
    return query


def _chosen(
    session: Session, plan: ProgrammeMap, chosen: Selection
) -> Iterator[Delivery]:
    states = list(REPLAYABLE)
    if chosen.ids or chosen.state == "discarded":
        states.append("discarded")
    query = _narrowed(select(Delivery), plan, chosen).where(Delivery.state.in_(states))
    yield from session.scalars(
        query.options(undefer(Delivery.body)).order_by(Delivery.id)
    )


def _summary(row: Delivery, plan: ProgrammeMap) -> Summary:
    form_map = plan.form_for(row.provider, row.form)
    return Summary(
        row.id, row.received_at, row.provider, row.form,
        form_map.name if form_map else "", row.kind, row.state, row.sightings,
        len(row.reasons),
    )  # fmt: skip


def _would(session: Session, plan: ProgrammeMap, row: Delivery) -> str:
    form_map = plan.form_for(row.provider, row.form)
    if form_map is None:
        return "no mapping"
    try:
        submission = PROVIDERS[row.provider].parse(row.body)
    except Unreadable:
        return "unreadable"
    if row.state == "processed" and row.mapping_hash == mapping_hash(form_map):
        return "unchanged"
    submission = corrected(session, form_map, row, submission)
    return "parked" if apply(form_map, submission).problems else "read anew"
