"""Associations of ours that vanished in HubSpot, and are no word about a match.

Taking a mentor off a mentee's record says that the match has ended, and is read at
every poll. All others (whose part it is, in which round, at which company) follow from
the programme and are made again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.entities import Participation
from connector.programme.resolve import merged
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.links import Pair, links_of, mark
from connector.sync.hubspot.side import Side


def find_lost(side: Side, gone: Collection[Key]) -> dict[Pair, list[Pair]]:
    """Return the associations that we made, want and no longer find, by both ends.

    Those of records that are gone themselves went with them, and are not meant.
    An answer that is not complete for a record proves nothing about it.
    """
    with side.context.database.reading() as session:
        ids = {
            key: row.remote_id
            for key, row in side.records(session).items()
            if row.remote_id and row.state == "linked" and key not in gone
        }
        made = _made(side, session)
    lost = {ends: _lost(side, ends, pairs, ids) for ends, pairs in made.items()}
    return {ends: pairs for ends, pairs in lost.items() if pairs}


def make_lost(side: Side, lost: Mapping[Pair, list[Pair]]) -> None:
    """Have the next sync make them: it looks first whether they are there again."""
    if not lost:
        return
    with side.context.database.writing() as session:
        for ends, pairs in lost.items():
            mark(side, session, ends, pairs, state="sent", at=utcnow())


def _made(side: Side, session: Session) -> dict[Pair, list[Pair]]:
    target = side.wanted(session)
    own = _own_parts(side, session)
    return {
        ends: [
            pair
            for pair, row in links_of(side, session, ends).items()
            if row.state == "pushed"
            and pair in pairs
            and (ends != ("participation", "person") or pair in own)
        ]
        for ends, pairs in target.links.items()
    }


def _own_parts(side: Side, session: Session) -> set[Pair]:
    """Return each part with the person whose part it is: not those of matches."""
    gone = merged(session)
    parts = session.execute(
        select(Participation.id, Participation.person_id).where(
            Participation.programme == side.context.key
        )
    )
    return {(part, gone.get(person, person)) for part, person in parts}


def _lost(
    side: Side, ends: Pair, pairs: list[Pair], ids: Mapping[tuple[str, str], str]
) -> list[Pair]:
    ready = {
        (ids[ends[0], one], ids[ends[1], two]): (one, two)
        for one, two in pairs
        if (ends[0], one) in ids and (ends[1], two) in ids
    }
    if not ready:
        return []
    there = side.client.associations(
        side.kinds[ends[0]].type,
        side.kinds[ends[1]].type,
        sorted({one for one, _ in ready}),
    )
    return [
        pair
        for (one, two), pair in ready.items()
        if one in there and two not in there[one]
    ]
