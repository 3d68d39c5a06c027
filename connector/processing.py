"""From stored bytes to the programme: the drain, one delivery a transaction."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Iterable

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased, undefer

from connector import hints, inbox, logs
from connector.boundaries import reached
from connector.corrections import (
    Correction,
    corrected,
    discarded,
    of_the_response,
)
from connector.inbox import Delivery
from connector.mending import state_of
from connector.programme.entities import DeliveryEntity
from connector.programme.ingest import hear_refusals, ingest
from connector.service import Service
from mappings.engine import MappingError, apply
from webhooks.events import Event
from webhooks.registry import PROVIDERS
from webhooks.submission import Submission, Unreadable

log = logging.getLogger(__name__)
BATCH = 50


def drain(service: Service, *, told: Callable[[int], None] | None = None) -> int:
    """Process every waiting delivery; return how many. Safe to run twice at once.

    Deliveries of a programme whose mapping cannot be read wait until it can.
    """
    requeue_known_forms(service)
    done = 0
    while True:
        with service.database.writing() as session:
            ids = inbox.claim_next(session, BATCH, readable(service))
        if not ids:
            return done
        reached("process.claimed")
        for delivery_id in ids:
            process(service, delivery_id)
            done += 1
            if told:
                told(done)


def readable(service: Service) -> list[str]:
    """Return the programmes whose mapping can be read; log why others cannot."""
    found = []
    for key in service.settings.programmes:
        try:
            service.programme(key)
        except MappingError as error:
            log.error("the mapping of %s cannot be read: %s", key, error)
        else:
            found.append(key)
    return found


def requeue_known_forms(service: Service) -> int:
    """Wake quarantined deliveries whose form has a mapping by now."""
    with service.database.reading() as session:
        waiting = session.execute(
            select(Delivery.programme, Delivery.provider, Delivery.form)
            .where(Delivery.state == "quarantined")
            .distinct()
        ).all()
    programmes = readable(service) if waiting else []
    known = [
        row
        for row in waiting
        if row[0] in programmes
        and service.programme(row[0]).form_for(row[1], row[2]) is not None
    ]
    if not known:
        return 0
    with service.database.writing() as session:
        return sum(
            inbox.reopen(
                session,
                programme=row[0],
                provider=row[1],
                form=row[2],
                states=("quarantined",),
            )
            for row in known
        )


def process(service: Service, delivery_id: int) -> None:
    """Understand one delivery, in one transaction; park what cannot be understood."""
    begun = time.monotonic()
    with logs.about(delivery=delivery_id):
        settled = _process(service, delivery_id)
        if settled is not None:
            facts = {
                "programme": settled.programme,
                "tool": settled.provider,
                "duration_s": round(time.monotonic() - begun, 3),
            }
            log.info("delivery %s", settled.state, extra=facts)


def _process(service: Service, delivery_id: int) -> Delivery | None:
    """Return the delivery as it was settled; None where it waits, or it was before."""
    try:
        with service.database.writing() as session:
            _await_turn(session, delivery_id)
            delivery = session.get(
                Delivery,
                delivery_id,
                options=[undefer(Delivery.body)],
                # Whoever comes second waits here, and then finds it settled.
                with_for_update=True,
            )
            if delivery is None or delivery.state != "received":
                return None
            if delivery.attempts > inbox.MAX_ATTEMPTS:
                inbox.settle(delivery, "parked", reasons=[POISON])
            else:
                understand(service, session, delivery)
            reached("process.before_commit")
    except Exception as error:  # noqa: BLE001 - one delivery never holds up the rest
        log.error("delivery %d failed: %s", delivery_id, type(error).__name__)
        _park_after_error(service, delivery_id)
        delivery = None
    reached("process.after_commit")
    return delivery


def _park_after_error(service: Service, delivery_id: int) -> None:
    """Release a failed delivery for another try, or park it after the last one."""
    with service.database.writing() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None:
            return
        if delivery.attempts >= inbox.MAX_ATTEMPTS:
            inbox.settle(delivery, "parked", reasons=[POISON])
        else:
            delivery.leased_until = None


def understand(service: Service, session: Session, delivery: Delivery) -> None:
    """Read one delivery, as staff put it right, and settle it. The caller commits."""
    if delivery.kind == "test":
        inbox.settle(delivery, "test")
        return
    if delivery.kind == "partial":
        inbox.settle(delivery, "partial")
        return
    provider = PROVIDERS[delivery.provider]
    try:
        if delivery.kind == "event":
            _note_hints(session, delivery, provider.events(delivery.body))
            return
        submission = provider.parse(delivery.body)
    except Unreadable as error:
        inbox.settle(delivery, "parked", reasons=[_unreadable(str(error))])
        return
    _map(service, session, delivery, submission)


def _note_hints(session: Session, delivery: Delivery, events: Iterable[Event]) -> None:
    """Keep where to look; who looks reads the current state from the tool."""
    hints.note(session, delivery.programme, delivery.provider, events, delivery.id)
    inbox.settle(delivery, "processed")


def _map(
    service: Service, session: Session, delivery: Delivery, submission: Submission
) -> None:
    programme = service.programme(delivery.programme)
    form_map = programme.form_for(delivery.provider, delivery.form)
    if form_map is None:
        inbox.settle(delivery, "quarantined")
        return
    siblings = session.execute(
        select(Delivery.id, Delivery.revision).where(*of_the_response(delivery))
    ).all()
    newest = max(siblings, key=lambda row: row.revision).id
    fingerprint = service.fingerprint(form_map)
    if newest != delivery.id:
        inbox.settle(delivery, "processed", mapping_hash=fingerprint)
        return
    submission = corrected(session, form_map, delivery, submission)
    mapped = apply(form_map, submission)
    against = discarded(session, [row.id for row in siblings])
    if against is not None:
        hear_refusals(session, programme, submission, mapped, delivery_id=delivery.id)
        reasons = [_spoken_anew(against, delivery)]
        inbox.settle(delivery, "parked", reasons=reasons, mapping_hash=fingerprint)
        return
    reasons = ingest(
        session,
        programme,
        submission,
        mapped,
        delivery_id=delivery.id,
        same_response=[row.id for row in siblings],
        mapping_hash=fingerprint,
    )
    if any(record.entity == "participation" for record in mapped.records):
        _wake_early_answers(session, delivery.id)
    state = state_of(session, delivery.id, reasons, submission.submitted_at)
    inbox.settle(delivery, state, reasons=reasons, mapping_hash=fingerprint)


def in_turn(session: Session, programme: str) -> None:
    """Let one delivery of a programme at a time say who is who.

    Two machines would else each make a person of the same new address. SQLite has one
    writer anyway; on PostgreSQL the lock ends with the transaction. It is taken before
    any delivery's row is, by everybody: none waits for another who waits for them.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = zlib.crc32(f"programme {programme}".encode())
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _await_turn(session: Session, delivery_id: int) -> None:
    if session.get_bind().dialect.name == "postgresql":
        query = select(Delivery.programme).where(Delivery.id == delivery_id)
        programme = session.scalar(query)
        if programme is not None:
            in_turn(session, programme)


