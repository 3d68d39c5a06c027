"""What a first sync would do, in counts and examples, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.sync.hubspot.compare import differences
from connector.sync.hubspot.desired import Desired
from connector.sync.hubspot.existing import find_existing
from connector.sync.hubspot.side import Side

EXAMPLES = 3
CONTACT = ("firstname", "lastname")


@dataclass
class Preview:
    """Counts per word (create, adopt, change, leave alone) and a few examples each."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, thing: str, word: str, example: str = "") -> None:
        """Count one more."""
        counts = self.counts.setdefault(thing, {})
        counts[word] = counts.get(word, 0) + 1
        shown = self.examples.setdefault(f"{thing}: {word}", [])
        if example and len(shown) < EXAMPLES:
            shown.append(example)


def preview(side: Side) -> Preview:
    """Say what ``sync`` would do on this account now."""
    result = Preview()
    with side.context.database.reading() as session:
        target = side.wanted(session)
        known = side.records(session)
    for kind in side.kinds:
        here = [d for key, d in target.records.items() if key[0] == kind]
        fresh = [
            d
            for d in here
            if (kind, d.entity_id) not in known
            or known[kind, d.entity_id].remote_id is None
        ]
        found = find_existing(side, kind, fresh)
        for desired in here:
            key = (kind, desired.entity_id)
            title = _title(desired)
            if key in found:
                result.add(kind, "adopt", title)
            elif desired in fresh:
                result.add(kind, "create", title)
            elif differences(known[key], desired.properties):
                result.add(kind, "change", title)
            else:
                result.add(kind, "leave alone")
    return result


def _title(desired: Desired) -> str:
    """Return the name that staff know a record by, and nothing else of it.

    "" where it has none: such a record is counted, and no example.
    """
    title = desired.object.name
    names = (title,) if title else CONTACT
    return " ".join(filter(None, (desired.properties.get(name) for name in names)))
