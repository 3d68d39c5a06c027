"""Associations both ways: ours made in batches, staff's matches read back.

Associating need not move a record's modified date, so the participations of the open
rounds are asked for their contacts at every poll. Only contacts who are mentors of that
round count; one that appears is a match, one that vanishes from a complete answer has
ended it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.db import utcnow
from connector.programme.entities import Match, Participation, Round
from connector.programme.matches import say_linked, settle_states
from connector.programme.resolve import merged
from connector.sync.hubspot.desired import Wanted
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteLink, RemoteRecord

Pair = tuple[str, str]


def push_links(side: Side) -> None:
    """Make the associations that are wanted; end those of ours that no longer are."""
    with side.context.database.reading() as session:
        target = side.wanted(session)
        remote = _remote_ids(side, session)
    for ends, pairs in target.links.items():
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
        known = _links(side, session, ends)
    new = sorted(
        p for p in pairs if p not in known or known[p].state in ("sent", "ended")
    )
    if not new:
        return
    types = side.kinds[ends[0]].type, side.kinds[ends[1]].type
    there = side.client.associations(
        types[0], types[1], sorted({remote[ends[0], p[0]] for p in new})
    )
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
        known = _links(side, session, ends)
    over = [
        pair
        for pair, row in known.items()
        if row.state == "pushed"
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


def _links(side: Side, session: Session, ends: Pair) -> dict[Pair, RemoteLink]:
    rows = session.scalars(
        select(RemoteLink).where(
            RemoteLink.programme == side.context.key,
            RemoteLink.tool == TOOL,
            RemoteLink.from_type == ends[0],
            RemoteLink.to_type == ends[1],
        )
    )
    return {(row.from_id, row.to_id): row for row in rows}


def _mark(side: Side, ends: Pair, pairs: list[Pair], state: str) -> None:
    with side.context.database.writing() as session:
        known = _links(side, session, ends)
        for pair in pairs:
            row = known.get(pair)
            if row is None:
                row = RemoteLink(
                    programme=side.context.key, tool=TOOL,
                    from_type=ends[0], from_id=pair[0], to_type=ends[1], to_id=pair[1],
                )  # fmt: skip
                session.add(row)
            row.state, row.changed_at = state, utcnow()


@dataclass
class _Board:
    """The open rounds' mentees by record id, and their mentors by contact id."""

    mentees: dict[str, Participation]
    mentors: dict[tuple[str, str], Participation]


def pull_matches(side: Side) -> None:
    """Read who is associated with the open rounds' mentees; take matches from it."""
    with side.context.database.reading() as session:
        board = _board(side, session)
    if not board.mentees:
        return
    seen_at = utcnow()
    answer = side.client.associations(
        side.kinds["participation"].type, "contacts", sorted(board.mentees)
    )
    with side.context.database.reading() as session:
        changes = _changes(side, session, board, answer)
    if not changes:
        return
    with side.context.database.writing() as session:
        for mentor, mentee, linked in changes:
            _take(side, session, mentor, mentee, linked=linked, at=seen_at)
        settle_states(session, side.context.key)
        reached("hubspot.pull.before_commit")
    reached("hubspot.pull.after_commit")
    side.context.outcome.add("matches", len(changes))


def open_rounds(side: Side, session: Session) -> set[str]:
    """Return the rounds still under way: until the last of their evaluations closes."""
    today = datetime.now(ZoneInfo(side.plan.zone)).date()
    last = {
        plan.key: max([plan.ends, *(w.closes for w in plan.evaluations.values())])
        for plan in side.plan.rounds
    }
    return {
        row.id
        for row in session.scalars(
            select(Round).where(Round.programme == side.context.key)
        )
        if last.get(row.key, row.ends) >= today
    }


def _board(side: Side, session: Session) -> _Board:
    gone = merged(session)
    rounds = open_rounds(side, session)
    known = side.records(session)
    board = _Board({}, {})
    for part in session.scalars(
        select(Participation).where(Participation.round_id.in_(rounds))
    ):
        if part.id in gone:
            continue
        record: RemoteRecord | None
        if part.role == "mentee":
            record = known.get(("participation", part.id))
            if record is not None and record.remote_id:
                board.mentees[record.remote_id] = part
        else:
            person = gone.get(part.person_id, part.person_id)
            record = known.get(("person", person))
            if record is not None and record.remote_id:
                board.mentors[part.round_id, record.remote_id] = part
    return board


def _changes(
    side: Side, session: Session, board: _Board, answer: dict[str, list[str]]
) -> list[tuple[Participation, Participation, bool]]:
    gone = merged(session)
    matches = {
        (gone.get(m.mentor_id, m.mentor_id), gone.get(m.mentee_id, m.mentee_id)): m
        for m in session.scalars(
            select(Match).where(Match.programme == side.context.key)
        )
    }
    links = _links(side, session, ("participation", "person"))
    changes = []
    for record_id, mentee in board.mentees.items():
        if record_id not in answer:
            continue  # an incomplete answer proves no ending
        contacts = set(answer[record_id])
        for (round_id, contact), mentor in board.mentors.items():
            if round_id != mentee.round_id or mentor.person_id == mentee.person_id:
                continue
            match = matches.get((mentor.id, mentee.id))
            linked = bool(match and match.linked)
            if (
                contact in contacts
                and not linked
                and not _unmade(side, links, mentor, mentee)
            ):
                changes.append((mentor, mentee, True))
            elif (
                contact not in contacts
                and linked
                and _made(links, gone, mentor, mentee)
            ):
                changes.append((mentor, mentee, False))
    return changes


def _made(
    links: dict[Pair, RemoteLink], gone: dict[str, str], mentor: Participation,
    mentee: Participation,
) -> bool:  # fmt: skip
    """Tell whether the association stood in HubSpot: only then can it have vanished."""
    row = links.get((mentee.id, gone.get(mentor.person_id, mentor.person_id)))
    return row is not None and row.state == "pushed"


def _unmade(
    side: Side, links: dict[Pair, RemoteLink], mentor: Participation,
    mentee: Participation,
) -> bool:  # fmt: skip
    """Tell whether the match was ended here and its association waits to be taken off."""
    row = links.get((mentee.id, mentor.person_id))
    return row is not None and row.state == "pushed"


def _take(
    side: Side, session: Session, mentor: Participation, mentee: Participation,
    *, linked: bool, at: datetime,
) -> None:  # fmt: skip
    say_linked(session, mentor, mentee, linked=linked, at=at, origin="hubspot")
    ends = ("participation", "person")
    pair = (mentee.id, mentor.person_id)
    row = _links(side, session, ends).get(pair)
    if row is None:
        row = RemoteLink(
            programme=side.context.key, tool=TOOL,
            from_type=ends[0], from_id=pair[0], to_type=ends[1], to_id=pair[1],
        )  # fmt: skip
        session.add(row)
    row.state, row.changed_at = ("pushed" if linked else "ended"), at
