"""Records: read, upsert, update and archive in batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.clients.door import Answer, Call
from connector.clients.errors import RemoteRefused
from connector.clients.hubspot.base import Base
from connector.clients.hubspot.shapes import (
    BatchAnswer,
    Record,
    Write,
    WriteAnswer,
    named,
    problem,
    problem_of,
    record,
)
from connector.clients.settling import Problem, settle

BATCH = 100
BATCH_WITH_HISTORY = 50
_NOT_FOUND = "OBJECT_NOT_FOUND"


class Records(Base):
    """The objects API: `/crm/objects/{version}/{object_type}`."""

    def read(
        self,
        object_type: str,
        record_id: str,
        properties: Sequence[str],
        history: Sequence[str] = (),
        *,
        archived: bool = False,
    ) -> Record | None:
        """Read one record, None if it is not there.

        An id that was merged away leads to the record that survived: compare `id`.
        With `archived` only the recycle bin is looked in, which keeps a record for 90
        days; one that is in neither was deleted for good, by a privacy deletion too.
        """
        query = {"archived": "true" if archived else "false"}
        if properties:
            query["properties"] = ",".join(properties)
        if history:
            query["propertiesWithHistory"] = ",".join(history)
        try:
            raw = self.door.get(
                self._path("record", object_type=object_type, id=record_id), query
            )
        except RemoteRefused as err:
            if err.status == 404:
                return None
            raise
        return record(raw)

    def batch_read(
        self,
        object_type: str,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        id_property: str | None = None,
        history: Sequence[str] = (),
        archived: bool = False,
    ) -> BatchAnswer:
        """Read records by id, or by the value of `id_property`.

        HubSpot leaves ids out that it does not have, and those that were merged away:
        they are `missing`. A contact is also found by a secondary address. With
        `archived` only the recycle bin is looked in (specified): what is missing
        there as well was merged away, which a single read tells, or deleted for good.
        """
        asked = list(dict.fromkeys(ids))
        answer = BatchAnswer()
        body: dict[str, Any] = {
            "properties": _with_keys(properties, id_property),
            "propertiesWithHistory": list(history),
        }
        if id_property:
            body["idProperty"] = id_property

        path = self._path("batch_read", object_type=object_type)
        query = {"archived": "true"} if archived else {}

        def send(part: list[str]) -> Sequence[str]:
            body["inputs"] = [{"id": one} for one in part]
            got = self.door.call(Call("POST", path, query, body))
            results = self.door.part(got.data, "results")
            return _take_read(answer, part, id_property, results, _errors(got))

        def refused(one: str, error: RemoteRefused | None) -> None:
            answer.problems[one] = problem_of(error)

        settle(asked, BATCH_WITH_HISTORY if history else BATCH, send, refused)
        return answer

    def batch_upsert(
        self, object_type: str, inputs: Sequence[Write], id_property: str
    ) -> WriteAnswer:
        """Create or update records by the value of a unique property.

        Not for `email`: HubSpot does not support partial upserts by it. Up to `BATCH`
        writes are one call; a caller that keeps results hands over no more at a time.
        """
        return self._write("batch_upsert", object_type, inputs, id_property)

    def batch_create(self, object_type: str, inputs: Sequence[Write]) -> WriteAnswer:
        """Create records that have no unique property, up to `BATCH` in a call.

        The ids of the writes are not sent. A create must not happen twice, so a call
        without a proper answer is not made again (`RemoteBusy.maybe_done`), and what an
        answer says nothing of is in neither part of ours: it may have been made.
        """
        _distinct(inputs)
        answer = WriteAnswer()
        path = self._path("batch_create", object_type=object_type)

        def send(part: list[Write]) -> Sequence[Write]:
            body = {"inputs": [_new(write) for write in part]}
            got = self.door.call(Call("POST", path, body=body, repeatable=False))
            results = self.door.part(got.data, "results")
            _take_results(answer, part, results, None)
            _take_problems(answer, part, _errors(got))
            return ()

        def refused(write: Write, error: RemoteRefused | None) -> None:
            answer.problems[write.trace] = problem_of(error)

        settle(inputs, BATCH, send, refused)
        return answer

    def batch_update(self, object_type: str, inputs: Sequence[Write]) -> WriteAnswer:
        """Update records by their record ids; ids that were merged away fail."""
        return self._write("batch_update", object_type, inputs, None)

    def batch_archive(self, object_type: str, ids: Sequence[str]) -> dict[str, Problem]:
        """Move records to HubSpot's recycle bin; returns the problems by id."""
        problems: dict[str, Problem] = {}

        def send(part: list[str]) -> Sequence[str]:
            body = {"inputs": [{"id": one} for one in part]}
            got = self.door.post(
                self._path("batch_archive", object_type=object_type), body
            )
            if not _errors(got):
                return ()
            part_problems = _by_name(part, _errors(got), ("ids", "id"))
            problems.update(part_problems)
            return [one for one in part if one not in part_problems]

        def refused(one: str, error: RemoteRefused | None) -> None:
            problems[one] = problem_of(error)

        settle(list(dict.fromkeys(ids)), BATCH, send, refused)
        return problems

    def _write(
        self,
        path: str,
        object_type: str,
        inputs: Sequence[Write],
        id_property: str | None,
    ) -> WriteAnswer:
        _distinct(inputs)
        answer = WriteAnswer()

        def send(part: list[Write]) -> Sequence[Write]:
            body = {"inputs": [_input(write, id_property) for write in part]}
            try:
                got = self.door.post(self._path(path, object_type=object_type), body)
            except RemoteRefused as err:
                _take_problems(answer, part, err.errors, err.status)
                left = _left(part, answer)
                if len(left) == len(part):
                    raise
                return left
            results = self.door.part(got.data, "results")
            _take_results(answer, part, results, id_property)
            _take_problems(answer, part, _errors(got))
            return _left(part, answer)

        def refused(write: Write, error: RemoteRefused | None) -> None:
            answer.problems[write.trace] = problem_of(error)

        settle(inputs, BATCH, send, refused)
        return answer


