"""The nightly full compare: every record of ours, whether anybody touched it or not.

Search shows neither archived nor merged records, and no value that was overwritten or
put back between two polls. So all our records are read with their property history,
50 a call, and all our associations, 1,000 a call. What is found goes the way that it
goes in a sync; the next sync writes what has to be written. Never beside a sync: a
value that is just being written would look like one that somebody changed.

==========  ====================================================================
records     linked records that were read
same        of these, those with nothing to say below
edited      staff's edits that polling had not seen: claims now
overwritten edits that only the history tells of: claims with their own time
repaired    properties that we own, or our key, changed by hand: written again
archived    archived or deleted there: on the review list
merged      merged into another record: ours follow
missing     wanted, and not there yet (not pushed, or held back)
back        taken out of the recycle bin: written again
unread      HubSpot could not say; the next night asks again
joined      cities and partners among the companies that were not ours yet
links       associations that vanished: made again
==========  ====================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients import RemoteRefused, RemoteUnauthorised
from connector.clients.hubspot import Record
from connector.db import utcnow
from connector.sync.hubspot.activities import recheck_activities
from connector.sync.hubspot.addresses import learn_addresses
from connector.sync.hubspot.adopt import restore_keys
from connector.sync.hubspot.desired import Desired, Key, Wanted
from connector.sync.hubspot.drift import mark_drift
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.judged import STREAM, Found, Judged, judge, read_all
from connector.sync.hubspot.lost_links import find_lost, make_lost
from connector.sync.hubspot.marks import advance, mark_of
from connector.sync.hubspot.missing import find_out, take_fates
from connector.sync.hubspot.past import say_all, unsaid
from connector.sync.hubspot.pull import welcome
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.hubspot.targets import candidates, marked, new_targets
from connector.sync.state import Connection

Counts = dict[str, dict[str, int]]

OVERLAP = timedelta(minutes=10)
"""HubSpot's clock is not ours: so much is looked at twice, and claimed once."""

WORDS = (
    "records", "same", "edited", "overwritten", "repaired", "archived", "merged",
    "missing", "back", "unread", "joined", "links",
)  # fmt: skip


def compare(side: Side, *, dry_run: bool = False) -> Counts:
    """Compare HubSpot with the programme; return counts by record type and word.

    What was found also stands in the connection's facts. With ``dry_run`` nothing is
    written, here or there.
    """
    with side.context.database.reading() as session:
        target = side.wanted(session)
    counts = {kind: Counter(dict.fromkeys(WORDS, 0)) for kind in side.kinds}
    gone: set[Key] = set()
    for kind in side.kinds:
        gone |= _compare_kind(side, kind, target, counts[kind], dry_run=dry_run)
    lost = find_lost(side, gone)
    for ends, pairs in lost.items():
        counts[ends[0]]["links"] += len(pairs)
    found = {kind: dict(of_kind) for kind, of_kind in counts.items()}
    if not dry_run:
        make_lost(side, lost)
        found |= _activities(side)
        _remember(side, found)
    return found


def _compare_kind(
    side: Side, kind: str, target: Wanted, counts: Counter[str], *, dry_run: bool
) -> set[Key]:
    """Compare one kind's records; return those that are no longer there."""
    began = utcnow()
    wanted = {key: one for key, one in target.records.items() if key[0] == kind}
    found = read_all(side, kind, wanted)
    judged = judge(side, kind, found, wanted)
    fates = find_out(side, kind, found.missing)
    _count(side, kind, found, judged, counts)
    _count_missing(side, kind, wanted, fates, counts)
    targets = marked(side) if kind == "organisation" else {}
    if dry_run:
        counts["joined"] = len(candidates(side, targets))
        return set(fates)
    take_fates(side, kind, fates)
    _take(side, kind, found, judged)
    with side.context.database.writing() as session:
        _say_past(side, session, kind, found.held)
        for key, row in side.rows(session, judged.drift).items():
            mark_drift(row, judged.drift[key], judged.dressed[key])
        advance(session, side, f"{STREAM}{kind}", began - OVERLAP)
        reached("hubspot.compare.before_commit")
    counts["joined"] = new_targets(side, targets)
    return set(fates)


def _take(side: Side, kind: str, found: Found, judged: Judged) -> None:
    """Do at once what a sync does with the same."""
    if found.back:
        with side.context.database.writing() as session:
            welcome(side, session, list(found.back))
    restore_keys(side, kind, {key: found.held[key] for key in judged.keyless})
    take_edits(side, kind, found.held)
    learn_addresses(side, found.held)


def _say_past(
    side: Side, session: Session, kind: str, held: Mapping[Key, Record]
) -> None:
    """Claim what the history alone tells of; the policies decide what follows."""
    mark = mark_of(session, side, f"{STREAM}{kind}")
    touched = set()
    for key, record in held.items():
        said = unsaid(side, session, key, record, mark)
        if said:
            say_all(side, session, key, said)
            touched.add(key)
    side.settle(session, touched)


def _count(
    side: Side, kind: str, found: Found, judged: Judged, counts: Counter[str]
) -> None:
    repaired = judged.keyless | judged.repaired()
    counts["records"] = len(found.held)
    counts["edited"] = len(judged.edited)
    counts["overwritten"] = len(judged.overwritten)
    counts["repaired"] = len(repaired)
    counts["back"] = len(found.back)
    counts["unread"] = found.unread
    touched = set(judged.edited) | judged.overwritten | repaired
    counts["same"] = len(found.held) - len(touched)


def _count_missing(
    side: Side,
    kind: str,
    wanted: Mapping[Key, Desired],
    fates: Mapping[Key, Record | None],
    counts: Counter[str],
) -> None:
    with side.context.database.reading() as session:
        rows = side.records(session, kind)
    counts["missing"] = sum(
        1 for key in wanted if key not in rows or rows[key].remote_id is None
    )
    counts["archived"] = sum(1 for record in fates.values() if record is None)
    counts["merged"] = len(fates) - counts["archived"]


def _activities(side: Side) -> Counts:
    """Look for meetings and notes that were deleted; search shows none of them."""
    try:
        return {
            what: {"archived": number}
            for what, number in recheck_activities(side).items()
        }
    except (RemoteUnauthorised, RemoteRefused) as error:
        side.context.outcome.problems.append(f"HubSpot: {error}")
        return {}


def _remember(side: Side, counts: Counts) -> None:
    facts = side.context.facts
    facts["compare"] = {"at": utcnow().isoformat(), "counts": counts}
    with side.context.database.writing() as session:
        row = session.scalar(
            select(Connection).where(
                Connection.programme == side.context.key, Connection.tool == TOOL
            )
        )
        if row is not None:
            row.facts = {**row.facts, **facts}
