"""Associations between records: read, make and end in batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.clients.errors import RemoteRefused
from connector.clients.hubspot.base import Base
from connector.clients.hubspot.shapes import named, problem, problem_of
from connector.clients.settling import Problem, chunks, settle

READ_BATCH = 1000
MAKE_BATCH = 1000
_NONE_FOUND = "NO_ASSOCIATIONS_FOUND"

Pair = tuple[str, str]
"""The ids of the record that an association leads from, and of the one it leads to."""


class Links(Base):
    """The associations API: `/crm/associations/{version}/{from}/{to}`."""

    def associations(
        self, from_type: str, to_type: str, ids: Sequence[str]
    ) -> dict[str, list[str]]:
        """The ids that each record is associated with, all pages read.

        Only complete answers are in it: an id that HubSpot reported an error for is
        left out, so that its absence is never taken for the end of an association.
        An id without associations has an empty list: HubSpot says so in words, or in
        an answer without any error leaves the id out.
        """
        asked = list(dict.fromkeys(ids))
        found: dict[str, list[str]] = {one: [] for one in asked}
        doubtful: set[str] = set()
        todo = [{"id": one} for one in asked]
        path = self._path("links_read", object_type=from_type, to=to_type)
        while todo:
            further: list[dict[str, str]] = []
            for part in chunks(todo, READ_BATCH):
                data = self.door.post(path, {"inputs": list(part)}).data
                self.door.part(data, "results")
                further += _take_links(found, data)
                doubtful |= _doubtful(part, data)
            todo = [one for one in further if one["id"] not in doubtful]
        return {one: found[one] for one in asked if one not in doubtful}

    def associate_default(
        self, from_type: str, to_type: str, pairs: Sequence[Pair]
    ) -> dict[Pair, Problem]:
        """Associate each pair without a label; returns the problems by pair.

        A pair that is associated already stays so.
        """
        path = self._path("links_make", object_type=from_type, to=to_type)
        problems: dict[Pair, Problem] = {}

        def send(part: list[Pair]) -> Sequence[Pair]:
            inputs = [{"from": {"id": one}, "to": {"id": two}} for one, two in part]
            data = self.door.post(path, {"inputs": inputs}).data or {}
            done = {_pair(raw) for raw in data.get("results") or ()}
            done |= {(two, one) for one, two in done}
            left = [pair for pair in part if pair not in done]
            return _take_problems(problems, left, data.get("errors") or ())

        def refused(pair: Pair, error: RemoteRefused | None) -> None:
            problems[pair] = problem_of(error)

        settle(list(dict.fromkeys(pairs)), MAKE_BATCH, send, refused)
        return problems

    def disassociate(
        self, from_type: str, to_type: str, pairs: Sequence[Pair]
    ) -> dict[Pair, Problem]:
        """End every association of each pair, labelled ones too; returns problems."""
        path = self._path("links_end", object_type=from_type, to=to_type)
        problems: dict[Pair, Problem] = {}

        def send(part: list[Pair]) -> Sequence[Pair]:
            body = {"inputs": _grouped(part)}
            data = self.door.post(path, body).data or {}
            errors = data.get("errors") or ()
            if not errors:
                return ()
            return _take_problems(problems, part, errors)

        def refused(pair: Pair, error: RemoteRefused | None) -> None:
            problems[pair] = problem_of(error)

        settle(list(dict.fromkeys(pairs)), MAKE_BATCH, send, refused)
        return problems


def _pair(raw: Mapping[str, Any]) -> Pair:
    return str(raw["from"]["id"]), str(raw["to"]["id"])


def _grouped(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    to: dict[str, list[dict[str, str]]] = {}
    for one, two in pairs:
        to.setdefault(one, []).append({"id": two})
    return [{"from": {"id": one}, "to": others} for one, others in to.items()]


def _take_links(
    found: dict[str, list[str]], data: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Enter the associations of one answer; returns the pages that are to follow."""
    further = []
    for raw in data.get("results") or ():
        one = str(raw["from"]["id"])
        held = found.setdefault(one, [])
        others = (str(other["toObjectId"]) for other in raw.get("to") or ())
        held += [other for other in dict.fromkeys(others) if other not in held]
        following = (raw.get("paging") or {}).get("next") or {}
        if following.get("after") is not None:
            further.append({"id": one, "after": str(following["after"])})
    return further


def _doubtful(part: Sequence[Mapping[str, str]], data: Mapping[str, Any]) -> set[str]:
    """The ids of one request that its answer does not settle.

    An error that names no record, or a batch that is not complete, leaves those in
    doubt that the answer has no result for.
    """
    errors = [
        error
        for error in data.get("errors") or ()
        if _NONE_FOUND not in str(error.get("subCategory") or "")
    ]
    names = [named(error, "fromObjectId", "ids", "id") for error in errors]
    doubtful = {one for found in names for one in found}
    complete = data.get("status", "COMPLETE") == "COMPLETE"
    if not complete or not all(names):
        answered = {str(raw["from"]["id"]) for raw in data.get("results") or ()}
        doubtful |= {one["id"] for one in part} - answered
    return doubtful


def _take_problems(
    problems: dict[Pair, Problem],
    pairs: Sequence[Pair],
    errors: Sequence[Mapping[str, Any]],
) -> list[Pair]:
    """Enter the errors that name a pair; returns the pairs that none names.

    One that names only one side stands for all pairs of that side.
    """
    for error in errors:
        starts = set(named(error, "fromObjectId"))
        ends = set(named(error, "toObjectId"))
        for one, two in pairs:
            if (starts or ends) and one in (starts or {one}) and two in (ends or {two}):
                problems[one, two] = problem(error)
    return [pair for pair in pairs if pair not in problems]
