"""Another integration that writes the same records: a native connector, a Zap, a form.

HubSpot tells of each value who wrote it (``sourceType``, ``sourceId``, ``sourceLabel``
of the property history, its 2026-09 specifications); Mailchimp by which way a member
came in (``source``). A sample of each is read, in one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from connector import reach
from connector.clients.hubspot import BATCH_WITH_HISTORY, Past, Record
from connector.db import utcnow
from connector.findings import Finding
from connector.service import Service
from connector.sync.cycle import find
from connector.sync.hubspot.objects import ID
from connector.sync.state import RemoteRecord

LATELY = timedelta(days=14)
SAMPLE = 50
PERSONS = "contacts"
APP = "INTEGRATION"
# What writes of itself, and is no person: https://knowledge.hubspot.com/properties/
# understand-source-properties
MACHINES = {
    APP: "another integration",
    "API": "another integration",
    "FORM": "a HubSpot form",
    "IMPORT": "an import",
    "AUTOMATION_PLATFORM": "a workflow",
    "WORKFLOWS": "a workflow",
}
KNOWN = ("typeform", "surveymonkey", "survey monkey", "hubspot", "zapier", "make.com",
         "integromat", "pabbly")  # fmt: skip
HUBSPOT_REMEDY = (
    "Two writers overwrite each other. In HubSpot: Settings > Integrations > Connected "
    "apps, open it and disconnect it, or leave these properties out of its mapping"
)
MAILCHIMP_REMEDY = (
    "Let one service alone add people: in Mailchimp, Integrations > Manage, or in the "
    "form tool's own Connect page, switch that one off"
)


def check_hubspot_writers(service: Service, key: str) -> Iterator[Finding]:
    """Look who else wrote our properties of the contacts that we wrote last."""
    client = reach.hubspot(service, key)
    ours, own = _ours(service, key)
    if client is None or not ours:
        return
    rules = [
        one.hubspot
        for one in service.programme(key).leaving("hubspot")
        if one.entity == "person" and one.hubspot is not None
    ]
    names = sorted({one.property for one in rules})
    alone = {one.property for one in rules if not (one.read_back or one.standard)}
    try:
        answer = client.batch_read(PERSONS, list(ours), [], history=[ID, *names])
    finally:
        client.door.close()
    for record in answer.found:
        own.update(_writers(record, ours.get(record.id, ""), alone))
    found = _strangers(answer.found, ours, own)
    for (who, kind), properties in sorted(found.items()):
        named = f"{who} ({kind})" if who else kind
        shown = ", ".join(sorted(properties)[:5])
        what = f"{named[0].upper()}{named[1:]} writes contacts of ours too: {shown}."
        yield Finding("hubspot.others", "warning", what, HUBSPOT_REMEDY)
    if not found:
        yield Finding("hubspot.others", "well", "Nothing else writes our contacts.")


def _ours(service: Service, key: str) -> tuple[dict[str, str], set[str]]:
    """Return record id -> our id of the contacts written last; and who we write as."""
    with service.database.reading() as session:
        rows = session.execute(
            select(RemoteRecord.remote_id, RemoteRecord.entity_id)
            .where(
                RemoteRecord.programme == key,
                RemoteRecord.tool == "hubspot",
                RemoteRecord.entity_kind == "person",
                RemoteRecord.state == "linked",
                RemoteRecord.remote_id.is_not(None),
            )
            .order_by(RemoteRecord.pushed_at.desc())
            .limit(min(SAMPLE, BATCH_WITH_HISTORY))
        ).all()
        known = find(session, key, "hubspot")
        facts = dict(known.facts) if known is not None else {}
    return {str(row[0]): row[1] for row in rows}, set(
        facts.get("hubspot.sources") or ()
    )


def _writers(record: Record, our_id: str, alone: Collection[str]) -> Iterator[str]:
    """Yield under which ids we write: whoever wrote our key is us.

    So is who wrote what the service alone writes (``alone``): under the id of a newer
    key, which wrote no record's key yet.
    """
    for name, history in record.history.items():
        for past in history:
            ours = past.value == our_id if name == ID else name in alone
            if ours and past.source_type == APP and past.source_id:
                yield str(past.source_id)


def _strangers(
    records: Iterable[Record], ours: Mapping[str, str], own: set[str]
) -> dict[tuple[str, str], set[str]]:
    """Return (name, kind) of each other writer -> the properties that it wrote.

    What a record held before it became ours, or what is long ago, does not count.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for record in records:
        since = _since(record, ours.get(record.id, ""))
        for name, history in record.history.items():
            for past in history:
                if since < past.at and _is_stranger(past, own):
                    kind = MACHINES[past.source_type]
                    who = past.source_label or str(past.source_id or "")
                    found.setdefault((who, kind), set()).add(name)
    return found


def _since(record: Record, our_id: str) -> datetime:
    keyed = [past.at for past in record.history.get(ID, ()) if past.value == our_id]
    return max([utcnow() - LATELY, *keyed[-1:]])


def _is_stranger(past: Past, own: set[str]) -> bool:
    if past.source_type not in MACHINES:
        return False
    if past.source_type in {APP, "API"}:
        # Without an id, or while ours is not known, it may be us.
        return bool(own and past.source_id) and str(past.source_id) not in own
    return True


def check_mailchimp_writers(service: Service, key: str) -> Iterator[Finding]:
    """Look by which ways the members changed last had come in."""
    client = reach.mailchimp(service, key)
    if client is None:
        return
    try:
        ways = Counter(client.ways_in(SAMPLE))
    finally:
        client.door.close()
    others = {
        way: count
        for way, count in ways.items()
        if any(name in way.lower() for name in KNOWN)
    }
    for way, count in sorted(others.items()):
        what = f"{way} adds people to the audience too: {count} of the last {SAMPLE}."
        yield Finding("mailchimp.others", "warning", what, MAILCHIMP_REMEDY)
    if not others:
        yield Finding("mailchimp.others", "well", "No other integration adds members.")
