"""Every entity from its claims once more: what follows is computed, never kept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.claims import Claim
from connector.programme.matches import settle_states
from connector.programme.policies import policy_of
from connector.programme.resolve import Key, resolve
from mappings.plan import ProgrammeMap


def rebuild(session: Session, plan: ProgrammeMap) -> set[Key]:
    """Resolve all entities that anybody spoke of; return those that changed.

    Among them those of which only staff spoke: no delivery touches a match, a session
    or a note. The caller commits.
    """
    spoken_of = session.execute(
        select(Claim.entity_kind, Claim.entity_id)
        .where(Claim.programme == plan.key)
        .distinct()
    )
    changed = resolve(session, policy_of(plan), [(row[0], row[1]) for row in spoken_of])
    settle_states(session, plan.key)
    return changed
