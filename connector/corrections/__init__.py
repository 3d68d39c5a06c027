"""What staff put right in a delivery's answers: the bytes stay as they came.

A correction concerns one answer of one delivery. It holds for later revisions of the
response for as long as the person leaves that very answer alone; once they change it
themselves, theirs counts, and changing it back does not bring the correction back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, undefer

from connector.db import Base, utcnow
from connector.inbox import Delivery
from mappings.correcting import answer_to, overlay, same_answer
from mappings.plan import FormMap
from webhooks.registry import PROVIDERS
from webhooks.submission import Submission, Unreadable


class Correction(Base):
    """One answer that counts otherwise than it was given.

    ``question`` is its key in the mapping (``hidden:NAME`` for a hidden field), ""
    where the whole response was discarded; ``value`` is what is meant, as text, "" for
    no answer. One that was undone counts no more, and is kept.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    question: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
    undone_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """A correction as it stands for one delivery; ``counts`` where it decides."""

    correction: Correction
    counts: bool


def corrections_of(session: Session, delivery_ids: Iterable[int]) -> list[Correction]:
    """Return all that was corrected in these deliveries, undone or not, oldest first.

    Discards are among them: their ``question`` is empty.
    """
    query = select(Correction).where(Correction.delivery_id.in_(list(delivery_ids)))
    return list(session.scalars(query.order_by(Correction.id)))


def revisions(session: Session, delivery: Delivery) -> list[Delivery]:
    """Return every complete delivery of the same response, oldest revision first."""
    rows = session.scalars(
        select(Delivery)
        .options(undefer(Delivery.body))
        .where(*of_the_response(delivery))
    ).all()
    return sorted(rows, key=lambda row: row.revision)


def of_the_response(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    """Return what the complete deliveries of the same response have in common."""
    return (
        Delivery.programme == delivery.programme,
        Delivery.provider == delivery.provider,
        Delivery.form == delivery.form,
        Delivery.response == delivery.response,
        Delivery.kind == "complete",
    )


def discarded(session: Session, delivery_ids: Iterable[int]) -> Correction | None:
    """Return the discard that stands against a response, by any of its revisions."""
    found = [
        one
        for one in corrections_of(session, delivery_ids)
        if not one.question and one.undone_at is None
    ]
    return found[-1] if found else None


def corrected(
    session: Session, form_map: FormMap, delivery: Delivery, submission: Submission
) -> Submission:
    """Return a stored delivery's answers as staff put them right.

    Whoever maps a stored delivery maps these; ``submission`` is as it was parsed.
    """
    values = {
        one.correction.question: one.correction.value
        for one in standing(session, form_map, delivery, submission)
        if one.counts
    }
    return overlay(form_map, submission, values) if values else submission


def standing(
    session: Session, form_map: FormMap, delivery: Delivery, submission: Submission
) -> list[Standing]:
    """Return every correction that was made to a response up to this revision.

    Of several that hold for one question the last counts.
    """
    if delivery.kind != "complete" or not _any(session, delivery):
        return []
    told = revisions(session, delivery)
    before = [row for row in told if row.revision <= delivery.revision]
    said = [(row.id, _parsed(row)) for row in before if row.id != delivery.id]
    said.append((delivery.id, submission))
    made = [c for c in corrections_of(session, [i for i, _ in said]) if c.question]
    made.sort(key=lambda one: ([i for i, _ in said].index(one.delivery_id), one.id))
    last = {one.question: one.id for one in made if _holds(form_map, one, said)}
    return [Standing(one, last.get(one.question) == one.id) for one in made]


def _any(session: Session, delivery: Delivery) -> bool:
    """Tell whether anything was ever corrected in a response: mostly nothing was."""
    query = (
        select(Correction.id)
        .join(Delivery, Delivery.id == Correction.delivery_id)
        .where(*of_the_response(delivery))
        .limit(1)
    )
    return session.scalar(query) is not None


def _parsed(row: Delivery) -> Submission | None:
    try:
        return PROVIDERS[row.provider].parse(row.body)
    except Unreadable:
        return None


def _holds(
    form_map: FormMap,
    correction: Correction,
    said: Sequence[tuple[int, Submission | None]],
) -> bool:
    """Tell whether a correction still holds for the last of these revisions."""
    if correction.undone_at is not None:
        return False
    ids = [one for one, _ in said]
    first, *later = [
        answer_to(form_map, submission, correction.question)
        for _, submission in said[ids.index(correction.delivery_id) :]
        if submission is not None
    ]
    return all(same_answer(first, one) for one in later)
