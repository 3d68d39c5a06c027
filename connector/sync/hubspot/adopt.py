"""Records that stand in HubSpot already: found by e-mail, domain or name, then ours.

Our key cannot be upserted onto them (HubSpot would try to create, and answer 409), so
it is written once by record id. What they hold counts as said by staff, at the time in
their property history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.boundaries import reached
from connector.clients.hubspot import Problem, Record, Write
from connector.programme.identity import flag
from connector.programme.words import organisation_key
from connector.sync.hubspot.desired import Desired, Key
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.side import Side

CLASH = "Two records of the programme fit one record in HubSpot. Nothing was written."


def adopt(side: Side, kind: str, fresh: Sequence[Desired]) -> set[Key]:
    """Find and take over what exists; return the entities whose record was found."""
    found = find_existing(side, kind, fresh)
    if not found:
        return set()
    ours = _settle_clashes(side, kind, found)
    if not ours:
        return set()
    foreign = {key: r for key, r in ours.items() if r.properties.get(ID) != key[1]}
    reached("hubspot.adopt.before_call")
    problems = _write_key(side, kind, foreign)
    reached("hubspot.adopt.accepted")
    taken = {key: r for key, r in ours.items() if key[1] not in problems}
    with side.context.database.writing() as session:
        known = side.records(session, kind)
        for key, record in taken.items():
            row = known.get(key) or side.begin(session, key)
            row.remote_id = record.id
            row.problem = ""
            row.accepted = {**row.accepted, ID: key[1]}
            row.pushed = {**row.pushed, ID: key[1]}
    reached("hubspot.adopt.after_commit")
    side.context.outcome.add("adopted", len(foreign) - len(problems))
    take_edits(side, kind, taken)
    return set(taken)


def find_existing(side: Side, kind: str, fresh: Sequence[Desired]) -> dict[Key, Record]:
    """Return the records that stand in HubSpot already for these entities."""
    if kind == "person":
        return _people(side, fresh)
    if kind == "organisation":
        return _organisations(side, fresh)
    return {}


def _people(side: Side, fresh: Sequence[Desired]) -> dict[Key, Record]:
    by_email = {
        d.properties["email"].lower(): ("person", d.entity_id)
        for d in fresh
        if d.properties.get("email")
    }
    answer = side.client.batch_read(
        "contacts", list(by_email), side.names("person"), id_property="email"
    )
    found = {by_email[e]: r for e, r in answer.by_key.items() if e in by_email}
    named = _named_by_refusal(side, "person", fresh)
    return {**found, **{key: r for key, r in named.items() if key not in found}}


def _named_by_refusal(
    side: Side, kind: str, fresh: Sequence[Desired]
) -> dict[Key, Record]:
    """Read the records that HubSpot named when it refused a create (409)."""
    with side.context.database.reading() as session:
        known = side.records(session, kind)
    ids = {
        (kind, d.entity_id): known[kind, d.entity_id].problem.removeprefix("exists:")
        for d in fresh
        if (kind, d.entity_id) in known
        and known[kind, d.entity_id].problem.startswith("exists:")
    }
    if not ids:
        return {}
    answer = side.client.batch_read(
        side.kinds[kind].type, list(ids.values()), side.names(kind)
    )
    by_id = {record.id: record for record in answer.found}
    return {key: by_id[i] for key, i in ids.items() if i in by_id}


def _organisations(side: Side, fresh: Sequence[Desired]) -> dict[Key, Record]:
    """Find companies by domain, then by name; of several with one name, none."""
    names = side.names("organisation")
    domains = {d.properties["domain"]: d for d in fresh if d.properties.get("domain")}
    found: dict[Key, Record] = {}
    for record in side.client.search_values(
        "companies", "domain", sorted(domains), names
    ):
        desired = domains.get((record.properties.get("domain") or "").lower())
        if desired is not None:
            found.setdefault(("organisation", desired.entity_id), record)
    rest = {
        organisation_key(d.properties["name"]): d
        for d in fresh
        if d.properties.get("name") and ("organisation", d.entity_id) not in found
    }
    called: dict[str, list[Record]] = {}
    wanted = sorted(d.properties["name"] for d in rest.values())
    for record in side.client.search_values("companies", "name", wanted, names):
        called.setdefault(
            organisation_key(record.properties.get("name") or ""), []
        ).append(record)
    for key, records in called.items():
        if key in rest and len(records) == 1 and _may_be(rest[key], records[0]):
            found["organisation", rest[key].entity_id] = records[0]
    return found


def _may_be(desired: Desired, record: Record) -> bool:
    """Two companies of one name but with different domains are two."""
    one, other = desired.properties.get("domain"), record.properties.get("domain")
    return not (one and other and one.lower() != other.lower())


def _settle_clashes(
    side: Side, kind: str, found: Mapping[Key, Record]
) -> dict[Key, Record]:
    """Keep the clear cases; put a record that two entities claim on the review list."""
    ours: dict[Key, Record] = {}
    with side.context.database.writing() as session:
        known = side.records(session, kind)
        holders = {row.remote_id: key for key, row in known.items() if row.remote_id}
        for key, record in found.items():
            its_key = record.properties.get(ID)
            holder = holders.get(record.id)
            taken = holder is not None and holder != key
            elsewhere = its_key not in (None, "", key[1]) and (kind, its_key) in known
            if (
                not taken
                and not elsewhere
                and record.id not in {r.id for r in ours.values()}
            ):
                ours[key] = record
                continue
            row = known.get(key) or side.begin(session, key)
            row.state, row.problem = "review", CLASH
            other = holder[1] if holder else str(its_key or "")
            flag(session, side.context.key, "crm_clash", kind, key[1], other, CLASH)
            side.context.outcome.add("held")
    return ours


def _write_key(
    side: Side, kind: str, foreign: Mapping[Key, Record]
) -> dict[str, Problem]:
    if not foreign:
        return {}
    writes = [
        Write(record.id, {ID: key[1]}, trace=key[1]) for key, record in foreign.items()
    ]
    return side.client.batch_update(side.kinds[kind].type, writes).problems
