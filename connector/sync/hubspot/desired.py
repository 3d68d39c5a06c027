"""What should stand in HubSpot: the desired state of every record and association.

Computed anew from the programme each time; only what the mapping files name leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import (
    Affiliation,
    Entity,
    Match,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.programme.resolve import merged
from connector.sync.hubspot.compare import text
from connector.sync.hubspot.objects import ID, ObjectKind
from connector.sync.hubspot.pipelines import Stages
from connector.sync.state import RemoteRecord
from mappings.plan import FieldRule, ProgrammeMap

Key = tuple[str, str]
"""(entity kind, entity id)."""

STAGE = "hs_pipeline_stage"
_Entities = dict[str, dict[str, Any]]
_Gone = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desired:
    """One record as it should be: ``properties`` are texts, "" for an empty one."""

    entity_kind: str
    entity_id: str
    object: ObjectKind
    properties: dict[str, str]


@dataclass
class Wanted:
    """All records, and all associations as pairs of keys by pair of entity kinds."""

    records: dict[Key, Desired] = field(default_factory=dict)
    links: dict[tuple[str, str], set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )


@dataclass(frozen=True)
class Sources:
    """What the desired state is made of, beside the entities themselves."""

    plan: ProgrammeMap
    kinds: Mapping[str, ObjectKind]
    stages: Stages
    computed: Mapping[Key, Mapping[str, Any]]


def wanted(session: Session, sources: Sources) -> Wanted:
    """Return the desired state of a whole programme."""
    result = Wanted()
    gone = merged(session)
    entities = _entities(session, sources.plan.key, gone)
    for kind, held in entities.items():
        rules = [r for r in sources.plan.leaving("hubspot") if r.entity == kind]
        for entity in held.values():
            properties = _properties(entity, kind, rules, sources)
            if kind == "participation":
                properties |= _participation(entity, entities, gone, sources)
            result.records[kind, entity.id] = Desired(
                kind, entity.id, sources.kinds[kind], properties
            )
    _links(session, sources.plan.key, entities, gone, result)
    return result


def _entities(
    session: Session, programme: str, gone: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the entities that stand for themselves: not merged away, not doubtful."""
    found: dict[str, dict[str, Any]] = {}
    there = _there(session, programme)
    for kind, table in TABLES.items():
        rows: Any = session.scalars(select(table).where(table.programme == programme))
        found[kind] = {
            row.id: row
            for row in rows
            if row.id not in gone and (row.id in there or _spoken_of(row, kind))
        }
    people = found["person"]
    found["person"] = {k: p for k, p in people.items() if not p.provisional}
    found["participation"] = {
        key: part
        for key, part in found["participation"].items()
        if gone.get(part.person_id, part.person_id) in found["person"]
    }
    return found


def _there(session: Session, programme: str) -> set[str]:
    """Return the entities that have a record there, whatever is said of them now."""
    query = select(RemoteRecord.entity_id).where(
        RemoteRecord.programme == programme,
        RemoteRecord.tool == "hubspot",
        RemoteRecord.remote_id.is_not(None),
    )
    return set(session.scalars(query))


# Of an entity without any of these nothing is said: its only answer was discarded.
SPOKEN: Mapping[str, tuple[str, ...]] = {
    "organisation": ("name", "domain"),
    "person": ("email", "first_name", "last_name", "phone"),
    "participation": ("status",),
}


def _spoken_of(row: Any, kind: str) -> bool:
    names = SPOKEN.get(kind, ())
    return not names or any(getattr(row, name) for name in names)


TABLES: dict[str, type[Entity]] = {
    "round": Round,
    "organisation": Organisation,
    "person": Person,
    "participation": Participation,
}


def _properties(
    entity: Entity, kind: str, rules: list[FieldRule], sources: Sources
) -> dict[str, str]:
    computed = sources.computed.get((kind, entity.id), {})
    properties = {ID: entity.id}
    for rule in rules:
        assert rule.hubspot is not None  # noqa: S101 - leaving() gives only those
        if rule.policy == "service" and rule.field in computed:
            value = computed[rule.field]
        else:
            value = field_value(entity, rule.field)
        # A round's name stands in the property of whichever object carries it: below.
        if rule.hubspot.property != STAGE and (kind, rule.field) != ("round", "name"):
            properties[rule.hubspot.property] = text(_day(value))
    title = sources.kinds[kind].name
    if title and kind in {"organisation", "round"}:
        properties[title] = text(field_value(entity, "name"))
    return properties


def field_value(entity: Entity, name: str) -> Any:
    """Return a field's resolved value, from its column or from the details."""
    if name in entity.__table__.columns:
        return getattr(entity, name)
    details: dict[str, Any] = getattr(entity, "details", {})
    return details.get(name)


def _day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _participation(
    part: Participation, entities: _Entities, gone: _Gone, sources: Sources
) -> dict[str, str]:
    kind, plan = sources.kinds["participation"], sources.plan
    person = entities["person"][gone.get(part.person_id, part.person_id)]
    labels = {
        choice.code: choice.label.get(plan.locale, choice.code)
        for choice in plan.fields["participation.role"].choices
    }
    names = " ".join(n for n in (person.first_name, person.last_name) if n)
    words = (
        names,
        labels.get(part.role, part.role),
        entities["round"][part.round_id].name,
    )
    properties = {kind.name: " · ".join(word for word in words if word)}
    stage = sources.stages.stage_of(part.status)
    if stage:
        properties[kind.pipeline] = sources.stages.pipeline
        properties[kind.stage] = stage
    return properties


def _links(
    session: Session, programme: str, entities: _Entities, gone: _Gone, out: Wanted
) -> None:
    people, parts = entities["person"], entities["participation"]
    companies = entities["organisation"]
    for part in parts.values():
        person_id = gone.get(part.person_id, part.person_id)
        out.links["participation", "person"].add((part.id, person_id))
        out.links["participation", "round"].add((part.id, part.round_id))
        employer = gone.get(part.organisation_id or "", part.organisation_id or "")
        if employer in companies:
            out.links["participation", "organisation"].add((part.id, employer))
    for row in session.scalars(
        select(Affiliation).where(Affiliation.programme == programme)
    ):
        pair = (
            gone.get(row.person_id, row.person_id),
            gone.get(row.organisation_id, row.organisation_id),
        )
        if pair[0] in people and pair[1] in companies:
            out.links["person", "organisation"].add(pair)
    for match in session.scalars(select(Match).where(Match.programme == programme)):
        mentor = parts.get(gone.get(match.mentor_id, match.mentor_id))
        mentee = gone.get(match.mentee_id, match.mentee_id)
        if match.linked and mentor is not None and mentee in parts:
            contact = gone.get(mentor.person_id, mentor.person_id)
            out.links["participation", "person"].add((mentee, contact))
