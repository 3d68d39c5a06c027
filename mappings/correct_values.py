"""What staff write as an answer's value, read as an answer of that kind is.

What no converter of the mapping takes is refused at once, in words that name what would
be taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mappings.conversion import Context, ConversionProblem, Question
from mappings.converters import yes_no
from mappings.correcting import (
    HIDDEN,
    NO,
    OTHER,
    OWN_WORDS,
    YES,
    WrongCorrection,
    answer_to,
    overlay,
    scale_of,
)
from mappings.matching import Choice, choice_ref, same
from mappings.plan import FieldPlan, FormMap
from mappings.reading import read
from webhooks.submission import Answer, Submission


def value_for(
    form_map: FormMap, submission: Submission, key: str, said: Sequence[str]
) -> str:
    """Return what is kept of a correction; raise ``WrongCorrection`` for what is wrong.

    Several values are several choices. The result is read the same way whatever the
    form's language: codes of choices, ``yes``/``no``, ``YYYY-MM-DD``.
    """
    words = [one.strip() for one in said if one.strip()]
    if not words:
        return ""
    if key.startswith(HIDDEN):
        return _hidden(form_map, key, _single(words))
    question = form_map.questions[key]
    value = _kept(question, words, answer_to(form_map, submission, key))
    _read_back(form_map, submission, key, value)
    return value


def _hidden(form_map: FormMap, key: str, value: str) -> str:
    allowed: Iterable[str] = ()
    if key == f"{HIDDEN}round":
        allowed = [one.key for one in form_map.rounds]
    elif key == f"{HIDDEN}lang":
        allowed = form_map.languages
    if allowed and value not in allowed:
        raise WrongCorrection(f"'{value}' is not one of: {', '.join(allowed)}")
    return value


def _kept(question: Question, words: Sequence[str], given: Answer | None) -> str:
    if question.converter == "yes_no":
        return _yes_or_no(question, _single(words))
    if question.choices:
        return _codes(question, words)
    value = _single(words)
    if question.converter == "scale":
        ends = scale_of(question, given)
        if not (value.isdecimal() and ends.low <= int(value) <= ends.high):
            raise WrongCorrection(
                f"'{value}' is no whole number from {ends.low} to {ends.high}."
            )
    return value


def _single(words: Sequence[str]) -> str:
    if len(words) > 1:
        raise WrongCorrection(
            "This question takes one answer; put it in quotes if it holds spaces."
        )
    return words[0]


def _yes_or_no(question: Question, said: str) -> str:
    try:
        given = yes_no(Answer("", "text", said), Context("", question))
    except ConversionProblem as error:
        raise WrongCorrection(f"'{said}' is neither yes (ja) nor no (nej).") from error
    return YES if given else NO


def _codes(question: Question, words: Sequence[str]) -> str:
    own = ""
    codes: list[str] = []
    for word in words:
        found = _code(question, word)
        # A label may hold a comma itself, so the whole is tried before its parts.
        parts = [found] if found else [_part(question, p) for p in word.split(",")]
        for part in parts:
            code, _, text = part.partition(OWN_WORDS)
            own = text or own
            codes += [code] if code else []
    picked = list(dict.fromkeys(codes))
    if question.converter != "choices" and len(picked) + bool(own) > 1:
        raise WrongCorrection(f"This question takes one of: {_offered(question)}")
    return ", ".join([*picked, *([OWN_WORDS + own] if own else [])])


def _part(question: Question, word: str) -> str:
    name, colon, text = word.strip().partition(":")
    if colon and text.strip() and _code(question, name) == OTHER:
        return OWN_WORDS + text.strip()
    code = _code(question, word.strip())
    if not code:
        raise WrongCorrection(f"'{word.strip()}' is not one of: {_offered(question)}")
    return code


def _code(question: Question, word: str) -> str:
    for one in question.choices:
        names = (
            one.code, choice_ref(question.key, one.code), *one.label.values(),
            *one.aliases,
        )  # fmt: skip
        if any(same(name, word) for name in names):
            return one.code
    return ""


def _offered(question: Question) -> str:
    return "; ".join(_offer(one) for one in question.choices)


def _offer(one: Choice) -> str:
    labels = "/".join(dict.fromkeys(one.label.values()))
    return f"{one.code} ({labels})" if labels else one.code


def _read_back(form_map: FormMap, submission: Submission, key: str, value: str) -> None:
    """Refuse what the mapping would not take: read by its own converters."""
    reading = read(form_map, overlay(form_map, submission, {key: value}))
    own = FieldPlan(key, form_map.questions[key].converter, question=key)
    fields = [
        field
        for record in form_map.records
        for field in record.fields
        if field.question == key and field.part == "answer"
    ]
    for field in fields or [own]:
        _, code, message = reading.value(field)
        if code is not None:
            said = message.get(form_map.language) or message.get("en", code)
            raise WrongCorrection(f"'{value}' is not taken: {said}")
