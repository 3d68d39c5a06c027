"""The participations' pipeline: made, adapted or completed, so that each status has
a stage.

A stage that staff renamed is still the one that we know by its id. On an account that
may have one pipeline only, the default one is adapted while no record stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connector.clients import HubSpot
from connector.clients.errors import RemoteAnswerError
from connector.sync.cycle import ensure, find
from connector.sync.hubspot.pipelines import Stages, find_stages
from connector.sync.setup import words
from connector.sync.setup.steps import SetupPlan, Step, StepRefusedError
from mappings.matching import Choice

FACT = "hubspot.stages"
DEALS = "0-3"
# Deal stages must say how likely a deal is; other objects' stages must not. The board
# shows it nowhere, reports weigh amounts with it, and ours have none.
PROBABILITY = {
    "applied": "0.2",
    "waitlisted": "0.2",
    "selected": "0.5",
    "active": "0.8",
    "completed": "1.0",
    "declined": "0.0",
    "withdrawn": "0.0",
}
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_Raw = dict[str, Any]


def plan_stages(plan: SetupPlan, client: HubSpot, object_type: str) -> None:
    """Add to the plan what the participations' pipeline lacks."""
    board = _Board(plan, client, object_type)
    cached = board.cached()
    stages = current(client.pipelines(object_type), plan, cached)
    missing = [one for one in board.statuses if one.code not in stages.by_status]
    if 2 * len(missing) > len(board.statuses):
        # A stage or two of the same name by chance make no pipeline of ours.
        name = plan.say({"en": plan.key, **plan.mapping.name})
        said = board.say(words.PIPELINE, board.statuses, name=name)
        board.step(said, partial(board.create, name), "pipeline", [name])
    elif missing:
        said = board.say(words.STAGES, missing)
        complete = partial(board.complete, stages.pipeline, missing)
        board.step(said, complete, "stage", [board.label(one) for one in missing])
    elif cached.by_status and stages != cached:
        said = board.say(words.STAGES_ANEW, ())
        board.step(said, board.remember, "look at changed stages", [board.name])


def current(pipelines: list[_Raw], plan: SetupPlan, cached: Stages) -> Stages:
    """Return the stages as they are: by what we knew where it is still there."""
    found = find_stages(pipelines, plan.mapping)
    known = next((one for one in pipelines if str(one["id"]) == cached.pipeline), None)
    if known is None:
        return found
    there = {str(stage["id"]) for stage in known["stages"] if not stage.get("archived")}
    by_label = find_stages([known], plan.mapping).by_status
    kept = {code: stage for code, stage in cached.by_status.items() if stage in there}
    both = {**by_label, **kept}
    return found if len(both) < len(found.by_status) else Stages(cached.pipeline, both)


@dataclass
class _Board:
    plan: SetupPlan
    client: HubSpot
    type: str

    @property
    def statuses(self) -> Sequence[Choice]:
        return self.plan.mapping.fields["participation.status"].choices

    @property
    def name(self) -> str:
        return self.plan.say(words.OBJECTS[self.type])

    def label(self, status: Choice) -> str:
        return status.label.get(self.plan.mapping.locale) or status.code

    def say(
        self, text: Mapping[str, str], statuses: Sequence[Choice], **values: str
    ) -> str:
        labels = ", ".join(self.label(one) for one in statuses)
        return self.plan.say(text, object=self.name, labels=labels, **values)

    def step(self, what: str, apply: Any, kind: str, names: Sequence[str]) -> None:
        step = Step("hubspot", what, apply, self.type, kind=kind, names=tuple(names))
        self.plan.steps.append(step)

    def cached(self) -> Stages:
        """Return what the sync knows of the stages; empty before its first run."""
        with self.plan.service.database.reading() as session:
            row = find(session, self.plan.key, "hubspot")
            fact = row.facts.get(FACT) if row is not None else None
        if not isinstance(fact, dict) or not fact.get("by_status"):
            return Stages()
        return Stages(str(fact["pipeline"]), dict(fact["by_status"]))

    def remember(self) -> None:
        """Let the sync know of the stages as they are now."""
        pipelines = self.client.pipelines(self.type)
        stages = current(pipelines, self.plan, self.cached())
        fact = {"pipeline": stages.pipeline, "by_status": dict(stages.by_status)}
        with self.plan.service.database.writing() as session:
            row = ensure(session, self.plan.key, "hubspot")
            row.facts = {**row.facts, FACT: fact}

    def stage(self, status: Choice, place: int) -> _Raw:
        """Return a status as a stage."""
        likely = {"probability": PROBABILITY.get(status.code, "0.5")}
        return {
            "label": self.label(status),
            "displayOrder": place,
            "metadata": likely if self.type == DEALS else {},
        }

    def create(self, name: str) -> None:
        """Create the pipeline, or adapt the only one that the account may have."""
        stages = [self.stage(one, place) for place, one in enumerate(self.statuses)]
        try:
            self.client.create_pipeline(self.type, name, stages)
        except RemoteAnswerError as error:
            # Free accounts: 403, an additional pipeline needs Starter or higher.
            if error.status != 403 and "limit" not in error.message.lower():
                raise
            self.adapt(error)
        self.remember()

    def complete(self, pipeline: str, missing: Sequence[Choice]) -> None:
        """Add stages at the end: where among their own they belong, staff know."""
        found = self.client.pipelines(self.type)
        ours = next(one for one in found if str(one["id"]) == pipeline)
        last = max(int(one.get("displayOrder") or 0) for one in ours["stages"])
        for place, status in enumerate(missing, start=last + 1):
            self.client.create_stage(self.type, pipeline, self.stage(status, place))
        self.remember()

    def adapt(self, error: RemoteAnswerError) -> None:
        """Make the stages of the only pipeline ours, unless something stands in it."""
        pipelines = self.client.pipelines(self.type)
        if len(pipelines) != 1 or self._holds_records():
            said = error.message or str(error)
            note = self.say(words.ONE_PIPELINE, self.statuses, said=said)
            raise StepRefusedError(note) from error
        pipeline = str(pipelines[0]["id"])
        mine = find_stages(pipelines, self.plan.mapping).by_status
        spare = [
            one
            for one in sorted(pipelines[0]["stages"], key=lambda s: s["displayOrder"])
            if str(one["id"]) not in mine.values()
        ]
        for place, status in enumerate(self.statuses):
            stage = self.stage(status, place)
            known = mine.get(status.code) or (spare.pop(0)["id"] if spare else "")
            if known:
                self.client.update_stage(self.type, pipeline, str(known), stage)
            else:
                self.client.create_stage(self.type, pipeline, stage)
        if spare:
            labels = ", ".join(str(one["label"]) for one in spare)
            self.plan.note(words.SPARE_STAGES, object=self.name, labels=labels)

    def _holds_records(self) -> bool:
        found = self.client.search_modified(self.type, _EVER, [])
        return next(found, None) is not None
