"""What a setup is made of: steps that can be shown before they are done, and notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector.programme.figure import in_language
from connector.service import Service
from mappings.plan import ProgrammeMap, Text


@dataclass(frozen=True)
class Step:
    """One thing to do at a tool: what it is, in a sentence, and how.

    ``part`` names what it belongs to (an object type): where a step shows that the
    whole part cannot be used, its other steps are left out. ``lack`` says by a word
    what is wrong with a webhook (missing, moved, off, ...), "" for everything else.
    ``kind`` says by a word what else is made (property, stage, ...); ``names`` holds a
    name for each thing that is made, or each form that a webhook is for.
    """

    tool: str
    what: str
    apply: Callable[[], object]
    part: str = ""
    lack: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()


class StepRefusedError(Exception):
    """A step did not work. ``note`` tells a person what to do, in their language."""

    def __init__(self, note: str, *, blocks: bool = False) -> None:
        super().__init__(note)
        self.note = note
        self.blocks = blocks


@dataclass
class SetupPlan:
    """All that is missing at a programme's tools.

    ``steps`` is what the service can do itself, in the order in which it must be done;
    ``notes`` what a person has to do, ``remarks`` what is as it is and nobody need do
    anything about. Applying may add notes: what an account does not allow shows only
    when it is tried.
    """

    service: Service = field(repr=False)
    key: str
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def mapping(self) -> ProgrammeMap:
        """Return the programme's mapping."""
        return self.service.programme(self.key)

    def say(self, text: Text, **values: Any) -> str:
        """Return a sentence in the programme's language."""
        return in_language(text, self.mapping.locale).format(**values)

    def note(self, text: Text, **values: Any) -> None:
        """Add what a person has to do."""
        self.notes.append(self.say(text, **values))

    def remark(self, text: Text, **values: Any) -> None:
        """Add what is worth knowing."""
        self.remarks.append(self.say(text, **values))

    def setting(self, name: str) -> str:
        """Return what a programme's own setting is called in ``.env``."""
        first = self.key == self.service.settings.programmes[0]
        return name if first else f"{self.key.upper()}_{name}"
