"""Which question of a live form is which of a mapping's, also without any of our refs.

First by name (ref or id), then by heading (the shipped titles, in any language), then
by kind and place: what lies between the same neighbours and is asked in the same way.
Only the first is certain; the others are for suggestions that a person reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mappings.conversion import Question
from mappings.live_form import Family, LiveChoice, LiveForm, LiveQuestion
from mappings.matching import YES_NO, Choice, codes_of, folded
from mappings.plan import FormMap
from mappings.reading import names_of
from webhooks.submission import Answer
from webhooks.submission import Choice as Picked

# What a converter can read. A city's own converter reads what it likes.
_READS: Mapping[str, frozenset[Family]] = {
    "choice": frozenset({"choice"}),
    "choices": frozenset({"choices", "choice", "ranking"}),
    "date": frozenset({"date"}),
    "domain": frozenset({"text"}),
    "email": frozenset({"email", "text"}),
    "integer": frozenset({"number", "scale", "text"}),
    "language": frozenset({"choice", "text"}),
    "number": frozenset({"number", "scale", "text"}),
    "phone": frozenset({"phone", "text", "number"}),
    "scale": frozenset({"scale", "number", "choice"}),
    "text": frozenset({"text", "email", "phone", "number", "date", "choice"}),
    "url": frozenset({"text"}),
    "yes_no": frozenset({"yes_no", "choice"}),
}
_ASKED_AS: Mapping[str, Family] = {
    "date": "date",
    "dropdown": "choice",
    "email": "email",
    "legal": "yes_no",
    "multiple_choice": "choice",
    "number": "number",
    "opinion_scale": "scale",
    "phone_number": "phone",
    "yes_no": "yes_no",
}


How = Literal["name", "heading", "place"]


@dataclass(frozen=True, slots=True)
class Pair:
    key: str
    live: LiveQuestion
    by: How


@dataclass
class Pairing:
    """Pairs so far, in any order; what is in none of them is left over."""

    form_map: FormMap
    live: LiveForm
    pairs: dict[str, Pair] = field(default_factory=dict)

    def add(
        self, key: str, live: LiveQuestion, by: Literal["heading", "place"]
    ) -> None:
        self.pairs[key] = Pair(key, live, by)

    @property
    def keys_left(self) -> list[str]:
        return [k for k in self.form_map.asks if k not in self.pairs]

    @property
    def live_left(self) -> list[LiveQuestion]:
        taken = [p.live for p in self.pairs.values()]
        return [q for q in self.live.questions if q not in taken]


def pair(form_map: FormMap, live: LiveForm) -> Pairing:
    """Return which question is which, as far as it can be told."""
    pairing = Pairing(form_map, live)
    for key, questions in by_name(form_map, live).items():
        pairing.pairs[key] = Pair(key, questions[0], "name")
    _by_heading(pairing)
    _by_place(pairing)
    return pairing


def by_name(form_map: FormMap, live: LiveForm) -> dict[str, list[LiveQuestion]]:
    """Return the live questions that reading binds to each key, in their order."""
    names = names_of(form_map)
    found: dict[str, list[LiveQuestion]] = {}
    for question in live.questions:
        key = next((names[n] for n in question.names if n in names), None)
        if key is not None:
            found.setdefault(key, []).append(question)
    return found


def can_read(question: Question, live: LiveQuestion) -> bool:
    """Tell whether a question's converter can read what this one is answered with."""
    kinds = _READS.get(question.converter)
    if question.converter == "scale" and live.kind == "choice":
        return all(c.label.isdigit() for c in live.choices)
    return kinds is None or live.kind in kinds


def offered_by(question: Question) -> tuple[Choice, ...]:
    """Return the choices of a question; a yes/no question has its two."""
    two = YES_NO if question.converter == "yes_no" else ()
    return question.choices or two


