"""What a mapping makes of one submission: the contract with the service.

Plain frozen data. A record names others of the same delivery by their record name;
who they are among all people known is decided later, by the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Entity = Literal["person", "organisation", "affiliation", "participation"]
Verdict = Literal["yes", "no", "dont_know"]
Scalar = str | int | float | bool
Value = Scalar | list[Scalar]

# What a link in a role leads to, and without which links a record says nothing.
LINK_ROLES: Mapping[str, Entity] = {
    "person": "person",
    "organisation": "organisation",
    "specialist": "person",
}
NEEDED_LINKS: Mapping[str, tuple[str, ...]] = {
    "affiliation": ("person", "organisation"),
    "participation": ("person",),
}


@dataclass(frozen=True, slots=True)
class Record:
    """What a submission says about one entity.

    ``fields`` holds only what was answered (and the mapping's constants): an omitted
    answer is absent, never None. ``links`` leads from a role to the name of another
    record of the same ``Mapped``; every name in it is there.
    """

    name: str
    entity: Entity
    fields: Mapping[str, Value]
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """A yes or no to one purpose, with the exact words that were shown.

    ``person`` names a record of the same ``Mapped``.
    """

    person: str
    purpose: str
    given: bool
    wording: str
    version: str
    language: str


@dataclass(frozen=True, slots=True)
class EvaluationAnswers:
    """One respondent's answers to one evaluation.

    ``respondent`` and ``organisation`` name records of the same ``Mapped``; None where
    only the participant's token says who answers. ``answers`` may hold free text, which
    never leaves for another tool. An indicator without a usable answer is absent.
    ``indicator_evidence`` names the kind of evidence behind each verdict.
    """

    kind: str
    role: str
    respondent: str | None
    organisation: str | None
    answers: Mapping[str, Value]
    indicators: Mapping[str, Verdict]
    indicator_evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a field could not be taken over, in words that hold no answer.

    ``blocking`` says that ``record`` was left out because of it.
    """

    record: str
    field: str
    question: str
    code: str
    message: Mapping[str, str]
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An answer that the mapping does not speak of."""

    question: str
    ref: str
    title: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """All that one submission says. ``round`` is None where the token decides it."""

    form_kind: str
    language: str
    round: str | None
    token: str | None
    records: tuple[Record, ...] = ()
    consents: tuple[ConsentAnswer, ...] = ()
    evaluation: EvaluationAnswers | None = None
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()

    def record(self, name: str) -> Record | None:
        """Return the record of that name, or None when it was left out."""
        return next((r for r in self.records if r.name == name), None)
