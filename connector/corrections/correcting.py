"""Staff put an answer right: the delivery is processed again with what is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from connector.corrections import (
    Correction,
    corrected,
    corrections_of,
    discarded,
    revisions,
    standing,
)
from connector.corrections.two_contacts import ask_for_merge, were_erased
from connector.db import utcnow
from connector.inbox import Delivery
from connector.lookup import NothingFound
from connector.processing import drain, in_turn, understand
from connector.programme.consents import NEWSLETTER, Word, newsletter_word
from connector.programme.entities import Consent
from connector.programme.matches import settle_states
from connector.programme.policies import policy_of
from connector.programme.readdress import Said, readdress
from connector.programme.resolve import resolve, roots, same_one
from connector.programme.spoken import spoken_of
from connector.service import Service
from connector.wording import in_words
from mappings.correct_values import value_for
from mappings.correcting import answer_to, target_named
from mappings.engine import apply
from mappings.plan import FormMap, ProgrammeMap
from webhooks.registry import PROVIDERS
from webhooks.submission import Submission, Unreadable

TWO = (
    "This person has two contacts in HubSpot. Merge them there, so that the one with "
    "the right address stays; it is on the review list: vidensbro people review"
)
ERASED = (
    "This person was deleted for good in HubSpot, so nothing of the answer goes there. "
    "A contact that still stands there with the other address is yours to delete."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff ask for: an answer's value, or with ``undo`` the one before.

    ``values`` are several where several choices are meant; "" is no answer.
    """

    number: int
    question: str
    values: tuple[str, ...] = ()
    reason: str = ""
    row: str = ""
    undo: bool = False
    at: datetime = field(default_factory=utcnow)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish. ``before`` and ``after`` are the answer in words.

    ``state`` and ``reasons`` are the delivery's afterwards; ``notes`` are sentences
    about what a correction cannot change.
    """

    question: str
    title: str
    before: str
    after: str
    state: str
    reasons: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def correct(service: Service, key: str, wish: Wish) -> Outcome:
    """Keep a correction and process the delivery again, in one transaction.

    Raise ``WrongCorrection`` for a question or a value that the form does not know, and
    ``NothingFound`` where there is nothing to correct; nothing is written then.
    """
    with service.database.writing() as session:
        outcome = _do(service, session, key, wish)
    drain(service)  # answers that waited for what stands only now
    return outcome


def _do(service: Service, session: Session, key: str, wish: Wish) -> Outcome:
    plan = service.programme(key)
    in_turn(session, key)  # it may say anew who is who
    row = _one(session, key, wish.number)
    form_map = plan.form_for(row.provider, row.form)
    told = revisions(session, row)
    _refuse(session, row, form_map, told)
    assert form_map is not None  # noqa: S101 - refused above
    submission = _parsed(row)
    question = target_named(form_map, submission, wish.question, wish.row)
    before = corrected(session, form_map, row, submission)
    wish = replace(wish, question=question)
    _keep(session, form_map, row, submission, wish)
    session.flush()
    after = corrected(session, form_map, row, submission)
    ids = [one.id for one in told]
    touched = _find_people(session, plan, form_map, after, wish, ids)
    _take_words_back(session, form_map, after, question)
    understand(service, session, row)
    touched |= spoken_of(session, ids)
    resolve(session, policy_of(plan), touched)
    settle_states(session, key)
    people = {one for kind, one in touched if kind == "person"}
    more = [TWO] if ask_for_merge(session, key, people) else []
    more += [ERASED] if were_erased(session, touched) else []
    given = answer_to(form_map, after, question) or answer_to(
        form_map, submission, question
    )
    return Outcome(
        question,
        given.title if given is not None else "",
        _in_words(form_map, before, question),
        _in_words(form_map, after, question),
        row.state,
        tuple(row.reasons),
        tuple(_notes(session, plan, form_map, question, touched) + more),
    )


def _one(session: Session, key: str, number: int) -> Delivery:
    row = session.get(
        Delivery, number, options=[undefer(Delivery.body)], with_for_update=True
    )
    if row is None or row.programme != key:
        raise NothingFound(f"There is no delivery {number} in programme {key}.")
    return row


def _refuse(
    session: Session,
    row: Delivery,
    form_map: FormMap | None,
    told: Sequence[Delivery],
) -> None:
    """Say why an answer cannot be corrected, where that is so."""
    if row.kind != "complete":
        raise NothingFound(f"Delivery {row.id} holds no complete answer: {row.kind}.")
    if form_map is None:
        raise NothingFound(
            f"Nothing reads form {row.form} yet, so nothing of it counts. See: "
            "vidensbro quarantine list"
        )
    if told[-1].id != row.id:
        raise NothingFound(
            f"Delivery {row.id} is an earlier version of this answer; what counts is "
            f"delivery {told[-1].id}. Correct that one."
        )
    if discarded(session, [one.id for one in told]) is not None:
        raise NothingFound(
            f"Delivery {row.id} was discarded. Let it count first: "
            f"vidensbro deliveries replay {row.id}"
        )


def _parsed(row: Delivery) -> Submission:
    try:
        return PROVIDERS[row.provider].parse(row.body)
    except Unreadable as error:
        raise NothingFound(
            f"Delivery {row.id} cannot be read, so no answer of it can be corrected: "
            f"{error}"
        ) from error


def _keep(
    session: Session,
    form_map: FormMap,
    row: Delivery,
    submission: Submission,
    wish: Wish,
) -> None:
    """Write the correction down, or that the last one counts no more."""
    if not wish.undo:
        value = value_for(form_map, submission, wish.question, wish.values)
        session.add(
            Correction(
                programme=row.programme, delivery_id=row.id, question=wish.question,
                value=value, reason=wish.reason, made_at=wish.at,
            )
        )  # fmt: skip
        return
    counting = [
        one.correction
        for one in standing(session, form_map, row, submission)
        if one.counts and one.correction.question == wish.question
    ]
    if not counting:
        raise NothingFound(f"Nothing is corrected at '{wish.question}'.")
    counting[-1].undone_at = wish.at


def _find_people(
    session: Session,
    plan: ProgrammeMap,
    form_map: FormMap,
    submission: Submission,
    wish: Wish,
    ids: Sequence[int],
) -> set[tuple[str, str]]:
    """Look anew for whom the corrected address or name belongs to."""
    mapped = apply(form_map, submission)
    touched: set[tuple[str, str]] = set()
    for record in form_map.records:
        names = {f.name for f in record.fields if f.question == wish.question}
        if record.entity != "person" or not names & {"email", "first_name"}:
            continue
        said = mapped.record(record.name)
        fields = said.fields if said is not None else {}
        touched |= readdress(
            session,
            plan.key,
            Said(
                tuple(ids),
                record.name,
                str(fields.get("email", "")),
                str(fields.get("first_name", "")),
                wish.at,
                _acts(session, ids),
                were_erased(session, spoken_of(session, ids)),
            ),
        )
    return touched


def _acts(session: Session, ids: Sequence[int]) -> set[datetime]:
    """Return when anything of a response was put right, or undone."""
    made = corrections_of(session, ids)
    return {at for one in made for at in (one.made_at, one.undone_at) if at}


def _take_words_back(
    session: Session, form_map: FormMap, submission: Submission, question: str
) -> None:
    """Drop what this version of the answer said to a consent; it is said anew at once.

    The log of consents keeps a "no" for ever, so a mistaken one must go by hand.
    """
    purposes = [p.purpose for p in form_map.consents if p.question == question]
    if purposes:
        session.execute(
            delete(Consent).where(
                Consent.programme == form_map.programme,
                Consent.source == "form",
                Consent.reference == submission.response,
                Consent.purpose.in_(purposes),
                Consent.at == submission.submitted_at,
            )
        )


def _in_words(form_map: FormMap, submission: Submission, question: str) -> str:
    answer = answer_to(form_map, submission, question)
    return in_words(answer) if answer is not None else ""


def _notes(
    session: Session,
    plan: ProgrammeMap,
    form_map: FormMap,
    question: str,
    touched: set[tuple[str, str]],
) -> list[str]:
    """Say where a yes to the newsletter that is meant now does not count."""
    asked = {p.question for p in form_map.consents if p.purpose == NEWSLETTER}
    if question not in asked:
        return []
    people = roots(session, [one for kind, one in touched if kind == "person"])
    words = newsletter_word(session, plan.key)
    return sorted(
        {
            _held(word, last.astimezone(ZoneInfo(plan.zone)))
            for one in set(people.values())
            if (word := words.get(one)) is not None
            and (last := _last_no(session, one)) is not None
            and not (word.given and word.confirmed)
        }
    )


def _last_no(session: Session, person_id: str) -> datetime | None:
    return session.scalar(
        select(Consent.at)
        .where(
            Consent.person_id.in_(same_one(session, person_id)),
            Consent.purpose == NEWSLETTER,
            Consent.source == NEWSLETTER,
            Consent.given.is_(False),
        )
        .order_by(Consent.at.desc())
    )


def _held(word: Word, at: datetime) -> str:
    end = (
        "they are asked there to confirm the yes." if word.asks
        else "only they can lift it, by signing up there."
    )  # fmt: skip
    return (
        f"Mailchimp heard a no to the newsletter from this person on {at:%Y-%m-%d}. It "
        f"stands whatever the answer says: {end}"
    )
