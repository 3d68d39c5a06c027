"""The entries of a SurveyMonkey answer, put in order, and the answers made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from webhooks.strict_json import as_object, as_text
from webhooks.submission import Answer, AnswerKind
from webhooks.surveymonkey_design import Part, Question, find
from webhooks.surveymonkey_values import said

UNPLACED = 10**9


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a question's ``answers``; every id may be empty."""

    row: str = ""
    col: str = ""
    choice: str = ""
    other: str = ""
    text: str = ""
    url: str = ""


def read_entry(value: object, question: Question) -> Entry:
    """Return an entry; one that names no row is of the question's only one."""
    given = as_object(value)
    row = as_text(given.get("row_id"))
    if not row and question.only_row and question.family != "demographic":
        row = question.only_row.key
    return Entry(
        row=row,
        col=as_text(given.get("col_id")),
        choice=as_text(given.get("choice_id")),
        other=as_text(given.get("other_id")),
        text=said(given.get("text")),
        url=as_text(given.get("download_url")),
    )


def place_in(question: Question) -> Callable[[Entry], tuple[object, ...]]:
    """Return the place of an entry in the design; what is not in it comes last."""
    rows, cols = places(question.rows), places(question.cols)
    inner = [choice for col in question.cols for choice in col.choices]
    choices = places([*question.choices, *inner])

    def place(entry: Entry) -> tuple[object, ...]:
        return (
            rows.get(entry.row, UNPLACED),
            entry.row,
            cols.get(entry.col, UNPLACED),
            entry.col,
            choices.get(entry.choice, UNPLACED),
            entry.choice,
            (entry.other, entry.text, entry.url),
        )

    return place


def places(parts: Iterable[Part]) -> dict[str, int]:
    """Return the place of each part, by its key."""
    found: dict[str, int] = {}
    for part in parts:
        found.setdefault(part.key, len(found))
    return found


def strangers(question: Question, entries: Iterable[Entry]) -> Iterator[str]:
    """Say which rows, columns and choices are named that the design does not have."""
    for entry in entries:
        col = find(question.cols, entry.col)
        offered = col.choices if col else question.choices
        name = named(question.key, entry.row)
        if entry.row and not find(question.rows, entry.row):
            yield f"{name}: the survey no longer has this row."
        if entry.col and not col:
            yield f"{name}: the survey no longer has this column."
        if entry.choice and not find(offered, entry.choice):
            yield f"{name}: the survey no longer has the choice picked."


def answer_to(
    question: Question, kind: AnswerKind, row: str = "", col: str = "", **content: Any
) -> Answer:
    """Return an answer in its row: called by id, a contact row by its type."""
    found = find(question.rows, row)
    only = found is not None and found == question.only_row and not col
    if not row or (only and question.family != "demographic"):
        return Answer(question.key, kind, title=question.title, **content)
    column = find(question.cols, col)
    texts = [part.text for part in (found, column) if part and part.text]
    contact = question.family == "demographic" and found is not None
    name = (found.type if found and contact else "") or row
    return Answer(
        question.key,
        kind,
        row=f"{name}/{col}" if col else name,
        title=" / ".join(filter(None, (question.title, ", ".join(texts)))),
        **content,
    )


def kept_as_is(question: Question, sent: object) -> Answer:
    """Return what could not be read, with its JSON."""
    title = question.title
    return Answer(question.key, "unknown", title=title, raw=as_json(sent))


def as_json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def named(key: str, row: str = "") -> str:
    """Return what a note to staff calls a question."""
    name = f"{key} {row}".strip()[:120]
    return f"Question {name!r}" if name else "A question without id"


def comment_of(entries: Iterable[Entry]) -> str:
    """Return what was written beside or instead of the choices."""
    return ", ".join(e.text for e in entries if e.text.strip())


def comment_alone(question: Question, row: str, comment: str) -> Answer:
    """Return a comment without a choice, as a text of its own."""
    answer = answer_to(question, "text", row, value=comment)
    return replace(answer, row=f"{answer.row}/other" if answer.row else "other")