def _distinct(inputs: Sequence[Write]) -> None:
    """Two writes of one record in a call have no defined outcome at HubSpot."""
    if len({write.id for write in inputs}) < len(inputs):
        raise ValueError("one record is written twice in a call")
    if len({write.trace for write in inputs}) < len(inputs):
        raise ValueError("one trace stands on two writes of a call")


def _input(write: Write, id_property: str | None) -> dict[str, Any]:
    values = {name: value or "" for name, value in write.properties.items()}
    entry: dict[str, Any] = {"id": write.id, "properties": values}
    if id_property:
        entry["idProperty"] = id_property
    return {**entry, "objectWriteTraceId": write.trace}


def _new(write: Write) -> dict[str, Any]:
    """An input of a create: associations are made by a call that names no types."""
    values = {name: value or "" for name, value in write.properties.items()}
    trace = {"objectWriteTraceId": write.trace}
    return {"properties": values, "associations": [], **trace}


def _errors(got: Answer) -> list[dict[str, Any]]:
    data = got.data if isinstance(got.data, dict) else {}
    return [one for one in data.get("errors") or () if isinstance(one, dict)]


def _with_keys(properties: Sequence[str], id_property: str | None) -> list[str]:
    keys = [id_property] if id_property else []
    if id_property == "email":
        keys.append("hs_additional_emails")
    return list(dict.fromkeys([*properties, *keys]))


def _take_read(
    answer: BatchAnswer,
    part: list[str],
    id_property: str | None,
    results: Sequence[Mapping[str, Any]],
    errors: Sequence[Mapping[str, Any]],
) -> Sequence[str]:
    """Record what one answer says; an error that names no id casts doubt on all."""
    asked = {one.casefold(): one for one in part}
    for raw in results:
        one = record(raw)
        answer.found.append(one)
        for key in _keys_of(one, id_property):
            if key.casefold() in asked:
                answer.by_key[asked[key.casefold()]] = one
    others = [one for one in errors if one.get("category") != _NOT_FOUND]
    answer.problems.update(_by_name(part, others, ("ids", "id")))
    left = [
        one for one in part if one not in answer.by_key and one not in answer.problems
    ]
    if any(not named(one, "ids", "id") for one in others):
        return left
    answer.missing.extend(left)
    return ()


def _keys_of(one: Record, id_property: str | None) -> list[str]:
    if id_property is None:
        return [one.id]
    keys = [one.properties.get(id_property)]
    if id_property == "email":
        keys += (one.properties.get("hs_additional_emails") or "").split(";")
    return [key for key in keys if key]


def _by_name(
    part: Sequence[str], errors: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> dict[str, Problem]:
    return {
        name: problem(error)
        for error in errors
        for name in named(error, *keys)
        if name in part
    }


def _take_results(
    answer: WriteAnswer,
    part: Sequence[Write],
    results: Sequence[Mapping[str, Any]],
    id_property: str | None,
) -> None:
    """Match results to writes by trace, by our unique value, or by id: never by place.

    An update may come back under the id of the record that survived a merge, so the
    trace is looked at first.
    """
    traces = {write.trace for write in part}
    by_id = {write.id: write.trace for write in part}
    for raw in results:
        one = record(raw)
        key = one.properties.get(id_property) if id_property else one.id
        trace = raw.get("objectWriteTraceId")
        if trace not in traces:
            trace = by_id.get(key or "")
        if trace is not None:
            answer.results[trace] = one


def _take_problems(
    answer: WriteAnswer,
    part: Sequence[Write],
    errors: Sequence[Mapping[str, Any]],
    status: int = 0,
) -> None:
    by_id = {write.id: write.trace for write in part}
    traces = set(by_id.values())
    for error in errors:
        found = [one for one in named(error, "objectWriteTraceId") if one in traces]
        found += [by_id[one] for one in named(error, "ids", "id") if one in by_id]
        for trace in found:
            if trace not in answer.results:
                answer.problems[trace] = problem(error, status)


def _left(part: Sequence[Write], answer: WriteAnswer) -> list[Write]:
    done = answer.results.keys() | answer.problems.keys()
    return [write for write in part if write.trace not in done]
