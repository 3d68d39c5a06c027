"""What to do with each address: the one place where that is decided.

Whoever left is in no request but the one that carries their own newer yes, and known
people are never sent ``subscribed``: the tool protects only those who left by
themselves, not those whom we or an administrator unsubscribed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from connector.programme.consents import NEWSLETTER, Word
from connector.sync.mailchimp.desired import Desired, differences, word_key
from connector.sync.mailchimp.hear import LEFT
from connector.sync.mailchimp.mirror import MOVED, RECHECK
from connector.sync.state import NewsletterMember

Deed = Literal["add", "fields", "ask", "withdraw", "held", "leave"]

AGAIN = ("unanswered", "again")
"""Problems that say nothing of the data: tried again at the next sync."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one address. ``email`` is the new one where it changes."""

    deed: Deed
    wanted: Desired
    row: NewsletterMember | None
    changes: Mapping[str, str]
    email: str = ""


def decide(
    wanted: Mapping[str, Desired], rows: Mapping[str, NewsletterMember]
) -> list[Decision]:
    """Return one decision an address of ours, in the order of the addresses."""
    decisions = []
    left = _left(rows.values())
    for email in sorted(wanted):
        if not wanted[email].people:
            continue
        decision = _one(wanted[email], rows)
        if decision.deed == "add" and email in left:
            decision = replace(decision, deed=_again(wanted[email], left[email]))
        decisions += [decision, *_elsewhere(decision, rows)]
    return [*decisions, *_struck(wanted, rows, decisions)]


def _struck(
    wanted: Mapping[str, Desired],
    rows: Mapping[str, NewsletterMember],
    decisions: Iterable[Decision],
) -> Iterable[Decision]:
    """Take off the list what was never anybody's address, unless it is moved away."""
    moved = {one.row.email for one in decisions if one.row is not None}
    nobodys = (one for one in wanted.values() if not one.people)
    return [
        Decision("withdraw", one, row, {})
        for one in nobodys
        if (row := rows.get(one.email)) is not None and one.email not in moved
        if _deed(one, row) == "withdraw" and not _held(row, one)
    ]


def _left(rows: Iterable[NewsletterMember]) -> dict[str, datetime]:
    """Return the addresses that contacts left for another, and when."""
    return {
        email: datetime.fromisoformat(at)
        for row in rows
        for email, at in row.pushed.get(MOVED, {}).items()
    }


def _again(wanted: Desired, left_at: datetime) -> Deed:
    """Tell what becomes of an address that its own contact has left.

    Whose the contact is now may be in doubt; where it went, the person may have left
    the list. So they are asked, and only by a yes that came after.
    """
    return "ask" if wanted.word is not None and wanted.word.at > left_at else "leave"


def _elsewhere(
    decision: Decision, rows: Mapping[str, NewsletterMember]
) -> list[Decision]:
    """Pass a withdrawal on for every other address of these people, too."""
    wanted = decision.wanted
    others = (rows.get(email) for email in sorted(wanted.others))
    return [
        Decision("withdraw", wanted, row, {})
        for row in others
        if row is not None and row is not decision.row
        if _deed(wanted, row) == "withdraw" and not _held(row, wanted)
    ]


def _one(wanted: Desired, rows: Mapping[str, NewsletterMember]) -> Decision:
    row = _row_of(wanted, rows)
    deed = _deed(wanted, row)
    changes: Mapping[str, str] = {}
    email = ""
    if deed == "fields" and row is not None:
        changes = differences(row, wanted)
        email = _moved(row, wanted)
        if not changes and not email:
            deed = "leave"
    if deed not in ("leave", "held") and row is not None and _held(row, wanted):
        deed = "held"
    return Decision(deed, wanted, row, changes, email)


def _row_of(
    wanted: Desired, rows: Mapping[str, NewsletterMember]
) -> NewsletterMember | None:
    """Return the member that these people are: under this address or another."""
    row = rows.get(wanted.email)
    if row is not None and row.status:
        return row
    for email in sorted(wanted.others):
        other = rows.get(email)
        if other is not None and other.status == "subscribed":
            return other
    return row


def _deed(wanted: Desired, row: NewsletterMember | None) -> Deed:
    word = wanted.word
    status = row.status if row is not None else ""
    passed_on = row is not None and row.word_sent == word_key(word)
    if status in ("subscribed", "pending"):
        if row is not None and word is not None and _refused(word, row):
            return "leave" if passed_on else "withdraw"
        # A pending member has not said yes there yet; until then nothing is written.
        return "fields" if status == "subscribed" else "leave"
    if word is None or not word.given or passed_on:
        return "leave"
    if status in LEFT or status == "transactional" or word.asks:
        return "ask"
    return "add" if not status else "leave"


def _refused(word: Word, row: NewsletterMember) -> bool:
    """Tell whether a "no" is to be passed on to this member.

    One said at the tool itself stands there already, at the member who said it; at
    the other addresses of the same person it does not.
    """
    if word.given:
        return False
    if word.source != NEWSLETTER:
        return True
    return bool(row.contact_id) and not word.reference.startswith(f"{row.contact_id}:")


def _moved(row: NewsletterMember, wanted: Desired) -> str:
    """Return the new address, unless it was the tool's side that changed it.

    ``pushed["email"]`` is the address that we last had for this member.
    """
    theirs = row.pushed.get("email") == wanted.email
    return "" if theirs or row.email == wanted.email else wanted.email


def _held(row: NewsletterMember, wanted: Desired) -> bool:
    """Tell whether the tool refused exactly this before."""
    if row.problem in AGAIN or not row.problem:
        return False
    return row.problem_hash == wanted.hash or (
        row.problem in RECHECK and not row.status
    )
