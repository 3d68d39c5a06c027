"""KPI fields on the CRM's records: which properties there are, and their values.

Property names are lower snake case with our prefix and at most 50 characters. They
are computed by us alone (policy ``service``). A property without a value is absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy.orm import Session

from connector.programme.figure import Book, Figure, local_day
from connector.programme.headcounts import headcounts
from connector.programme.kpis import (
    ROUND_ROLES,
    answers_of,
    figures_of_round,
    round_indicators,
)
from connector.programme.populations import Facts, Part
from connector.programme.tally import by_organisation
from mappings.plan import Indicator, ProgrammeMap, Text

PREFIX = "vidensbro_"
Value = str | int
Choices = tuple[tuple[str, str], ...]

COUNTS: Mapping[str, str] = {
    "population": "i målgruppen",
    "answered": "har svaret",
    "yes": "ja",
    "dont_know": "ved ikke",
}
STATES: Choices = (
    ("met", "Nået"),
    ("missed", "Ikke nået"),
    ("open", "Åben"),
    ("undetermined", "Uafklaret"),
)
VERDICTS: Choices = (("yes", "Ja"), ("no", "Nej"), ("dont_know", "Ved ikke"))
ANSWERED: Choices = (("yes", "Ja"), ("no", "Nej"))
EVALUATIONS: Mapping[str, str] = {
    "closing": "Slutevaluering",
    "six_month_follow_up": "Opfølgning efter seks måneder",
    "company": "Virksomhedens evaluering",
    "midway": "Midtvejsevaluering",
    "pulse": "Pulsmåling",
    "final": "Afsluttende evaluering",
}


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """A property of ours on a CRM record; ``entity`` is the kind of record it is on.

    ``choices`` are the (value, label) pairs of an enumeration.
    """

    entity: Literal["round", "participation", "person", "organisation"]
    name: str
    label: str
    description: str
    type: Literal["string", "number", "enumeration"]
    choices: Choices = ()


def kpi_properties(plan: ProgrammeMap) -> list[PropertySpec]:
    """Return every KPI property that a programme's CRM records carry."""
    indicators = round_indicators(plan)
    made = [spec for indicator in indicators for spec in _round_specs(indicator)]
    made += [
        PropertySpec("round", f"{PREFIX}{name}", label, f"{label} {ALSO}", "number")
        for name, label in (
            ("mentor_count", "Mentorer i runden"),
            ("mentee_count", "Mentees i runden"),
            ("match_count", "Match i runden"),
        )
    ]
    made += [_verdict_spec("participation", i) for i in indicators if not i.field]
    made += [
        PropertySpec(
            "participation", _answered(kind), f"{EVALUATIONS.get(kind, kind)} besvaret",
            "Om det personlige link til evalueringen er besvaret.", "enumeration",
            ANSWERED,
        )
        for kind in _evaluations(indicators)
    ]  # fmt: skip
    return (
        made
        + PERSON
        + ORGANISATION
        + [
            _verdict_spec("organisation", indicator)
            for indicator in indicators
            if indicator.population == "sending_organisations"
        ]
    )


ALSO = "(alle, der har været aktive eller har gennemført)."
PERSON = [
    PropertySpec(
        "person", f"{PREFIX}rounds", "Runder", f"Runder som deltager {ALSO}", "string"
    ),
    PropertySpec(
        "person", f"{PREFIX}round_count", "Antal runder",
        f"Antal runder som deltager {ALSO}", "number",
    ),
    PropertySpec(
        "person", f"{PREFIX}roles", "Roller", f"Roller i runderne {ALSO}", "string"
    ),
]  # fmt: skip
ORGANISATION = [
    PropertySpec(
        "organisation", f"{PREFIX}participants_sent", "Mentees sendt",
        f"Mentees, hvis partner arbejder her {ALSO}", "number",
    ),
    PropertySpec(
        "organisation", f"{PREFIX}mentors", "Mentorer herfra",
        f"Mentorer, der er ansat her {ALSO}", "number",
    ),
]  # fmt: skip


def _round_specs(indicator: Indicator) -> list[PropertySpec]:
    label, counts_when = _danish(indicator.label), _danish(indicator.counts_when)
    made = [
        PropertySpec(
            "round", f"{PREFIX}{indicator.key}_{part}", f"{label}: {word}",
            f"Tæller, når: {counts_when}", "number",
        )
        for part, word in COUNTS.items()
    ]  # fmt: skip
    made.append(
        PropertySpec(
            "round", f"{PREFIX}{indicator.key}_state", f"{label}: status",
            "Om målet er nået; åben, så længe de ubesvarede kan ændre det.",
            "enumeration", STATES,
        )
    )  # fmt: skip
    return made


