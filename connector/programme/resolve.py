"""From claims to entity rows: the one place where a field's policy decides.

=========  =====================================================================
newest     who said it last, a form or staff; an omitted answer never clears
staff      once staff have set it, it stands until they clear it
evidence   the highest evidence rank wins, of equals the newest
service    what we computed ourselves, newest
=========  =====================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, select
from sqlalchemy.orm import Session

from connector.db import UtcDateTime
from connector.programme.claims import Claim
from connector.programme.entities import ENTITY_TABLES, Alias, Entity

Policies = Callable[[str, str], str]
"""(entity kind, field) -> policy name."""

FIXED = {"id", "programme", "created_at", "provisional", "details", "name_key"}


def order(claim: Claim) -> tuple[datetime, str, int]:
    """Return what "newest" means: the source's time, ties by response id.

    The row id comes last, for two words of staff at one instant; never for forms,
    whose response ids differ.
    """
    return (claim.asserted_at, claim.tie, claim.id or 0)


def winner(claims: Iterable[Claim], policy: str) -> Claim | None:
    """Return the claim that decides a field, or None where none counts."""
    standing = [claim for claim in claims if claim.superseded_at is None]
    if policy == "staff":
        said = max(
            (c for c in standing if c.source == "staff"), key=order, default=None
        )
        if said is not None and said.value not in (None, ""):
            return said
        return max(
            (c for c in standing if c.source != "staff"), key=order, default=None
        )
    if policy == "evidence":
        spoken = [c for c in _last_words(standing) if c.value not in (None, "")]
        return max(spoken, key=lambda c: (c.rank, order(c)), default=None)
    if policy == "service":
        standing = [claim for claim in standing if claim.source == "service"]
    return max(standing, key=order, default=None)


def _last_words(claims: list[Claim]) -> list[Claim]:
    """Keep each source's newest word, so that staff can take theirs back."""
    newest: dict[str, Claim] = {}
    for claim in sorted(claims, key=order):
        newest[claim.source] = claim
    return list(newest.values())


def roots(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Map each entity id to the one it was merged into (itself where it was not)."""
    wanted = {entity_id: entity_id for entity_id in ids}
    while True:
        targets = set(wanted.values())
        found = dict(
            session.execute(
                select(Alias.entity_id, Alias.into_id).where(
                    Alias.entity_id.in_(targets)
                )
            ).all()
        )
        if not found:
            return wanted
        wanted = {key: found.get(value, value) for key, value in wanted.items()}


def merged(session: Session, programme: str) -> dict[str, str]:
    """Map every entity of a programme that was merged away to the one it became."""
    into = dict(
        session.execute(
            select(Alias.entity_id, Alias.into_id).where(Alias.programme == programme)
        )
        .tuples()
        .all()
    )

    def follow(entity_id: str) -> str:
        while entity_id in into:
            entity_id = into[entity_id]
        return entity_id

    return {entity_id: follow(entity_id) for entity_id in into}


def members(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Map every entity that is read through one of ``ids`` (and itself) to it."""
    reach = {entity_id: entity_id for entity_id in ids}
    fresh = set(reach)
    while fresh:
        rows = session.execute(
            select(Alias.entity_id, Alias.into_id).where(Alias.into_id.in_(fresh))
        ).all()
        fresh = {row[0] for row in rows} - set(reach)
        reach.update({row[0]: reach[row[1]] for row in rows if row[0] in fresh})
    return reach


def resolve(
    session: Session, policy: Policies, touched: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Recompute the rows of the touched (kind, id) pairs; return those that changed."""
    session.flush()
    by_kind: dict[str, set[str]] = defaultdict(set)
    wanted = list(touched)
    root = roots(session, [entity_id for _, entity_id in wanted])
    for kind, entity_id in wanted:
        by_kind[kind].add(root[entity_id])
    changed: set[tuple[str, str]] = set()
    for kind, ids in by_kind.items():
        claims = _claims_of(session, kind, ids)
        table = ENTITY_TABLES[kind]
        for entity in session.scalars(select(table).where(table.id.in_(ids))):
            if _write(entity, kind, claims.get(entity.id, {}), policy):
                changed.add((kind, entity.id))
    session.flush()
    return changed


def _claims_of(
    session: Session, kind: str, ids: set[str]
) -> dict[str, dict[str, list[Claim]]]:
    reach = members(session, ids)
    rows = session.scalars(
        select(Claim).where(
            Claim.entity_kind == kind,
            Claim.entity_id.in_(reach),
            Claim.superseded_at.is_(None),
        )
    )
    found: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in rows:
        found[reach[claim.entity_id]][claim.field].append(claim)
    return found


def _write(
    entity: Entity, kind: str, claims: Mapping[str, list[Claim]], policy: Policies
) -> bool:
    columns = {c.name: c for c in entity.__table__.columns if c.name not in FIXED}
    details: dict[str, Any] = {}
    changed = False
    for field, said in claims.items():
        best = winner(said, policy(kind, field))
        value = best.value if best is not None else None
        if field in columns:
            changed |= _set(entity, field, _typed(columns[field].type, value))
        elif value not in (None, ""):
            details[field] = value
    for name, column in columns.items():
        if name not in claims and column.nullable and not column.foreign_keys:
            changed |= _set(entity, name, None)
    if hasattr(entity, "details"):
        changed |= _set(entity, "details", details)
    return changed


def _set(entity: Entity, name: str, value: object) -> bool:
    if getattr(entity, name) == value:
        return False
    setattr(entity, name, value)
    return True


def _typed(kind: object, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value if value != "" else None
    if isinstance(kind, UtcDateTime | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return value
