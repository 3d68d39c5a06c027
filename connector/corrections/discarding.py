"""A response that does not count: what it claimed is taken back, whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, undefer

from connector import inbox
from connector.corrections import Correction, corrections_of, revisions
from connector.corrections.found_anew import emails_given, find_people_anew
from connector.db import utcnow
from connector.inbox import Delivery
from connector.lookup import NothingFound
from connector.processing import in_turn, understand
from connector.programme.claims import Claim
from connector.programme.consents import NEWSLETTER
from connector.programme.doubts import tend_doubts
from connector.programme.entities import Address, Consent, Participation
from connector.programme.matches import settle_states
from connector.programme.policies import policy_of
from connector.programme.resolve import members, resolve, roots, same_one
from connector.programme.spoken import spoken_of
from connector.service import Service


@dataclass(frozen=True, slots=True)
class Discarded:
    """What a discard took back, and what stays: refusals, and parts by staff's word."""

    claims: int
    entities: int
    refusals: int
    parts: int = 0


def discard(service: Service, key: str, number: int, reason: str) -> Discarded:
    """Say that a response does not count: its claims and its consents given go.

    Those of all its revisions. A "no" that it carried stays: nobody is written to
    because of a mistake; who was signed up to the newsletter by it is taken off. Who
    was in doubt by it alone is so no more, until it counts again.
    """
    plan = service.programme(key)
    with service.database.writing() as session:
        in_turn(session, key)
        row = _one(session, key, number)
        if row.kind == "complete" and row.state in {"received", "quarantined"}:
            understand(service, session, row)  # a "no" that nobody has read yet stays
        told = _revisions(session, row)
        ids = [one.id for one in told]
        touched = spoken_of(session, ids)
        claims = _take_claims_back(session, ids)
        refusals = _take_words_back(session, row, ids)
        _strike_addresses(session, ids, touched)
        session.add(
            Correction(
                programme=key, delivery_id=row.id, question="", value="", reason=reason
            )
        )
        inbox.settle(row, "discarded", mapping_hash=row.mapping_hash)
        changed = resolve(session, policy_of(plan), touched)
        settle_states(session, key)
        tend_doubts(session, touched)
        return Discarded(
            claims, len(changed), refusals, _parts_by_staff(session, touched)
        )


def _parts_by_staff(session: Session, touched: Iterable[tuple[str, str]]) -> int:
    """Count the participations that have a status, though no answer speaks of them."""
    mine = [one for kind, one in touched if kind == "participation"]
    reach = members(session, roots(session, mine).values())
    answered = session.scalars(
        select(Claim.entity_id).where(
            Claim.entity_id.in_(reach),
            Claim.delivery_id.is_not(None),
            Claim.superseded_at.is_(None),
        )
    )
    left = set(reach.values()) - {reach[one] for one in answered}
    query = select(func.count()).where(
        Participation.id.in_(left), Participation.status.is_not(None)
    )
    return session.scalar(query) or 0


def count_again(session: Session, ids: Iterable[int]) -> list[int]:
    """Lift the discards of these deliveries' responses; return what is read again.

    Of each response that is its newest revision: it may lie parked behind the discard.
    """
    rows = [row for one in ids if (row := session.get(Delivery, one)) is not None]
    return [_count_again(session, row) for row in rows]


def _count_again(session: Session, row: Delivery) -> int:
    in_turn(session, row.programme)  # it may say anew who is who
    told = [one.id for one in _revisions(session, row)]
    against = [
        one
        for one in corrections_of(session, told)
        if not one.question and one.undone_at is None
    ]
    if against or row.state == "discarded":
        for one in against:
            one.undone_at = utcnow()
        find_people_anew(session, row.programme, told)
        session.execute(
            delete(Consent).where(
                Consent.programme == row.programme,
                Consent.source == "staff",
                Consent.reference == _mark(row),
            )
        )
    return told[-1]


def _one(session: Session, key: str, number: int) -> Delivery:
    row = session.get(Delivery, number, options=[undefer(Delivery.body)])
    if row is None or row.programme != key:
        raise NothingFound(f"There is no delivery {number} in programme {key}.")
    if row.state == "discarded":
        raise NothingFound(f"Delivery {number} is discarded already.")
    told = _revisions(session, row)
    if told[-1].id != row.id:
        raise NothingFound(
            f"Delivery {number} is an earlier version of this answer; what counts is "
            f"delivery {told[-1].id}. Discard that one."
        )
    return row


