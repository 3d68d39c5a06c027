"""Search, with its limits and its delay.

Sources: HubSpot's search guide and `PublicObjectSearchRequest` of the 2026-09 specs:
200 a page, 10 000 results and then 400, 5 groups of 6 filters and 18 in all, no
archived records, no rate headers, option values compared by case, and results a few
moments behind the writes. Option `hubspot.search_delay_s` says how far behind.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.hubspot.errors import HubError, property_error
from sandbox.hubspot.keys import value_of
from sandbox.hubspot.kinds import Definition, Kind
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Schema
from sandbox.hubspot.values import instant
from sandbox.hubspot.view import shown
from sandbox.store import Document

PAGE, CAP = 200, 10_000
GROUPS, FILTERS, FILTERS_IN_ALL = 5, 6, 18

Comparable = Decimal | str
Filter = dict[str, Any]


class Search:
    """Search over one account."""

    def __init__(self, portal: Portal, schema: Schema) -> None:
        self._portal = portal
        self._schema = schema

    def run(self, kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
        """The page of matches that the request asks for."""
        known = self._schema.definitions(kind)
        groups = _groups(body, known)
        limit, after = _page(body)
        found = [
            doc
            for doc in self._indexed(kind)
            if _matches(groups, known, doc) and _mentions(body.get("query"), doc)
        ]
        found = _sorted(found, body.get("sorts") or [], known)
        names = body.get("properties") or []
        page = found[after : after + limit]
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [shown(self._schema, kind, doc, names, []) for doc in page],
        }
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return answer

    def _indexed(self, kind: Kind) -> list[Document]:
        """The records as the search index has them, some moments ago."""
        docs = self._portal.box.store.all(kind.store).values()
        live = [doc for doc in docs if not doc["archived"]]
        delay = float(self._portal.box.option("hubspot.search_delay_s", 0))
        if not delay:
            return live
        seen = instant(self._portal.box.now() - timedelta(seconds=delay))
        return [_as_of(doc, seen) for doc in live if doc["written"] <= seen]


def _as_of(doc: Document, seen: str) -> Document:
    history = {
        name: [entry for entry in entries if entry["written"] <= seen]
        for name, entries in doc["history"].items()
    }
    past = doc | {"history": {name: kept for name, kept in history.items() if kept}}
    return past | {"updatedAt": min(doc["updatedAt"], seen)}


def _page(body: dict[str, Any]) -> tuple[int, int]:
    try:
        limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
    except (TypeError, ValueError) as error:
        raise HubError(400, "limit and after must be numbers") from error
    if not 0 < limit <= PAGE:
        raise HubError(400, f"limit must be between 1 and {PAGE}")
    if after + limit > CAP:
        raise HubError(400, f"Search pages no further than {CAP} results")
    return limit, after


def _groups(body: dict[str, Any], known: dict[str, Definition]) -> list[list[Filter]]:
    groups = [group.get("filters") or [] for group in body.get("filterGroups") or []]
    in_all = sum(len(group) for group in groups)
    largest = max((len(group) for group in groups), default=0)
    if len(groups) > GROUPS or largest > FILTERS or in_all > FILTERS_IN_ALL:
        message = f"At most {GROUPS} groups, {FILTERS} filters each, {FILTERS_IN_ALL}"
        raise HubError(400, message)
    for one in (one for group in groups for one in group):
        name = one.get("propertyName")
        if name not in known:
            message = f'Property "{name}" does not exist'
            raise property_error(str(name), "PROPERTY_DOESNT_EXIST", message)
        if one.get("operator") not in _OPERATORS:
            raise HubError(400, f"Unknown operator {one.get('operator')}")
    return groups


def _matches(
    groups: list[list[Filter]], known: dict[str, Definition], doc: Document
) -> bool:
    def holds(one: Filter) -> bool:
        definition = known[one["propertyName"]]
        value = value_of(doc, one["propertyName"])
        return _OPERATORS[one["operator"]](definition, value, one)

    return not groups or any(all(map(holds, group)) for group in groups)


def _mentions(query: Any, doc: Document) -> bool:
    words = str(query or "").lower()
    return not words or any(words in value_of(doc, n).lower() for n in doc["history"])


def _comparable(definition: Definition, value: Any) -> Comparable:
    """What orders and equals a value of this type: a number, or text as it is.

    Times may be given as ISO or as epoch milliseconds.
    """
    text, kind = str(value), str(definition["type"])
    if kind not in ("date", "datetime", "number"):
        return text.lower() if kind == "string" else text
    try:
        return Decimal(text)
    except InvalidOperation:
        return _milliseconds(definition, text)


def _milliseconds(definition: Definition, text: str) -> Decimal:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        name = definition["name"]
        message = f"{text} was not a valid long."
        raise property_error(name, "INVALID_LONG", message) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(
        (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    )


def _order(definition: Definition, value: str, other: Any) -> int | None:
    """-1, 0 or 1; None when the record has no value."""
    if not value:
        return None
    ours, theirs = _comparable(definition, value), _comparable(definition, other)
    return (ours > theirs) - (ours < theirs)  # type: ignore[operator]


def _compare(wanted: set[int]) -> Callable[[Definition, str, Filter], bool]:
    def operator(definition: Definition, value: str, one: Filter) -> bool:
        return _order(definition, value, one.get("value", "")) in wanted

    return operator


def _between(definition: Definition, value: str, one: Filter) -> bool:
    return _order(definition, value, one.get("value")) in (0, 1) and _order(
        definition, value, one.get("highValue")
    ) in (0, -1)


def _in(definition: Definition, value: str, one: Filter) -> bool:
    wanted = {_comparable(definition, other) for other in one.get("values") or []}
    return bool(value) and _comparable(definition, value) in wanted


def _not_equal(definition: Definition, value: str, one: Filter) -> bool:
    return _order(definition, value, one.get("value", "")) != 0


def _not_in(definition: Definition, value: str, one: Filter) -> bool:
    return bool(value) and not _in(definition, value, one)


def _token(_definition: Definition, value: str, one: Filter) -> bool:
    return str(one.get("value", "")).strip("*").lower() in value.lower()


_OPERATORS: dict[str, Callable[[Definition, str, Filter], bool]] = {
    "EQ": _compare({0}),
    "NEQ": _not_equal,
    "GT": _compare({1}),
    "GTE": _compare({0, 1}),
    "LT": _compare({-1}),
    "LTE": _compare({0, -1}),
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": _not_in,
    "HAS_PROPERTY": lambda _definition, value, _one: bool(value),
    "NOT_HAS_PROPERTY": lambda _definition, value, _one: not value,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": lambda d, value, one: not _token(d, value, one),
}


def _sorted(
    docs: list[Document], sorts: list[Any], known: dict[str, Definition]
) -> list[Document]:
    """By the one sort HubSpot takes, then by id; without one, by creation."""
    docs = sorted(docs, key=lambda doc: int(doc["id"]))
    if len(sorts) > 1:
        raise HubError(400, "Only one sort is supported")
    for sort in sorts:
        name, down = _sort_of(sort)
        if name not in known:
            message = f'Property "{name}" does not exist'
            raise property_error(name, "PROPERTY_DOESNT_EXIST", message)
        full = [doc for doc in docs if value_of(doc, name)]
        empty = [doc for doc in docs if not value_of(doc, name)]
        full.sort(
            key=lambda doc: _comparable(known[name], value_of(doc, name)),
            reverse=down,
        )
        docs = full + empty
    return docs


def _sort_of(sort: Any) -> tuple[str, bool]:
    """A sort is an object in HubSpot's guide and a string in its spec."""
    if isinstance(sort, dict):
        name = str(sort.get("propertyName", ""))
        return name, sort.get("direction") == "DESCENDING"
    return str(sort).lstrip("-"), str(sort).startswith("-")
