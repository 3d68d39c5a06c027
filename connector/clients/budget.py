"""How calls are counted where a provider gives only so many a day.

The counting itself is not done here: who keeps the day's figures hands them in.
"""

from collections.abc import Mapping
from typing import Protocol


class Budget(Protocol):
    """The calls of one credential and day, shared by all who use it."""

    def spend(self, purpose: str) -> None:
        """Count one call for a purpose: `poll`, `event`, `design` or `setup`.

        May raise `RemoteBusy`, and then nothing is called. A repeated try is a call.
        """

    def told(self, limit: int, remaining: int, reset_s: float) -> None:
        """Take over what an answer said of the day; `reset_s` are the seconds left."""


class Meter(Protocol):
    """What a door tells about each try, and asks of each answer's headers."""

    def before(self, purpose: str) -> None:
        """Be told of a try that is about to be made; may raise `RemoteBusy`."""

    def after(self, headers: Mapping[str, str]) -> None:
        """Be told of an answer, whatever its status."""

    def wait_s(self, headers: Mapping[str, str]) -> float | None:
        """Return how long to wait by the headers of an answer that says "busy"."""
