"""A matter: one thing that waits for a person, and what was done about it.

It is read from where it stands (connector/matters/waiting.py) and ends when nothing
stands there any more. The row kept of it says what was done about it: its task in the
CRM, and the reason for which staff set it aside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow

KEPT = timedelta(days=90)
"""So long a matter that has settled is remembered."""
Key = tuple[str, str]
"""(entity kind, entity id)."""


class MatterRow(Base):
    """What is kept of a matter. ``fingerprint`` changes when something else is meant.

    ``task`` is the id of its task in the CRM (while it is sent, the mark in its text),
    ``task_state`` how that stands ("" none, sending, open, closed), ``tries`` how many
    were made for this matter so far, and ``told`` the fingerprint of what the task
    says. ``sent_at`` is when the task was asked for. ``placed`` names the records that
    it was put on, ``asked`` says that staff were asked once already why they closed it.
    ``reason`` is staff's, who set the matter aside.
    """

    __tablename__ = "matter"
    __table_args__ = (UniqueConstraint("programme", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    key: Mapped[str]
    kind: Mapped[str]
    fingerprint: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=utcnow)
    settled_at: Mapped[datetime | None]
    task: Mapped[str] = mapped_column(default="")
    task_state: Mapped[str] = mapped_column(default="")
    told: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    placed: Mapped[str] = mapped_column(default="")
    asked: Mapped[bool] = mapped_column(default=False)
    set_aside_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits for a person, in sentences without anybody's answers.

    ``key`` stays the same for as long as the matter stands (``delivery:118``).
    ``about`` is (entity kind, id) of the record concerned, None where there is none;
    ``also`` are others that it concerns. ``aside`` says what it comes to when staff let
    it lie. ``meaning`` is what makes it this matter and no other: a count that grows is
    no part of it, so a form that staff set aside is not told of again with each new
    answer. ``ref`` names it the same on every machine and after a restore. ``seen_at``
    is when it was last seen to stand, None where that is now.
    """

    key: str
    kind: str
    title: str
    happened: str
    safe: str
    do: str
    since: datetime
    about: Key | None = None
    also: tuple[Key, ...] = ()
    aside: str = ""
    meaning: str = ""
    ref: str = ""
    urgent: bool = False
    seen_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Return what is equal for as long as the same thing is meant."""
        meaning = self.meaning or f"{self.title}\n{self.happened}\n{self.do}"
        return hashlib.sha256(f"{self.kind}\n{meaning}".encode()).hexdigest()


def set_aside(session: Session, key: str) -> dict[str, str]:
    """Return key -> fingerprint of what staff set aside, with a reason."""
    rows = session.execute(
        select(MatterRow.key, MatterRow.fingerprint).where(
            MatterRow.programme == key, MatterRow.set_aside_at.is_not(None)
        )
    ).all()
    return {row[0]: row[1] for row in rows}


def rows(session: Session, key: str, *, locked: bool = False) -> dict[str, MatterRow]:
    """Return what is kept of a programme's matters, by key.

    With ``locked`` nobody else changes it before the session ends.
    """
    query = select(MatterRow).where(MatterRow.programme == key)
    query = query.order_by(MatterRow.id).with_for_update() if locked else query
    return {row.key: row for row in session.scalars(query)}


def note(
    session: Session,
    key: str,
    standing: Mapping[str, Matter],
    undecided: Collection[str] = (),
) -> None:
    """Keep what stands now, and that what is gone has settled itself.

    What is ``undecided`` is being looked at at this moment: it keeps its state. A
    matter that settled and stands again is a new one: what staff said of the former
    one no longer counts. The caller commits.
    """
    known = rows(session, key)
    for name, matter in standing.items():
        if name in known:
            _again(known[name], matter)
        else:
            session.add(
                MatterRow(
                    programme=key,
                    key=name,
                    kind=matter.kind,
                    fingerprint=matter.fingerprint,
                )
            )
    for name, row in known.items():
        if name not in standing and name not in undecided and row.settled_at is None:
            row.settled_at = utcnow()
    session.flush()


def _again(row: MatterRow, matter: Matter) -> None:
    """Take in a matter that was there before."""
    changed = row.fingerprint != matter.fingerprint
    returned = row.settled_at is not None
    row.settled_at, row.fingerprint = None, matter.fingerprint
    if returned:
        row.opened_at = utcnow()
    if (changed or returned) and row.task_state in {"", "closed"}:
        row.set_aside_at, row.reason = None, ""
        begin_anew(row)
    elif changed and row.set_aside_at is not None:
        row.set_aside_at, row.reason = None, ""


def begin_anew(row: MatterRow) -> None:
    """Forget the task that a matter had: it gets another, if it stands."""
    row.task, row.task_state, row.told, row.placed = "", "", "", ""
    row.asked, row.sent_at = False, None


def forget_old(session: Session, key: str) -> None:
    """Delete what settled long ago, and with it what staff wrote. The caller commits.

    It is longer ago than a task is looked for, so none is taken for another's.
    """
    session.execute(
        delete(MatterRow).where(
            MatterRow.programme == key,
            MatterRow.settled_at < utcnow() - KEPT,
            MatterRow.task_state.in_(("", "closed")),
        )
    )


def forget_tasks(session: Session, key: str) -> None:
    """Forget every task, which stood in an account that is ours no more.

    Why staff set something aside is kept: it is about the matter. The caller commits.
    """
    session.execute(
        update(MatterRow)
        .where(MatterRow.programme == key)
        .values(task="", task_state="", told="", placed="", asked=False, sent_at=None)
    )
