"""Two records beside one another: a doubt, and what a merge or its undoing would make.

What would become of them is not guessed: it is done, looked at and taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import lookup
from connector.faces import Card, card
from connector.faces.sources import Reader
from connector.matters import MatterRow
from connector.people import Review, join, part, review
from connector.programme.entities import Alias, ReviewItem
from connector.programme.reviews import in_words
from connector.service import Service
from mappings.plan import ProgrammeMap


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing on the review list, with the one or two records that it is about."""

    review: Review
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A doubt that a merge settles, or that waits again. ``task``: it has one open."""

    item: int
    text: str
    task: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a merge or its undoing would do: the two, the one, and the doubts.

    ``one`` and ``other`` are the two as they are apart, ``both`` as they are together.
    """

    one: Card
    other: Card
    both: Card
    doubts: tuple[Settled, ...]


class _OnlyLooked(Exception):  # noqa: N818 - no error: it takes back what was done
    """Ends a transaction whose work is to leave nothing behind."""


def doubts(service: Service, key: str, item: int | None = None) -> list[Doubt]:
    """Return what waits on the review list with its records, or one item of it alone.

    Raise ``NothingFound`` where nothing waits under that number.
    """
    waiting = [one for one in review(service, key) if item in {None, one.item}]
    if item is not None and not waiting:
        raise lookup.NothingFound(f"Nothing waits under number {item}.")
    plan = service.programme(key)
    with service.database.reading() as session:
        reader = Reader(session, service, plan)
        return [Doubt(one, _cards(reader, one)) for one in waiting]


def _cards(reader: Reader, one: Review) -> tuple[Card, ...]:
    faces = (one.one, one.other) if one.other is not None else (one.one,)
    return tuple(card(reader, one.entity_kind, face.id) for face in faces)


def merge_preview(service: Service, key: str, who: str, into: str) -> Change:
    """Return what merging the two would do; nothing is changed.

    Raise ``NothingFound`` or ``CannotMerge`` as the merge itself would.
    """
    plan = service.programme(key)
    with _taken_back(service) as session:
        reader = Reader(session, service, plan)
        one = card(reader, "person", lookup.person(session, key, who).id)
        other = card(reader, "person", lookup.person(session, key, into).id)
        done = join(session, plan, who, into)
        both = card(reader, "person", done.into)
        return Change(one, other, both, _settled(session, plan, done.doubts))


def undo_preview(service: Service, key: str, person_id: str) -> Change:
    """Return what undoing a merge would do; nothing is changed.

    Raise ``NothingFound`` or ``CannotMerge`` as the undoing itself would.
    """
    plan = service.programme(key)
    with _taken_back(service) as session:
        reader = Reader(session, service, plan)
        alias = session.get(Alias, person_id)
        both = card(reader, "person", alias.into_id if alias else person_id)
        done = part(session, plan, person_id)
        one, other = card(reader, "person", done.one), card(reader, "person", done.into)
        return Change(one, other, both, _settled(session, plan, done.doubts))


@contextmanager
def _taken_back(service: Service) -> Iterator[Session]:
    """Give a session whose work is rolled back when the block is over."""
    try:
        with service.database.writing() as session:
            yield session
            raise _OnlyLooked
    except _OnlyLooked:
        pass


def _settled(
    session: Session, plan: ProgrammeMap, items: Iterable[ReviewItem]
) -> tuple[Settled, ...]:
    keys = {f"review:{item.id}": item for item in items}
    tasks = session.execute(
        select(MatterRow.key).where(
            MatterRow.programme == plan.key,
            MatterRow.key.in_(keys),
            MatterRow.task_state == "open",
        )
    ).all()
    with_task = {row[0] for row in tasks}
    return tuple(
        Settled(item.id, in_words(item.kind, item.text, plan.locale), key in with_task)
        for key, item in keys.items()
    )
