"""What the care of one programme's tasks works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.clients import HubSpot
from connector.matters import Matter, MatterRow, rows
from connector.service import Service
from mappings.plan import ProgrammeMap

TOOL = "hubspot"
Then = Callable[[MatterRow], None]
"""What is kept of a matter once its task was changed."""


@dataclass
class Desk:
    """One programme's tasks. ``matters`` is all that stands, by key.

    ``problems`` are sentences for whoever looks after the service.
    """

    service: Service
    plan: ProgrammeMap
    client: HubSpot
    matters: Mapping[str, Matter]
    problems: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the programme's key."""
        return self.plan.key

    def rows(self) -> dict[str, MatterRow]:
        """Return what is kept of the matters now, by key."""
        with self.service.database.reading() as session:
            return rows(session, self.key)

    def keep(self, news: Mapping[str, Then]) -> None:
        """Write down what became of these matters, in one commit."""
        if not news:
            return
        with self.service.database.writing() as session:
            known = rows(session, self.key, locked=True)
            for key, then in news.items():
                if key in known:
                    then(known[key])
