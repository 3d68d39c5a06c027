"""SurveyMonkey's question families, each to the one model of an answer.

Translation is a table, ``_FAMILIES``: family and subtype to a function that returns the
answers. Every entry of a response names its row and choice by id and is joined by them
alone: entries come in any order, and blank rows do not come at all. So the entries are
first put in the order of the design, and the same response gives the same answers
however it was sent.

A row is a question of its own, called by its id; a contact row by its type ("email"),
a drop-down of a matrix ``row/column``. The only row of a question goes without: a
rating with one unnamed row is a plain rating. A comment that stands alone, with nothing
picked, is a text in the row ``other`` (``ROW/other``): as part of a choice it would
pass for "other" picked. "Not applicable" is no answer.

What is not in the table, or does not fit, is kept as kind "unknown" with its JSON, and
a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from webhooks.strict_json import as_array, as_object, as_text
from webhooks.submission import Answer, AnswerKind, Choice
from webhooks.surveymonkey_design import Part, Question, choice_of, find
from webhooks.surveymonkey_entries import (
    UNPLACED,
    Entry,
    answer_to,
    as_json,
    comment_alone,
    comment_of,
    kept_as_is,
    named,
    place_in,
    places,
    read_entry,
    strangers,
)
from webhooks.surveymonkey_values import read_date, read_number, said

_CONTACT: Mapping[str, AnswerKind] = {"email": "email", "phone": "phone"}

_Decoder = Callable[[Question, Sequence[Entry]], Iterator[Answer]]
_Test = Callable[[Mapping[str, Any]], bool]


def read_answers(
    pages: list[Any], survey: Mapping[str, Question]
) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """Return every answer, in the order of the pages, and notes on what is unclear.

    Only answered questions appear, and pages may be empty.
    """
    answers: list[Answer] = []
    notes: list[str] = []
    for page in map(as_object, pages):
        for given in map(as_object, as_array(page.get("questions"))):
            read, remarks = _read(given, survey)
            answers += read
            notes += remarks
    return tuple(answers), tuple(notes)


def _read(
    given: dict[str, Any], survey: Mapping[str, Question]
) -> tuple[list[Answer], list[str]]:
    key, sent = as_text(given.get("id")), given.get("answers")
    if sent in (None, []):
        return [], []
    known = survey.get(key)
    if known is None:
        note = f"{named(key)}: the survey no longer has it, kept as it is."
        return [kept_as_is(Question(key), sent)], [note]
    question = known.shown_as(as_text(given.get("variable_id")))
    family = _FAMILIES.get((question.family, question.subtype)) or _FAMILIES.get(
        (question.family, "")
    )
    if family is None or not isinstance(sent, list):
        return _noted([kept_as_is(question, sent)])
    decode, fits = family
    fitting = {read_entry(each, question) for each in sent if fits(as_object(each))}
    entries = sorted(fitting, key=place_in(question))
    odd = [kept_as_is(question, each) for each in sent if not fits(as_object(each))]
    read, notes = _noted([*decode(question, entries), *odd])
    return read, [*notes, *dict.fromkeys(strangers(question, entries))]


def _noted(answers: list[Answer]) -> tuple[list[Answer], list[str]]:
    unread = [each for each in answers if each.kind == "unknown"]
    odd = "an answer could not be read, kept as it is."
    return answers, [f"{named(each.question, each.row)}: {odd}" for each in unread]


def _text(kind: AnswerKind | None = None) -> _Decoder:
    """One text, or one a row; the design's validation tells what it must be."""

    def decode(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
        checked = kind or _validated(question)
        for entry in entries:
            if not entry.text.strip():
                continue
            number = read_number(entry.text) if checked == "number" else None
            if number is not None:
                yield answer_to(question, "number", entry.row, value=number)
            else:
                plain: AnswerKind = "text" if checked == "number" else checked
                yield answer_to(question, plain, entry.row, value=entry.text)

    return decode


def _validated(question: Question) -> AnswerKind:
    if question.display == "slider" or question.validation in {"integer", "decimal"}:
        return "number"
    return "email" if question.validation == "email" else "text"


def _open(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
    """A text; or files, of which only the address is kept (it takes the token)."""
    files = [entry for entry in entries if entry.url]
    for entry in files:
        yield answer_to(question, "file", entry.row, value=entry.url)
    yield from _text()(question, [entry for entry in entries if not entry.url])


def _contact(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
    for entry in entries:
        if entry.text.strip():
            row = find(question.rows, entry.row)
            kind = _CONTACT.get(row.type if row else "", "text")
            yield answer_to(question, kind, entry.row, value=entry.text)


def _moment(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
    """A day, a time of day (a text), or both: then the time is beside the day."""
    for entry in entries:
        if not entry.text.strip():
            continue
        day, time = read_date(entry.text)
        if day:
            yield answer_to(question, "date", entry.row, value=day, other=time)
        elif time:
            yield answer_to(question, "text", entry.row, value=time)
        else:
            yield answer_to(question, "unknown", entry.row, raw=as_json(entry.text))


def _choosing(kind: AnswerKind) -> _Decoder:
    def decode(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
        yield from _picked(question, kind, entries, question.choices)

    return decode


def _rows(kind: AnswerKind) -> _Decoder:
    """A choice, or several, in each row; the comment of the whole has no row."""

    def decode(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
        for row, group in groupby(entries, key=lambda entry: entry.row):
            of_row = [*group]
            rated = _rated(question, of_row) if kind == "choice" else None
            if rated is not None:
                yield rated
            else:
                of_whole = question if row else replace(question, replaces=False)
                yield from _picked(of_whole, kind, of_row, question.choices, row)

    return decode


def _rated(question: Question, entries: Sequence[Entry]) -> Answer | None:
    """Return a row's number, where its choices are numbers and one was picked."""
    picked = [entry.choice for entry in entries if entry.choice]
    if len(picked) != 1 or picked[0] not in question.points:
        return None
    return answer_to(
        question,
        "scale",
        entries[0].row,
        value=question.points[picked[0]],
        scale=question.scale,
        other=comment_of(entries),
    )


def _menus(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
    """A drop-down in each row and column; its choices stand inside the column."""
    for (row, col), group in groupby(entries, key=lambda e: (e.row, e.col)):
        column = find(question.cols, col)
        offered = column.choices if column else question.choices
        of_whole = question if col else replace(question, replaces=False)
        yield from _picked(of_whole, "choice", [*group], offered, row, col)


def _ranking(question: Question, entries: Sequence[Entry]) -> Iterator[Answer]:
    """The rows in the order of their rank, which is the choice's text."""
    ranked: list[tuple[int, Choice]] = []
    for entry in entries:
        rank = find(question.choices, entry.choice)
        row = find(question.rows, entry.row) or Part(entry.row)
        if entry.row and entry.choice and not (rank and rank.is_na):
            ranked.append((_rank(question, rank), choice_of(row)))
    ranked.sort(key=lambda one: one[0])
    comment = comment_of(entry for entry in entries if not entry.choice)
    if ranked:
        choices = tuple(choice for _, choice in ranked)
        yield answer_to(question, "ranking", choices=choices, other=comment)
    elif comment:
        yield comment_alone(question, "", comment)


def _rank(question: Question, rank: Part | None) -> int:
    if rank is None:
        return UNPLACED
    number = read_number(rank.text)
    if isinstance(number, int):
        return number
    return places(question.choices)[rank.key]


def _picked(
    question: Question,
    kind: AnswerKind,
    entries: Sequence[Entry],
    offered: Sequence[Part],
    row: str = "",
    col: str = "",
) -> Iterator[Answer]:
    """Yield what was picked among ``offered``, with the text beside or instead."""
    found = [find(offered, e.choice) or Part(e.choice) for e in entries if e.choice]
    picked = [choice_of(part) for part in found if not part.is_na]
    comment = comment_of(entries)
    others = [entry.other for entry in entries if entry.other]
    if others and not comment and question.replaces:
        # "Other" was picked, and nothing written: its own label is all there is.
        label = question.other.text if question.other else ""
        picked.append(Choice(key=others[0], label=label))
    if picked or (comment and question.replaces):
        choices = tuple(picked)
        yield answer_to(question, kind, row, col, choices=choices, other=comment)
    elif comment:
        yield comment_alone(question, row, comment)


def _has_text(entry: Mapping[str, Any]) -> bool:
    """A blank text is one, and no answer; a file may come without any."""
    text = entry.get("text")
    return isinstance(text, str) or bool(said(text) or entry.get("download_url"))


def _has_pick(entry: Mapping[str, Any]) -> bool:
    return bool(as_text(entry.get("choice_id")) or as_text(entry.get("other_id")))


_FAMILIES: Mapping[tuple[str, str], tuple[_Decoder, _Test]] = {
    ("single_choice", ""): (_choosing("choice"), _has_pick),
    ("multiple_choice", ""): (_choosing("choices"), _has_pick),
    ("open_ended", ""): (_open, _has_text),
    ("open_ended", "numerical"): (_text("number"), _has_text),
    ("demographic", ""): (_contact, _has_text),
    ("datetime", ""): (_moment, _has_text),
    ("matrix", ""): (_rows("choice"), _has_pick),
    ("matrix", "multi"): (_rows("choices"), _has_pick),
    ("matrix", "menu"): (_menus, _has_pick),
    ("matrix", "ranking"): (_ranking, _has_pick),
}
