"""The entities of a mentoring programme, one table each, ``programme`` on every row.

A row is the resolution of its claims (``claims.py``): columns that a form or a member
of staff can set are written by ``resolve`` alone. ``id`` is random text, the same one
that stands as ``vidensbro_id`` on the CRM record.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, new_id, utcnow


class Entity(Base):
    """What every entity has: an id, its programme and when we first heard of it."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Programme(Base):
    """One city's programme; its rules and words stand in the mapping files."""

    __tablename__ = "programme"

    programme: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    locale: Mapped[str]
    zone: Mapped[str]
    funder: Mapped[str] = mapped_column(default="")
    starts: Mapped[date | None]
    ends: Mapped[date | None]
    demo: Mapped[bool] = mapped_column(default=False)


class Round(Entity):
    """A course of about four months. ``key`` is its name in mappings: r1, r2."""

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("programme", "key"),)

    key: Mapped[str]
    name: Mapped[str]
    starts: Mapped[date]
    ends: Mapped[date]


class Person(Entity):
    """A human being, once. ``provisional`` ones are held back until reviewed."""

    __tablename__ = "person"

    provisional: Mapped[bool] = mapped_column(default=False)
    email: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str | None]
    linkedin: Mapped[str | None]
    heard_from: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Address(Base):
    """An e-mail address known for a person; two people may share one.

    ``wrong_since``: staff said then that it was never theirs. It is kept, so that the
    newsletter leaves it, and finds nobody.
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("programme", "email", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    wrong_since: Mapped[datetime | None]


class Organisation(Entity):
    """A company, university, public body, city or partner."""

    __tablename__ = "organisation"

    provisional: Mapped[bool] = mapped_column(default=False)
    name_key: Mapped[str] = mapped_column(default="", index=True)
    name: Mapped[str | None]
    kind: Mapped[str | None]
    domain: Mapped[str | None] = mapped_column(index=True)
    city: Mapped[str | None]
    size: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Affiliation(Entity):
    """What a person is to an organisation."""

    __tablename__ = "affiliation"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "function"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    function: Mapped[str]
    title: Mapped[str | None]


class Participation(Entity):
    """A person in a round, as mentor or mentee.

    ``organisation_id`` is the mentor's employer or the mentee's sending organisation.
    ``employed_6m`` is the resolved word (yes, no, dont_know), ``employed_6m_staff``
    what staff said themselves; both stand in the CRM.
    """

    __tablename__ = "participation"
    __table_args__ = (UniqueConstraint("person_id", "round_id", "role"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    role: Mapped[str]
    status: Mapped[str | None]
    withdrawal_reason: Mapped[str | None]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    specialist_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    employed_6m: Mapped[str | None]
    employed_6m_staff: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Match(Entity):
    """A mentor and a mentee of one round: proposed, active, ended.

    ``linked`` is what staff said last, by the association in the CRM or by command;
    ``state`` follows from it and from both participations.
    """

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("mentor_id", "mentee_id"),)

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    mentor_id: Mapped[str] = mapped_column(ForeignKey("participation.id"), index=True)
    mentee_id: Mapped[str] = mapped_column(ForeignKey("participation.id"), index=True)
    linked: Mapped[bool | None]
    state: Mapped[str] = mapped_column(default="proposed")


class Activity(Entity):
    """A joint meeting of a round. ``state`` as of a session."""

    __tablename__ = "activity"

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[str | None]
    title: Mapped[str | None]
    state: Mapped[str | None]
    held_on: Mapped[date | None]


class Attendance(Entity):
    """Whether a person registered for, attended or missed a joint meeting.

    ``state``: registered, attended, absent; None when taken off the list again.
    """

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("activity_id", "person_id"),)

    activity_id: Mapped[str] = mapped_column(ForeignKey("activity.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str | None]


class MeetingSession(Entity):
    """A one-to-one meeting of a match; ``minutes`` is its length.

    It is logged on a participation; ``match_id`` is the match that it belonged to then,
    None where none is known. ``state``: held, planned, cancelled; None when deleted.
    """

    __tablename__ = "session"

    participation_id: Mapped[str | None] = mapped_column(
        ForeignKey("participation.id"), index=True
    )
    match_id: Mapped[str | None] = mapped_column(ForeignKey("match.id"), index=True)
    state: Mapped[str | None]
    held_on: Mapped[date | None]
    minutes: Mapped[int | None]
    topics: Mapped[list[Any]] = mapped_column(default=list)


class EvaluationLink(Base):
    """A random token by which an answer to one evaluation finds its participation.

    A participation may have several of one kind: each that was ever given out counts,
    and the oldest stands in the CRM.
    """

    __tablename__ = "evaluation_link"

    token: Mapped[str] = mapped_column(primary_key=True)
    programme: Mapped[str]
    participation_id: Mapped[str] = mapped_column(
        ForeignKey("participation.id"), index=True
    )
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class EvaluationResponse(Entity):
    """One respondent's answers to one evaluation, for themselves or a company.

    ``indicators`` holds indicator key -> yes, no or dont_know; ``answers`` holds
    canonical question -> value. Of several from one respondent the newest counts.
    """

    __tablename__ = "evaluation_response"
    __table_args__ = (UniqueConstraint("programme", "provider", "form", "response"),)

    kind: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    round_id: Mapped[str | None] = mapped_column(ForeignKey("round.id"), index=True)
    participation_id: Mapped[str | None] = mapped_column(
        ForeignKey("participation.id"), index=True
    )
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    provider: Mapped[str]
    form: Mapped[str]
    response: Mapped[str]
    submitted_at: Mapped[datetime]
    language: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    indicators: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delivery_id: Mapped[int | None] = mapped_column(index=True)


class Outreach(Entity):
    """A city or partner that was informed of the results, and what it said."""

    __tablename__ = "outreach"
    __table_args__ = (UniqueConstraint("programme", "organisation_id"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    informed_on: Mapped[date | None]
    channel: Mapped[str | None]
    interested_on: Mapped[date | None]
    interested_in: Mapped[str | None]


class Milestone(Entity):
    """A dated deliverable; ``key`` ties it to its indicator."""

    __tablename__ = "milestone"
    __table_args__ = (UniqueConstraint("programme", "key"),)

    key: Mapped[str]
    title: Mapped[str]
    due: Mapped[date]
    done_on: Mapped[date | None]
    evidence: Mapped[str | None]


class Communication(Entity):
    """Something sent or said in public.

    ``reach`` is how many it was sent to; ``clicks`` how many of them clicked, and
    ``unsubscribed`` how many left by it. What they say is the newsletter tool's count.
    """

    __tablename__ = "communication"

    kind: Mapped[str | None]
    title: Mapped[str | None]
    sent_on: Mapped[date | None]
    audience: Mapped[str | None]
    reach: Mapped[int | None]
    clicks: Mapped[int | None]
    unsubscribed: Mapped[int | None]
    link: Mapped[str | None]


class EvidenceNote(Entity):
    """An interview, observation or desk finding beside a figure.

    ``about`` is ``<entity kind>:<id>``; ``text`` is None when it was taken back.
    """

    __tablename__ = "evidence_note"

    kind: Mapped[str | None]
    noted_on: Mapped[date | None]
    about: Mapped[str | None]
    text: Mapped[str | None]
    indicator: Mapped[str | None]


class Consent(Base):
    """One word of a person about one purpose; the newest counts.

    ``source`` is form, newsletter or staff. ``wording`` is the exact text that was
    shown. ``confirmed`` marks an opt-in that the newsletter tool itself confirmed.
    """

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("person_id", "purpose", "source", "reference", "given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str]
    given: Mapped[bool]
    at: Mapped[datetime]
    source: Mapped[str]
    reference: Mapped[str]
    wording: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    delivery_id: Mapped[int | None]


class Alias(Base):
    """A merge made by staff: claims keep their own entity and are read through it."""

    __tablename__ = "alias"

    entity_id: Mapped[str] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    into_id: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=utcnow)


class DeliveryEntity(Base):
    """Which entity each record of a response turned out to be; a replay keeps to it."""

    __tablename__ = "delivery_entity"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    record: Mapped[str]
    entity_kind: Mapped[str]
    entity_id: Mapped[str] = mapped_column(index=True)


class ReviewItem(Base):
    """Something only a person can decide: a possible duplicate, a clash."""

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("programme", "kind", "entity_id", "other"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    entity_kind: Mapped[str]
    entity_id: Mapped[str]
    other: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    settled_at: Mapped[datetime | None]


ENTITY_TABLES: dict[str, type[Entity]] = {
    "person": Person,
    "organisation": Organisation,
    "affiliation": Affiliation,
    "participation": Participation,
    "match": Match,
    "activity": Activity,
    "attendance": Attendance,
    "session": MeetingSession,
    "outreach": Outreach,
    "milestone": Milestone,
    "communication": Communication,
    "evidence_note": EvidenceNote,
}
