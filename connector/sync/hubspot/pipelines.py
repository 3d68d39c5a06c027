"""The participations' pipeline: its stages are the statuses.

Stages are found by label, in any of the programme's languages, so that a pipeline that
staff adapted by hand serves as well as one that ``setup`` made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.plan import ProgrammeMap


@dataclass(frozen=True)
class Stages:
    """A pipeline's id, and status -> stage id. Empty while there is no pipeline."""

    pipeline: str = ""
    by_status: Mapping[str, str] = field(default_factory=dict)

    def stage_of(self, status: str | None) -> str:
        """Return the stage of a status, "" where the pipeline has none for it."""
        return self.by_status.get(status or "", "")

    def status_of(self, stage: str | None) -> str | None:
        """Return the status of a stage, None for a stage that is not ours."""
        return next((s for s, found in self.by_status.items() if found == stage), None)


def find_stages(pipelines: list[dict[str, Any]], plan: ProgrammeMap) -> Stages:
    """Return the pipeline of whose stages most bear the statuses' labels."""
    labels = status_labels(plan)
    best = Stages()
    for pipeline in pipelines:
        found: dict[str, str] = {}
        for stage in pipeline.get("stages", ()):
            status = labels.get(str(stage.get("label", "")).strip().casefold())
            if status and not stage.get("archived"):
                found.setdefault(status, str(stage["id"]))
        if len(found) > len(best.by_status):
            best = Stages(str(pipeline["id"]), found)
    return best


def status_labels(plan: ProgrammeMap) -> dict[str, str]:
    """Return folded label (in every language, and the code itself) -> status."""
    labels: dict[str, str] = {}
    for choice in plan.fields["participation.status"].choices:
        labels[choice.code.casefold()] = choice.code
        for language in plan.languages:
            labels[choice.label.get(language, choice.code).strip().casefold()] = (
                choice.code
            )
    return labels
