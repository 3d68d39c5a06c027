"""What stands in HubSpot already: found by our key, by e-mail, by domain or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.clients.hubspot import Record
from connector.programme.words import organisation_key
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.existing_parts import existing_parts
from connector.sync.hubspot.existing_rounds import existing_rounds
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.review import AMBIGUOUS, hold
from connector.sync.hubspot.side import Side

EXISTS = "exists:"
"""How a record's problem begins when HubSpot named another one in its way (409)."""

Found = dict[Key, Record]


def find_existing(
    side: Side, kind: str, fresh: Sequence[Desired], *, holding: bool = False
) -> Found:
    """Return the records that stand in HubSpot already for these entities.

    ``holding`` puts on the review list what fits several records equally well.
    """
    found = _by_our_key(side, kind, fresh)
    rest = [d for d in fresh if (kind, d.entity_id) not in found]
    if kind == "person" and rest:
        found |= _people(side, rest)
    if kind == "organisation" and rest:
        found |= _organisations(side, rest, holding=holding)
    if kind == "round" and rest:
        found |= _rounds(side, rest, holding=holding)
    if kind == "participation" and rest:
        parts, several = existing_parts(side, rest)
        if holding:
            hold(side, kind, several, AMBIGUOUS)
        found |= parts
    return found


def _rounds(side: Side, fresh: Sequence[Desired], *, holding: bool) -> Found:
    found, several = _decide(existing_rounds(side, fresh))
    if holding:
        hold(side, "round", several, AMBIGUOUS)
    return found


def _by_our_key(side: Side, kind: str, fresh: Sequence[Desired]) -> Found:
    """Find what a call made whose answer never came: staff may have edited it since."""
    with side.context.database.reading() as session:
        known = side.rows(session, [(kind, d.entity_id) for d in fresh])
    sent = [entity_id for (_, entity_id), row in known.items() if row.sent]
    if not sent:
        return {}
    answer = side.client.batch_read(
        side.kinds[kind].type, sent, side.names(kind), id_property=ID
    )
    return {(kind, entity_id): r for entity_id, r in answer.by_key.items()}


def _people(side: Side, fresh: Sequence[Desired]) -> Found:
    by_email = {
        d.properties["email"].lower(): ("person", d.entity_id)
        for d in fresh
        if d.properties.get("email")
    }
    answer = side.client.batch_read(
        "contacts", list(by_email), side.names("person"), id_property="email"
    )
    found = {by_email[e]: r for e, r in answer.by_key.items() if e in by_email}
    named = _named_by_refusal(side, fresh)
    return {**named, **found}


def _named_by_refusal(side: Side, fresh: Sequence[Desired]) -> Found:
    """Read the contacts that HubSpot named when it refused a create (409).

    One at a time, for a single read follows an id that was merged away meanwhile.
    """
    with side.context.database.reading() as session:
        known = side.rows(session, [("person", d.entity_id) for d in fresh])
    found: Found = {}
    for key, row in known.items():
        if row.problem.startswith(EXISTS):
            remote_id = row.problem.removeprefix(EXISTS)
            record = side.client.read("contacts", remote_id, side.names("person"))
            if record is not None:
                found[key] = record
    return found


def _organisations(side: Side, fresh: Sequence[Desired], *, holding: bool) -> Found:
    """Find companies by domain, then by name; of several that fit, none."""
    found, several = _by_domain(side, fresh)
    decided = set(found) | several
    rest = [d for d in fresh if ("organisation", d.entity_id) not in decided]
    named, more = _by_name(side, rest)
    if holding:
        hold(side, "organisation", several | more, AMBIGUOUS)
    return {**found, **named}


def _by_domain(side: Side, fresh: Sequence[Desired]) -> tuple[Found, set[Key]]:
    domains = {
        d.properties["domain"].lower(): d for d in fresh if d.properties.get("domain")
    }
    if not domains:
        return {}, set()
    fitting: dict[Key, list[Record]] = {}
    for record in side.client.search_values(
        "companies", "domain", sorted(domains), side.names("organisation")
    ):
        desired = domains.get((record.properties.get("domain") or "").lower())
        if desired is not None:
            key = ("organisation", desired.entity_id)
            fitting.setdefault(key, []).append(record)
    return _decide(fitting)


def _by_name(side: Side, fresh: Sequence[Desired]) -> tuple[Found, set[Key]]:
    called = {
        organisation_key(d.properties["name"]): d
        for d in fresh
        if d.properties.get("name")
    }
    if not called:
        return {}, set()
    names = sorted(d.properties["name"] for d in called.values())
    fitting: dict[Key, list[Record]] = {}
    for record in side.client.search_values(
        "companies", "name", names, side.names("organisation")
    ):
        desired = called.get(organisation_key(record.properties.get("name") or ""))
        if desired is not None and _may_be(desired, record):
            key = ("organisation", desired.entity_id)
            fitting.setdefault(key, []).append(record)
    return _decide(fitting)


def _decide(fitting: Mapping[Key, list[Record]]) -> tuple[Found, set[Key]]:
    """Return what is clear, and the entities that several records fit."""
    found: Found = {}
    several: set[Key] = set()
    for key, records in fitting.items():
        distinct = {record.id: record for record in records}
        ours = [r for r in distinct.values() if r.properties.get(ID) == key[1]]
        if len(distinct) == 1 or ours:
            found[key] = ours[0] if ours else records[0]
        else:
            several.add(key)
    return found, several


def _may_be(desired: Desired, record: Record) -> bool:
    """Two companies of one name but with different domains are two."""
    one, other = desired.properties.get("domain"), record.properties.get("domain")
    return not (one and other and one.lower() != other.lower())
