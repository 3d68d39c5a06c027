"""What the sandbox's page shows of Mailchimp."""

from typing import Any

from sandbox.box import Box
from sandbox.mailchimp import segments
from sandbox.mailchimp.audience import Audience, only_audience

Table = tuple[str, list[str], list[list[Any]]]


def page_tables(box: Box) -> list[Table]:
    """Members with their filled merge fields, and segments with their counts."""
    audience = only_audience(box)
    return [_members(audience), _segments(audience), _fields(audience)]


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


def _fields(audience: Audience) -> Table:
    rows = [
        [one["tag"], one["name"], one["type"], "yes" if one["required"] else "no"]
        for one in audience.merge_fields()
    ]
    return ("Merge fields", ["Tag", "Name", "Type", "Required"], rows)
