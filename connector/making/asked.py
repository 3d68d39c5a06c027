"""What is remembered of a wish: one row, committed before the tool is asked.

The row decides who asks. A run takes it as it stood when the run looked; where another
run has taken it since, this one asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from connector.db import utcnow
from connector.making.planning import Job, Wish
from connector.service import Service
from connector.sources.state import FormMade

MAY_APPEAR = timedelta(hours=1)
"""How long a form that was asked for may be missing from the account's list. Typeform
documents lists that lag for half an hour."""


class CannotMakeError(Exception):
    """The form was not made, and what to do is said."""


def wait_for(job: Job, label: str) -> None:
    """Raise ``CannotMakeError`` where a form that was asked for may still appear."""
    if job.state != "begun" or job.asked_at is None:
        return
    until = job.asked_at + MAY_APPEAR
    if utcnow() < until:
        raise CannotMakeError(
            f"{label} was asked for “{job.asked_as}” at {job.asked_at:%Y-%m-%d %H:%M} "
            "UTC, and no answer was heard. It is not in the account's list, which may "
            "lag behind, so it was not asked for a second time. Run it again after "
            f"{until:%H:%M} UTC. Or look there now: if no form of that title is there, "
            "say --again."
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The row of one wish."""

    service: Service
    key: str
    wish: Wish

    def take(self, job: Job) -> None:
        """Commit that the form is asked for now.

        Raise ``CannotMakeError`` where the row is not as the job was planned by.
        """
        values = {"title": job.title, "form": "", "link": "", "made_at": None}
        begun = job.asked_at is None
        try:
            taken = self._begin(values) if begun else self._renew(job, values)
        except IntegrityError:
            taken = False
        if not taken:
            raise CannotMakeError(
                f"Another run is making “{job.title}”, or has just made it. Nothing "
                "was asked for here. Run it again when that one is done."
            )

    def _begin(self, values: dict[str, Any]) -> bool:
        wish = self.wish
        with self.service.database.writing() as session:
            session.add(
                FormMade(
                    programme=self.key,
                    provider=wish.provider,
                    mapping=wish.mapping,
                    language=wish.language,
                    round=wish.round,
                    **values,
                )
            )
        return True

    def _renew(self, job: Job, values: dict[str, Any]) -> bool:
        asked_at = utcnow()
        with self.service.database.writing() as session:
            found = session.execute(
                update(FormMade)
                .where(
                    *self._this,
                    FormMade.form == job.form,
                    FormMade.asked_at == job.asked_at,
                )
                .values(asked_at=asked_at, **values)
                .returning(FormMade.id)
            )
            return found.first() is not None

    def keep(self, **values: Any) -> None:
        """Remember what has become known of the form."""
        with self.service.database.writing() as session:
            session.execute(update(FormMade).where(*self._this).values(**values))

    def forget(self) -> None:
        """Remember nothing: the tool has said that it made no form."""
        with self.service.database.writing() as session:
            session.execute(delete(FormMade).where(*self._this))

    def elsewhere(self) -> set[str]:
        """Return the ids of the programme's forms that were made at that tool."""
        with self.service.database.reading() as session:
            return set(
                session.scalars(
                    select(FormMade.form).where(
                        FormMade.programme == self.key,
                        FormMade.provider == self.wish.provider,
                    )
                )
            )

    @property
    def _this(self) -> tuple[ColumnElement[bool], ...]:
        wish = self.wish
        return (
            FormMade.programme == self.key,
            FormMade.provider == wish.provider,
            FormMade.mapping == wish.mapping,
            FormMade.language == wish.language,
            FormMade.round == wish.round,
        )
