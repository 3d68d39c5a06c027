"""The audience's own fields, where they stand in the way of writing members."""

from __future__ import annotations

from collections.abc import Iterator

from connector import reach
from connector.findings import Finding
from connector.service import Service
from connector.sync.mailchimp.desired import merge_rules

REMEDY = (
    "In Mailchimp: Audience > Settings > Audience fields and *|MERGE|* tags, take the "
    "tick out of Required at {names}"
)


def check_newsletter(service: Service, key: str) -> Iterator[Finding]:
    """Look for required fields: who has no value there is refused.

    Our own writes ask Mailchimp not to check (``skip_merge_validation``); its forms,
    its pages and other integrations do, and our own fields no person can fill in.
    """
    client = reach.mailchimp(service, key)
    if client is None:
        return
    try:
        fields = client.merge_fields()
    finally:
        client.door.close()
    required = {
        str(one["tag"]): str(one.get("name") or one["tag"])
        for one in fields
        if one.get("required")
    }
    if not required:
        yield Finding(
            "mailchimp.fields", "well", "No field of the audience is required."
        )
        return
    plan = service.programme(key)
    ours = {str(rule.mailchimp) for rule in merge_rules(plan)} | {plan.segment_tag}
    names = ", ".join(f"{name} ({tag})" for tag, name in required.items())
    what = f"The audience demands a value in: {names}. Who has none may be refused."
    if ours & set(required):
        what += " One is Vidensbro's own, which nobody else can fill in."
    yield Finding("mailchimp.fields", "warning", what, REMEDY.format(names=names))
