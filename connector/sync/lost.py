"""What a machine that was lost had written: ours, though nobody here remembers it.

Between a backup and the restore of it the service went on writing to the tools. The
restored one finds these values there, and no memory of having sent them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FACT = "restored"
"""The fact of a connection: its windows, each with the times from and to."""
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Lost:
    """The times that lie between a backup and its restore."""

    windows: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Lost:
        """Return what a connection's facts say."""
        held = facts.get(FACT)
        return cls(
            tuple(
                (
                    datetime.fromisoformat(one["from"]),
                    datetime.fromisoformat(one["to"]),
                )
                for one in (held if isinstance(held, list) else ())
            )
        )

    def __bool__(self) -> bool:
        """Tell whether there was ever a restore."""
        return bool(self.windows)

    def holds(self, at: datetime) -> bool:
        """Tell whether a time lies in one of them, by a clock that may differ a bit."""
        return any(
            begins - CLOCK_SKEW <= at <= ends + CLOCK_SKEW
            for begins, ends in self.windows
        )
