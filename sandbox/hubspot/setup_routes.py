"""The doors to what an account is set up with: properties, pipelines, object types,
and who the account is."""

from typing import Any

from flask import Blueprint, request

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.events import PORTAL
from sandbox.hubspot.kinds import KINDS, kind_of
from sandbox.hubspot.limits import is_staff
from sandbox.hubspot.portal import LIBRARY_DEFAULT, body_of_request, inputs_of

Answer = tuple[dict[str, Any], int]
Nothing = tuple[str, int]

_PROPERTIES = "/crm/properties/<version>/<object_type>"
_PIPELINES = "/crm/pipelines/<version>/<object_type>"
_STAGES = f"{_PIPELINES}/<pipeline_id>/stages"
_LIBRARY = "/crm/object-library/<version>/enablement"


def add_account(routes: Blueprint, account: Account) -> None:
    """Account details and the object library (schemas of the 2026-09 specs)."""
    box = account.portal.box

    @routes.get("/account-info/<version>/details")
    def details(version: str) -> Answer:
        return {
            "portalId": int(box.option("hubspot.portal_id", PORTAL)),
            "accountType": box.option("hubspot.account_type", "STANDARD"),
            "portalName": box.option("hubspot.portal_name", "Sandbox"),
            "timeZone": box.option("hubspot.time_zone", "Europe/Copenhagen"),
            "companyCurrency": "DKK",
            "additionalCurrencies": [],
            "utcOffset": "+01:00",
            "utcOffsetMilliseconds": 3_600_000,
            "uiDomain": "app.hubspot.example",
            "dataHostingLocation": "eu1",
        }, 200

    @routes.get(_LIBRARY)
    def library(version: str) -> Answer:
        state = {kind.number: account.portal.activated(kind) for kind in KINDS}
        return {"enablementByObjectTypeId": state}, 200

    @routes.get(f"{_LIBRARY}/<object_type>")
    def enablement(version: str, object_type: str) -> Answer:
        return {"enablement": account.portal.activated(kind_of(object_type))}, 200

    @routes.post(f"{_LIBRARY}/<object_type>")
    def activate(version: str, object_type: str) -> Answer:
        """What a person does in the account's data model; no API until 2027-03."""
        if not is_staff():
            raise HubError(405, "Method not allowed", "METHOD_NOT_ALLOWED")
        switched_on = box.option("hubspot.activated", LIBRARY_DEFAULT)
        number = kind_of(object_type).number
        box.options["hubspot.activated"] = sorted({*switched_on, number})
        return {"enablement": True}, 200


def add_properties(routes: Blueprint, account: Account) -> None:
    """Property definitions."""
    schema, portal = account.schema, account.portal

    @routes.get(_PROPERTIES)
    def listed(version: str, object_type: str) -> Answer:
        kind = portal.kind(object_type)
        return {"results": [*schema.definitions(kind).values()]}, 200

    @routes.post(_PROPERTIES)
    def create(version: str, object_type: str) -> Answer:
        with portal.transaction():
            return schema.create(portal.kind(object_type), body_of_request()), 201

    @routes.post(f"{_PROPERTIES}/batch/create")
    def batch_create(version: str, object_type: str) -> Answer:
        kind = portal.kind(object_type)
        with portal.transaction():
            inputs = inputs_of(body_of_request(), 100)
            results = [schema.create(kind, one) for one in inputs]
        now = portal.now()
        times = {"startedAt": now, "completedAt": now}
        return {"status": "COMPLETE", "results": results} | times, 200

    @routes.get(f"{_PROPERTIES}/<name>")
    def read(version: str, object_type: str, name: str) -> Answer:
        found = schema.get(portal.kind(object_type), name)
        if found is None:
            raise HubError(404, f"Property {name} not found", "OBJECT_NOT_FOUND")
        return found, 200

    @routes.patch(f"{_PROPERTIES}/<name>")
    def update(version: str, object_type: str, name: str) -> Answer:
        with portal.transaction():
            kind = portal.kind(object_type)
            return schema.update(kind, name, body_of_request()), 200

    @routes.delete(f"{_PROPERTIES}/<name>")
    def archive(version: str, object_type: str, name: str) -> Nothing:
        schema.archive(portal.kind(object_type), name)
        return "", 204


def add_groups(routes: Blueprint, account: Account) -> None:
    """The groups that properties stand in."""
    schema, portal = account.schema, account.portal

    @routes.get(f"{_PROPERTIES}/groups")
    def groups(version: str, object_type: str) -> Answer:
        kind = portal.kind(object_type)
        return {"results": [*schema.groups(kind).values()]}, 200

    @routes.post(f"{_PROPERTIES}/groups")
    def create_group(version: str, object_type: str) -> Answer:
        return schema.create_group(portal.kind(object_type), body_of_request()), 201


def add_pipelines(routes: Blueprint, account: Account) -> None:
    """Pipelines."""
    pipelines, portal = account.pipelines, account.portal

    @routes.get(_PIPELINES)
    def listed(version: str, object_type: str) -> Answer:
        kind = portal.kind(object_type)
        return {"results": [*pipelines.all(kind).values()]}, 200

    @routes.post(_PIPELINES)
    def create(version: str, object_type: str) -> Answer:
        with portal.transaction():
            kind = portal.kind(object_type)
            return pipelines.create(kind, body_of_request()), 201

    @routes.route(
        f"{_PIPELINES}/<pipeline_id>", methods=["GET", "PATCH", "PUT", "DELETE"]
    )
    def single(version: str, object_type: str, pipeline_id: str) -> Answer | Nothing:
        kind = portal.kind(object_type)
        if request.method == "GET":
            return pipelines.get(kind, pipeline_id), 200
        with portal.transaction():
            if request.method == "DELETE":
                pipelines.delete(kind, pipeline_id)
                return "", 204
            put = request.method == "PUT"
            change = pipelines.replace if put else pipelines.patch
            return change(kind, pipeline_id, body_of_request()), 200


def add_stages(routes: Blueprint, account: Account) -> None:
    """The stages of a pipeline."""
    pipelines, portal = account.pipelines, account.portal

    @routes.get(_STAGES)
    def listed(version: str, object_type: str, pipeline_id: str) -> Answer:
        pipeline = pipelines.get(portal.kind(object_type), pipeline_id)
        return {"results": pipeline["stages"]}, 200

    @routes.post(_STAGES)
    def add(version: str, object_type: str, pipeline_id: str) -> Answer:
        kind = portal.kind(object_type)
        with portal.transaction():
            return pipelines.add_stage(kind, pipeline_id, body_of_request()), 201

    @routes.route(f"{_STAGES}/<stage_id>", methods=["GET", "PATCH", "PUT", "DELETE"])
    def single(
        version: str, object_type: str, pipeline_id: str, stage_id: str
    ) -> Answer | Nothing:
        kind = portal.kind(object_type)
        if request.method == "GET":
            return pipelines.stage(kind, pipeline_id, stage_id), 200
        with portal.transaction():
            if request.method == "DELETE":
                pipelines.delete_stage(kind, pipeline_id, stage_id)
                return "", 204
            changes = body_of_request()
            return pipelines.change_stage(kind, pipeline_id, stage_id, changes), 200
