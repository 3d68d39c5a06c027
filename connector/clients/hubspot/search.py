"""What changed since a time: the search API, walked by a moving watermark.

A search gives 200 records a page and 10 000 in all, is behind by some moments, and
has no archived records. Paging by offset also skips records that change meanwhile,
because they move to the end. So each page is asked for anew from the time of the last
record seen, and offsets are used only among records of one and the same instant.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.clients.errors import RemoteRefused
from connector.clients.hubspot.base import Base
from connector.clients.hubspot.shapes import Record, record
from connector.clients.settling import chunks

PAGE = 200
MOST = 10_000
IN_AT_MOST = 100
SEARCH_LANE = "search"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTACTS = frozenset({"contacts", "contact", "0-1"})


def modified_property(object_type: str) -> str:
    """The property that tells when a record of this type last changed."""
    return "lastmodifieddate" if object_type in _CONTACTS else "hs_lastmodifieddate"


class Search(Base):
    """The search part of the objects API."""

    def search_modified(
        self,
        object_type: str,
        since: datetime,
        properties: Sequence[str],
        *,
        until: datetime | None = None,
    ) -> Iterator[Record]:
        """Yield the records changed from `since` to `until`, both inclusive.

        They come in the order of their change; one that changes meanwhile may come
        twice. Ask again from some minutes before the last time: searching lags.
        """
        name = modified_property(object_type)
        wanted = list(dict.fromkeys([*properties, name]))
        seen: set[tuple[str, str | None]] = set()
        start, after = since, "0"
        while True:
            body = _body(name, wanted, (start, until), after)
            path = self._path("search", object_type=object_type)
            data = self.door.post(path, body, lane=SEARCH_LANE).data
            page = [record(raw) for raw in self.door.part(data, "results")]
            for one in page:
                version = (one.id, one.properties.get(name))
                if version not in seen:
                    seen.add(version)
                    yield one
            following = _after(data)
            if not page or following is None:
                return
            start, after = _onward(page, name, start, following)

    def search_values(
        self,
        object_type: str,
        name: str,
        values: Sequence[str],
        properties: Sequence[str],
    ) -> Iterator[Record]:
        """Yield the records whose property has one of the values.

        For taking over what stood there before us, where no unique property leads to
        it. IN compares text in lower case.
        """
        for part in chunks([value.lower() for value in values], IN_AT_MOST):
            condition = {"propertyName": name, "operator": "IN", "values": list(part)}
            after: str | None = "0"
            while after is not None:
                body = {
                    "filterGroups": [{"filters": [condition]}],
                    "properties": list(dict.fromkeys([*properties, name])),
                    "limit": PAGE,
                    "after": after,
                }
                path = self._path("search", object_type=object_type)
                data = self.door.post(path, body, lane=SEARCH_LANE).data
                yield from (record(raw) for raw in data["results"])
                after = _after(data)


def _after(data: dict[str, Any]) -> str | None:
    following = ((data.get("paging") or {}).get("next") or {}).get("after")
    return None if following is None else str(following)


def _onward(
    page: Sequence[Record], name: str, start: datetime, following: str
) -> tuple[datetime, str]:
    """Where the next page begins: at a later time, else at a later offset."""
    times = [_time(one.properties.get(name)) for one in page]
    if times == sorted(times) and _ms(times[-1]) > _ms(start):
        return times[-1], "0"
    if following.isdigit() and int(following) >= MOST:
        raise RemoteRefused("HubSpot", 400, "too_many_at_one_instant")
    return start, following


def _time(text: str | None) -> datetime:
    """HubSpot returns ISO times; epoch milliseconds are read as well."""
    if not text:
        return _EPOCH
    if text.isdigit():
        return _EPOCH + timedelta(milliseconds=int(text))
    return datetime.fromisoformat(text)


def _ms(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(milliseconds=1)


def _body(
    name: str,
    properties: Sequence[str],
    window: tuple[datetime, datetime | None],
    after: str,
) -> dict[str, Any]:
    since, until = window
    filters = [{"propertyName": name, "operator": "GTE", "value": str(_ms(since))}]
    if until is not None:
        end = {"propertyName": name, "operator": "LTE", "value": str(_ms(until))}
        filters.append(end)
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [name],
        "properties": list(properties),
        "limit": PAGE,
        "after": after,
    }
