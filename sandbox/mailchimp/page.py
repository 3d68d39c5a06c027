"""What the sandbox's page shows of Mailchimp."""

from typing import Any

from sandbox.box import Box
from sandbox.mailchimp import campaigns, hooks, segments
from sandbox.mailchimp.audience import Audience, only_audience

Table = tuple[str, list[str], list[list[Any]]]


def page_tables(box: Box) -> list[Table]:
    """Members with their filled merge fields, segments, campaigns and webhooks."""
    audience = only_audience(box)
    return [
        _members(audience),
        _segments(audience),
        _campaigns(audience),
        _webhooks(audience),
        _fields(audience),
    ]


def people_known(box: Box) -> list[dict[str, str]]:
    """The addresses that the page's buttons offer, with their status."""
    return [
        {"email": one["email_address"], "status": one["status"]}
        for one in only_audience(box).all_members()
    ]


def _members(audience: Audience) -> Table:
    rows = [
        [
            one["email_address"],
            one["status"],
            one["language"],
            ", ".join(f"{k}={v}" for k, v in one["merge_fields"].items() if v),
            one["last_changed"],
        ]
        for one in audience.all_members()
    ]
    columns = ["E-mail", "Status", "Language", "Merge fields", "Last changed"]
    return ("Members", columns, rows)


def _segments(audience: Audience) -> Table:
    rows = []
    for one in audience.box.store.all(audience.segments).values():
        shown = segments.show(audience, one)
        rows.append([one["name"], one["type"], shown["member_count"]])
    return ("Segments", ["Name", "Type", "Subscribed members"], rows)


def _campaigns(audience: Audience) -> Table:
    rows = []
    for one in audience.box.store.all(audience.campaigns).values():
        told = campaigns.report(audience, one)
        clicked = told["clicks"]["unique_subscriber_clicks"]
        figures = [told["emails_sent"], clicked, told["unsubscribed"]]
        rows.append([one["id"], one["title"], one["send_time"], *figures])
    columns = ["Id", "Title", "Sent", "E-mails", "Who clicked", "Unsubscribed"]
    return ("Campaigns", columns, rows)


def _webhooks(audience: Audience) -> Table:
    """Addresses without their last part, which is the secret."""
    rows = [
        [
            one["url"].rpartition("/")[0] + "/…",
            ", ".join(name for name, on in one["events"].items() if on),
            ", ".join(name for name, on in one["sources"].items() if on),
            "enabled" if one["enabled"] else "disabled",
            one["delivered"],
            one["failed"],
            one["last"] or "none yet",
        ]
        for one in hooks.all_of(audience)
    ]
    columns = ["URL", "Events", "Sources", "State", "Delivered", "Failed"]
    return ("Webhooks", [*columns, "Last answer"], rows)


def _fields(audience: Audience) -> Table:
    rows = [
        [one["tag"], one["name"], one["type"], "yes" if one["required"] else "no"]
        for one in audience.merge_fields()
    ]
    return ("Merge fields", ["Tag", "Name", "Type", "Required"], rows)
