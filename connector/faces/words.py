"""The words of ``people``, in the programme's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Words = Mapping[str, str]

FIELDS: Mapping[str, Words] = {
    "da": {
        "name": "Navn",
        "email": "E-mail",
        "phone": "Telefon",
        "organisation": "Organisation",
        "rounds": "Runder",
        "kind": "Slags",
        "domain": "Domæne",
        "city": "By",
        "people": "Personer",
        "held": "Holdt tilbage",
        "newsletter": "Nyhedsbrev",
        "seen": "Først set",
        "from": "Kom med",
        "hubspot": "HubSpot",
        "id": "Id",
    },
    "en": {
        "name": "Name",
        "email": "E-mail",
        "phone": "Phone",
        "organisation": "Organisation",
        "rounds": "Rounds",
        "kind": "Kind",
        "domain": "Domain",
        "city": "City",
        "people": "People",
        "held": "Held back",
        "newsletter": "Newsletter",
        "seen": "First seen",
        "from": "Came with",
        "hubspot": "HubSpot",
        "id": "Id",
    },
}
"""What each field of a card is called; also the order in which they are read."""

WORDS: Mapping[str, Words] = {
    "da": {
        "held_back": "ja, skrives ikke til noget værktøj",
        "said_yes": "sagde ja",
        "said_no": "sagde nej",
        "delivery": "besvarelse {number}",
        "review": "tilbageholdt; intet er skrevet",
        "gone": "findes ikke længere dér",
        "person": "Denne flettes",
        "into": "ind i denne",
        "together": "Så bliver de",
        "now": "Er nu én",
        "apart": "Skilles ud igen",
        "stays": "Bliver tilbage",
        "marks": "{mark} her siger de to noget forskelligt",
        "nothing": "Intet venter på jer.",
        "two": "De er to.",
        "settled": "Det venter ikke på jer længere.",
        "merged": "De er én: {id}",
        "parted": "De er to igen.",
        "settles": "Det afslutter:",
        "opens": "Det venter så på jer igen:",
        "task": "opgaven i HubSpot lukkes",
        "ask_merge": "Er de én og samme?",
        "ask_undo": "Skal de være to igen?",
        "since": "siden {day}",
        "each": "Begge side om side:",
        "item": "NUMMER",
        "who": "DEN-ENE",
        "whom": "DEN-ANDEN",
        "is_one": "De er én:",
        "are_two": "De er to:",
        "dealt": "Det er ordnet, eller ja:",
    },
    "en": {
        "held_back": "yes, written to no tool",
        "said_yes": "said yes",
        "said_no": "said no",
        "delivery": "delivery {number}",
        "review": "held back; nothing was written",
        "gone": "is no longer there",
        "person": "This one is merged",
        "into": "into this one",
        "together": "They become",
        "now": "Are one now",
        "apart": "Parted again",
        "stays": "Stays",
        "marks": "{mark} here the two say different things",
        "nothing": "Nothing waits for you.",
        "two": "They are two.",
        "settled": "It waits for you no longer.",
        "merged": "They are one: {id}",
        "parted": "They are two again.",
        "settles": "This settles:",
        "opens": "This waits for you again:",
        "task": "its task in HubSpot is closed",
        "ask_merge": "Are they one and the same?",
        "ask_undo": "Shall they be two again?",
        "since": "since {day}",
        "each": "Both side by side:",
        "item": "ITEM",
        "who": "PERSON",
        "whom": "INTO",
        "is_one": "They are one:",
        "are_two": "They are two:",
        "dealt": "It is dealt with, or yes:",
    },
}

KINDS: Mapping[str, Words] = {
    "da": {
        "person": "Person",
        "organisation": "Organisation",
        "participation": "Deltagelse",
        "": "Post",
    },
    "en": {
        "person": "Person",
        "organisation": "Organisation",
        "participation": "Participation",
        "": "Record",
    },
}
"""What a card is of; "" is whatever is not named here."""


def words_of(locale: str) -> Words:
    """Return the words of a language; English where it is none of ours."""
    return WORDS.get(locale, WORDS["en"])


def fields_of(locale: str) -> Words:
    """Return what the fields are called in a language."""
    return FIELDS.get(locale, FIELDS["en"])


def headings_of(locale: str, kinds: Sequence[str]) -> list[str]:
    """Return what stands above each card: its kind, with a number where two are."""
    words = KINDS.get(locale, KINDS["en"])
    told = [words.get(kind, words[""]) for kind in kinds]
    return [
        f"{word} {told[: place + 1].count(word)}" if told.count(word) > 1 else word
        for place, word in enumerate(told)
    ]
