"""What staff put right in a delivery, beside what was answered, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from connector.corrections import (
    Correction,
    Standing,
    corrections_of,
    revisions,
    standing,
)
from connector.inbox import Delivery
from connector.wording import in_words, name_of
from mappings.correcting import answer_to, overlay
from mappings.plan import FormMap
from webhooks.submission import Submission


@dataclass(frozen=True, slots=True)
class Corrected:
    """What staff put right, or with ``question`` "" that they discarded the answer.

    ``name`` is the answer's as it is listed, ``given`` and ``meant`` are both in words.
    ``counts`` is False for one that was undone, replaced by a later one, or overtaken
    by the person's own change; ``delivery`` is the version that it was made on.
    """

    question: str
    name: str
    title: str
    given: str
    meant: str
    reason: str
    made_at: datetime
    undone_at: datetime | None
    counts: bool
    delivery: int


def corrections_shown(
    session: Session,
    form_map: FormMap | None,
    row: Delivery,
    submission: Submission | None,
) -> tuple[Corrected, ...]:
    """Return all that was put right in a delivery's response, oldest first."""
    told = revisions(session, row) if row.kind == "complete" else [row]
    made = corrections_of(session, [one.id for one in told])
    found = [_discard(one) for one in made if not one.question]
    if form_map is not None and submission is not None:
        found += [
            _shown(form_map, submission, one)
            for one in standing(session, form_map, row, submission)
        ]
    return tuple(sorted(found, key=lambda one: one.made_at))


def _discard(one: Correction) -> Corrected:
    return Corrected(
        "", "", "", "", "", one.reason, one.made_at, one.undone_at,
        one.undone_at is None, one.delivery_id,
    )  # fmt: skip


def _shown(form_map: FormMap, submission: Submission, one: Standing) -> Corrected:
    made = one.correction
    given = answer_to(form_map, submission, made.question)
    laid = overlay(form_map, submission, {made.question: made.value})
    meant = answer_to(form_map, laid, made.question)
    place = given or meant
    return Corrected(
        made.question,
        name_of(given) if given is not None else "",
        place.title if place is not None else "",
        in_words(given) if given is not None else "",
        in_words(meant) if meant is not None else "",
        made.reason,
        made.made_at,
        made.undone_at,
        one.counts,
        made.delivery_id,
    )
