"""Comparing names and addresses of people and organisations as people would."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

FOLDED = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "ð": "d", "þ": "th"}
)
LEGAL_FORMS = {
    "a/s",
    "as",
    "aps",
    "i/s",
    "is",
    "k/s",
    "ab",
    "ltd",
    "inc",
    "gmbh",
    "p/s",
}
# Addresses there say nothing about where a person works.
MAILBOX_DOMAINS = {
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.dk", "outlook.com",
    "outlook.dk", "live.com", "live.dk", "yahoo.com", "yahoo.dk", "icloud.com",
    "me.com", "msn.com", "mail.dk", "proton.me", "protonmail.com", "gmx.com",
    "people.example",
}  # fmt: skip


def fold(text: str) -> str:
    """Return ``text`` without case, accents and punctuation, words by one space."""
    lowered = text.casefold().translate(FOLDED)
    plain = unicodedata.normalize("NFKD", lowered)
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[\w/]+", kept))


def same_person(name: str, known: Iterable[str]) -> bool:
    """Tell whether a first name may be one of the known ones of a person.

    Names clash when they share no word: Ann and Ann Marie may be one, Ann and Bo are
    two. An unknown name clashes with nothing.
    """
    words = set(fold(name).split())
    others = [set(fold(other).split()) for other in known if other.strip()]
    if not words or not others:
        return True
    return any(words & other for other in others)


def organisation_key(name: str) -> str:
    """Return an organisation's name as it is compared: folded, no legal form."""
    words = [word for word in fold(name).split() if word not in LEGAL_FORMS]
    return " ".join(words)


def work_domain(address: str) -> str | None:
    """Return the domain of a work address, None for a private mailbox."""
    domain = address.rpartition("@")[2].lower()
    return domain if domain and domain not in MAILBOX_DOMAINS else None
