"""Mailchimp's campaigns and what became of them, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

REPORT_FIELDS = (
    "id",
    "list_id",
    "campaign_title",
    "subject_line",
    "send_time",
    "emails_sent",
    "unsubscribed",
    "abuse_reports",
    "opens.unique_opens",
    "clicks.unique_subscriber_clicks",
    "bounces.hard_bounces",
    "bounces.soft_bounces",
)
CAMPAIGN_FIELDS = (
    "id",
    "status",
    "send_time",
    "emails_sent",
    "long_archive_url",
    "recipients.list_id",
    "recipients.segment_text",
    "recipients.segment_opts.saved_segment_id",
    "settings.subject_line",
    "settings.title",
)


@dataclass(frozen=True)
class Report:
    """What became of a campaign so far; the figures grow for days after its sending.

    `clicked` counts people, not clicks. `opened` counts people too, but mail programs
    that open everything by themselves inflate it.
    """

    campaign: str
    audience: str
    title: str
    subject: str
    sent_at: datetime | None
    sent: int
    opened: int
    clicked: int
    unsubscribed: int
    complaints: int
    bounced: int


@dataclass(frozen=True)
class Campaign:
    """A campaign: what was sent to whom. `segment_text` is Mailchimp's own HTML.

    `archive_url` shows its content as on the web; `segment` is the saved segment's id,
    "" where it went to all or to conditions of its own.
    """

    id: str
    audience: str
    status: str
    title: str
    subject: str
    sent_at: datetime | None
    sent: int
    archive_url: str
    segment: str
    segment_text: str


def report(raw: Mapping[str, Any]) -> Report:
    """Read one report of an answer."""
    bounces = _part(raw, "bounces")
    return Report(
        campaign=str(raw["id"]),
        audience=_text(raw, "list_id"),
        title=_text(raw, "campaign_title"),
        subject=_text(raw, "subject_line"),
        sent_at=_time(raw),
        sent=_number(raw, "emails_sent"),
        opened=_number(_part(raw, "opens"), "unique_opens"),
        clicked=_number(_part(raw, "clicks"), "unique_subscriber_clicks"),
        unsubscribed=_number(raw, "unsubscribed"),
        complaints=_number(raw, "abuse_reports"),
        bounced=_number(bounces, "hard_bounces") + _number(bounces, "soft_bounces"),
    )


def campaign(raw: Mapping[str, Any]) -> Campaign:
    """Read one campaign of an answer."""
    recipients, settings = _part(raw, "recipients"), _part(raw, "settings")
    segment = _part(recipients, "segment_opts").get("saved_segment_id")
    return Campaign(
        id=str(raw["id"]),
        audience=_text(recipients, "list_id"),
        status=_text(raw, "status"),
        title=_text(settings, "title"),
        subject=_text(settings, "subject_line"),
        sent_at=_time(raw),
        sent=_number(raw, "emails_sent"),
        archive_url=_text(raw, "long_archive_url"),
        segment=str(segment) if segment else "",
        segment_text=_text(recipients, "segment_text"),
    )


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = raw.get(name)
    return held if isinstance(held, Mapping) else {}


def _text(raw: Mapping[str, Any], name: str) -> str:
    return str(raw.get(name) or "")


def _number(raw: Mapping[str, Any], name: str) -> int:
    return int(raw.get(name) or 0)


def _time(raw: Mapping[str, Any]) -> datetime | None:
    """The time of sending; empty for a campaign that was not sent."""
    text = _text(raw, "send_time")
    return datetime.fromisoformat(text) if text else None
