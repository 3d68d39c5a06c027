"""A form as it stands at its tool, read into words that all tools share.

The readers take the JSON of ``GET /forms/{id}`` (Typeform) and of
``GET /surveys/{id}/details`` (SurveyMonkey). Questions are named as answers will name
them: what Typeform nests it sends flat, a row of a matrix or of SurveyMonkey's contact
block is a question of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mappings.reading import called

Family = Literal[
    "text",
    "email",
    "phone",
    "number",
    "scale",
    "yes_no",
    "choice",
    "choices",
    "date",
    "file",
    "ranking",
    "other",
]


@dataclass(frozen=True, slots=True)
class LiveChoice:
    """A choice as the form offers it now; ``ref`` is empty where a tool has none."""

    key: str
    ref: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """A question, or one row of one, as the form asks it now.

    ``key`` is the tool's id, ``ref`` the id given when the form was made, ``row`` what
    answers call the row. ``title`` of a row is ``question / row``. ``low`` and ``high``
    are the ends of a scale, None where the form does not state them.
    """

    key: str
    ref: str = ""
    row: str = ""
    title: str = ""
    kind: Family = "other"
    choices: tuple[LiveChoice, ...] = ()
    low: int | None = None
    high: int | None = None
    required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return all that an answer to it may be called, the surest name first."""
        return called(self.ref, self.key, self.row)

    @property
    def id(self) -> str:
        """Return the name that is this form's alone: made of the id, and of the row."""
        return called("", self.key, self.row)[0]

    @property
    def headings(self) -> tuple[str, ...]:
        """Return what it asks in words, whole and (for a row) the row's own."""
        tail = self.title.rpartition(" / ")[2]
        return (self.title, tail) if self.row and tail != self.title else (self.title,)


@dataclass(frozen=True, slots=True)
class LiveForm:
    """A form as it stands now; ``modified`` as the tool writes it, "" when unknown.

    ``hidden`` are its hidden fields (Typeform) or custom variables (SurveyMonkey).
    ``languages`` are further ones it is offered in: neither tool tells them with the
    form itself, so whoever fetched the list of translations puts them in.
    """

    provider: str
    form: str
    title: str
    language: str = ""
    modified: str = ""
    questions: tuple[LiveQuestion, ...] = ()
    hidden: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
