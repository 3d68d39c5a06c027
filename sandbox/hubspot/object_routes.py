"""The doors to records: /crm/objects/{version}/…"""

from typing import Any

from flask import Blueprint, request

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError, not_found
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.portal import body_of_request
from sandbox.hubspot.view import shown, written
from sandbox.store import Document

Answer = tuple[dict[str, Any], int]
Nothing = tuple[str, int]

_TYPE = "/crm/objects/<version>/<object_type>"


def _names(parameter: str) -> list[str]:
    """A comma-separated or repeated query parameter."""
    values = request.args.getlist(parameter)
    return [name for value in values for name in value.split(",") if name]


def add_batches(routes: Blueprint, account: Account) -> None:
    """Batches and search."""

    @routes.post(f"{_TYPE}/batch/<operation>")
    def batch(version: str, object_type: str, operation: str) -> Answer | Nothing:
        kind, body = account.portal.kind(object_type), body_of_request()
        if operation == "archive":
            account.batches.archive(kind, body)
            return "", 204
        if operation not in ("create", "update", "upsert"):
            raise HubError(404, f"No batch {operation}", "OBJECT_NOT_FOUND")
        answer: Answer = getattr(account.batches, operation)(kind, body)
        return answer

    @routes.post(f"{_TYPE}/batch/read")
    def read(version: str, object_type: str) -> Answer:
        kind, body = account.portal.kind(object_type), body_of_request()
        binned = request.args.get("archived") == "true"
        return account.batches.read(kind, body, archived=binned)

    @routes.post(f"{_TYPE}/search")
    def search(version: str, object_type: str) -> Answer:
        kind = account.portal.kind(object_type)
        return account.search.run(kind, body_of_request()), 200


def add_acts(routes: Blueprint, account: Account) -> None:
    """Merge and deletion for good."""

    @routes.post(f"{_TYPE}/merge")
    def merge(version: str, object_type: str) -> Answer:
        kind, body = account.portal.kind(object_type), body_of_request()
        primary = str(body.get("primaryObjectId", ""))
        other = str(body.get("objectIdToMerge", ""))
        if primary == other:
            raise HubError(400, "A record cannot be merged with itself")
        return written(kind, account.merge(kind, primary, other)), 200

    @routes.post(f"{_TYPE}/gdpr-delete")
    def forget(version: str, object_type: str) -> Nothing:
        kind, body = account.portal.kind(object_type), body_of_request()
        key = str(body.get("objectId", ""))
        account.forget_person(kind, body.get("idProperty"), key)
        return "", 204


def add_singles(routes: Blueprint, account: Account) -> None:
    """One record at a time, and the list."""

    @routes.get(_TYPE)
    def list_records(version: str, object_type: str) -> Answer:
        kind = account.portal.kind(object_type)
        return _list(account, kind), 200

    @routes.post(_TYPE)
    def create(version: str, object_type: str) -> Answer:
        kind, body = account.portal.kind(object_type), body_of_request()
        return written(kind, account.create(kind, body)), 201

    @routes.get(f"{_TYPE}/<object_id>")
    def read(version: str, object_type: str, object_id: str) -> Answer:
        kind = account.portal.kind(object_type)
        doc = _asked_for(account, kind, object_id)
        return _shown(account, kind, doc), 200

    @routes.patch(f"{_TYPE}/<object_id>")
    def update(version: str, object_type: str, object_id: str) -> Answer:
        kind, body = account.portal.kind(object_type), body_of_request()
        with account.portal.transaction():
            doc = _found(account, kind, object_id)
            after = account.records.update(kind, doc, body.get("properties") or {})
        return written(kind, after), 200

    @routes.delete(f"{_TYPE}/<object_id>")
    def archive(version: str, object_type: str, object_id: str) -> Nothing:
        kind = account.portal.kind(object_type)
        doc = account.records.live(kind, object_id)
        if doc is not None:
            account.archive(kind, doc)
        return "", 204


def _found(account: Account, kind: Kind, object_id: str) -> Document:
    id_property = request.args.get("idProperty")
    if not id_property:
        return account.records.resolve(kind, object_id)
    doc = account.records.find(kind, id_property, object_id)
    if doc is None:
        raise not_found(kind.label, object_id)
    return doc


def _asked_for(account: Account, kind: Kind, object_id: str) -> Document:
    if request.args.get("archived") != "true":
        return _found(account, kind, object_id)
    doc = account.records.get(kind, object_id)
    if doc is None or not doc["archived"]:
        raise not_found(kind.label, object_id)
    return doc


def _shown(account: Account, kind: Kind, doc: Document) -> dict[str, Any]:
    history = _names("propertiesWithHistory")
    answer = shown(account.schema, kind, doc, _names("properties"), history)
    for name in _names("associations"):
        other = account.portal.kind(name)
        linked = account.associations.of(kind, other, doc["id"])
        if linked:
            label = f"{kind.names[1]}_to_{other.names[1]}"
            results = [{"id": key, "type": label} for key in linked]
            answer.setdefault("associations", {})[other.names[0]] = {"results": results}
    return answer


def _list(account: Account, kind: Kind) -> dict[str, Any]:
    try:
        limit = int(request.args.get("limit", 10))
        after = int(request.args.get("after", 0))
    except ValueError as error:
        raise HubError(400, "limit and after must be numbers") from error
    if not 0 < limit <= 100:
        raise HubError(400, "limit must be between 1 and 100")
    archived = request.args.get("archived") == "true"
    every = account.portal.box.store.all(kind.store).values()
    docs = [doc for doc in every if doc["archived"] == archived]
    docs = [doc for doc in docs if int(doc["id"]) > after]
    page = docs[:limit]
    answer: dict[str, Any] = {"results": [_shown(account, kind, doc) for doc in page]}
    if len(docs) > limit:
        answer["paging"] = {"next": {"after": page[-1]["id"]}}
    return answer