_ours, _theirs = aliased(DeliveryEntity), aliased(DeliveryEntity)
PARKED_OF_THE_SAME_PERSON = (
    select(Delivery.id, Delivery.reasons)
    .join(_theirs, _theirs.delivery_id == Delivery.id)
    .join(_ours, _ours.entity_id == _theirs.entity_id)
    .where(
        _ours.delivery_id == bindparam("delivery_id"),
        _ours.entity_kind == "person",
        Delivery.id != bindparam("delivery_id"),
        Delivery.state == "parked",
    )
)


def _wake_early_answers(session: Session, delivery_id: int) -> None:
    """Send answers that found no participation through again: it may stand now.

    Who answers without a personal link is known by the address alone, and the
    application may arrive after the answer.
    """
    parked = session.execute(PARKED_OF_THE_SAME_PERSON, {"delivery_id": delivery_id})
    early = [
        row.id
        for row in parked
        if any(reason["code"] == "no_respondent" for reason in row.reasons)
    ]
    if early:
        inbox.reopen(session, ids=early, states=("parked",))


POISON = {
    "record": "",
    "field": "",
    "question": "",
    "code": "failed",
    "message": {
        "da": "Svaret kunne ikke behandles efter tre forsøg. Det er gemt; send "
        "nummeret til den, der passer systemet.",
        "en": "The answer could not be processed in three attempts. It is kept; give "
        "its number to whoever looks after the service.",
    },
}


def _spoken_anew(against: Correction, delivery: Delivery) -> dict[str, object]:
    """What somebody changes after staff discarded it is a new statement: staff look."""
    told = {"number": against.delivery_id, "this": delivery.id}
    return {
        "record": "", "field": "", "question": "", "code": "discarded_before",
        "message": {name: text.format(**told) for name, text in SPOKEN_ANEW.items()},
    }  # fmt: skip


SPOKEN_ANEW = {
    "da": "I kasserede dette svar (nummer {number}), og personen har ændret det siden. "
    "Intet af det tæller, før I siger det: vidensbro deliveries replay {this}, eller "
    "vidensbro deliveries discard {this} --reason ...",
    "en": "You discarded this answer (number {number}), and the person has changed it "
    "since. Nothing of it counts until you say so: vidensbro deliveries replay {this}, "
    "or vidensbro deliveries discard {this} --reason ...",
}


def _unreadable(sentence: str) -> dict[str, object]:
    return {
        "record": "", "field": "", "question": "", "code": "unreadable",
        "message": {"da": f"Kan ikke læses: {sentence}", "en": sentence},
    }  # fmt: skip
