"""The account's tasks, as the page shows them: who has to do what, on which record.

And staff's two acts on them: to complete one, with or without a reason written where
the task asks for it, and to delete one, which is the recycle bin (`archive`). What an
editor makes of a body that somebody typed into is not documented: with option
`hubspot.task_editor` it keeps `paragraphs` (the default), or makes `divs` of all lines,
with a style and a `br`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from sandbox.hubspot.account import Account
from sandbox.hubspot.board import live, title_of
from sandbox.hubspot.keys import value_of
from sandbox.hubspot.kinds import KINDS, kind_of
from sandbox.hubspot.owners import owners_of
from sandbox.hubspot.view import written
from sandbox.store import Document

TASK = kind_of("0-27")
DONE = "COMPLETED"
_BLOCK = re.compile(r"</?(?:p|div|li|ul|ol|br|h\d)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class TaskCard:
    """One task as a person sees it. `lines` are (text, whether it is a heading)."""

    id: str
    title: str
    lines: list[tuple[str, bool]]
    owner: str
    due: str
    priority: str
    done: bool
    records: list[str]


def task_cards(account: Account) -> list[TaskCard]:
    """The tasks that are to be done, the earliest first; then those that are done."""
    cards = [_card(account, doc) for doc in live(account, TASK)]
    return sorted(cards, key=lambda card: (card.done, card.due, card.id))


def complete(account: Account, record_id: str, reason: str = "") -> dict[str, Any]:
    """Tick a task off, as staff do; a reason is typed in at the end of its text."""
    doc = account.records.resolve(TASK, record_id)
    change = {"hs_task_status": DONE}
    if reason:
        change["hs_task_body"] = _typed_in(account, doc, reason)
    return written(TASK, account.records.update(TASK, doc, change))


def lines_of(body: str) -> list[str]:
    """A body's lines as they are seen."""
    text = unescape(_TAG.sub("", _BLOCK.sub("\n", body)))
    return [line.strip() for line in text.splitlines() if line.strip()]


def _with_headings(body: str) -> list[tuple[str, bool]]:
    """A body's lines, each with whether it begins in bold. No tag of it is shown."""
    marked = lines_of(re.sub("<strong[^>]*>", "\0", body))
    return [(line.replace("\0", ""), line.startswith("\0")) for line in marked]


def _typed_in(account: Account, doc: Document, reason: str) -> str:
    body = value_of(doc, "hs_task_body")
    if account.portal.box.option("hubspot.task_editor", "paragraphs") == "paragraphs":
        return f"{body}<p>{escape(reason)}</p>"
    kept: Sequence[str] = [escape(line) for line in (*lines_of(body), reason)]
    return "".join(f'<div style="" dir="auto">{line}<br></div>' for line in kept)


def _card(account: Account, doc: Document) -> TaskCard:
    return TaskCard(
        id=doc["id"],
        title=value_of(doc, "hs_task_subject") or doc["id"],
        lines=_with_headings(value_of(doc, "hs_task_body")),
        owner=_owner(account, value_of(doc, "hubspot_owner_id")),
        due=value_of(doc, "hs_timestamp")[:10],
        priority=value_of(doc, "hs_task_priority").capitalize(),
        done=value_of(doc, "hs_task_status") == DONE,
        records=_records(account, doc),
    )


def _owner(account: Account, owner_id: str) -> str:
    for one in owners_of(account):
        if one["id"] == owner_id:
            return f"{one.get('firstName', '')} {one.get('lastName', '')}".strip()
    return ""


def _records(account: Account, doc: Document) -> list[str]:
    found = []
    for kind in KINDS:
        for record_id in account.associations.of(TASK, kind, doc["id"]):
            record = account.records.get(kind, record_id)
            if record is not None:
                found.append(f"{title_of(record)} ({kind.label.lower()})")
    return found
