"""The doors to associations."""

from typing import Any

from flask import Blueprint, request

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.portal import body_of_request

Answer = tuple[dict[str, Any], int]
Nothing = tuple[str, int]

_BATCH = "/crm/associations/<version>/<from_type>/<to_type>/batch"
_SINGLE = "/crm/objects/<version>/<from_type>/<from_id>/associations"


def add_batches(routes: Blueprint, account: Account) -> None:
    """Associate, read and part by batch."""

    def ends(from_type: str, to_type: str) -> tuple[Kind, Kind]:
        return account.portal.kind(from_type), account.portal.kind(to_type)

    def answer(results: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Answer:
        now = account.portal.now()
        body: dict[str, Any] = {"status": "COMPLETE", "results": results}
        body |= {"startedAt": now, "completedAt": now}
        if errors:
            return body | {"numErrors": len(errors), "errors": errors}, 207
        return body, 200

    @routes.post(f"{_BATCH}/associate/default")
    def associate(version: str, from_type: str, to_type: str) -> Answer:
        one, other = ends(from_type, to_type)
        body = body_of_request()
        return answer(*account.associations.batch_associate(one, other, body))

    @routes.post(f"{_BATCH}/create")
    def create(version: str, from_type: str, to_type: str) -> Answer:
        one, other = ends(from_type, to_type)
        body = body_of_request()
        made, errors = account.associations.batch_associate(
            one, other, body, labelled=True
        )
        pairs = [
            _pair(one, other, link["from"]["id"], link["to"]["id"])
            for link in made[::2]
        ]
        return answer(pairs, errors)

    @routes.post(f"{_BATCH}/read")
    def read(version: str, from_type: str, to_type: str) -> Answer:
        one, other = ends(from_type, to_type)
        body = body_of_request()
        return answer(*account.associations.batch_read(one, other, body))

    @routes.post(f"{_BATCH}/archive")
    def archive(version: str, from_type: str, to_type: str) -> Answer:
        one, other = ends(from_type, to_type)
        account.associations.batch_archive(one, other, body_of_request())
        return answer([], [])


def _pair(one: Kind, other: Kind, first: str, second: str) -> dict[str, Any]:
    return {
        "fromObjectTypeId": one.number,
        "fromObjectId": first,
        "toObjectTypeId": other.number,
        "toObjectId": second,
        "labels": [],
    }


def add_singles(routes: Blueprint, account: Account) -> None:
    """One pair at a time."""

    @routes.put(f"{_SINGLE}/default/<to_type>/<to_id>")
    def default(
        version: str, from_type: str, from_id: str, to_type: str, to_id: str
    ) -> Answer:
        one, other = account.portal.kind(from_type), account.portal.kind(to_type)
        with account.portal.transaction():
            made = account.associations.associate(one, other, (from_id, to_id))
        now = account.portal.now()
        body = {"status": "COMPLETE", "results": made}
        return body | {"startedAt": now, "completedAt": now}, 200

    @routes.put(f"{_SINGLE}/<to_type>/<to_id>")
    def labelled(
        version: str, from_type: str, from_id: str, to_type: str, to_id: str
    ) -> Answer:
        one, other = account.portal.kind(from_type), account.portal.kind(to_type)
        types = request.get_json(silent=True)
        if not isinstance(types, list) or not types:
            raise HubError(400, "Invalid input JSON: association types are expected")
        with account.portal.transaction():
            account.associations.associate(one, other, (from_id, to_id), types)
        return _pair(one, other, from_id, to_id), 201

    @routes.get(f"{_SINGLE}/<to_type>")
    def listed(version: str, from_type: str, from_id: str, to_type: str) -> Answer:
        one, other = account.portal.kind(from_type), account.portal.kind(to_type)
        record_id = account.records.resolve(one, from_id)["id"]
        linked = account.associations.of(one, other, record_id)
        results = [{"toObjectId": k, "associationTypes": v} for k, v in linked.items()]
        return {"results": results}, 200

    @routes.delete(f"{_SINGLE}/<to_type>/<to_id>")
    def separate(
        version: str, from_type: str, from_id: str, to_type: str, to_id: str
    ) -> Nothing:
        one, other = account.portal.kind(from_type), account.portal.kind(to_type)
        with account.portal.transaction():
            account.associations.separate(one, other, (from_id, to_id))
        return "", 204
