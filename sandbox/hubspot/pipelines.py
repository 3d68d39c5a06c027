"""Pipelines and their stages.

Source: HubSpot's 2026-09 pipelines spec and guide: an additional pipeline needs
Starter or higher; a deal stage needs metadata.probability; since 2026-09 a pipeline
or stage that records stand in is not deleted. The default stages are HubSpot-like:
the names and ids of the native objects' ones are not published.
"""

from typing import Any

from sandbox.hubspot.errors import HubError, not_found
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.portal import Portal

Pipeline = dict[str, Any]
Stage = dict[str, Any]

_DEALS = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)
_NATIVE = (("new", "New"), ("in_progress", "In progress"), ("closed", "Closed"))


class Pipelines:
    """The pipelines of each object type that has some."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def all(self, kind: Kind) -> dict[str, Pipeline]:
        """By id, in their display order; the default one is made when first asked."""
        if kind.pipeline is None:
            raise HubError(400, f"{kind.label} records have no pipelines")
        place = f"hubspot.pipeline.{kind.number}"
        with self._portal.box.store.lock:
            found = self._portal.box.store.all(place)
            if not found:
                first = self._default(kind)
                self._portal.box.store.put(place, first["id"], first)
                found = {first["id"]: first}
        return dict(sorted(found.items(), key=lambda item: item[1]["displayOrder"]))

    def get(self, kind: Kind, pipeline_id: str) -> Pipeline:
        """The pipeline; 404 when there is none."""
        found = self.all(kind).get(pipeline_id)
        if found is None:
            raise not_found("Pipeline", pipeline_id)
        return found

    def create(self, kind: Kind, wanted: dict[str, Any]) -> Pipeline:
        """Add a pipeline; 403 on a free account, which has one only."""
        have = self.all(kind)
        if self._portal.box.option("hubspot.tier", "free") == "free":
            message = "Your account is limited to 1 pipeline for this object type"
            raise HubError(403, message, "FORBIDDEN")
        key = self._new_id(wanted.get("pipelineId"), set(have), "Pipeline")
        stages: list[Stage] = []
        for one in wanted.get("stages") or []:
            stages.append(self._stage(kind, one, self._stage_ids(kind, stages)))
        made = self._stamped(key, self._named(wanted)) | {"stages": stages}
        return self._put(kind, made)

    def patch(self, kind: Kind, pipeline_id: str, changes: dict[str, Any]) -> Pipeline:
        """Change a pipeline's label or place."""
        changed = {k: changes[k] for k in ("label", "displayOrder") if k in changes}
        return self._put(kind, self.get(kind, pipeline_id) | changed)

    def replace(self, kind: Kind, pipeline_id: str, wanted: dict[str, Any]) -> Pipeline:
        """Put other stages in a pipeline; 400 when one that goes is in use."""
        before = self.get(kind, pipeline_id)
        stages: list[Stage] = []
        for one in wanted.get("stages") or []:
            taken = {stage["id"] for stage in stages}
            stages.append(self._stage(kind, one, taken))
        kept = {stage["id"] for stage in stages}
        for stage in before["stages"]:
            if stage["id"] not in kept:
                self._refuse_used(kind, stage["id"])
        return self._put(kind, before | self._named(wanted) | {"stages": stages})

    def delete(self, kind: Kind, pipeline_id: str) -> None:
        """Remove a pipeline that no record stands in, the last one excepted."""
        for stage in self.get(kind, pipeline_id)["stages"]:
            self._refuse_used(kind, stage["id"])
        if len(self.all(kind)) == 1:
            raise HubError(400, "The only pipeline cannot be deleted")
        self._portal.delete(f"hubspot.pipeline.{kind.number}", pipeline_id)

    def stage(self, kind: Kind, pipeline_id: str, stage_id: str) -> Stage:
        """The stage; 404 when the pipeline has none of that id."""
        for stage in self.get(kind, pipeline_id)["stages"]:
            if stage["id"] == stage_id:
                found: Stage = stage
                return found
        raise not_found("Stage", stage_id)

    def add_stage(self, kind: Kind, pipeline_id: str, wanted: dict[str, Any]) -> Stage:
        """Add a stage to a pipeline."""
        pipeline = self.get(kind, pipeline_id)
        made = self._stage(kind, wanted, self._stage_ids(kind, []))
        self._put(kind, pipeline | {"stages": [*pipeline["stages"], made]})
        return made

    def change_stage(
        self, kind: Kind, pipeline_id: str, stage_id: str, changes: dict[str, Any]
    ) -> Stage:
        """Change a stage's label, place or metadata; its id stays."""
        before = self.stage(kind, pipeline_id, stage_id)
        known = ("label", "displayOrder", "metadata")
        after = before | {key: changes[key] for key in known if key in changes}
        after["updatedAt"] = self._portal.now()
        self._check_stage(kind, after)
        pipeline = self.get(kind, pipeline_id)
        stages = [after if one["id"] == stage_id else one for one in pipeline["stages"]]
        self._put(kind, pipeline | {"stages": stages})
        return after

    def delete_stage(self, kind: Kind, pipeline_id: str, stage_id: str) -> None:
        """Remove a stage that no record stands in, the last one excepted."""
        self.stage(kind, pipeline_id, stage_id)
        self._refuse_used(kind, stage_id)
        pipeline = self.get(kind, pipeline_id)
        stages = [one for one in pipeline["stages"] if one["id"] != stage_id]
        if not stages:
            raise HubError(400, "A pipeline needs at least one stage")
        self._put(kind, pipeline | {"stages": stages})

    def _refuse_used(self, kind: Kind, stage_id: str) -> None:
        used = [
            doc["id"]
            for doc in self._portal.box.store.all(kind.store).values()
            if not doc["archived"]
            and doc["history"].get(kind.stage, [{}])[0].get("value") == stage_id
        ]
        if used:
            message = f"Stage {stage_id} is being used by {len(used)} objects"
            extra = {"subCategory": "PipelineError.STAGE_ID_IN_USE"}
            context = {"objectIds": used[:100]}
            raise HubError(400, message, context=context, extra=extra)

    def _put(self, kind: Kind, pipeline: Pipeline) -> Pipeline:
        stages = sorted(pipeline["stages"], key=lambda stage: stage["displayOrder"])
        if not stages:
            raise HubError(400, "A pipeline needs at least one stage")
        pipeline = pipeline | {"stages": stages, "updatedAt": self._portal.now()}
        self._portal.put(f"hubspot.pipeline.{kind.number}", pipeline["id"], pipeline)
        return pipeline

    def _stage_ids(self, kind: Kind, more: list[Stage]) -> set[str]:
        every = [stage for one in self.all(kind).values() for stage in one["stages"]]
        return {stage["id"] for stage in [*every, *more]}

    def _stage(self, kind: Kind, wanted: dict[str, Any], taken: set[str]) -> Stage:
        key = self._new_id(wanted.get("stageId"), taken, "Stage")
        made = self._stamped(key, self._named(wanted))
        made["metadata"] = wanted.get("metadata")
        made["writePermissions"] = "CRM_PERMISSIONS_ENFORCEMENT"
        self._check_stage(kind, made)
        return made

    def _check_stage(self, kind: Kind, stage: Stage) -> None:
        metadata = stage["metadata"]
        if not isinstance(metadata, dict):
            raise HubError(400, "Some required fields were not set: [metadata]")
        if kind.number == "0-3" and "probability" not in metadata:
            raise HubError(400, "A deal stage needs metadata.probability")

    def _named(self, wanted: dict[str, Any]) -> dict[str, Any]:
        label, order = wanted.get("label"), wanted.get("displayOrder")
        if not isinstance(label, str) or not isinstance(order, int):
            message = "Some required fields were not set: [label, displayOrder]"
            raise HubError(400, message)
        return {"label": label, "displayOrder": order}

    def _new_id(self, wanted: str | None, taken: set[str], what: str) -> str:
        if wanted in taken:
            message = f"{what} id {wanted} already exists"
            raise HubError(409, message, "OBJECT_ALREADY_EXISTS")
        number = self._portal.box.store.next_number("hubspot.stage")
        return wanted or str(88_000_000 + number)

    def _stamped(self, key: str, named: dict[str, Any]) -> dict[str, Any]:
        now = self._portal.now()
        return {"id": key, **named, "archived": False, "createdAt": now} | {
            "updatedAt": now
        }

    def _default(self, kind: Kind) -> Pipeline:
        if kind.number == "0-3":
            label, key = "Sales Pipeline", "default"
            rows = [(one, name, {"probability": p}) for one, name, p in _DEALS]
        else:
            label, key = f"{kind.label} pipeline", f"{kind.names[1]}-pipeline-default"
            rows = [(f"{kind.names[1]}-{one}", name, {}) for one, name in _NATIVE]
        stages = [
            self._stage(
                kind,
                {"stageId": one, "label": name, "displayOrder": i, "metadata": data},
                set(),
            )
            for i, (one, name, data) in enumerate(rows)
        ]
        named = {"label": label, "displayOrder": 0}
        return self._stamped(key, named) | {"stages": stages}
