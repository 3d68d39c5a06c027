"""What stands in HubSpot as far as is known here, and what the next sync would make it.

It follows ``connector.sync.hubspot.push`` and ``links`` step by step, but calls nobody:
an edit that staff made since the last sync is not seen, and a record that would be
created may turn out to stand there already and is then taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn, cast

from sqlalchemy.orm import Session

from connector.clients import HubSpot
from connector.rehearsal.difference import LINK, Picture, Seen
from connector.rehearsal.names import Names
from connector.service import Service
from connector.sync.context import Context
from connector.sync.cycle import find
from connector.sync.hubspot.compare import differences, same
from connector.sync.hubspot.desired import Desired, Key, Wanted
from connector.sync.hubspot.erased import withheld
from connector.sync.hubspot.links import ENDS, PERHAPS_THERE, Pair, links_of
from connector.sync.hubspot.objects import ID, objects
from connector.sync.hubspot.pipelines import Stages
from connector.sync.hubspot.push import digest
from connector.sync.hubspot.review import open_reviews
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteRecord
from mappings.plan import ProgrammeMap

BETWEEN = " — "
EMAIL = "email"
ERASED = "deleted for good in HubSpot"
IN_DOUBT = "in doubt, on the review list"
REFUSED = "HubSpot refused the same before"
TAKEN = "another contact in HubSpot has the address: merge the two there"


class _Nobody:
    """Stands where a client would: whoever looks for HubSpot here is mistaken."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(f"a rehearsal calls no tool ({name})")


def pictures(
    service: Service, session: Session, plan: ProgrammeMap, names: Names
) -> tuple[Picture, Picture]:
    """Return what stands in HubSpot, and what the next sync would make it."""
    side = _a_side(service, session, plan)
    return _standing(side, session, names), _coming(side, session, names)


def alike(one: object, other: object) -> bool:
    """Tell whether two values are one, whatever way HubSpot writes them."""
    return same(str(one or ""), str(other or ""))


def _a_side(service: Service, session: Session, plan: ProgrammeMap) -> Side:
    """Return HubSpot's side without a client."""
    account = service.settings.accounts[plan.key].hubspot
    assert account is not None  # noqa: S101 - only what is on is looked at
    connection = find(session, plan.key, TOOL)
    known = dict(connection.facts) if connection is not None else {}
    stages = known.get("hubspot.stages")
    found = stages if isinstance(stages, dict) else {}
    return Side(
        Context(service, plan, known),
        cast("HubSpot", _Nobody()),
        objects(account),
        Stages(str(found.get("pipeline", "")), found.get("by_status", {})),
    )


def _standing(side: Side, session: Session, names: Names) -> Picture:
    """Return what HubSpot holds of ours, as it returned it last."""
    return {
        key: Seen(names.title(key[1]), _held(row))
        for key, row in side.records(session).items()
        if row.remote_id and row.state not in {"merged", "erased"}
    } | _links_standing(side, session, names)


def _coming(side: Side, session: Session, names: Names) -> Picture:
    """Return what HubSpot holds once the next sync has written."""
    target = side.wanted(session)
    known = side.records(session)
    passed = withheld(side, session)
    waits = open_reviews(side, session)
    found = _standing(side, session, names)
    for key, desired in target.records.items():
        row = known.get(key)
        if row is not None and row.state == "merged":
            row = None  # its merge was undone: it gets a record of its own
        why = _why_held(key, row, passed, waits)
        seen = _after(names, key, row, desired, why)
        if seen is not None:
            found[key] = seen
    for (kind, entity_id), entity in names.rows.items():
        held = kind == "person" and entity.provisional and entity_id not in names.gone
        if held:
            found[kind, entity_id] = Seen(names.title(entity_id), {}, "held", IN_DOUBT)
    _hold_taken(side, session, found)
    return _links_coming(side, session, names, target, found)


def _held(row: RemoteRecord) -> dict[str, str]:
    return {name: value for name, value in row.pushed.items() if name != ID}


def _why_held(
    key: Key, row: RemoteRecord | None, passed: set[Key], waits: set[str]
) -> str:
    if key in passed or (row is not None and row.state == "erased"):
        return ERASED
    if row is None or row.state == "linked":
        return ""
    if row.state == "review" and row.entity_id not in waits:
        return ""  # staff have settled it: the next sync tries again
    return row.problem or row.state


def _after(
    names: Names, key: Key, row: RemoteRecord | None, desired: Desired, why: str
) -> Seen | None:
    title = names.title(key[1])
    owed = (
        dict(desired.properties)
        if row is None
        else differences(row, desired.properties)
    )
    refused = row is not None and owed and digest(owed) == row.problem_hash
    why = why or (REFUSED if refused else "")
    held = _held(row) if row is not None and row.remote_id else {}
    writes = {n: v for n, v in owed.items() if n != ID and (v or n in held)}
    if not writes and held:
        return None
    return Seen(title, {**held, **writes}, "held" if why else "", why)


def _hold_taken(side: Side, session: Session, found: Picture) -> None:
    """Hold whoever is to get an address that another of our contacts keeps.

    HubSpot takes an address once, and refuses the whole record for it.
    """
    stood = {k: r.pushed.get(EMAIL, "") for k, r in side.records(session).items()}
    keepers = {
        _folded(seen.fields.get(EMAIL)): key
        for key, seen in found.items()
        if same(seen.fields.get(EMAIL), stood.get(key, ""))
    }
    for key, seen in list(found.items()):
        email = _folded(seen.fields.get(EMAIL))
        if email and not seen.state and keepers.get(email, key) != key:
            found[key] = replace(seen, state="held", why=TAKEN)


def _folded(email: object) -> str:
    return str(email or "").lower()


# --- associations ------------------------------------------------------------------
def _link(names: Names, ends: Pair, pair: Pair) -> tuple[Key, Seen]:
    titles = (names.title(pair[0]), names.title(pair[1]))
    return (LINK, f"{ends[0]}:{pair[0]}:{pair[1]}"), Seen(BETWEEN.join(titles))


def _links_standing(side: Side, session: Session, names: Names) -> Picture:
    return dict(
        _link(names, ends, pair)
        for ends in ENDS
        for pair, row in links_of(side, session, ends).items()
        if row.state in PERHAPS_THERE
    )


def _links_coming(
    side: Side, session: Session, names: Names, target: Wanted, found: Picture
) -> Picture:
    there = _there(side, session, target, found)
    for ends in ENDS:
        wanted = target.links.get(ends, set())
        known = links_of(side, session, ends)
        for pair in wanted:
            if _both(ends, pair, there):
                key, seen = _link(names, ends, pair)
                found[key] = seen
        for pair, row in known.items():
            over = row.state in PERHAPS_THERE and pair not in wanted
            if over and _both(ends, pair, there):
                found.pop(_link(names, ends, pair)[0], None)
    return found


def _both(ends: Pair, pair: Pair, there: set[Key]) -> bool:
    return (ends[0], pair[0]) in there and (ends[1], pair[1]) in there


def _there(
    side: Side, session: Session, target: Wanted, found: Mapping[Key, Seen]
) -> set[Key]:
    """Return the records that stand there once the sync has written, and are ours."""
    linked = {
        key
        for key, row in side.records(session).items()
        if row.remote_id and row.state == "linked"
    }
    made = {k for k in target.records if k in found and not found[k].state}
    return linked | made
