"""What staff know each entity by: a name and an address, a part and its round."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import (
    ENTITY_TABLES,
    EvaluationLink,
    EvaluationResponse,
    Round,
)
from connector.programme.resolve import merged
from mappings.plan import ProgrammeMap

EVALUATION = "evaluation"
TABLES: dict[str, Any] = {**ENTITY_TABLES, EVALUATION: EvaluationResponse}
BETWEEN = " · "
SHORT = 6

# Of what an entity's title is made; an organisation or person has a name of its own.
PARTS: dict[str, tuple[str, ...]] = {
    "affiliation": ("person_id", "organisation_id", "function"),
    "participation": ("person_id", "role", "round_id"),
    "match": ("mentor_id", "mentee_id"),
    "activity": ("title", "kind", "held_on"),
    "attendance": ("activity_id", "person_id"),
    "session": ("participation_id", "held_on"),
    "outreach": ("organisation_id",),
    "milestone": ("title",),
    "communication": ("title", "kind", "sent_on"),
    "evidence_note": ("kind", "noted_on"),
    EVALUATION: ("kind", "participation_id", "person_id", "organisation_id"),
}


class Names:
    """Titles of all entities of a programme, read through merges."""

    def __init__(self, session: Session, plan: ProgrammeMap) -> None:
        """Read every entity once."""
        self.gone = merged(session)
        self.rows: dict[tuple[str, str], Any] = {
            (kind, row.id): row
            for kind, table in TABLES.items()
            for row in session.scalars(select(table).where(table.programme == plan.key))
        }
        self._by_id = {entity_id: kind for kind, entity_id in self.rows}
        self._titles = {
            row.id: row.key
            for row in session.scalars(select(Round).where(Round.programme == plan.key))
        }
        tokens = select(EvaluationLink.token).where(
            EvaluationLink.programme == plan.key
        )
        self.ids = {*self._by_id, *self._titles, *session.scalars(tokens)}

    def title(self, entity_id: str | None) -> str:
        """Return what staff know an entity by, "" for none."""
        if not entity_id:
            return ""
        root = self.gone.get(entity_id, entity_id)
        if root not in self._titles:
            self._titles[root] = self._made(root)
        return self._titles[root]

    def own_title(self, entity_id: str) -> str:
        """Return what an entity was known by before it was merged into another."""
        return self._made(entity_id)

    def _made(self, entity_id: str) -> str:
        kind = self._by_id.get(entity_id, "")
        row: Any = self.rows.get((kind, entity_id))
        if kind == "person":
            words: Iterable[Any] = (row.first_name, row.last_name, _address(row.email))
            return " ".join(filter(None, words)) or _short(entity_id)
        if kind == "organisation":
            return str(row.name or row.domain or _short(entity_id))
        parts = (self._part(row, name) for name in PARTS.get(kind, ()))
        return BETWEEN.join(dict.fromkeys(filter(None, parts))) or _short(entity_id)

    def _part(self, row: Any, name: str) -> str:
        value = getattr(row, name)
        return self.title(value) if name.endswith("_id") else str(plain(value) or "")


def _address(email: str | None) -> str:
    return f"<{email}>" if email else ""


def _short(entity_id: str) -> str:
    return entity_id[:SHORT]


def plain(value: Any) -> Any:
    """Return a value as JSON has it: days and times as ISO texts."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
