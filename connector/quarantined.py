"""Forms that no mapping reads yet, and how many answers wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.inbox import Delivery
from connector.service import Service
from connector.sources.state import FormWatch
from webhooks.registry import PROVIDERS


@dataclass(frozen=True, slots=True)
class Unread:
    """One form whose answers are kept and count nowhere. ``title`` "" is not known.

    ``answers`` are counted once each, however often they were changed. ``todo`` is the
    command that has the form read.
    """

    provider: str
    tool: str
    form: str
    title: str
    answers: int
    since: datetime
    last: datetime
    todo: str


def unread_forms(service: Service, key: str) -> list[Unread]:
    """Return the forms in quarantine, whoever has waited longest first."""
    service.programme(key)
    with service.database.reading() as session:
        rows = session.execute(
            select(
                Delivery.provider,
                Delivery.form,
                func.count(Delivery.response.distinct()).label("answers"),
                func.min(Delivery.received_at).label("since"),
                func.max(Delivery.last_seen_at).label("last"),
                func.max(Delivery.id).label("newest"),
            )
            .where(Delivery.programme == key, Delivery.state == "quarantined")
            .group_by(Delivery.provider, Delivery.form)
            .order_by(func.min(Delivery.received_at), Delivery.form)
        ).all()
        return [
            Unread(
                row.provider,
                PROVIDERS[row.provider].label,
                row.form,
                _title(session, key, row.provider, row.form, row.newest),
                row.answers,
                row.since,
                row.last,
                f"vidensbro forms pull {row.provider} {row.form}",
            )
            for row in rows
        ]


def _title(session: Session, key: str, provider: str, form: str, newest: int) -> str:
    """Return a form's title: as it was last read at its tool, else as it was sent."""
    design = session.scalar(
        select(FormWatch.design).where(
            FormWatch.programme == key,
            FormWatch.provider == provider,
            FormWatch.form == form,
        )
    )
    named = str((design or {}).get("title") or "")
    body = session.scalar(select(Delivery.body).where(Delivery.id == newest))
    return named or PROVIDERS[provider].title_of(body or b"")
