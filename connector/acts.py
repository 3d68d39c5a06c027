"""What staff do by command: each act becomes claims of staff, resolved at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import lookup
from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Organisation
from connector.programme.figure import local_day
from connector.programme.identity import find_organisation
from connector.programme.matches import say_linked, settle_states
from connector.programme.policies import policy_of
from connector.programme.resolve import members, order, resolve
from connector.programme.staff import say
from connector.service import Service
from mappings.plan import ProgrammeMap

ORIGIN = "command"


class WrongWord(Exception):  # noqa: N818 - named by what happened
    """A value that the programme does not know; the text names those that it does."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an act led to: the entity and how its fields stand now."""

    kind: str
    id: str
    now: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a city or partner was told and answered; None leaves what is known."""

    informed: date | None = None
    channel: str | None = None
    interested: date | None = None
    interested_in: str | None = None
    kind: str | None = None


def set_participation(
    service: Service,
    key: str,
    part: tuple[str, str, str],
    *,
    status: str | None = None,
    reason: str | None = None,
) -> Said:
    """Say a participation's status or withdrawal reason. ``part``: who, round, role."""
    plan = service.programme(key)
    words = {"status": status, "withdrawal_reason": reason}
    said = {name: value for name, value in words.items() if value is not None}
    for name, value in said.items():
        _check_code(plan, f"participation.{name}", value)
    with service.database.writing() as session:
        row = lookup.participation(session, key, *part)
        _say(session, plan, ("participation", row.id), said)
        return Said("participation", row.id, {n: getattr(row, n) for n in words})


def strike_status(service: Service, key: str, part: tuple[str, str, str]) -> Said:
    """Take back staff's latest word on a status: it was a mistake and never counted."""
    plan = service.programme(key)
    with service.database.writing() as session:
        row = lookup.participation(session, key, *part)
        claims = session.scalars(
            select(Claim).where(
                Claim.entity_kind == "participation",
                Claim.entity_id.in_(members(session, [row.id])),
                Claim.field == "status",
                Claim.source == "staff",
                Claim.superseded_at.is_(None),
            )
        ).all()
        if not claims:
            raise lookup.NothingFound("Staff have said nothing about this status.")
        max(claims, key=order).superseded_at = utcnow()
        _settle(session, plan, {("participation", row.id)})
        return Said("participation", row.id, {"status": row.status})


def set_match(
    service: Service, key: str, pair: tuple[str, str], round_key: str, *, linked: bool
) -> Said:
    """Put a mentor and a mentee of a round together, or apart."""
    plan = service.programme(key)
    with service.database.writing() as session:
        mentor = lookup.participation(session, key, pair[0], round_key, "mentor")
        mentee = lookup.participation(session, key, pair[1], round_key, "mentee")
        match = say_linked(
            session, mentor, mentee, linked=linked, at=utcnow(), origin=ORIGIN
        )
        _settle(session, plan, {("match", match.id)})
        return Said("match", match.id, {"state": match.state})


def finish_milestone(
    service: Service, key: str, name: str, *, on: date | None, evidence: str | None
) -> Said:
    """Say that a milestone was reached on a day (today), and what shows it."""
    plan = service.programme(key)
    day = _past(plan, on or local_day(plan))
    said = {"done_on": day.isoformat(), "evidence": evidence}
    with service.database.writing() as session:
        row = lookup.milestone(session, key, name)
        known = {n: value for n, value in said.items() if value is not None}
        _say(session, plan, ("milestone", row.id), known)
        now = {"due": row.due, "done_on": row.done_on, "evidence": row.evidence}
        return Said("milestone", row.id, now)


def add_outreach(service: Service, key: str, name: str, reached: Reached) -> Said:
    """Say that a city or partner was informed, or is interested; made where new."""
    plan = service.programme(key)
    fields = {
        "kind": reached.kind,
        "informed_on": _iso(plan, reached.informed),
        "channel": reached.channel,
        "interested_on": _iso(plan, reached.interested),
        "interested_in": reached.interested_in,
    }
    said = {n: value for n, value in fields.items() if value is not None}
    with service.database.writing() as session:
        row = lookup.organisation(session, key, name)
        if row is None:
            row = _new_organisation(session, key, name, said)
        elif row.kind == said.get("kind"):
            said.pop("kind", None)
        _say(session, plan, ("organisation", row.id), said)
        if row.kind not in {"city", "partner"}:
            raise WrongWord(
                f"{row.name} is known as {row.kind or 'of no kind'}; only a city or a "
                "partner counts. Say so with --kind city or --kind partner."
            )
        now = {n: row.details.get(n) for n in fields if n != "kind"}
        return Said("organisation", row.id, {"name": row.name, "kind": row.kind, **now})


def _new_organisation(
    session: Session, key: str, name: str, said: dict[str, Any]
) -> Organisation:
    if "kind" not in said:
        raise WrongWord(
            f"No organisation is called {name}. Add it with --kind city or partner."
        )
    said["name"] = name
    row = session.get(Organisation, find_organisation(session, key, name, None))
    assert row is not None  # noqa: S101 - it was made a line above
    return row


def _iso(plan: ProgrammeMap, day: date | None) -> str | None:
    return _past(plan, day).isoformat() if day is not None else None


def _past(plan: ProgrammeMap, day: date) -> date:
    """Refuse a day that has not come yet in the programme's zone."""
    if day > local_day(plan):
        raise WrongWord(f"{day} has not come yet.")
    return day


def _check_code(plan: ProgrammeMap, name: str, code: str) -> None:
    rule = plan.fields.get(name)
    known = [choice.code for choice in rule.choices] if rule else []
    if known and code not in known:
        raise WrongWord(f"'{code}' is not one of: {', '.join(known)}")


def _say(
    session: Session,
    plan: ProgrammeMap,
    entity: tuple[str, str],
    said: Mapping[str, Any],
) -> None:
    for name, value in said.items():
        say(session, plan, entity, name, value, at=utcnow(), origin=ORIGIN)
    _settle(session, plan, {entity})


def _settle(
    session: Session, plan: ProgrammeMap, touched: set[tuple[str, str]]
) -> None:
    resolve(session, policy_of(plan), touched)
    settle_states(session, plan.key)
    session.flush()
