"""Matches as staff make them: a mentor's contact on a mentee's participation.

Associating need not move a record's modified date, so the participations of the open
rounds are asked for their contacts at every poll. Only contacts who are mentors of that
round count; one that appears is a match, one that vanishes from a complete answer has
ended it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.db import utcnow
from connector.programme.entities import Match, Participation, Round
from connector.programme.matches import say_linked, settle_states
from connector.programme.resolve import merged
from connector.sync.hubspot.links import PERHAPS_THERE, Pair, links_of, mark
from connector.sync.hubspot.missing import look_into
from connector.sync.hubspot.side import Side
from connector.sync.state import RemoteLink

ENDS = ("participation", "person")


@dataclass
class _Board:
    """The open rounds' mentees by record id, and their mentors by contact id.

    ``gone`` leads from whoever was merged away to whom they became, ``linked`` holds
    the pairs that are together here, ``links`` what we know of the associations.
    """

    gone: dict[str, str]
    mentees: dict[str, Participation] = field(default_factory=dict)
    mentors: dict[tuple[str, str], Participation] = field(default_factory=dict)
    linked: set[Pair] = field(default_factory=set)
    links: dict[Pair, RemoteLink] = field(default_factory=dict)

    def person(self, part: Participation) -> str:
        """Return whose part it is, read through merges."""
        return self.gone.get(part.person_id, part.person_id)

    def known(self, mentor: Participation, mentee: Participation) -> str:
        """Return how the pair's association stands, "" where we know of none."""
        row = self.links.get((mentee.id, self.person(mentor)))
        return row.state if row is not None else ""


@dataclass(frozen=True)
class _Change:
    """One match that appeared or vanished, with both ends' record ids."""

    mentor: Participation
    mentee: Participation
    linked: bool
    contact_id: str
    record_id: str


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
    side.on_board = dict(answer)
    changes = _sure(side, board, _changes(board, answer))
    if not changes:
        return
    with side.context.database.writing() as session:
        for change in changes:
            say_linked(
                session, change.mentor, change.mentee, linked=change.linked,
                at=seen_at, origin="hubspot",
            )  # fmt: skip
            pair = (change.mentee.id, board.person(change.mentor))
            state = "pushed" if change.linked else "ended"
            mark(side, session, ENDS, [pair], state=state, at=seen_at)
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
    board = _Board(merged(session))
    board.links = links_of(side, session, ENDS)
    ids = {
        key: row.remote_id
        for key, row in side.records(session).items()
        if row.remote_id and row.state == "linked"
    }
    rounds = open_rounds(side, session) | _not_read_yet(side, session, board, ids)
    for part in session.scalars(
        select(Participation).where(Participation.round_id.in_(rounds))
    ):
        if part.id in board.gone:
            continue
        if part.role == "mentee":
            record = ids.get(("participation", part.id))
            if record is not None:
                board.mentees[record] = part
        else:
            contact = ids.get(("person", board.person(part)))
            if contact is not None:
                board.mentors[part.round_id, contact] = part
    board.linked = {
        (
            board.gone.get(match.mentor_id, match.mentor_id),
            board.gone.get(match.mentee_id, match.mentee_id),
        )
        for match in session.scalars(
            select(Match).where(Match.programme == side.context.key)
        )
        if match.linked
    }
    return board


def _not_read_yet(
    side: Side, session: Session, board: _Board, ids: Mapping[tuple[str, str], str]
) -> set[str]:
    """Return the rounds of parts whose own contact we have not associated yet.

    Their records may have stood there before us, with the matches of a round that is
    long closed.
    """
    return {
        part.round_id
        for part in session.scalars(
            select(Participation).where(Participation.programme == side.context.key)
        )
        if ("participation", part.id) in ids
        and ("person", board.person(part)) in ids
        and (part.id, board.person(part)) not in board.links
    }


def _changes(board: _Board, answer: Mapping[str, list[str]]) -> list[_Change]:
    changes = []
    for record_id, mentee in board.mentees.items():
        if record_id not in answer:
            continue  # an incomplete answer proves no ending
        contacts = set(answer[record_id])
        for (round_id, contact), mentor in board.mentors.items():
            if round_id == mentee.round_id and _changed(
                board, mentor, mentee, there=contact in contacts
            ):
                changes.append(
                    _Change(mentor, mentee, contact in contacts, contact, record_id)
                )
    return changes


def _changed(
    board: _Board, mentor: Participation, mentee: Participation, *, there: bool
) -> bool:
    """Tell whether staff put the two together, or apart.

    An association that we made and are about to take off says nothing; one that was
    never there has not vanished.
    """
    if board.person(mentor) == board.person(mentee):
        return False  # a mentee's own contact, who is a mentor too
    linked = (mentor.id, mentee.id) in board.linked
    state = board.known(mentor, mentee)
    if there:
        return not linked and state not in PERHAPS_THERE
    return linked and state == "pushed"


def _sure(side: Side, board: _Board, changes: list[_Change]) -> list[_Change]:
    """Leave out endings whose records are not there to tell: merged away or archived.

    Both take the association along, and neither is a word about the match.
    """
    over = [change for change in changes if not change.linked]
    if not over:
        return changes
    there: set[str] = set()
    for kind, ids in (
        ("participation", {c.mentee.id: c.record_id for c in over}),
        ("person", {board.person(c.mentor): c.contact_id for c in over}),
    ):
        answer = side.client.batch_read(
            side.kinds[kind].type, list(ids.values()), side.names(kind)
        )
        there |= set(answer.by_key)
        missing = {(kind, k): i for k, i in ids.items() if i in answer.missing}
        look_into(side, kind, missing)
    return [c for c in changes if c.linked or {c.contact_id, c.record_id} <= there]
