"""Two pictures of one place held against each other, field by field.

A picture holds what stands in a place (the programme, HubSpot, ...): one ``Seen`` for
each thing. Values are plain (text, numbers, yes and no, lists of these).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Key = tuple[str, str]
"""(kind, id): what a thing is, and which one."""
State = Literal["", "merged", "held", "left"]
Word = Literal[
    "created", "changed", "vanished", "merged", "parted", "held", "left", "made",
    "ended",
]  # fmt: skip
GENERATED = re.compile(r"\b[0-9a-f]{20}\b")
HIDDEN = "…"
LINK = "association"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing as it stands, or as it will.

    ``title`` is what staff know it by. ``state`` says why it does not stand for itself
    or is not written: merged, held (waits for a person), left (left the newsletter);
    ``why`` says the same in words.
    """

    title: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    state: State = ""
    why: str = ""


Picture = dict[Key, Seen]
NOTHING = Seen("")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, now and then. ``anyway``: it becomes so without the act, too."""

    field: str
    before: Any
    after: Any
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing. ``id`` is None for what does not exist yet.

    ``word``: created, changed, vanished (nothing is said of it any more), merged,
    parted (a merge undone), held (not written: waits for a person), left (not written:
    they left the newsletter); of an association made or ended.
    """

    kind: str
    id: str | None
    title: str
    word: Word
    fields: tuple[FieldChange, ...] = ()
    why: str = ""
    anyway: bool = False


@dataclass(frozen=True)
class Comparison:
    """How one place is compared.

    ``pending`` is what would come without the act; None where nothing comes by itself.
    ``same`` tells whether two values are one there, ``fresh`` are ids that were made up
    in the rehearsal: another run makes others.
    """

    pending: Picture | None = None
    same: Callable[[Any, Any], bool] = lambda one, other: bool(one == other)
    fresh: Collection[str] = ()

    def changes(self, before: Picture, after: Picture) -> tuple[Change, ...]:
        """Return what differs, in an order that does not depend on made-up ids."""
        found = []
        for key in before.keys() | after.keys():
            change = self._change(key, before.get(key), after.get(key))
            if change is not None:
                found.append(change)
        return tuple(sorted(found, key=_order))

    def _change(
        self, key: Key, before: Seen | None, after: Seen | None
    ) -> Change | None:
        if after is not None and after.state in {"held", "left"}:
            return self._kept_back(key, before, after)
        stood = before is not None and before.state != "merged"
        stands = after is not None and after.state != "merged"
        if not stood and not stands:
            return None
        seen = after or before
        assert seen is not None  # noqa: S101 - one of both is there
        word = _word(key[0], before, after)
        fields = tuple(self._fields(key, before, after))
        if word == "changed" and not fields:
            return None
        anyway = self._anyway(key, fields, there=stands)
        return self._made(key, seen, word, fields, anyway=anyway)

    def _kept_back(self, key: Key, before: Seen | None, after: Seen) -> Change | None:
        """Return what is not written, unless the same is kept back as things stand."""
        known = (self.pending or {}).get(key)
        there = known is not None and known.state == after.state
        if there and not any(self._fields(key, known, after)):
            return None
        fields = tuple(self._fields(key, before, after))
        word: Word = "held" if after.state == "held" else "left"
        return self._made(key, after, word, fields, anyway=False)

    def _made(
        self, key: Key, seen: Seen, word: Word, fields: tuple[FieldChange, ...],
        *, anyway: bool,
    ) -> Change:  # fmt: skip
        ids = set(GENERATED.findall(key[1])) & set(self.fresh)
        return Change(
            key[0], None if ids else key[1], self._shown(seen.title), word, fields,
            seen.why, anyway,
        )  # fmt: skip

    def _fields(
        self, key: Key, before: Seen | None, after: Seen | None
    ) -> Iterator[FieldChange]:
        old = before.fields if before is not None and before.state != "merged" else {}
        new = after.fields if after is not None and after.state != "merged" else {}
        for name in sorted(old.keys() | new.keys()):
            was, becomes = old.get(name), new.get(name)
            if not self._alike(was, becomes):
                anyway = self._comes(key, name, becomes)
                yield FieldChange(name, self._shown(was), self._shown(becomes), anyway)

    def _alike(self, one: Any, other: Any) -> bool:
        return (empty(one) and empty(other)) or self.same(one, other)

    def _comes(self, key: Key, name: str, becomes: Any) -> bool:
        """Tell whether a field becomes so without the act."""
        if self.pending is None:
            return False
        coming = self.pending.get(key, NOTHING)
        return not coming.state and self._alike(coming.fields.get(name), becomes)

    def _anyway(
        self, key: Key, fields: tuple[FieldChange, ...], *, there: bool
    ) -> bool:
        if self.pending is None:
            return False
        return (key in self.pending) is there and all(one.anyway for one in fields)

    def _shown(self, value: Any) -> Any:
        """Hide made-up ids: a record or a link that is made later has others."""
        if isinstance(value, str):
            return GENERATED.sub(
                lambda m: HIDDEN if m[0] in self.fresh else m[0], value
            )
        if isinstance(value, list | tuple):
            return [self._shown(one) for one in value]
        return value


def empty(value: Any) -> bool:
    """Tell whether a value says nothing; no and nought say something."""
    return value is None or value in ("", [], ())


def _word(kind: str, before: Seen | None, after: Seen | None) -> Word:
    if after is not None and after.state == "merged":
        return "merged"
    if before is not None and before.state == "merged":
        return "parted"
    if before is None:
        return "made" if kind == LINK else "created"
    if after is None:
        return "ended" if kind == LINK else "vanished"
    return "changed"


def _order(change: Change) -> tuple[str, ...]:
    told = repr([(one.field, one.before, one.after) for one in change.fields])
    return (change.kind, change.title.casefold(), change.word, told, change.id or "")
