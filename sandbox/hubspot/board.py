"""What the sandbox's HubSpot page shows: tables, and boards to drag people across."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from sandbox.box import Box
from sandbox.hubspot.account import Account
from sandbox.hubspot.keys import value_of
from sandbox.hubspot.kinds import KINDS, Kind
from sandbox.store import Document

Table = tuple[str, list[str], list[list[Any]]]
_NAMES = (
    "hs_name",
    "hs_course_name",
    "dealname",
    "name",
    "email",
    "hs_meeting_title",
    "hs_task_subject",
)
_LONGEST = 60
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Card:
    """One record on a board."""

    id: str
    title: str
    people: str


@dataclass(frozen=True)
class Column:
    """One stage, with the records that stand in it."""

    id: str
    label: str
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """One pipeline. `stage` is the property to change when a card is moved."""

    title: str
    object_type: str
    stage: str
    columns: list[Column]


def live(account: Account, kind: Kind) -> list[Document]:
    """The records that are not archived, in order of creation."""
    docs = account.portal.box.store.all(kind.store).values()
    return [doc for doc in docs if not doc["archived"]]


def title_of(doc: Document) -> str:
    """What a person would call the record."""
    person = f"{value_of(doc, 'firstname')} {value_of(doc, 'lastname')}".strip()
    named = (value_of(doc, name) for name in _NAMES)
    note = unescape(_TAGS.sub(" ", value_of(doc, "hs_note_body"))).strip()
    title = person or next(filter(None, named), note or doc["id"])
    return title if len(title) <= _LONGEST else f"{title[:_LONGEST].rstrip()}…"


def page_tables(box: Box) -> list[Table]:
    """Each object type's records: who, then every property that anyone has."""
    account = Account(box)
    tables: list[Table] = []
    for kind in KINDS:
        docs = live(account, kind)
        seen = dict.fromkeys(name for doc in docs for name in doc["history"])
        names = [name for name in seen if name != "hs_object_id"]
        rows = [
            [title_of(doc), *(value_of(doc, name) for name in names), doc["id"]]
            for doc in docs
        ]
        title = f"{kind.label} records ({kind.number})"
        tables.append((title, ["record", *names, "id"], rows))
    return [*tables, _webhooks(account)]


def _webhooks(account: Account) -> Table:
    """The app's webhooks; the address without its last part, which may be secret."""
    hooks, counts = account.courier.hooks(), account.courier.counts()
    wanted = hooks.get("subscriptions")
    chosen = wanted if isinstance(wanted, str) else f"{len(wanted or ())} chosen"
    row = [
        f"{hooks['url'].rpartition('/')[0]}/…",
        hooks["app_id"],
        chosen,
        counts["delivered"],
        counts["failed"],
        counts["last"],
    ] if hooks else []  # fmt: skip
    columns = ["URL", "App", "Subscriptions", "Delivered", "Failed", "Last answer"]
    return ("Webhooks", columns, [row] if row else [])


def boards(box: Box) -> list[Board]:
    """A board for every pipeline of services, and of deals that hold records."""
    account = Account(box)
    found = []
    for kind in KINDS:
        if kind.number not in ("0-162", "0-3") or not account.portal.activated(kind):
            continue
        docs = live(account, kind)
        if docs or kind.number == "0-162":
            found += [
                _board(account, kind, pipeline, docs)
                for pipeline in account.pipelines.all(kind).values()
            ]
    return found


def _board(
    account: Account, kind: Kind, pipeline: dict[str, Any], docs: list[Document]
) -> Board:
    stage_property = str(kind.stage)
    columns = [
        Column(
            stage["id"],
            stage["label"],
            [
                Card(doc["id"], title_of(doc), people_of(account, kind, doc))
                for doc in docs
                if value_of(doc, stage_property) == stage["id"]
            ],
        )
        for stage in pipeline["stages"]
    ]
    return Board(pipeline["label"], kind.number, stage_property, columns)


def people_of(account: Account, kind: Kind, doc: Document) -> str:
    """The contacts associated with the record, by name."""
    contact = KINDS[0]
    found = account.associations.of(kind, contact, doc["id"])
    people = (account.records.get(contact, key) for key in found)
    return ", ".join(title_of(one) for one in people if one is not None)
