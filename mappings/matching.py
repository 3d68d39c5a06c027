"""Which choice was picked, and what an answer says in plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from webhooks.submission import Answer
from webhooks.submission import Choice as Picked


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice by our own code, and all that tools may call it.

    ``aliases`` are refs, ids and labels of forms that were not made with our refs.
    """

    code: str
    label: Mapping[str, str]
    aliases: tuple[str, ...] = ()


# What a yes/no question offers where a tool has no such question of its own and asks
# it as two choices.
YES_NO = (
    Choice("yes", {"da": "Ja", "en": "Yes"}),
    Choice("no", {"da": "Nej", "en": "No"}),
)


def choice_ref(question: str, code: str) -> str:
    """Return the ref that our own forms give a choice.

    Whether Typeform lets two questions of a form share a choice's ref is nowhere
    documented, so each gets its own. An answer with the bare code is read as well.
    """
    return f"{question}-{code}"


def folded(text: str) -> str:
    """Return text as labels are compared: no case, no odd spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same(one: str, other: str) -> bool:
    """Tell whether two labels are the same but for case and spaces."""
    return folded(one) == folded(other)


def recognise(title: str, choices: Iterable[Choice]) -> str:
    """Return the code of the choice that a title speaks of, or "".

    A choice is spoken of where its label or an alias begins a word of the title
    (Danish adds to the end: "midtvejsmødet"); one of fewer than four letters must be
    the whole word. Of several the longest counts.
    """
    said = _spaced(title)
    found = [
        (len(name), choice.code)
        for choice in choices
        for name in map(_spaced, (*choice.label.values(), *choice.aliases))
        if name.strip() and (name if len(name) < 6 else name.rstrip()) in said
    ]
    return max(found, key=lambda one: one[0])[1] if found else ""


def _spaced(text: str) -> str:
    """Return folded text with one space before, after and between its words."""
    words = re.findall(r"[^\W_]+", folded(text))
    return f" {' '.join(words)} "


def plain(answer: Answer) -> str:
    """Return an answer's value as text; labels for choices, else what was added."""
    if isinstance(answer.value, bool):
        return "yes" if answer.value else "no"
    if answer.value is not None:
        return str(answer.value)
    labels = [c.label or c.ref or c.key for c in answer.choices]
    return "; ".join([*labels, answer.other] if answer.other else labels)


def codes_of(answer: Answer, known: Iterable[Choice]) -> Iterator[str]:
    """Yield the code of each thing picked; "" for one that is not known.

    The ref comes first, then the id, the label last: labels are edited and translated.
    A text answer counts as a label (Typeform's Responses API sends dropdowns so).
    """
    choices = tuple(known)
    picked = answer.choices
    if not picked and isinstance(answer.value, str) and answer.value.strip():
        picked = (Picked(label=answer.value),)
    own = "other" if any(c.code == "other" for c in choices) else ""
    codes = [_code(one, choices) for one in picked]
    if answer.other and answer.kind == "choice" and codes:
        # One thing was picked: the text is a comment beside it (SurveyMonkey offers a
        # field for one), or names what the pick leaves open.
        yield codes[0] or own
        return
    yield from codes
    if answer.other:
        yield own


def _code(picked: Picked, choices: tuple[Choice, ...]) -> str:
    for name in (picked.ref, picked.key):
        for choice in choices:
            if name and (name == choice.code or name in choice.aliases):
                return choice.code
    label = folded(picked.label)
    for choice in choices:
        names = (choice.code, *choice.label.values(), *choice.aliases)
        if label and label in map(folded, names):
            return choice.code
    return ""
