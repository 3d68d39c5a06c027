"""What the service knows of the other side: connections, records, links, members.

Nothing is pushed because something happened: a record has a desired state (from its
entity) and a pushed state (what the remote last accepted), and only differences go.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base


class Connection(Base):
    """One programme's account at one tool. ``state``: new, active, paused, stopped.

    ``new``: its first sync waits for a yes. ``paused``: the tool refused our
    credential, or staff paused it. ``stopped``: the account is another one than the
    pushed state belongs to. ``account`` is the portal or audience id that the state in
    ``remote_record`` belongs to. ``facts`` holds what a probe has shown.
    """

    __tablename__ = "connection"
    __table_args__ = (UniqueConstraint("programme", "tool"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    tool: Mapped[str]
    state: Mapped[str] = mapped_column(default="new")
    account: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RemoteRecord(Base):
    """One entity's record at one tool.

    ``sent`` holds field -> value of a call whose answer is not in yet (committed before
    the call), ``accepted`` what we sent and the remote took, ``pushed`` the same as the
    remote returned it. ``state``: linked, review (held back, a person looks), gone
    (archived or deleted there).
    """

    __tablename__ = "remote_record"
    __table_args__ = (
        UniqueConstraint("programme", "tool", "object_type", "entity_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    tool: Mapped[str]
    object_type: Mapped[str]
    entity_kind: Mapped[str]
    entity_id: Mapped[str] = mapped_column(index=True)
    remote_id: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default="linked")
    problem: Mapped[str] = mapped_column(default="")
    problem_hash: Mapped[str] = mapped_column(default="")
    sent: Mapped[dict[str, Any]] = mapped_column(default=dict)
    accepted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pushed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]


class RemoteLink(Base):
    """An association that we made or saw. ``state``: sent, pushed, seen, ended."""

    __tablename__ = "remote_link"
    __table_args__ = (
        UniqueConstraint(
            "programme", "tool", "from_type", "from_id", "to_type", "to_id"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    tool: Mapped[str]
    from_type: Mapped[str]
    from_id: Mapped[str]
    to_type: Mapped[str]
    to_id: Mapped[str]
    state: Mapped[str]
    changed_at: Mapped[datetime]


class Watermark(Base):
    """Up to which time of the tool's own clock a stream has been read."""

    __tablename__ = "watermark"
    __table_args__ = (UniqueConstraint("programme", "tool", "stream"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    tool: Mapped[str]
    stream: Mapped[str]
    at: Mapped[datetime]


class NewsletterMember(Base):
    """The mirror of one member of the newsletter audience, archived ones too.

    ``state``: as the tool says (subscribed, unsubscribed, cleaned, pending,
    transactional, archived). ``ours``: it carries our person id or we added it.
    """

    __tablename__ = "newsletter_member"
    __table_args__ = (UniqueConstraint("programme", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    email: Mapped[str]
    status: Mapped[str]
    contact_id: Mapped[str] = mapped_column(default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    language: Mapped[str] = mapped_column(default="")
    last_changed: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    sent: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pushed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problem: Mapped[str] = mapped_column(default="")
    problem_hash: Mapped[str] = mapped_column(default="")
    word_sent: Mapped[str] = mapped_column(default="")
