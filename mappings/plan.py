"""A programme's mapping, resolved: what its TOML files say once all is checked.

Frozen data without any file or framework behind it. ``Text`` holds one sentence in
the programme's languages, by code (``da``, ``en``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from mappings.conversion import Converter, Question
from mappings.matching import Choice
from mappings.records import Entity, Value

Text = Mapping[str, str]
Policy = Literal["newest", "staff", "evidence", "service"]


@dataclass(frozen=True, slots=True)
class Window:
    """Days in the programme's zone, both included."""

    opens: date
    closes: date

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.closes


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """A round's dates; ``evaluations`` leads from an evaluation's kind to its days."""

    key: str
    name: Text
    starts: date
    ends: date
    recruiting: Window
    evaluations: Mapping[str, Window]


@dataclass(frozen=True, slots=True)
class HubSpotField:
    """Where a field stands in HubSpot; ``standard`` properties are HubSpot's own."""

    property: str
    type: str
    field_type: str
    standard: bool
    read_back: bool


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of one entity: whose word counts, and where it may go.

    ``evidence`` ranks kinds of evidence, best first (policy ``evidence`` only). What
    has neither ``hubspot`` nor ``mailchimp`` stays here; free text always does.
    """

    entity: str
    field: str
    label: Text
    description: Text
    policy: Policy
    evidence: tuple[str, ...] = ()
    free_text: bool = False
    choices: tuple[Choice, ...] = ()
    hubspot: HubSpotField | None = None
    mailchimp: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A KPI as data. ``target`` is a share (numerator, denominator) or a count.

    ``question`` is the canonical question behind it, ``evaluation`` the evaluation that
    asks it, ``field`` the entity field that staff may set for it; each may be empty.
    """

    key: str
    label: Text
    kind: Literal["share", "count", "milestone", "shown"]
    population: str
    counts_when: Text
    target: tuple[int, int] | int | None
    question: str = ""
    evaluation: str = ""
    field: str = ""
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    key: str
    name: Text
    due: date | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A saved segment: texts that the token field must (``contains``) or must not hold.

    ``match`` joins the conditions ("all" or "any"); ``language`` narrows to one
    language of the members, empty for all.
    """

    key: str
    name: Text
    match: Literal["all", "any"]
    contains: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class ConsentVersion:
    version: str
    since: date
    wording: Text


@dataclass(frozen=True, slots=True)
class Consent:
    """A purpose and the wordings it has been asked with, oldest first."""

    purpose: str
    label: Text
    versions: tuple[ConsentVersion, ...]

    def at(self, day: date) -> ConsentVersion:
        """Return the wording in force that day; before the first one, the first."""
        reached = [v for v in self.versions if v.since <= day]
        return reached[-1] if reached else self.versions[0]


@dataclass(frozen=True, slots=True)
class Binding:
    """Which form at which tool a mapping reads. Empty rules leave the mapping's own.

    ``link`` is the address at which a person answers, ``{token}`` in it for their own;
    empty where the tool's form id is enough to make one, or nobody gets a link.
    """

    provider: str
    form: str
    mapping: str
    language: str = ""
    round: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field gets its value: exactly one of question, hidden and given.

    ``codes`` turns the value into another one; what it does not name stays as it is.
    """

    name: str
    converter: str
    question: str = ""
    hidden: str = ""
    given: str = ""
    part: Literal["answer", "other"] = "answer"
    required: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record. It exists only if all questions of ``when`` were answered."""

    name: str
    entity: Entity
    fields: tuple[FieldPlan, ...]
    constants: Mapping[str, Value] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentPlan:
    purpose: str
    person: str
    question: str
    required: bool


@dataclass(frozen=True, slots=True)
class IndicatorPlan:
    """Which values of a question count as yes, no and don't know."""

    key: str
    question: str
    yes: tuple[Value, ...]
    no: tuple[Value, ...]
    dont_know: tuple[Value, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    kind: str
    role: str
    respondent: str
    organisation: str
    answers: tuple[str, ...]
    indicators: tuple[IndicatorPlan, ...]


@dataclass(frozen=True, slots=True)
class FormMap:
    """All that is needed to read one form, with nothing left to look up."""

    programme: str
    name: str
    kind: str
    title: Text
    language: str
    languages: tuple[str, ...]
    country: str
    zone: str
    round: tuple[str, ...]
    rounds: tuple[RoundPlan, ...]
    hidden: tuple[str, ...]
    asks: tuple[str, ...]
    questions: Mapping[str, Question]
    records: tuple[RecordPlan, ...]
    consents: tuple[ConsentPlan, ...]
    wordings: Mapping[str, Consent]
    evaluation: EvaluationPlan | None
    converters: Mapping[str, Converter] = field(repr=False)
    binding: Binding | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeMap:
    """One city's programme. ``fields`` is keyed ``entity.field``.

    ``directories`` are what it was read from, what it inherits from first.
    """

    key: str
    name: Text
    locale: str
    languages: tuple[str, ...]
    zone: str
    country: str
    funder: str
    period: Window | None
    rounds: tuple[RoundPlan, ...]
    evaluations: Mapping[str, Window]
    bindings: tuple[Binding, ...]
    forms: Mapping[str, FormMap]
    questions: Mapping[str, Question]
    fields: Mapping[str, FieldRule]
    indicators: Mapping[str, Indicator]
    milestones: Mapping[str, Milestone]
    segments: tuple[Segment, ...]
    segment_tag: str
    consents: Mapping[str, Consent]
    activity_kinds: tuple[Choice, ...] = ()
    session_topics: tuple[Choice, ...] = ()
    directories: tuple[Path, ...] = ()
    bound: Mapping[tuple[str, str], FormMap] = field(default_factory=dict, repr=False)

    def form_for(self, provider: str, form_id: str) -> FormMap | None:
        """Return how to read that form, or None when nothing is bound to it."""
        return self.bound.get((provider, form_id))

    def policy(self, entity: str, field_name: str) -> Policy:
        """Return whose word counts for a field; KeyError for an unknown one."""
        return self.fields[f"{entity}.{field_name}"].policy

    def leaving(self, tool: Literal["hubspot", "mailchimp"]) -> tuple[FieldRule, ...]:
        """Return the fields that may leave for a tool: named ones, nothing else."""
        return tuple(r for r in self.fields.values() if getattr(r, tool) is not None)
