"""Campaigns: sent by staff, then clicked, opened and left by those who got them.

Only what happened is kept; the figures of a report are counted at each look.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import request
from markupsafe import escape

from sandbox.mailchimp import courier, notices, segments, show
from sandbox.mailchimp.audience import Audience, read_time, stamp
from sandbox.mailchimp.problems import INVALID, ProblemError, invalid, not_found

Doc = dict[str, Any]
EVERYBODY = "all"
_LINK = "https://programme.example/"


def send(audience: Audience, told: Mapping[str, Any]) -> Doc:
    """Send to the subscribed members of a segment (id or name), or to all of them."""
    subject = told.get("subject")
    if not isinstance(subject, str) or not subject.strip():
        raise invalid("settings.subject_line", "This value should not be blank.")
    segment = _segment(audience, str(told.get("segment") or EVERYBODY))
    number = audience.box.store.next_number(audience.campaigns)
    seed = f"{audience.id}:campaign:{number}".encode()
    campaign: Doc = {
        "id": hashlib.sha256(seed).hexdigest()[:10],
        "web_id": number,
        "subject": subject,
        "title": str(told.get("title") or subject),
        "segment": segment["id"] if segment else None,
        "segment_text": _in_words(segment),
        "send_time": stamp(audience.box),
        "sent_to": [one["contact_id"] for one in _addressed(audience, segment)],
        "clicks": [],
        "opens": [],
        "unsubscribed": [],
        "bounced": [],
    }
    _keep(audience, campaign)
    courier.send(audience, notices.of_campaign(audience, campaign))
    return campaign


def _segment(audience: Audience, wanted: str) -> Doc | None:
    if wanted == EVERYBODY:
        return None
    for one in audience.box.store.all(audience.segments).values():
        if wanted in (str(one["id"]), one["name"]):
            return one
    raise not_found()


def _addressed(audience: Audience, segment: Doc | None) -> list[Doc]:
    if segment is not None:
        return segments.addressed(audience, segment, {"subscribed"})
    return [one for one in audience.all_members() if one["status"] == "subscribed"]


def _in_words(segment: Doc | None) -> str:
    """The HTML that describes who got it; empty for a whole audience."""
    if segment is None:
        return ""
    if segment["type"] == "static":
        return f"<p>Contacts tagged <strong>{escape(segment['name'])}</strong></p>"
    conditions = "".join(
        f"<li>{one.get('field', one['condition_type'])} {one['op']} "
        f"{escape(one.get('value', ''))}</li>"
        for one in segment["options"]["conditions"]
    )
    match = segment["options"]["match"]
    return (
        f"<p>Contacts that match <strong>{match}</strong> of the following "
        f"conditions:</p><ol>{conditions}</ol>"
    )


def _keep(audience: Audience, campaign: Doc) -> None:
    audience.box.store.put(audience.campaigns, campaign["id"], campaign)


def require(audience: Audience, key: str) -> Doc:
    """The campaign, or 404."""
    campaign = audience.box.store.get(audience.campaigns, key)
    if campaign is None:
        raise not_found()
    return campaign


def received(audience: Audience, key: str, member: Doc) -> Doc:
    """The campaign, refused when this member was not among those it went to."""
    campaign = require(audience, key)
    if member["contact_id"] not in campaign["sent_to"]:
        detail = f"{member['email_address']} was not sent this campaign."
        raise ProblemError(400, INVALID, detail)
    return campaign


def note(
    audience: Audience, campaign: Doc, what: str, member: Doc, link: str = ""
) -> Doc:
    """Keep that the member did `what`: a click (which is an open too), an open, ..."""
    at = stamp(audience.box)
    one = {"contact": member["contact_id"], "at": at}
    after = campaign | {what: [*campaign[what], one]}
    if what == "clicks":
        one["link"] = link or _LINK
        after["opens"] = [*campaign["opens"], one]
    _keep(audience, after)
    return after


def asked(audience: Audience) -> list[Doc]:
    """What a list call asks for, by send time and audience; newest first."""
    since = request.args.get("since_send_time")
    before = request.args.get("before_send_time")
    wanted = request.args.get("list_id", audience.id)
    status = request.args.get("status", "sent")
    if wanted != audience.id or status != "sent":
        return []
    rows = [
        one
        for one in audience.box.store.all(audience.campaigns).values()
        if _fits(one["send_time"], since, before)
    ]
    return sorted(rows, key=lambda one: (one["send_time"], one["web_id"]), reverse=True)


def _fits(at: str, since: str | None, before: str | None) -> bool:
    moment = read_time("send_time", at)
    if since and moment < read_time("since_send_time", since):
        return False
    return not before or moment < read_time("before_send_time", before)


def shown(audience: Audience, campaign: Doc) -> Doc:
    """A row of `GET /campaigns`."""
    count = len(campaign["sent_to"])
    return {
        "id": campaign["id"],
        "web_id": campaign["web_id"],
        "type": "regular",
        "create_time": campaign["send_time"],
        "long_archive_url": f"https://newsletter.example/archive/{campaign['id']}",
        "status": "sent",
        "emails_sent": count,
        "send_time": campaign["send_time"],
        "content_type": "template",
        "recipients": {
            "list_id": audience.id,
            "list_is_active": True,
            "list_name": audience.box.option(
                "mailchimp.audience_name", "Demo audience"
            ),
            "segment_text": campaign["segment_text"],
            "recipient_count": count,
            "segment_opts": {"saved_segment_id": campaign["segment"]},
        },
        "settings": {
            "subject_line": campaign["subject"],
            "title": campaign["title"],
        },
    }


def report(audience: Audience, campaign: Doc) -> Doc:
    """A row of `GET /reports`: what became of it until now."""
    sent = len(campaign["sent_to"])
    clicks, opens = campaign["clicks"], campaign["opens"]
    clicked = {one["contact"] for one in clicks}
    opened = {one["contact"] for one in opens}
    return {
        "id": campaign["id"],
        "campaign_title": campaign["title"],
        "type": "regular",
        "list_id": audience.id,
        "list_is_active": True,
        "subject_line": campaign["subject"],
        "emails_sent": sent,
        "abuse_reports": 0,
        "unsubscribed": len({one["contact"] for one in campaign["unsubscribed"]}),
        "send_time": campaign["send_time"],
        "bounces": {
            "hard_bounces": len({one["contact"] for one in campaign["bounced"]}),
            "soft_bounces": 0,
            "syntax_errors": 0,
        },
        "opens": {
            "opens_total": len(opens),
            "unique_opens": len(opened),
            "open_rate": _share(opened, sent),
            "last_open": max((one["at"] for one in opens), default=""),
        },
        "clicks": {
            "clicks_total": len(clicks),
            "unique_clicks": len({(one["contact"], one["link"]) for one in clicks}),
            "unique_subscriber_clicks": len(clicked),
            "click_rate": _share(clicked, sent),
            "last_click": max((one["at"] for one in clicks), default=""),
        },
    }


def _share(who: set[str], sent: int) -> float:
    return len(who) / sent if sent else 0.0


def listed(name: str, rows: list[Doc]) -> Doc:
    """A page of rows under their name, pruned as asked."""
    return show.pruned({name: show.page(rows), "total_items": len(rows)})
