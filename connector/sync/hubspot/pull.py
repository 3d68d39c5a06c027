"""What changed in HubSpot since the watermark: found by search, confirmed by reading.

Search lags some moments and may show a record as it was, so it only points: the
records that look changed are read in batch before anything is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connector.clients.hubspot import Record, modified_property
from connector.db import utcnow
from connector.sync.hubspot.addresses import learn_addresses
from connector.sync.hubspot.compare import edited
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.edits import take_edits
from connector.sync.hubspot.erased import erase
from connector.sync.hubspot.hinted import Told, may_wait
from connector.sync.hubspot.marks import advance, mark_of
from connector.sync.hubspot.missing import find_out, look_into, make_again, take_fates
from connector.sync.hubspot.objects import ID
from connector.sync.hubspot.review import GONE, settle_items
from connector.sync.hubspot.side import Side
from connector.sync.hubspot.targets import new_targets

# "A few moments", HubSpot says of its search; a minute and a half is many.
LAG = timedelta(seconds=90)
FIRST_LOOK_BACK = timedelta(days=1)
EDITED = ("organisation", "person", "participation")
"""The kinds of record on which staff may change what comes back."""
UNHEARD = {"merged", "erased"}
"""Another's record by now, or nobody's for good."""
MERGED = "hs_merged_object_ids"


def pull(side: Side, told: Told | None = None) -> None:
    """Take in what staff changed: what search shows, and what webhooks pointed to."""
    told = told or Told()
    for kind in side.kinds:
        _pull_kind(side, kind, told)


def _pull_kind(side: Side, kind: str, told: Told) -> None:
    searched, newest = _search(side, kind) if kind in EDITED else ({}, None)
    fresh = _read_now(side, kind, searched, told)
    if seen := searched | fresh:
        _follow_merges(side, kind, seen)
        _welcome_back(side, kind, seen, fresh)
        _take_edits(side, kind, seen, fresh)
    if kind == "organisation":
        new_targets(side, seen)
    if kind == "person" and told.erased:
        _erase(side, told, fresh)
    if newest is not None:
        with side.context.database.writing() as session:
            advance(session, side, kind, newest)


def _search(side: Side, kind: str) -> tuple[dict[str, Record], datetime]:
    """Return what changed since the watermark as search shows it, and the newest."""
    with side.context.database.reading() as session:
        since = mark_of(session, side, kind) or utcnow() - FIRST_LOOK_BACK
    object_type = side.kinds[kind].type
    stamp = modified_property(object_type)
    newest = since
    seen: dict[str, Record] = {}
    for record in side.client.search_modified(
        object_type, since - LAG, [*side.names(kind), MERGED]
    ):
        seen[record.id] = record
        newest = max(newest, _time(record.properties.get(stamp)) or newest)
    return seen, newest


def _read_now(
    side: Side, kind: str, searched: dict[str, Record], told: Told
) -> dict[str, Record]:
    """Read what looks changed and what was pointed to, in one go.

    Of our records that are missing from the answer it is found out what became; one
    that they were merged into is theirs from now on, and counts as read.
    """
    ids = told.ids(kind)
    if searched:
        with side.context.database.reading() as session:
            ids |= set(_suspects(side, session, kind, searched).values())
    if not ids:
        return {}
    answer = side.client.batch_read(
        side.kinds[kind].type, sorted(ids), [*side.names(kind), MERGED]
    )
    told.not_yet(kind, answer.problems)
    missing = set(answer.missing)
    with side.context.database.reading() as session:
        ours = {
            key: row.remote_id
            for key, row in side.records(session, kind).items()
            if row.remote_id in missing and row.state in {"linked", "review"}
        }
    fates = find_out(side, kind, {k: i for k, i in ours.items() if i})
    take_fates(side, kind, fates)
    survivors = [record for record in fates.values() if record is not None]
    return {record.id: record for record in (*answer.found, *survivors)}


def _take_edits(
    side: Side, kind: str, seen: dict[str, Record], fresh: dict[str, Record]
) -> None:
    with side.context.database.reading() as session:
        suspects = _suspects(side, session, kind, seen)
        linked = {
            key: seen[row.remote_id]
            for key, row in side.records(session, kind).items()
            if row.state == "linked" and row.remote_id in seen
        }
    by_id = dict(fresh)
    unread = [one for one in suspects.values() if one not in by_id]
    if unread:  # another record stands for it since a merge was followed
        answer = side.client.batch_read(side.kinds[kind].type, unread, side.names(kind))
        by_id |= {record.id: record for record in answer.found}
    take_edits(side, kind, {k: by_id[i] for k, i in suspects.items() if i in by_id})
    learn_addresses(side, linked)


def _erase(side: Side, told: Told, fresh: dict[str, Record]) -> None:
    """Take a deletion for good as such once the contact is no longer there."""
    still = set(told.erased) & set(fresh)
    told.not_yet("person", {one for one in still if may_wait(told.erased[one])})
    erase(side, {one: at for one, at in told.erased.items() if one not in still})


def _suspects(
    side: Side, session: Session, kind: str, seen: dict[str, Record]
) -> dict[Key, str]:
    names = set(side.read_back(kind))
    return {
        key: row.remote_id
        for key, row in side.records(session, kind).items()
        if row.state not in UNHEARD
        and row.remote_id in seen
        and edited(row, seen[row.remote_id].properties, names)
    }


def _follow_merges(side: Side, kind: str, seen: dict[str, Record]) -> None:
    """Follow staff's merges: the record that stayed names those that went into it."""
    away = {
        remote_id
        for record in seen.values()
        for remote_id in (record.properties.get(MERGED) or "").split(";")
        if remote_id
    }
    if not away:
        return
    with side.context.database.reading() as session:
        missing = {
            key: row.remote_id
            for key, row in side.records(session, kind).items()
            if row.remote_id in away and row.state not in UNHEARD
        }
    look_into(side, kind, missing)


def _welcome_back(
    side: Side, kind: str, seen: dict[str, Record], fresh: dict[str, Record]
) -> None:
    """A record that staff took out of the recycle bin is written again."""
    with side.context.database.reading() as session:
        back = [
            key
            for key, row in side.records(session, kind).items()
            if row.state == "gone" and row.remote_id in seen
        ]
        held = side.rows(session, back)
    if not back:
        return
    doubtful = [i for r in held.values() if (i := str(r.remote_id)) not in fresh]
    there = set(fresh)
    if doubtful:
        there |= set(
            side.client.batch_read(side.kinds[kind].type, doubtful, [ID]).by_key
        )
    with side.context.database.writing() as session:
        welcome(side, session, [k for k, r in held.items() if r.remote_id in there])


def welcome(side: Side, session: Session, back: Sequence[Key]) -> None:
    """Write these records again, and look at their associations: archiving ends them.

    What asked staff about them has settled itself.
    """
    for row in side.rows(session, back).values():
        row.state, row.problem, row.problem_hash = "linked", "", ""
    ids = [entity_id for _, entity_id in back]
    make_again(session, ids)
    settle_items(side, session, GONE, ids)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