def _revisions(session: Session, row: Delivery) -> list[Delivery]:
    """Return what is one response with a delivery; a partial one is itself alone."""
    return revisions(session, row) if row.kind == "complete" else [row]


def _mark(row: Delivery) -> str:
    return f"discard:{row.provider}:{row.form}:{row.response}"


def _take_claims_back(session: Session, ids: Sequence[int]) -> int:
    standing = (Claim.delivery_id.in_(ids), Claim.superseded_at.is_(None))
    number = session.scalar(select(func.count()).select_from(Claim).where(*standing))
    session.execute(update(Claim).where(*standing).values(superseded_at=utcnow()))
    return number or 0


def _take_words_back(session: Session, row: Delivery, ids: Sequence[int]) -> int:
    """Drop every yes of the response; return how many refusals stay.

    Whom the yes had signed up to the newsletter is taken off there, unless they said
    another yes: without a word of theirs nobody is written to.
    """
    said = session.scalars(
        select(Consent).where(
            Consent.programme == row.programme,
            Consent.source == "form",
            Consent.reference == row.response,
            Consent.delivery_id.in_(ids),
        )
    ).all()
    for one in said:
        if one.given:
            session.delete(one)
    session.flush()
    for one in said:
        if one.purpose == NEWSLETTER and one.given:
            _sign_off(session, row, one.person_id)
        elif one.purpose == NEWSLETTER:
            _refuse_for_all(session, row, one, ids)
    return sum(not one.given for one in said)


def _sign_off(session: Session, row: Delivery, person_id: str) -> None:
    people = same_one(session, person_id)
    others = select(Claim.id).where(
        Claim.entity_id.in_(people),
        Claim.field == "email",
        Claim.superseded_at.is_(None),
    )
    words = select(Consent.id).where(
        Consent.person_id.in_(people), Consent.purpose == NEWSLETTER
    )
    # Nothing else is said of them: their address is struck, which signs it off.
    nobody = session.scalar(others.limit(1)) is None
    if nobody or session.scalar(words.limit(1)) is not None:
        return
    session.add(
        Consent(
            programme=row.programme, person_id=person_id, purpose=NEWSLETTER,
            given=False, at=utcnow(), source="staff", reference=_mark(row),
            delivery_id=row.id,
        )
    )  # fmt: skip


def _refuse_for_all(
    session: Session, row: Delivery, said: Consent, ids: Sequence[int]
) -> None:
    """Let a "no" stand against its address, whoever else goes by it.

    Who said it goes by no address any more. It may stand with several, whose it was
    before an address was put right, and each refuses once.
    """
    mark = _mark(row)
    others = set(
        session.scalars(
            select(Address.person_id).where(
                Address.programme == row.programme,
                func.lower(Address.email).in_(emails_given(session, ids)),
                Address.wrong_since.is_(None),
            )
        )
    )
    refused = session.scalars(
        select(Consent.person_id).where(
            Consent.programme == row.programme,
            Consent.source == "staff",
            Consent.reference == mark,
        )
    )
    others -= same_one(session, said.person_id) | set(refused)
    for one in sorted(others):
        session.add(
            Consent(
                programme=row.programme, person_id=one, purpose=NEWSLETTER,
                given=False, at=said.at, source="staff", reference=mark,
                delivery_id=row.id,
            )
        )  # fmt: skip


def _strike_addresses(
    session: Session, ids: Sequence[int], touched: Iterable[tuple[str, str]]
) -> None:
    """Mark the addresses that nobody gives any more; the newsletter leaves them."""
    people = _read_as_one(session, touched)
    standing = {
        (people[row[0]], str(row[1]).lower())
        for row in session.execute(
            select(Claim.entity_id, Claim.value).where(
                Claim.entity_id.in_(people),
                Claim.field == "email",
                Claim.superseded_at.is_(None),
            )
        )
        if row[1]
    }
    given = emails_given(session, ids)
    for address in session.scalars(
        select(Address).where(Address.person_id.in_(people))
    ):
        email = address.email.lower()
        if email in given and (people[address.person_id], email) not in standing:
            address.wrong_since = address.wrong_since or utcnow()


def _read_as_one(
    session: Session, touched: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Map these people, and all who are read as one with them, to the one they are."""
    people = [one for kind, one in touched if kind == "person"]
    return members(session, roots(session, people).values())