def _verdict_spec(
    entity: Literal["participation", "organisation"], indicator: Indicator
) -> PropertySpec:
    return PropertySpec(
        entity, f"{PREFIX}{indicator.key}", _danish(indicator.label),
        f"Svaret tæller som ja, når: {_danish(indicator.counts_when)}",
        "enumeration", VERDICTS,
    )  # fmt: skip


def _danish(text: Text) -> str:
    return text.get("da") or next(iter(text.values()), "")


def _evaluations(indicators: Iterable[Indicator]) -> list[str]:
    return list(dict.fromkeys(i.evaluation for i in indicators if i.evaluation))


def _answered(kind: str) -> str:
    return f"{PREFIX}{kind}_answered"


def crm_fields(figures: Iterable[Figure]) -> dict[str, Value]:
    """Return a round's figures as flat property values for its CRM record."""
    made: dict[str, Value] = {}
    for figure in figures:
        for part in COUNTS:
            made[f"{PREFIX}{figure.key}_{part}"] = int(getattr(figure, part))
        if figure.state is not None:
            made[f"{PREFIX}{figure.key}_state"] = figure.state
    return made


def entity_kpis(
    session: Session, plan: ProgrammeMap, today: date | None = None
) -> dict[tuple[str, str], dict[str, Value]]:
    """Return the KPI property values of every entity, by (kind, id).

    Kinds are round, participation, person and organisation; merged ones are spoken of
    by the one that stayed. A handful of queries, whatever the number of people.
    """
    book = Book.open(session, plan, today or local_day(plan))
    made: dict[tuple[str, str], dict[str, Value]] = {}
    counts = headcounts(session, plan.key, book.facts)
    for row in book.facts.rounds:
        made[("round", row.id)] = {
            **crm_fields(figures_of_round(book, row)),
            f"{PREFIX}mentor_count": counts[row.id].mentors,
            f"{PREFIX}mentee_count": counts[row.id].mentees,
            f"{PREFIX}match_count": counts[row.id].matches,
        }
    for part_id, part in book.facts.parts.items():
        made[("participation", part_id)] = _of_part(book, part)
    made.update(_of_people(book.facts))
    made.update(_of_organisations(book))
    return made


def _of_part(book: Book, part: Part) -> dict[str, Value]:
    indicators = [
        indicator
        for indicator in round_indicators(book.plan)
        if ROUND_ROLES[indicator.population] == part.row.role
    ]
    said = answers_of(book.facts, book.plan, part)
    made: dict[str, Value] = {
        f"{PREFIX}{i.key}": said[i.key]
        for i in indicators
        if i.key in said and not i.field
    }
    for kind in _evaluations(indicators):
        heard = (part.row.id, kind) in book.facts.replies
        made[_answered(kind)] = "yes" if heard else "no"
    return made


def _of_people(facts: Facts) -> dict[tuple[str, str], dict[str, Value]]:
    names = {row.id: row.key for row in facts.rounds}
    order = {row.id: number for number, row in enumerate(facts.rounds)}
    taken: dict[str, list[Part]] = defaultdict(list)
    for part in facts.parts.values():
        if part.took_part:
            taken[part.person_id].append(part)
    made: dict[tuple[str, str], dict[str, Value]] = {}
    for person_id, parts in taken.items():
        rounds = sorted({p.row.round_id for p in parts}, key=lambda each: order[each])
        made[("person", person_id)] = {
            f"{PREFIX}rounds": ", ".join(names[round_id] for round_id in rounds),
            f"{PREFIX}round_count": len(rounds),
            f"{PREFIX}roles": ", ".join(sorted({p.row.role for p in parts})),
        }
    return made


def _of_organisations(book: Book) -> dict[tuple[str, str], dict[str, Value]]:
    made: dict[tuple[str, str], dict[str, Value]] = defaultdict(dict)
    rounds = [row.id for row in book.facts.rounds]
    sent = book.facts.taking_part("mentee", rounds)
    mentors = book.facts.taking_part("mentor", rounds)
    for parts, name in ((sent, "participants_sent"), (mentors, "mentors")):
        for organisation_id, number in _people_of(parts).items():
            made[("organisation", organisation_id)][f"{PREFIX}{name}"] = number
    for indicator in round_indicators(book.plan):
        if indicator.population == "sending_organisations":
            for key, value in by_organisation(book.facts, indicator, sent).items():
                if value is not None:
                    made[("organisation", key)][f"{PREFIX}{indicator.key}"] = value
    return made


def _people_of(parts: Iterable[Part]) -> dict[str, int]:
    """Return how many people each organisation stands behind."""
    people: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        if part.organisation_id is not None:
            people[part.organisation_id].add(part.person_id)
    return {key: len(held) for key, held in people.items()}
