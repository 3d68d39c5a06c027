"""The newsletters that were sent, as communications of the programme.

Clicks and farewells come in for weeks, so every look reads some weeks again. Opens are
not kept: mail programs that open everything by themselves inflate them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import hints
from connector.boundaries import reached
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_campaigns import Campaign, Report
from connector.db import new_id, utcnow
from connector.programme.claims import Claim
from connector.programme.entities import Communication
from connector.programme.policies import policy_of
from connector.programme.resolve import order, resolve
from connector.singleflight import only_one
from connector.sync.context import Context
from connector.sync.mailchimp.hinted import CAMPAIGN, PROVIDER
from connector.sync.state import RemoteRecord, Watermark
from mappings.plan import ProgrammeMap, Text

STREAM = "campaigns"
OVERLAP = timedelta(days=35)
"""Read again by so much: people click, and leave, long after the sending."""
AS_FAR_BACK = timedelta(days=365)
"""Where nothing says when the programme began."""
KIND = "newsletter"
ENTITY = "communication"
EVERYBODY: Text = {"da": "Alle på listen", "en": "Everybody on the list"}


@dataclass(frozen=True)
class Look:
    """What one look showed: the figures, and the campaigns that they are of."""

    at: datetime
    reports: list[Report]
    campaigns: Mapping[str, Campaign]
    segments: Mapping[str, str]


def are_hinted(session: Session, programme: str) -> bool:
    """Tell whether a webhook said that something was sent."""
    return bool(hints.waiting(session, programme, PROVIDER, (CAMPAIGN,)))


def refresh(context: Context, client: Mailchimp) -> int:
    """Read what was sent since the last look, and weeks before; return what changed.

    One at a time: two looks at once would each make the same communication.
    """
    with only_one(context.service, f"campaigns.{context.key}") as alone:
        if not alone:
            return 0
        with context.database.reading() as session:
            since = _since(session, context.plan)
            asked = hints.waiting(session, context.key, PROVIDER, (CAMPAIGN,))
            ids = [hint.id for hint in asked]
        look = _look(client, since)
        with context.database.writing() as session:
            changed = _take(session, context.plan, look)
            _forward(session, context.key, look.at)
            hints.settle(session, ids)
            reached("mailchimp.campaigns.before_commit")
        reached("mailchimp.campaigns.after_commit")
    context.outcome.add("campaigns", changed)
    return changed


def _look(client: Mailchimp, since: datetime) -> Look:
    """Read figures and campaigns; a segment's name only where one was written to."""
    at = utcnow()
    reports = [one for one in client.reports(since) if one.sent_at is not None]
    campaigns = {one.id: one for one in client.campaigns(since)} if reports else {}
    named = any(one.segment for one in campaigns.values())
    rows = client.segments() if named else []
    return Look(at, reports, campaigns, {str(r["id"]): str(r["name"]) for r in rows})


def _take(session: Session, plan: ProgrammeMap, look: Look) -> int:
    """Claim what the tool says now, where it is news; return how many changed."""
    known = _known(session, plan.key, [one.campaign for one in look.reports])
    touched = set()
    for report in look.reports:
        entity_id = known.get(report.campaign) or _new(session, plan.key)
        _link(session, plan.key, report.campaign, entity_id)
        said = _said(session, entity_id)
        for name, value in _values(plan, report, look).items():
            if name in said and said[name] == value:
                continue
            claim = _claim(plan.key, entity_id, report.campaign, look.at)
            claim.field, claim.value = name, value
            session.add(claim)
            touched.add((ENTITY, entity_id))
    return len(resolve(session, policy_of(plan), touched))


def _values(plan: ProgrammeMap, report: Report, look: Look) -> dict[str, Any]:
    campaign = look.campaigns.get(report.campaign)
    values: dict[str, Any] = {
        "kind": KIND,
        "title": report.subject or report.title,
        "sent_on": _day(plan, report),
        "reach": report.sent,
        "clicks": report.clicked,
        "unsubscribed": report.unsubscribed,
    }
    if campaign is not None:
        values["audience"] = _audience(plan, campaign, look.segments)
        values["link"] = campaign.archive_url or None
    return values


def _day(plan: ProgrammeMap, report: Report) -> str | None:
    """Return the day of sending, as people of the programme count days."""
    if report.sent_at is None:
        return None
    return report.sent_at.astimezone(ZoneInfo(plan.zone)).date().isoformat()


def _audience(
    plan: ProgrammeMap, campaign: Campaign, segments: Mapping[str, str]
) -> str:
    """Return the segment's name, else Mailchimp's own description without its HTML."""
    if name := segments.get(campaign.segment):
        return name
    # Marked as HTML only to be rid of it: nothing is shown as such.
    html = Markup(campaign.segment_text.replace("<", " <"))  # noqa: S704
    text = str(html.striptags())
    return text or EVERYBODY.get(plan.locale, EVERYBODY["en"])


def _known(
    session: Session, programme: str, campaigns: Iterable[str]
) -> dict[str, str]:
    """Return campaign -> communication.

    By the claims too: they outlast a connection that is bound anew.
    """
    wanted = list(campaigns)
    spoken = session.execute(
        select(Claim.tie, Claim.entity_id).where(
            Claim.programme == programme,
            Claim.entity_kind == ENTITY,
            Claim.origin == PROVIDER,
            Claim.tie.in_(wanted),
        )
    ).all()
    return {row[0]: row[1] for row in spoken}


def _new(session: Session, programme: str) -> str:
    row = Communication(id=new_id(), programme=programme)
    session.add(row)
    session.flush()
    return row.id


def _link(session: Session, programme: str, campaign: str, entity_id: str) -> None:
    """Remember which campaign a communication is."""
    about = {"programme": programme, "tool": PROVIDER, "object_type": CAMPAIGN}
    row = session.scalar(select(RemoteRecord).filter_by(**about, entity_id=entity_id))
    if row is None:
        row = RemoteRecord(**about, entity_id=entity_id, entity_kind=ENTITY)
        session.add(row)
    row.remote_id = campaign


def _said(session: Session, entity_id: str) -> dict[str, Any]:
    """Return what the tool itself said last, by field; staff's word is not touched."""
    claims = session.scalars(
        select(Claim).where(Claim.entity_id == entity_id, Claim.origin == PROVIDER)
    ).all()
    return {claim.field: claim.value for claim in sorted(claims, key=order)}


def _claim(programme: str, entity_id: str, campaign: str, at: datetime) -> Claim:
    return Claim(
        programme=programme,
        entity_kind=ENTITY,
        entity_id=entity_id,
        source="service",
        origin=PROVIDER,
        asserted_at=at,
        tie=campaign,
    )


def _since(session: Session, plan: ProgrammeMap) -> datetime:
    mark = _watermark(session, plan.key)
    if mark is not None:
        return mark.at - OVERLAP
    if plan.period is None:
        return utcnow() - AS_FAR_BACK
    return datetime.combine(plan.period.opens, time(), ZoneInfo(plan.zone))


def _forward(session: Session, programme: str, at: datetime) -> None:
    mark = _watermark(session, programme)
    if mark is None:
        mark = Watermark(programme=programme, tool=PROVIDER, stream=STREAM, at=at)
        session.add(mark)
    mark.at = max(mark.at, at)


def _watermark(session: Session, programme: str) -> Watermark | None:
    return session.scalar(
        select(Watermark).where(
            Watermark.programme == programme,
            Watermark.tool == PROVIDER,
            Watermark.stream == STREAM,
        )
    )
