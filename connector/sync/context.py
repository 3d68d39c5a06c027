"""What one sync of one tool of one programme works with, and what it reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from connector.db import Database
from connector.service import Service
from mappings.plan import ProgrammeMap


@dataclass
class Outcome:
    """What a sync did, in counts by word (read, created, changed, held, refused...)."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, word: str, number: int = 1) -> None:
        """Count ``number`` more of ``word``."""
        if number:
            self.counts[word] += number


@dataclass
class Context:
    """One programme's side of a sync. ``facts`` are what probes of the tool showed."""

    service: Service
    plan: ProgrammeMap
    facts: dict[str, object] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def key(self) -> str:
        """Return the programme's key."""
        return self.plan.key

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.service.database
