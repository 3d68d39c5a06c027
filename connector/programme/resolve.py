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
from typing import Any, Protocol

from sqlalchemy import Date, DateTime, select
from sqlalchemy.orm import Session

from connector.db import UtcDateTime
from connector.programme.claims import Claim
from connector.programme.entities import ENTITY_TABLES, Alias, Entity, Organisation
from connector.programme.outreach import mirror

Policies = Callable[[str, str], str]
"""(entity kind, field) -> policy name."""

Key = tuple[str, str]
SAID = (
    Claim.id,
    Claim.entity_id,
    Claim.field,
    Claim.value,
    Claim.source,
    Claim.asserted_at,
    Claim.tie,
    Claim.rank,
    Claim.superseded_at,
)


class Said(Protocol):
    """What resolving needs of a claim: a ``Claim``, or a row of ``SAID``."""

    id: Any
    value: Any
    source: Any
    asserted_at: Any
    tie: Any
    rank: Any
    superseded_at: Any


FIXED = {"id", "programme", "created_at", "provisional", "details", "name_key"}


def order(claim: Said) -> tuple[datetime, str, int]:
    """Return what "newest" means: the source's time, ties by response id.

    The row id comes last, for two words of staff at one instant; never for forms,
    whose response ids differ.
    """
    return (claim.asserted_at, claim.tie, claim.id or 0)


def winner(claims: Iterable[Said], policy: str) -> Said | None:
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


def _last_words(claims: list[Said]) -> list[Said]:
    """Keep the newest word of each kind of evidence: staff can take theirs back."""
    newest: dict[tuple[str, int], Said] = {}
    for claim in sorted(claims, key=order):
        newest[claim.source, claim.rank] = claim
    return list(newest.values())


def roots(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Map each entity id to the one it was merged into (itself where it was not)."""
    gone = _aliases(session)
    return {entity_id: gone.get(entity_id, entity_id) for entity_id in ids}


def merged(session: Session) -> dict[str, str]:
    """Map every entity that was merged away to the one it became.

    Entities of other programmes may be in it: ids are unique over all of them.
    """
    return _aliases(session)


def members(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Map every entity that is read through one of ``ids`` (and itself) to it."""
    wanted = set(ids)
    reach = {entity_id: entity_id for entity_id in wanted}
    return reach | {k: v for k, v in _aliases(session).items() if v in wanted}


def aliases_changed(session: Session) -> None:
    """Say that a merge was made or undone in this session."""
    session.flush()
    session.info.pop("aliases", None)


def _aliases(session: Session) -> dict[str, str]:
    """Return every merged entity and its end, read once a session: there are few."""
    known: dict[str, str] | None = session.info.get("aliases")
    if known is None:
        rows = session.execute(select(Alias.entity_id, Alias.into_id)).all()
        into = {row[0]: row[1] for row in rows}
        known = session.info["aliases"] = {one: _end(into, one) for one in into}
    return known


def _end(into: Mapping[str, str], entity_id: str) -> str:
    while entity_id in into:
        entity_id = into[entity_id]
    return entity_id


def same_one(session: Session, entity_id: str) -> set[str]:
    """Return every id of an entity: its own and all that merges made one with it."""
    return set(members(session, roots(session, [entity_id]).values()))


def resolve(session: Session, policy: Policies, touched: Iterable[Key]) -> set[Key]:
    """Recompute the rows of the touched (kind, id) pairs; return those that changed."""
    session.flush()
    wanted = list(touched)
    root = roots(session, [entity_id for _, entity_id in wanted])
    keys = {(kind, root[entity_id]) for kind, entity_id in wanted}
    claims = _claims_of(session, {entity_id for _, entity_id in keys})
    changed: set[Key] = set()
    for kind, entity_id in sorted(keys):
        entity = session.get(ENTITY_TABLES[kind], entity_id)
        if entity is None or not _write(entity, kind, claims[entity_id], policy):
            continue
        changed.add((kind, entity_id))
        if isinstance(entity, Organisation):
            mirror(session, entity)
    session.flush()
    return changed


def _claims_of(session: Session, ids: set[str]) -> dict[str, dict[str, list[Said]]]:
    """Return entity -> field -> standing claims, read through merges."""
    reach = members(session, ids)
    found: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    for claim in session.execute(
        select(*SAID).where(Claim.entity_id.in_(reach), Claim.superseded_at.is_(None))
    ):
        found[reach[claim.entity_id]][claim.field].append(claim)
    return found


def _write(
    entity: Entity, kind: str, claims: Mapping[str, list[Said]], policy: Policies
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
        if name not in claims and column.nullable:
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
