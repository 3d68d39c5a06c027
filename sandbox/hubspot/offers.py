"""What the forms of HubSpot's page offer to choose from."""

from dataclasses import dataclass

from sandbox.hubspot.account import Account
from sandbox.hubspot.board import live, people_of, title_of
from sandbox.hubspot.kinds import KINDS, Kind
from sandbox.store import Document


@dataclass(frozen=True)
class Choice:
    """One record to choose. `value` is how the acts take it, `type:id`."""

    value: str
    label: str


Group = tuple[str, str, list[Choice]]
"""Type number, its name, the records; types without records are left out."""

_PLACES = ("0-162", "0-410")


def by_type(account: Account) -> list[Group]:
    """Every live record."""
    return _groups({kind: live(account, kind) for kind in KINDS}, account)


def archived(account: Account) -> list[Group]:
    """What is in the recycle bin."""
    store = account.portal.box.store
    binned = {
        kind: [doc for doc in store.all(kind.store).values() if doc["archived"]]
        for kind in KINDS
    }
    return _groups(binned, account)


def activities_on(account: Account) -> list[Group]:
    """Where meetings are logged: participations, then rounds."""
    chosen = [group for group in by_type(account) if group[0] in _PLACES]
    return sorted(chosen, key=lambda group: _PLACES.index(group[0]))


def writable(account: Account) -> list[str]:
    """The names of all properties that staff may change, of any type."""
    names = {
        name
        for kind in KINDS
        for name, definition in account.schema.definitions(kind).items()
        if not definition["modificationMetadata"]["readOnlyValue"]
    }
    return sorted(names)


def _groups(found: dict[Kind, list[Document]], account: Account) -> list[Group]:
    return [
        (
            kind.number,
            kind.label,
            [Choice(f"{kind.number}:{doc['id']}", _label(account, kind, doc))
             for doc in docs],
        )
        for kind, docs in found.items()
        if docs
    ]  # fmt: skip


def _label(account: Account, kind: Kind, doc: Document) -> str:
    """The record's title, and whose it is where that is not said by it."""
    people = people_of(account, kind, doc) if kind.number in ("0-47", "0-46") else ""
    return f"{title_of(doc)} ({people})" if people else title_of(doc)
