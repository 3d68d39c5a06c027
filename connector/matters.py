"""A matter: one thing that waits for a person, and what was done about it.

It is read from where it stands (connector/waiting.py) and ends when nothing stands
there any more. The row kept of it says what was done about it: its task in the CRM,
and the reason for which staff set it aside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow


class MatterRow(Base):
    """What is kept of a matter. ``fingerprint`` changes when something else is meant.

    ``task`` is the id of its task in the CRM, ``task_state`` how that stands ("" none,
    sending, open, closed). ``reason`` is staff's, who set the matter aside.
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
    set_aside_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits for a person, in sentences without anybody's answers.

    ``key`` stays the same for as long as the matter stands (``delivery:118``).
    ``about`` is (entity kind, id) of the record concerned, None where there is none.
    """

    key: str
    kind: str
    title: str
    happened: str
    safe: str
    do: str
    since: datetime
    about: tuple[str, str] | None = None

    @property
    def fingerprint(self) -> str:
        """Return what is equal for as long as the same thing is meant."""
        text = "\n".join((self.title, self.happened, self.do))
        return hashlib.sha256(text.encode()).hexdigest()


def set_aside(session: Session, key: str) -> dict[str, str]:
    """Return key -> fingerprint of what staff set aside, with a reason."""
    rows = session.execute(
        select(MatterRow.key, MatterRow.fingerprint).where(
            MatterRow.programme == key, MatterRow.set_aside_at.is_not(None)
        )
    ).all()
    return {row[0]: row[1] for row in rows}
