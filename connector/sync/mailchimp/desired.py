"""What the newsletter tool should hold of our people: one row a lower-case address."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.consents import Word, newsletter_word, shared_word
from connector.programme.entities import Address, Alias, Person
from connector.programme.resolve import roots
from connector.sync.mailchimp.tokens import joined, tokens
from connector.sync.state import NewsletterMember
from connector.sync.struck import strangers, struck
from mappings.plan import FieldRule, ProgrammeMap

TEXT_BYTES = 255
STRUCK = "staff"
"""Whose word it is that an address was never somebody's."""


@dataclass(frozen=True, slots=True)
class Desired:
    """One address and what should stand on it.

    ``others`` are further addresses of these people: a member found under one of them
    is the same member. ``word`` is the last word of all who share the address. An
    address without ``people`` is to be left: it was never anybody's here.
    """

    email: str
    people: tuple[str, ...]
    fields: Mapping[str, str]
    language: str
    word: Word | None
    others: frozenset[str] = field(default_factory=frozenset)

    @property
    def hash(self) -> str:
        """Return a digest of all that would be sent, and of the word behind it."""
        said = [self.email, dict(self.fields), self.language, word_key(self.word)]
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()


def word_key(word: Word | None) -> str:
    """Name a word for ever, so that it is passed on once."""
    if word is None:
        return ""
    said = "yes" if word.given else "no"
    return f"{said}:{word.source}:{word.at.isoformat()}:{word.reference}"


def desired(session: Session, plan: ProgrammeMap) -> dict[str, Desired]:
    """Return lower-case address -> what should stand there.

    Provisional people are left out; a merged person counts through the one they were
    merged into. Of several people with one address the first known gives the name.
    """
    people = session.scalars(
        select(Person)
        .where(
            Person.programme == plan.key,
            Person.provisional.is_(False),
            Person.email.is_not(None),
            Person.id.not_in(select(Alias.entity_id)),
        )
        .order_by(Person.created_at, Person.id)
    ).all()
    doubtful = _doubtful(session, plan.key)
    by_address: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.email and "@" in person.email:
            by_address[person.email.strip().lower()].append(person)
    known = _known_addresses(session, plan.key)
    words = newsletter_word(session, plan.key, strangers(session, plan.key))
    ranks = tokens(session, plan.key)
    result = {}
    for email, group in by_address.items():
        ids = tuple(person.id for person in group)
        token = joined(rank for one in ids for rank in ranks.get(one, ()))
        others = {each for one in ids for each in known.get(one, ())}
        result[email] = Desired(
            email=email,
            people=ids,
            fields=_fields(plan, group[0], token),
            language=_language(plan, group),
            word=shared_word(words, (*ids, *_refusing(words, doubtful[email]))),
            others=frozenset(others - by_address.keys()),
        )
    return _struck(session, plan.key) | result


def _struck(session: Session, programme: str) -> dict[str, Desired]:
    """Return the addresses that nobody has after all: the newsletter leaves them."""
    return {
        email: Desired(email, (), {}, "", Word(False, at, STRUCK, True, email))
        for email, at in struck(session, programme).items()
    }


def _doubtful(session: Session, programme: str) -> dict[str, list[str]]:
    """Return the people in doubt by address: nothing of theirs leaves but a "no"."""
    found: dict[str, list[str]] = defaultdict(list)
    for person_id, email in session.execute(
        select(Person.id, Person.email).where(
            Person.programme == programme,
            Person.provisional.is_(True),
            Person.email.is_not(None),
        )
    ):
        found[(email or "").strip().lower()].append(person_id)
    return found


def _refusing(words: Mapping[str, Word], people: Iterable[str]) -> list[str]:
    return [one for one in people if one in words and not words[one].given]


def merge_rules(plan: ProgrammeMap) -> Sequence[FieldRule]:
    """Return the rules of the fields that leave, without the computed token field."""
    return [
        rule
        for rule in plan.leaving("mailchimp")
        if rule.mailchimp != plan.segment_tag and not rule.free_text
    ]


def differences(row: NewsletterMember, wanted: Desired) -> dict[str, str]:
    """Return what must be written for the row to hold what is wanted.

    Merge tags, and ``language``. Compared with what was accepted before, not with what
    stands there now: what a subscriber corrects in their own preferences stays until
    our own value changes. A value that we no longer have is cleared only where it is
    still the one that we put there.
    """
    values = dict(wanted.fields)
    if wanted.language:
        values["language"] = wanted.language
    return {name: value for name, value in values.items() if _differs(row, name, value)}


def _differs(row: NewsletterMember, name: str, value: str) -> bool:
    stands = row.language if name == "language" else str(row.fields.get(name) or "")
    accepted = name in row.pushed
    if stands == value or (accepted and row.sent.get(name) == value):
        return False
    if value:
        return True
    begun = not accepted and row.sent.get(name) == ""
    return begun or (accepted and str(row.pushed[name]) == stands)


def _fields(plan: ProgrammeMap, person: Person, token: str) -> dict[str, str]:
    values = {
        str(rule.mailchimp): _text(_value(person, rule.field))
        for rule in merge_rules(plan)
    }
    if plan.segment_tag:
        values[plan.segment_tag] = token
    return values


def _value(person: Person, name: str) -> object:
    return getattr(person, name, None) or (person.details or {}).get(name)


def _text(value: object) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.strip().encode()[:TEXT_BYTES].decode(errors="ignore")


def _language(plan: ProgrammeMap, group: Iterable[Person]) -> str:
    """Return the members' language, where a segment of the programme asks for it."""
    if not any(segment.language for segment in plan.segments):
        return ""
    return next((p.language for p in group if p.language), "") or ""


def _known_addresses(session: Session, programme: str) -> dict[str, set[str]]:
    rows = session.execute(
        select(Address.person_id, Address.email).where(Address.programme == programme)
    ).all()
    root = roots(session, {row[0] for row in rows})
    found: dict[str, set[str]] = defaultdict(set)
    for person, email in rows:
        found[root[person]].add(email.lower())
    return found
