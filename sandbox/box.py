"""What every tool of the sandbox shares: records, options, faults, calls, clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.calls import Calls
from sandbox.faults import Faults
from sandbox.store import Store


@dataclass
class Box:
    """One sandbox. `scratch` is for what a tool need not keep over a restart."""

    store: Store
    options: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    scratch: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        """The option's value now; options may change between two requests."""
        return self.options.get(name, default)

    def now(self) -> datetime:
        """The sandbox's clock, aware UTC, moved by option `clock.offset_s`."""
        offset = float(self.option("clock.offset_s", 0))
        return datetime.now(UTC) + timedelta(seconds=offset)
