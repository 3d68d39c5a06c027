"""What staff say, in the CRM or by command: claims that outrank old form answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connector.programme.claims import Claim
from connector.programme.identity import add_address
from connector.programme.policies import evidence_rank
from mappings.plan import ProgrammeMap

# Staff's own word stands in a property beside the resolved one; it speaks for both.
SPOKEN_FOR = {("participation", "employed_6m_staff"): "employed_6m"}


def say(  # noqa: PLR0913 - the parts of one claim
    session: Session,
    plan: ProgrammeMap,
    entity: tuple[str, str],
    field: str,
    value: Any,
    *,
    at: datetime,
    origin: str,
) -> None:
    """Add a staff claim; None or "" clears the field. The caller resolves."""
    kind, entity_id = entity
    value = None if value == "" else value
    resolved = SPOKEN_FOR.get((kind, field))
    for name, rank in (
        (field, 0),
        *([(resolved, evidence_rank(plan, resolved, "staff"))] if resolved else []),
    ):
        session.add(
            Claim(
                programme=plan.key,
                entity_kind=kind,
                entity_id=entity_id,
                field=name,
                value=value,
                source="staff",
                origin=origin,
                asserted_at=at,
                rank=rank,
            )
        )
    if (kind, field) == ("person", "email") and value:
        add_address(session, plan.key, str(value), entity_id)
