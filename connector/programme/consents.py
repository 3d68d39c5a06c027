"""What a person's last word about the newsletter is, over everything ever said.

The log of consents is append-only and may be heard in any order; the word follows from
the times alone. A "no" that the newsletter tool itself heard (an unsubscribe, a bounce,
an archiving) is lifted only by a later opt-in confirmed there: a "yes" said elsewhere
after it is a wish to be asked, not a subscription.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.programme.entities import Address, Consent
from connector.programme.reading import Reading
from connector.programme.resolve import roots
from mappings.records import ConsentAnswer, Mapped

NEWSLETTER = "newsletter"
"""The purpose, and the name of the source that is the newsletter tool itself."""


@dataclass(frozen=True, slots=True)
class Word:
    """A person's last word, who heard it and where.

    ``confirmed`` is False where a "no" of the newsletter tool still stands against it.
    """

    given: bool
    at: datetime
    source: str
    confirmed: bool
    reference: str

    @property
    def asks(self) -> bool:
        """Tell whether it is a yes that the newsletter tool must confirm first."""
        return self.given and not self.confirmed


def keep_refusals(reading: Reading, mapped: Mapped) -> None:
    """Keep a "no" to the newsletter from whoever is known by their address already.

    Without the consent to the programme nothing else of an answer is used, and nobody
    is made of it.
    """
    emails = {
        record.name: str(record.fields.get("email") or "").strip().lower()
        for record in mapped.records
    }
    for answer in mapped.consents:
        if answer.purpose != NEWSLETTER or answer.given:
            continue
        people = reading.session.scalars(
            select(Address.person_id).where(
                Address.programme == reading.programme.key,
                func.lower(Address.email) == emails.get(answer.person, ""),
                Address.wrong_since.is_(None),
            )
        ).all()
        for person_id in people:
            _refuse(reading, answer, person_id)


def _refuse(reading: Reading, answer: ConsentAnswer, person_id: str) -> None:
    what = {
        "programme": reading.programme.key, "person_id": person_id,
        "purpose": answer.purpose, "given": False, "source": "form",
        "reference": reading.submission.response,
    }  # fmt: skip
    if reading.session.scalar(select(Consent.id).filter_by(**what)) is None:
        reading.session.add(
            Consent(
                **what, at=reading.submission.submitted_at, wording=answer.wording,
                version=answer.version, language=answer.language,
                delivery_id=reading.delivery_id,
            )
        )  # fmt: skip


def newsletter_word(
    session: Session, programme: str, strangers: Collection[tuple[str, str]] = ()
) -> dict[str, Word]:
    """Return root person id -> last word, for everybody who ever said one.

    ``strangers`` are (person, contact at the tool) where the contact's address was
    never that person's, as staff found. What was heard there is not their word; but
    after a "no" their yes is confirmed at the right address first.
    """
    rows = session.execute(
        select(
            Consent.person_id,
            Consent.given,
            Consent.at,
            Consent.source,
            Consent.reference,
        ).where(Consent.programme == programme, Consent.purpose == NEWSLETTER)
    ).all()
    root = roots(session, {row[0] for row in rows})
    said: dict[str, list[Word]] = defaultdict(list)
    held: set[str] = set()
    for person_id, given, at, source, reference in rows:
        contact = reference.partition(":")[0]
        if source == NEWSLETTER and (person_id, contact) in strangers:
            held |= set() if given else {root[person_id]}
        else:
            said[root[person_id]].append(Word(given, at, source, True, reference))
    return {
        person_id: _confirmed_first(last_word(words), person_id in held)
        for person_id, words in said.items()
    }


def _confirmed_first(word: Word, held: bool) -> Word:
    asks = held and word.given and word.source != NEWSLETTER
    return replace(word, confirmed=word.confirmed and not asks)


def last_word(words: Iterable[Word]) -> Word:
    """Return the word that counts of one or more, whatever order they come in."""
    ordered = sorted(words, key=_order)
    last = ordered[-1]
    there = [word for word in ordered if word.source == NEWSLETTER]
    left = bool(there) and not there[-1].given
    return replace(last, confirmed=not (left and last.given))


def shared_word(words: Mapping[str, Word], people: Iterable[str]) -> Word | None:
    """Return the last word of all who share an address; None where nobody spoke.

    A "no" of the tool that stands against one of them stands against the address.
    """
    said = [words[person] for person in people if person in words]
    if not said:
        return None
    last = max(said, key=_order)
    held = any(not w.confirmed or _left_there(w) for w in said)
    return replace(last, confirmed=not (last.given and held))


def _left_there(word: Word) -> bool:
    return word.source == NEWSLETTER and not word.given


def _order(word: Word) -> tuple[datetime, bool, str, str]:
    # Of two words at one instant the "no" counts: it does the person no harm.
    return (word.at, not word.given, word.source, word.reference)
