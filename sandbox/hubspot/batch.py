"""Batches of records: at most 100 inputs, all or nothing, unless traced.

Sources: HubSpot's object guides and 2026-09 specs. An `objectWriteTraceId` on every
input, each its own, turns one refusal for the whole batch into a 207 whose errors
name the input in context.objectWriteTraceId. A batch that repeats an id is refused.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from sandbox.faults import partial_fault
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.errors import HubError, category_of, not_found, property_error
from sandbox.hubspot.kinds import Kind
from sandbox.hubspot.portal import Portal, inputs_of
from sandbox.hubspot.records import Records
from sandbox.hubspot.schema import Schema
from sandbox.hubspot.view import shown, written
from sandbox.store import Document

LIMIT = 100
LIMIT_WITH_HISTORY = 50

Input = dict[str, Any]
Answer = tuple[dict[str, Any], int]
# What one input comes to: its result, or None when HubSpot passes it over.
Step = Callable[[Kind, Input], dict[str, Any] | None]


class Batches:
    """The five batches of an object type."""

    def __init__(
        self,
        portal: Portal,
        schema: Schema,
        records: Records,
        associations: Associations,
    ) -> None:
        self._portal = portal
        self._schema = schema
        self._records = records
        self._associations = associations

    def create(self, kind: Kind, body: dict[str, Any]) -> Answer:
        """New records."""
        return self._each(kind, inputs_of(body, LIMIT), self._create_one, 201)

    def update(self, kind: Kind, body: dict[str, Any]) -> Answer:
        """Changes by record id or by a unique property."""
        inputs = inputs_of(body, LIMIT)
        _refuse_repeated(inputs)
        return self._each(kind, inputs, self._update_one, 200)

    def upsert(self, kind: Kind, body: dict[str, Any]) -> Answer:
        """Changes by a unique property, to new records where there are none.

        By e-mail HubSpot supports no partial upserts: traced inputs are refused.
        """
        inputs = inputs_of(body, LIMIT)
        for one in inputs:
            self._check_upsert(kind, one)
        _refuse_repeated(inputs)
        return self._each(kind, inputs, self._upsert_one, 200)

    def read(
        self, kind: Kind, body: dict[str, Any], *, archived: bool = False
    ) -> Answer:
        """Records by id or by a unique property; 207 when some are not found.

        Ids that were merged away are among those. With `archived` only the recycle bin
        is looked in, where records have no unique values any more.
        """
        with_history = body.get("propertiesWithHistory") or []
        limit = LIMIT_WITH_HISTORY if with_history else LIMIT
        inputs = inputs_of(body, limit)
        id_property = body.get("idProperty") or "hs_object_id"
        results, missing = {}, []
        for one in inputs:
            key = str(one.get("id", ""))
            doc = self._to_read(kind, id_property, key, archived=archived)
            if doc is None:
                missing.append(key)
                continue
            names = body.get("properties") or []
            results[doc["id"]] = shown(self._schema, kind, doc, names, with_history)
        # Whether missing ids are told of is not documented: the option plays silence.
        silent = self._portal.box.option("hubspot.missing_silent", False)
        errors = [_missing(kind, missing).item()] if missing and not silent else []
        return self._answer([*results.values()], errors, 200)

    def _to_read(
        self, kind: Kind, id_property: str, key: str, *, archived: bool
    ) -> Document | None:
        if not archived:
            return self._records.find(kind, id_property, key)
        self._records.check_id_property(kind, id_property)
        doc = self._records.get(kind, key) if id_property == "hs_object_id" else None
        return doc if doc is not None and doc["archived"] else None

    def archive(self, kind: Kind, body: dict[str, Any]) -> None:
        """To the recycle bin; ids that are unknown are passed over."""
        with self._portal.transaction():
            for one in inputs_of(body, LIMIT):
                doc = self._records.live(kind, str(one.get("id", "")))
                if doc is not None:
                    links = self._associations.forget(kind, doc["id"])
                    self._records.archive(kind, doc, links)

    def _create_one(self, kind: Kind, one: Input) -> dict[str, Any]:
        made = self._records.create(kind, _properties(one))
        for link in one.get("associations") or []:
            self._associations.with_new(kind, made["id"], link)
        return written(kind, made)

    def _update_one(self, kind: Kind, one: Input) -> dict[str, Any] | None:
        key = str(one.get("id", ""))
        id_property = one.get("idProperty") or "hs_object_id"
        if id_property == "email":
            # Reported by HubSpot's own SDK users: reads by it, but no updates.
            message = "Unable to perform update/upsert by non-unique 0-1 property"
            raise HubError(400, message)
        doc = self._records.find(kind, id_property, key)
        if doc is None and id_property == "hs_object_id" and "@" in key:
            # Likewise: an address for an id changes nothing and says nothing.
            return None
        if doc is None:
            raise not_found(kind.label, key)
        return written(kind, self._records.update(kind, doc, _properties(one)))

    def _check_upsert(self, kind: Kind, one: Input) -> None:
        id_property = one.get("idProperty")
        if not id_property:
            raise HubError(400, "idProperty is required for an upsert")
        self._records.check_id_property(kind, id_property)
        if id_property == "email" and "objectWriteTraceId" in one:
            message = "Partial upserts are not supported when using email as idProperty"
            raise HubError(400, message)

    def _upsert_one(self, kind: Kind, one: Input) -> dict[str, Any]:
        key, id_property = str(one.get("id", "")), one["idProperty"]
        if not key:
            message = f"{id_property} is empty"
            raise property_error(id_property, "INVALID_VALUE", message)
        properties = _properties(one)
        doc = self._records.find(kind, id_property, key)
        if doc is None and id_property == "hs_object_id":
            raise not_found(kind.label, key)
        if doc is None:
            made = self._records.create(kind, {id_property: key} | properties)
            return written(kind, made) | {"new": True}
        after = self._records.update(kind, doc, properties)
        return written(kind, after) | {"new": False}

    def _each(self, kind: Kind, inputs: list[Input], step: Step, status: int) -> Answer:
        traces = [one.get("objectWriteTraceId") for one in inputs]
        traced = all(traces) and len(set(traces)) == len(traces)
        echoes = self._portal.box.option("hubspot.echoes_traces", True)
        results, errors = [], []
        with self._portal.transaction():
            for position, one in enumerate(inputs):
                trace = one.get("objectWriteTraceId")
                try:
                    with self._portal.transaction():
                        _fail_on_order(position, one)
                        result = step(kind, one)
                except HubError as error:
                    if not traced:
                        raise
                    errors.append(error.item(trace))
                    continue
                if result is not None:
                    results.append(_traced(result, trace if echoes else None))
        return self._answer(results, errors, status)

    def _answer(
        self, results: list[dict[str, Any]], errors: list[dict[str, Any]], status: int
    ) -> Answer:
        now = self._portal.now()
        body: dict[str, Any] = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": now,
            "completedAt": now,
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
            return body, 207
        return body, status


def _properties(one: Input) -> dict[str, Any]:
    properties = one.get("properties")
    if not isinstance(properties, dict):
        raise HubError(400, "Some required fields were not set: [properties]")
    return properties


def _traced(result: dict[str, Any], trace: str | None) -> dict[str, Any]:
    return result if trace is None else result | {"objectWriteTraceId": trace}


def _missing(kind: Kind, ids: list[str]) -> HubError:
    message = (
        f"Could not get some {kind.label.upper()} objects, they may be deleted or "
        "not exist. Check that ids are valid."
    )
    return HubError(404, message, "OBJECT_NOT_FOUND", context={"ids": ids})


def _refuse_repeated(inputs: list[Input]) -> None:
    counts = Counter(str(one.get("id")) for one in inputs)
    repeated = [key for key, count in counts.items() if count > 1]
    if repeated:
        message = f"Duplicate IDs found in batch input: {repeated}. IDs must be unique"
        raise HubError(400, message)


def _fail_on_order(position: int, one: Input) -> None:
    """Refuse the inputs that a `partial` fault picks."""
    fault = partial_fault()
    if fault is None:
        return
    properties = one.get("properties")
    values = properties.values() if isinstance(properties, dict) else ()
    names = {str(one.get("id")), str(one.get("objectWriteTraceId")), *map(str, values)}
    if fault.picks(position, names):
        message = str(fault.body or "refused, as ordered")
        raise HubError(fault.status, message, category_of(fault.status))
