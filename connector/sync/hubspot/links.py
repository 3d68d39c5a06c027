"""Associations that we want: made and ended in batches, those of staff left alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.db import utcnow
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteLink

Pair = tuple[str, str]
# A call may have arrived whose answer did not.
PERHAPS_THERE = {"sent", "pushed"}
ENDS: tuple[Pair, ...] = (
    ("participation", "person"),
    ("participation", "round"),
    ("participation", "organisation"),
    ("person", "organisation"),
)
"""What we associate, by kinds of entity. One of which nothing is wanted any more is
looked at, too: its last association is to be ended."""


def push_links(side: Side) -> None:
    """Make the associations that are wanted; end those of ours that no longer are."""
    with side.context.database.reading() as session:
        target = side.wanted(session)
        remote = _remote_ids(side, session)
    for ends in ENDS:
        pairs = target.links.get(ends, set())
        ready = {
            p for p in pairs if (ends[0], p[0]) in remote and (ends[1], p[1]) in remote
        }
        _push_pairs(side, ends, ready, remote)
        _end_pairs(side, ends, pairs, remote)


def _remote_ids(side: Side, session: Session) -> dict[tuple[str, str], str]:
    return {
        key: row.remote_id
        for key, row in side.records(session).items()
        if row.remote_id and row.state == "linked"
    }


def _push_pairs(
    side: Side, ends: Pair, pairs: set[Pair], remote: dict[tuple[str, str], str]
) -> None:
    with side.context.database.reading() as session:
        known = links_of(side, session, ends)
    new = sorted(
        p for p in pairs if p not in known or known[p].state in ("sent", "ended")
    )
    if not new:
        return
    types = side.kinds[ends[0]].type, side.kinds[ends[1]].type
    there = dict(side.on_board) if ends == ("participation", "person") else {}
    unread = {remote[ends[0], p[0]] for p in new} - set(there)
    if unread:
        there |= side.client.associations(types[0], types[1], sorted(unread))
    calls = {
        (remote[ends[0], p[0]], remote[ends[1], p[1]]): p
        for p in new
        if remote[ends[1], p[1]] not in there.get(remote[ends[0], p[0]], ())
    }
    _mark(side, ends, new, "sent")
    reached("hubspot.links.sent")
    problems = side.client.associate_default(types[0], types[1], list(calls))
    reached("hubspot.links.accepted")
    failed = {calls[call] for call in problems}
    _mark(side, ends, [p for p in new if p not in failed], "pushed")
    reached("hubspot.links.after_commit")
    side.context.outcome.add("associated", len(calls) - len(problems))
    side.context.outcome.add("refused", len(problems))


def _end_pairs(
    side: Side, ends: Pair, pairs: set[Pair], remote: dict[tuple[str, str], str]
) -> None:
    with side.context.database.reading() as session:
        known = links_of(side, session, ends)
    over = [
        pair
        for pair, row in known.items()
        if row.state in PERHAPS_THERE
        and pair not in pairs
        and (ends[0], pair[0]) in remote
        and (ends[1], pair[1]) in remote
    ]
    if not over:
        return
    types = side.kinds[ends[0]].type, side.kinds[ends[1]].type
    calls = {(remote[ends[0], p[0]], remote[ends[1], p[1]]): p for p in over}
    problems = side.client.disassociate(types[0], types[1], list(calls))
    _mark(side, ends, [p for call, p in calls.items() if call not in problems], "ended")
    side.context.outcome.add("dissociated", len(calls) - len(problems))


def links_of(side: Side, session: Session, ends: Pair) -> dict[Pair, RemoteLink]:
    """Return the associations that we made or saw between two kinds of entity."""
    rows = session.scalars(
        select(RemoteLink).where(
            RemoteLink.programme == side.context.key,
            RemoteLink.tool == TOOL,
            RemoteLink.from_type == ends[0],
            RemoteLink.to_type == ends[1],
        )
    )
    return {(row.from_id, row.to_id): row for row in rows}


def _mark(side: Side, ends: Pair, pairs: Iterable[Pair], state: str) -> None:
    with side.context.database.writing() as session:
        mark(side, session, ends, pairs, state=state, at=utcnow())


def mark(
    side: Side,
    session: Session,
    ends: Pair,
    pairs: Iterable[Pair],
    *,
    state: str,
    at: datetime,
) -> None:
    """Write down how these associations stand."""
    known = links_of(side, session, ends)
    for pair in pairs:
        row = known.get(pair)
        if row is None:
            row = RemoteLink(
                programme=side.context.key, tool=TOOL,
                from_type=ends[0], from_id=pair[0], to_type=ends[1], to_id=pair[1],
            )  # fmt: skip
            session.add(row)
        row.state, row.changed_at = state, at
