"""Mailchimp's webhooks, campaigns and reports."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import Provider, Reply, Seen

from connector.clients import Mailchimp, RemoteBusy, RemoteRefused
from connector.clients.mailchimp_campaigns import Campaign, Report

HOOKS = "/3.0/lists/a1b2/webhooks"
URL = "https://us.example/webhooks/aarhus/mailchimp/word"
SINCE = datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=1)))
SENT = datetime(2026, 11, 3, 8, tzinfo=UTC)
CAMPAIGN: dict[str, Any] = {
    "id": "42694e9e57",
    "status": "sent",
    "send_time": "2026-11-03T08:00:00+00:00",
    "emails_sent": 120,
    "long_archive_url": "https://newsletter.example/archive/42694e9e57",
    "recipients": {
        "list_id": "a1b2",
        "segment_text": "<p>Mentors</p>",
        "segment_opts": {"saved_segment_id": 9, "match": "all"},
    },
    "settings": {"subject_line": "Hej", "title": "November"},
}
REPORT: dict[str, Any] = {
    "id": "42694e9e57",
    "list_id": "a1b2",
    "campaign_title": "November",
    "subject_line": "Hej",
    "send_time": "2026-11-03T08:00:00+00:00",
    "emails_sent": 120,
    "unsubscribed": 2,
    "abuse_reports": 1,
    "opens": {"unique_opens": 80},
    "clicks": {"unique_subscriber_clicks": 31},
    "bounces": {"hard_bounces": 3, "soft_bounces": 4},
}


def test_a_webhook_says_yes_or_no_to_everything(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(200, {"id": "w1", "url": URL, "signing_secret": "s3"})]

    made = mailchimp.create_webhook(URL, ["unsubscribe", "upemail"], {"user", "admin"})
    assert made["signing_secret"] == "s3"
    seen = provider.seen[0]
    assert (seen.method, seen.path) == ("POST", HOOKS)
    assert seen.body == {
        "url": URL,
        "events": {
            "subscribe": False,
            "unsubscribe": True,
            "profile": False,
            "cleaned": False,
            "upemail": True,
            "campaign": False,
        },
        "sources": {"user": True, "admin": True, "api": False},
    }


def test_a_webhook_is_not_made_twice(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.answer = lambda _: (504, "<html>")

    with pytest.raises(RemoteBusy):
        mailchimp.create_webhook(URL, ["profile"], ["user"])
    assert len(provider.seen) == 1


def test_a_misspelt_event_is_never_sent(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    with pytest.raises(ValueError, match="unsub, website"):
        mailchimp.create_webhook(URL, ["unsub"], ["website"])
    assert provider.seen == []


def test_webhooks_are_listed_changed_and_ended(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [
        (200, {"webhooks": [{"id": "w1", "url": URL}], "total_items": 1}),
        (200, {"id": "w1", "signing_secret": "new"}),
        (204, None),
        (404, {"title": "Resource Not Found"}),
    ]

    assert mailchimp.webhooks() == [{"id": "w1", "url": URL}]
    changed = mailchimp.update_webhook("w1", URL, ["cleaned"], ["admin"])
    assert changed["signing_secret"] == "new"
    assert mailchimp.delete_webhook("w1") is True
    assert mailchimp.delete_webhook("w/1") is False
    assert [(one.method, one.path) for one in provider.seen] == [
        ("GET", HOOKS),
        ("PATCH", f"{HOOKS}/w1"),
        ("DELETE", f"{HOOKS}/w1"),
        ("DELETE", f"{HOOKS}/w%2F1"),
    ]
    assert provider.seen[1].body["sources"] == {
        "user": False,
        "admin": True,
        "api": False,
    }


def test_a_webhook_that_cannot_be_deleted_is_an_error(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(400, {"title": "Bad Request"})]

    with pytest.raises(RemoteRefused):
        mailchimp.delete_webhook("w1")


def test_campaigns_of_the_audience(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.replies = [(200, {"campaigns": [CAMPAIGN], "total_items": 1})]

    assert list(mailchimp.campaigns(SINCE)) == [
        Campaign(
            id="42694e9e57",
            audience="a1b2",
            status="sent",
            title="November",
            subject="Hej",
            sent_at=SENT,
            sent=120,
            archive_url="https://newsletter.example/archive/42694e9e57",
            segment="9",
            segment_text="<p>Mentors</p>",
        )
    ]
    query = provider.seen[0].query
    wanted = set(query.pop("fields").split(","))
    assert query == {
        "count": "1000",
        "offset": "0",
        "list_id": "a1b2",
        "status": "sent",
        "since_send_time": "2026-11-01T09:00:00+00:00",
    }
    assert {"campaigns.recipients.segment_text", "total_items"} <= wanted
    assert _given(CAMPAIGN, "campaigns") - wanted == {
        "campaigns.recipients.segment_opts.match"
    }


def test_a_campaign_to_all_has_no_segment(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    bare = {"id": "1", "recipients": {"list_id": "a1b2"}, "send_time": ""}
    unnamed = {"id": "2", "recipients": {"segment_opts": {"saved_segment_id": None}}}
    provider.replies = [(200, {"campaigns": [bare, unnamed], "total_items": 2})]

    for one in mailchimp.campaigns(SINCE):
        assert (one.segment, one.segment_text, one.sent_at, one.sent) == (
            "",
            "",
            None,
            0,
        )


def test_reports_of_the_audience_alone(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    other = {**REPORT, "id": "x", "list_id": "another"}
    provider.replies = [(200, {"reports": [other, REPORT], "total_items": 2})]

    assert list(mailchimp.reports(SINCE)) == [
        Report(
            campaign="42694e9e57",
            audience="a1b2",
            title="November",
            subject="Hej",
            sent_at=SENT,
            sent=120,
            opened=80,
            clicked=31,
            unsubscribed=2,
            complaints=1,
            bounced=7,
        )
    ]
    query = provider.seen[0].query
    assert query["since_send_time"] == "2026-11-01T09:00:00+00:00"
    assert set(query["fields"].split(",")) == _given(REPORT, "reports") | {
        "total_items"
    }


def test_reports_by_the_thousand(mailchimp: Mailchimp, provider: Provider) -> None:
    def answer(seen: Seen) -> Reply:
        first = int(seen.query["offset"])
        ids = range(first, min(first + int(seen.query["count"]), 1500))
        page = [{"id": str(n), "list_id": "a1b2"} for n in ids]
        return 200, {"reports": page, "total_items": 1500}

    provider.answer = answer
    found = [one.campaign for one in mailchimp.reports(SINCE)]
    assert found == [str(n) for n in range(1500)]
    assert [one.query["offset"] for one in provider.seen] == ["0", "1000"]


def _given(raw: dict[str, Any], path: str) -> set[str]:
    """The dotted names of all values, as `fields` asks for them."""
    found: set[str] = set()
    for name, value in raw.items():
        below = f"{path}.{name}"
        found |= _given(value, below) if isinstance(value, dict) else {below}
    return found
