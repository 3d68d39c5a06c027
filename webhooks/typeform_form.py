"""A Typeform form's definition, as far as answers need it.

Two shapes are read alike: the flat ``definition`` inside a webhook and the nested
form of ``GET /forms/{id}``, where ``group``, ``contact_info`` and ``matrix`` hold
``properties.fields``. The webhook flattens the first two without naming the parent,
so their fields stand for themselves here too; a matrix row keeps its matrix. No
source shows a matrix in a webhook: should its rows come flattened there as well, each
is a question of its own (its id and ref, no row), as it is without any definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webhooks.strict_json import as_array, as_object, as_text
from webhooks.submission import Choice, Scale

_NPS = Scale(0, 10)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, or one row of a matrix; every text may be empty."""

    key: str = ""
    ref: str = ""
    type: str = ""
    title: str = ""
    row: str = ""
    scale: Scale | None = None
    choices: tuple[Choice, ...] = ()

    def completed(self, picked: Choice) -> Choice:
        """Return ``picked`` with what the form knows of it: id first, label last.

        A label that two choices share names neither of them.
        """
        for name in ("key", "ref", "label"):
            sought = getattr(picked, name)
            found = [c for c in self.choices if sought and getattr(c, name) == sought]
            if len(found) == 1:
                return _filled(picked, found[0])
        return picked


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of a form, found by id and by ref."""

    by_key: Mapping[str, Question]
    by_ref: Mapping[str, Question]

    def question(self, field: Mapping[str, Any]) -> Question:
        """Return the question that an answer's ``field`` names, known or not.

        The id decides: refs made by the editor are not promised to last. ``field``
        is absent in no recorded answer, its ``ref`` in the documented example.
        """
        key, ref = as_text(field.get("id")), as_text(field.get("ref"))
        kind = as_text(field.get("type"))
        known = self.by_key.get(key) or self.by_ref.get(ref)
        if known is None:
            return Question(key=key, ref=ref, type=kind)
        if known.row:
            return replace(known, type=kind or known.type)
        return replace(
            known,
            key=key or known.key,
            ref=ref or known.ref,
            type=kind or known.type,
        )


def read_form(definition: object) -> Form:
    """Return the form in ``definition``; an absent or odd one has no questions."""
    by_key: dict[str, Question] = {}
    by_ref: dict[str, Question] = {}
    for key, ref, question in _questions(definition):
        if key:
            by_key.setdefault(key, question)
        if ref:
            by_ref.setdefault(ref, question)
    return Form(by_key, by_ref)


def _questions(parent: object) -> Iterator[tuple[str, str, Question]]:
    """Yield each question with the id and ref that answers use for it."""
    for field in map(as_object, as_array(as_object(parent).get("fields"))):
        question = _question(field)
        properties = as_object(field.get("properties"))
        if question.type == "matrix":
            yield from _rows(question, properties)
            continue
        yield question.key, question.ref, question
        yield from _questions(properties)


def _rows(
    matrix: Question, properties: dict[str, Any]
) -> Iterator[tuple[str, str, Question]]:
    """Yield a matrix's rows; each row has choices of its own with own ids and refs."""
    yield matrix.key, matrix.ref, matrix
    for key, ref, row in _questions(properties):
        title = f"{matrix.title} / {row.title}"
        name = row.ref or row.key
        yield (
            key,
            ref,
            replace(row, key=matrix.key, ref=matrix.ref, row=name, title=title),
        )


def _question(field: dict[str, Any]) -> Question:
    properties = as_object(field.get("properties"))
    kind = as_text(field.get("type"))
    # The webhook lists choices on the field, GET /forms under its properties.
    offered = as_array(field.get("choices")) or as_array(properties.get("choices"))
    return Question(
        key=as_text(field.get("id")),
        ref=as_text(field.get("ref")),
        type=kind,
        title=as_text(field.get("title")),
        scale=_scale(kind, properties),
        choices=tuple(read_choice(as_object(each)) for each in offered),
    )


def read_choice(choice: dict[str, Any]) -> Choice:
    """Return a choice as a form offers it or as an answer picks it."""
    return Choice(
        key=as_text(choice.get("id")),
        ref=as_text(choice.get("ref")),
        label=as_text(choice.get("label")),
    )


def _scale(kind: str, properties: dict[str, Any]) -> Scale | None:
    """Return a scale's ends where the form states them; never a guess.

    A wrong end would turn into a wrong percentage. ``steps`` counts the possible
    answers; an opinion scale starts at 0 unless ``start_at_one`` says otherwise.
    """
    if kind == "nps":
        return _NPS
    steps = properties.get("steps")
    if not isinstance(steps, int) or not 2 <= steps <= 11:
        return None
    if kind == "rating":
        return Scale(1, steps)
    if kind == "opinion_scale":
        low = 1 if properties.get("start_at_one") is True else 0
        return Scale(low, low + steps - 1)
    return None


def _filled(picked: Choice, offered: Choice) -> Choice:
    return Choice(
        key=picked.key or offered.key,
        ref=picked.ref or offered.ref,
        label=picked.label or offered.label,
    )
