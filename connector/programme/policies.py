"""Whose word counts for a field, and how good a kind of evidence is."""

from __future__ import annotations

from collections.abc import Callable

from mappings.plan import ProgrammeMap


def policy_of(programme: ProgrammeMap) -> Callable[[str, str], str]:
    """Return (entity, field) -> policy; a field without a rule of its own is newest."""

    def policy(entity: str, name: str) -> str:
        rule = programme.fields.get(f"{entity}.{name}")
        return (
            rule.policy if rule else DEFAULT_POLICIES.get(f"{entity}.{name}", "newest")
        )

    return policy


DEFAULT_POLICIES = {
    "participation.status": "staff",
    "participation.withdrawal_reason": "staff",
    "participation.employed_6m": "evidence",
}


def evidence_rank(programme: ProgrammeMap, name: str, evidence: str) -> int:
    """Return how good a kind of evidence is for a field: higher is better."""
    rule = programme.fields.get(f"participation.{name}")
    kinds = rule.evidence if rule else ()
    return len(kinds) - kinds.index(evidence) if evidence in kinds else 0
