"""What the parts of the Mailchimp client share."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connector.clients.door import Call, Door

PAGE = 1000


class Account:
    """A door, and the audience in it that the client is for."""

    def __init__(self, door: Door, audience: str) -> None:
        self.door = door
        self.audience = audience
        self._list = f"/lists/{quote(audience, safe='')}"

    def _pages(
        self, path: str, name: str, query: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the entries of every page; `query` asks for `total_items` too.

        What leaves the list meanwhile moves the rest up, so that one may be missed.
        """
        offset = 0
        while True:
            asked = {"count": PAGE, **query, "offset": offset}
            data = self.door.get(path, asked)
            page = self.door.part(data, name)
            yield from page
            offset += PAGE
            if not page or offset >= int(self.door.part(data, "total_items")):
                return

    def _create(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        call = Call("POST", f"{self._list}/{what}", body=body, repeatable=False)
        return dict(self.door.call(call).data)


def only(name: str, parts: tuple[str, ...]) -> str:
    """The `fields` that keep a list call's answer to what is read of it."""
    return ",".join([*(f"{name}.{part}" for part in parts), "total_items"])


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
