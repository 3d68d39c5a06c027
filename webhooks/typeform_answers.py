"""Typeform's answer types, each to the one model of an answer.

Translation is a table, ``_DECODERS``: the provider's type to a function that returns
the answer's content, or None where the value is not of that type. What is not in the
table, or does not fit, is kept as kind "unknown" with its JSON, and a note says so.

The webhook and the Responses API give one response in two shapes (a date with a time,
a dropdown as text, a choice by label only); both come out equal here as far as the
form's definition closes the gap. What stays lost without one: a label-only choice has
no id or ref, a scale has no ends, a question no title, a matrix row no matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from webhooks.strict_json import as_array, as_number, as_object, as_text
from webhooks.submission import Answer, AnswerKind, Choice, Scalar, Scale
from webhooks.typeform_form import Form, Question, read_choice

_SCALES = frozenset({"opinion_scale", "rating", "nps"})
_PICKED = frozenset({"dropdown", "multiple_choice", "picture_choice"})
# 2026-03-20 in webhooks, 2026-03-20T00:00:00Z in the Responses API.
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00:00(?:\.0+)?(?:Z|\+00:00)?)?")


@dataclass(frozen=True, slots=True)
class _Content:
    kind: AnswerKind
    value: Scalar = None
    choices: tuple[Choice, ...] = ()
    other: str = ""
    scale: Scale | None = None
    raw: str = ""
    note: str = ""


_Decoder = Callable[[Any, Question], _Content | None]


def read_answers(
    answers: list[Any], form: Form
) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """Return every answer, in the order given, and notes on what was not understood.

    Only answered questions appear in ``answers``: nothing is told by position.
    """
    read: list[Answer] = []
    notes: list[str] = []
    for each in answers:
        question = form.question(as_object(as_object(each).get("field")))
        content = _content(each, question)
        read.append(_answer(question, content))
        if content.note:
            notes.append(f"Question {_named(question)}: {content.note}")
    return tuple(read), tuple(notes)


def _answer(question: Question, content: _Content) -> Answer:
    return Answer(
        question=question.key,
        kind=content.kind,
        value=content.value,
        ref=question.ref,
        row=question.row,
        choices=content.choices,
        other=content.other,
        scale=content.scale,
        title=question.title,
        raw=content.raw,
    )


def _content(answer: object, question: Question) -> _Content:
    given = as_object(answer)
    kind = as_text(given.get("type"))
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return _unknown(
            answer, f"answer type {kind[:40]!r} is not known, kept as it is."
        )
    content = decoder(given.get(kind), question)
    if content is None:
        return _unknown(answer, f"its {kind} answer could not be read, kept as it is.")
    return content


def _unknown(answer: object, note: str) -> _Content:
    return _Content("unknown", raw=_json(answer), note=note)


def _string(kind: AnswerKind) -> _Decoder:
    def decode(value: object, _question: Question) -> _Content | None:
        return _Content(kind, value) if isinstance(value, str) else None

    return decode


def _text(value: object, question: Question) -> _Content | None:
    """A dropdown's answer is documented as text, and really sent as a choice."""
    if not isinstance(value, str):
        return None
    if question.type in _PICKED:
        picked = question.completed(Choice(label=value))
        return _Content("choice", choices=(picked,))
    return _Content("text", value)


def _boolean(value: object, _question: Question) -> _Content | None:
    return _Content("boolean", value) if isinstance(value, bool) else None


def _number(value: object, question: Question) -> _Content | None:
    number = as_number(value)
    if number is None:
        return None
    if question.type not in _SCALES:
        return _Content("number", number)
    ends = question.scale
    if ends and not ends.low <= number <= ends.high:
        # The form was changed after this answer: its scale is not the answer's.
        note = "its answer lies outside the scale that the form states."
        return _Content("scale", number, note=note)
    return _Content("scale", number, scale=ends)


def _date(value: object, _question: Question) -> _Content | None:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return _Content("date", date.fromisoformat(found.group(1)).isoformat())
    except ValueError:
        return None


def _choice(value: object, question: Question) -> _Content | None:
    """One choice; a person's own text stands under ``other``, mostly without label."""
    if not isinstance(value, dict):
        return None
    picked, other = _pick(value, question)
    if picked is None and not other:
        return None
    return _Content("choice", choices=(picked,) if picked else (), other=other)


def _choices(value: object, question: Question) -> _Content | None:
    """Several choices, as parallel lists or (checkbox) as a list of choices."""
    kind: AnswerKind = "ranking" if question.type == "ranking" else "choices"
    if isinstance(value, dict):
        return _parallel(kind, value, question)
    if not isinstance(value, list):
        return None
    picks = [_pick(as_object(each), question) for each in value]
    if (None, "") in picks:
        return None
    picked = tuple(choice for choice, _ in picks if choice)
    others = [other for _, other in picks if other]
    return _Content(kind, choices=picked, other=", ".join(others))


def _parallel(
    kind: AnswerKind, value: dict[str, Any], question: Question
) -> _Content | None:
    lists = [as_array(value.get(name)) for name in ("ids", "refs", "labels")]
    filled = [each for each in lists if each]
    other = as_text(value.get("other"))
    if not filled:
        listed = [] in (value.get("ids"), value.get("refs"), value.get("labels"))
        return _Content(kind, other=other) if other or listed else None
    # Lists of unequal length cannot be joined by position: then the first that there
    # is (ids before refs before labels) stands alone.
    equal = len({len(each) for each in filled}) == 1
    kept = [each if equal or each is filled[0] else [] for each in lists]
    keys, refs, labels = ([*each, *[""] * len(filled[0])] for each in kept)
    picked = tuple(
        question.completed(Choice(as_text(key), as_text(ref), as_text(label)))
        for key, ref, label, _ in zip(keys, refs, labels, filled[0], strict=False)
    )
    note = "" if equal else "its lists of choices differ in length."
    return _Content(kind, choices=picked, other=other, note=note)


def _pick(value: dict[str, Any], question: Question) -> tuple[Choice | None, str]:
    picked = question.completed(read_choice(value))
    other = as_text(value.get("other"))
    if picked == Choice() or (other and not picked.label):
        return None, other
    return picked, other


def _payment(value: object, _question: Question) -> _Content | None:
    """Keep what was paid and whether it worked; not the card, not its holder."""
    if not isinstance(value, dict):
        return None
    kept = {name: value[name] for name in ("amount", "success") if name in value}
    return _Content("payment", raw=_json(kept))


def _signature(value: object, _question: Question) -> _Content | None:
    url = as_object(value).get("url")
    return _Content("signature", url) if isinstance(url, str) else None


def _spoken(value: object, _question: Question) -> _Content | None:
    """A video or voice answer: its transcript is the text, where there is one yet."""
    transcript = as_object(value).get("transcript")
    if not isinstance(transcript, str) or not transcript:
        return None
    return _Content("text", transcript, raw=_json(value))


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _named(question: Question) -> str:
    name = question.ref or question.key
    return repr(f"{name} {question.row}".strip()[:120]) if name else "without id"


_DECODERS: dict[str, _Decoder] = {
    "text": _text,
    "email": _string("email"),
    "phone_number": _string("phone"),
    "url": _string("url"),
    "file_url": _string("file"),
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "choice": _choice,
    "choices": _choices,
    "payment": _payment,
    "signature": _signature,
    "multi_format": _spoken,
}
