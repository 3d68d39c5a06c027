"""Many at once: at most twenty tasks of a kind, and one that tells of the rest.

Two hundred parked deliveries mostly have one cause, a question that was changed. Two
hundred tasks would bury the week's work, and somebody would delete them unread. So
twenty stand open at a time, the oldest first, beside one task that says how many more
there are and how to see them all. As one is settled the next moves up, and when all
have a task of their own the one for the rest closes itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from connector.matters import Matter, MatterRow
from connector.matters import tool_words as words

FEW = 20
REST = "more"


def with_rest(
    known: Mapping[str, MatterRow], found: Mapping[str, Matter], locale: str
) -> dict[str, Matter]:
    """Return the matters, with one for the rest of each kind that are too many."""
    matters = dict(found)
    for kind, group in _by_kind(known, found).items():
        rest = group[_room(known, found, kind) :]
        if rest:
            matters[f"{REST}:{kind}"] = _rest(kind, rest, locale)
    return matters


def chosen(known: Mapping[str, MatterRow], matters: Mapping[str, Matter]) -> list[str]:
    """Return the keys of the matters that are to get a task now."""
    wanted: list[str] = []
    for kind, group in _by_kind(known, matters).items():
        room = len(group) if kind == REST else _room(known, matters, kind)
        wanted += [one.key for one in group[:room]]
    return wanted


def _by_kind(
    known: Mapping[str, MatterRow], matters: Mapping[str, Matter]
) -> dict[str, list[Matter]]:
    """Return the matters that have no task and may have one, the oldest first."""
    found: dict[str, list[Matter]] = defaultdict(list)
    for one in sorted(matters.values(), key=lambda one: (one.since, one.key)):
        row = known.get(one.key)
        if not _has_task(row) and not _is_left(row, one):
            found[one.kind].append(one)
    return found


def _room(
    known: Mapping[str, MatterRow], matters: Mapping[str, Matter], kind: str
) -> int:
    """Return how many more tasks of a kind may stand open."""
    of_kind = [key for key, one in matters.items() if one.kind == kind]
    return max(0, FEW - sum(_has_task(known.get(key)) for key in of_kind))


def _has_task(row: MatterRow | None) -> bool:
    return row is not None and row.task_state in {"sending", "open"}


def _is_left(row: MatterRow | None, matter: Matter) -> bool:
    """Tell whether staff closed this very matter's task, with a reason or without."""
    if row is None or row.settled_at is not None:
        return False
    same = row.fingerprint == matter.fingerprint
    return same and (row.set_aside_at is not None or row.task_state == "closed")


def _rest(kind: str, rest: list[Matter], locale: str) -> Matter:
    gaps = {
        "count": len(rest),
        "few": FEW,
        "what": words.MORE_OF[locale].get(kind, kind),
        "command": words.COMMANDS.get(kind, words.COMMAND),
    }
    said = words.MORE[locale].filled(gaps)
    return Matter(
        key=f"{REST}:{kind}",
        kind=REST,
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=rest[0].since,
        aside=said.aside,
        # However many they are by now: it is the same crowd until it is gone.
        meaning=kind,
    )
