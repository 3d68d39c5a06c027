"""Batches in which one bad item never holds up the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connector.clients.errors import RemoteRefused

Item = TypeVar("Item")


@dataclass(frozen=True)
class Problem:
    """Why one item was not taken.

    `code` is the provider's own (HubSpot's category or code, our reading of
    Mailchimp's words); `message` has no addresses in it. `existing_id` is the record
    that stands in the way, where the provider names it.
    """

    code: str
    message: str = ""
    status: int = 0
    existing_id: str | None = None


UNANSWERED = Problem("unanswered", "The answer said nothing about this one.")


def settle(
    items: Sequence[Item],
    size: int,
    send: Callable[[list[Item]], Sequence[Item]],
    refused: Callable[[Item, RemoteRefused | None], None],
) -> None:
    """Send all items, at most `size` at once, until each has its own answer.

    `send` records what the answer says of each item and returns those that it says
    nothing of. They, or all when the whole batch is refused, are sent again in two
    halves until one alone remains; that one goes to `refused`, with the error or
    None. Only for calls that may be repeated. An error that is not about the items
    (busy, unauthorised, a wrong path) is raised.
    """
    parts = [list(part) for part in chunks(items, size)][::-1]
    while parts:
        part = parts.pop()
        error = None
        try:
            left = list(send(part))
        except RemoteRefused as err:
            if not _about_items(err):
                raise
            left, error = part, err
        if len(part) == 1:
            for item in left:
                refused(item, error)
            continue
        half = (len(left) + 1) // 2
        parts += [piece for piece in (left[half:], left[:half]) if piece]


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut a sequence into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _about_items(error: RemoteRefused) -> bool:
    if error.status == 404:
        return error.code == "OBJECT_NOT_FOUND"
    return error.status in (400, 409, 422)
