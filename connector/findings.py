"""What a look at the installation found: a word for each thing, and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["well", "warning", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    ``check`` names it by one word and a tool (``hubspot.scopes``). ``fault``: something
    does not work; ``warning``: it works, and a person should look. ``what`` and
    ``remedy`` are sentences without anybody's data and without a secret; ``remedy`` is
    empty where all is well.
    """

    check: str
    level: Level
    what: str
    remedy: str = ""


def worst(findings: Iterable[Finding]) -> int:
    """Return the exit code: 0 all is well, 1 a person should look, 2 a fault."""
    codes = {"well": 0, "warning": 1, "fault": 2}
    return max((codes[one.level] for one in findings), default=0)
