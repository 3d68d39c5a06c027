"""Which HubSpot object carries which entity, and what its own properties are called.

Courses (0-410) and services (0-162) are native objects on every tier since 2026, with
batch upsert and pipelines; deals (0-3) serve instead by setting where they cannot be
activated. They are addressed by number, because accounts rename them freely.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.accounts import HubSpotAccount

ID = "vidensbro_id"


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """One object type. ``name`` is the property that a record is titled by."""

    type: str
    entity: str
    name: str
    pipeline: str = ""
    stage: str = ""


_ROUND = {
    "0-410": ObjectKind("0-410", "round", "hs_course_name"),
    "0-3": ObjectKind("0-3", "round", "dealname", "pipeline", "dealstage"),
}
_PARTICIPATION = {
    "0-162": ObjectKind(
        "0-162", "participation", "hs_name", "hs_pipeline", "hs_pipeline_stage"
    ),
    "0-3": ObjectKind("0-3", "participation", "dealname", "pipeline", "dealstage"),
}


def objects(account: HubSpotAccount) -> dict[str, ObjectKind]:
    """Return entity kind -> object, in the order in which records are written."""
    return {
        "round": _ROUND[account.round_object],
        "organisation": ObjectKind("companies", "organisation", "name"),
        "person": ObjectKind("contacts", "person", ""),
        "participation": _PARTICIPATION[account.participation_object],
    }
