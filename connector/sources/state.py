"""What the service knows of each form that it watches, and of the day's calls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, utcnow


class FormWatch(Base):
    """One form at one tool.

    ``at`` is the watermark: up to which time of the tool's own clock its answers have
    been fetched; None before the first look, which takes in the whole history.
    ``looked_at`` and ``problem`` tell of the last look. ``total`` is how many complete
    answers the tool counted then. ``design`` is the form as last read, with its
    ``design_version`` where the tool has one. ``findings`` are the drift guard's, as
    dicts; ``compared_at`` is when it looked.
    """

    __tablename__ = "form_watch"
    __table_args__ = (UniqueConstraint("programme", "provider", "form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    provider: Mapped[str]
    form: Mapped[str]
    at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    total: Mapped[int | None]
    design: Mapped[dict[str, Any]] = mapped_column(default=dict)
    design_version: Mapped[str] = mapped_column(default="")
    findings: Mapped[list[Any]] = mapped_column(default=list)
    compared_at: Mapped[datetime | None]


class CallBudget(Base):
    """The calls of one day (GMT) with one credential, by its digest.

    ``used`` counts ours; ``remaining`` is what the tool said last, None before that.
    """

    __tablename__ = "call_budget"
    __table_args__ = (UniqueConstraint("provider", "account", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    account: Mapped[str]
    day: Mapped[date]
    used: Mapped[int] = mapped_column(default=0)
    allowed: Mapped[int]
    remaining: Mapped[int | None]


def watch_of(
    session: Session, programme: str, provider: str, form: str
) -> FormWatch | None:
    """Return what is known of a form, None where nobody has looked at it yet."""
    return session.scalar(
        select(FormWatch).where(
            FormWatch.programme == programme,
            FormWatch.provider == provider,
            FormWatch.form == form,
        )
    )


def new_watch(session: Session, programme: str, provider: str, form: str) -> FormWatch:
    """Add a form that nobody has looked at. The caller commits."""
    row = FormWatch(
        programme=programme, provider=provider, form=form, design={}, findings=[]
    )
    session.add(row)
    return row


class FormMade(Base):
    """A shipped form that was made in an account. ``form`` is empty until it is known.

    The row is committed before the tool is asked, so that a form is never made twice.
    ``title`` is the one it was asked for by; ``link`` is where people answer it, ""
    until that is known.
    """

    __tablename__ = "form_made"
    __table_args__ = (
        UniqueConstraint("programme", "provider", "mapping", "language", "round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    provider: Mapped[str]
    mapping: Mapped[str]
    language: Mapped[str]
    round: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    form: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)
    made_at: Mapped[datetime | None]