def code_of(question: Question, choice: LiveChoice) -> str:
    """Return the code that reading gives to a live choice, "" for none."""
    picked = Picked(choice.key, choice.ref, choice.label)
    answer = Answer("", "choice", choices=(picked,))
    return next(codes_of(answer, offered_by(question)))


def heading(text: str) -> str:
    """Return words as headings are compared: no case, no punctuation, no markdown."""
    return " ".join(re.findall(r"[^\W_]+", folded(text)))


def _by_heading(pairing: Pairing) -> None:
    for key in pairing.keys_left:
        question = pairing.form_map.questions[key]
        titles = {heading(t) for t in question.title.values()}
        for live in pairing.live_left:
            said = {heading(h) for h in live.headings}
            if titles & said and can_read(question, live):
                pairing.add(key, live, "heading")
                break


def _by_place(pairing: Pairing) -> None:
    """Pair what lies alike in two forms that are mostly the same, and in no others."""
    if 2 * len(pairing.pairs) < len(pairing.form_map.asks):
        return
    for keys, lives in [*_gaps(pairing)]:
        questions = [pairing.form_map.questions[k] for k in keys]
        for asked, live in (*_alike(questions, lives), *_only_fit(questions, lives)):
            if asked.key not in pairing.pairs and live in pairing.live_left:
                pairing.add(asked.key, live, "place")


def _gaps(pairing: Pairing) -> Iterator[tuple[list[str], list[LiveQuestion]]]:
    """Yield what is left over between the same two neighbours, on both sides."""
    places = {id(q): n for n, q in enumerate(pairing.live.questions)}
    keys: list[str] = []
    start = -1
    for key in pairing.form_map.asks:
        found = pairing.pairs.get(key)
        if found is None:
            keys.append(key)
        elif places[id(found.live)] > start:
            end = places[id(found.live)]
            yield keys, _between(pairing, start, end)
            keys, start = [], end
    yield keys, _between(pairing, start, len(places))


def _between(pairing: Pairing, start: int, end: int) -> list[LiveQuestion]:
    left = pairing.live_left
    return [q for q in pairing.live.questions[start + 1 : end] if q in left]


_Two = tuple[Question, LiveQuestion]


def _alike(
    questions: Sequence[Question], lives: Sequence[LiveQuestion]
) -> Iterator[_Two]:
    """Yield, in order, those asked in one way when there are as many on both sides."""
    for family in {_asked_as(q) for q in questions}:
        asked = [q for q in questions if _asked_as(q) == family]
        found = [q for q in lives if _shape(q) == family]
        if len(asked) == len(found):
            yield from _fitting(asked, found)


def _only_fit(
    questions: Sequence[Question], lives: Sequence[LiveQuestion]
) -> Iterator[_Two]:
    """Yield the two that are left when only one can be the other."""
    if len(questions) == len(lives) == 1:
        yield from _fitting(questions, lives)


def _fitting(
    questions: Sequence[Question], lives: Sequence[LiveQuestion]
) -> Iterator[_Two]:
    for question, live in zip(questions, lives, strict=True):
        if _same_choices(question, live) and can_read(question, live):
            yield question, live


def _same_choices(question: Question, live: LiveQuestion) -> bool:
    """Tell whether at least half of what is offered is known to the question."""
    if not offered_by(question) or not live.choices:
        return True
    known = sum(bool(code_of(question, c)) for c in live.choices)
    return 2 * known >= len(live.choices)


def _asked_as(question: Question) -> Family:
    family = _ASKED_AS.get(question.kind, "text")
    return "choices" if question.converter == "choices" else family


def _shape(live: LiveQuestion) -> Family:
    """Return a question's family; two choices of yes and no are a yes/no question."""
    yes_no = Question("", {}, "yes_no")
    codes = {code_of(yes_no, c) for c in live.choices}
    asked = live.kind == "choice" and codes == {"yes", "no"}
    return "yes_no" if asked else live.kind
