"""The compare of one tool with the programme, by hand and as it was kept.

The nightly chores do the same by the clock (``connector.timetable``). Never beside a
sync: whoever calls ``compare_tool`` holds the name ``sync``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.clients import RemoteBusy, RemoteError
from connector.clients.errors import RemoteAnswerError
from connector.service import Service, check_apart
from connector.sync import hubspot
from connector.sync.context import Context
from connector.sync.cycle import TOOLS, Tool, find, same_account
from connector.sync.mailchimp.compare import compare as compare_audience
from connector.sync.state import Connection

Counts = Mapping[str, Mapping[str, int]]
"""Record type -> word -> how many."""

FACT = "compare"
MEMBER = "member"
IN_STEP = frozenset({"records", "same", "not ours"})
"""What is counted and is no drift."""
FOR_A_PERSON = frozenset({"missing", "archived", "erased"})
FOLLOWED = frozenset({"meetings", "notes"})
"""What staff delete on purpose: it is taken back here, and nobody needs to look."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the compare of one tool showed. ``problem``: why it showed less, or none."""

    tool: str
    label: str
    counts: Counts = field(default_factory=dict)
    problem: str = ""

    @property
    def needs_you(self) -> bool:
        """Tell whether a person has to look."""
        return bool(self.problem) or any(
            of_kind.get(word)
            for kind, of_kind in self.counts.items()
            if kind not in FOLLOWED
            for word in FOR_A_PERSON
        )


def compare_tool(
    service: Service, key: str, name: str, *, dry_run: bool = False
) -> Compared:
    """Hold all that a tool has of ours against what should stand there.

    What was found is kept and repaired, with ``dry_run`` only counted. A tool that
    cannot be read, or that is not active, is told of in ``problem``.
    """
    tool = TOOLS[name]
    with service.database.reading() as session:
        check_apart(session, key, service.settings)
        known = find(session, key, name)
    if known is None or known.state != "active":
        return Compared(name, tool.label, problem=_not_active(tool.label, known))
    client = tool.connect(service, key)
    if client is None:
        problem = f"{tool.label} is off: no key is set for it."
        return Compared(name, tool.label, problem=problem)
    context = Context(service, service.programme(key), dict(known.facts))
    try:
        counts = _compare(context, name, tool, client, dry_run=dry_run)
    except RemoteError as error:
        if isinstance(error, RemoteBusy):
            service.wait(key, name, error.retry_after_s or 0)
        return Compared(name, tool.label, problem=_in_words(tool.label, error))
    finally:
        client.door.close()
    return Compared(name, tool.label, counts, " ".join(context.outcome.problems))


def kept(facts: Mapping[str, Any]) -> tuple[datetime | None, Counts]:
    """Return when a connection was last compared, and what that showed."""
    fact = facts.get(FACT)
    if not isinstance(fact, Mapping):
        return None, {}
    counts = fact.get("counts")
    if not isinstance(counts, Mapping):
        counts = {MEMBER: {word: n for word, n in fact.items() if word != "at"}}
    return datetime.fromisoformat(str(fact["at"])), counts


def how_many(of_kind: Mapping[str, int]) -> int:
    """Return how many records of ours were looked at."""
    ours = sum(n for word, n in of_kind.items() if word != "not ours")
    return of_kind.get("records", ours)


def drift(counts: Counts) -> dict[str, dict[str, int]]:
    """Return of counts only what was not as it should be."""
    found = {
        kind: {word: n for word, n in of_kind.items() if n and word not in IN_STEP}
        for kind, of_kind in counts.items()
    }
    return {kind: of_kind for kind, of_kind in found.items() if of_kind}


def _compare(
    context: Context, name: str, tool: Tool, client: Any, *, dry_run: bool
) -> Counts:
    account = tool.account(client)
    if not same_account(context.service, context.key, name, account):
        context.outcome.problems.append(OTHER_ACCOUNT.format(tool=tool.label))
        return {}
    return COMPARES[name](context, client, dry_run)


def _not_active(label: str, known: Connection | None) -> str:
    state, reason = (known.state, known.reason) if known is not None else ("new", "")
    return f"{label} is {state}; it was not compared. {reason}".strip()


OTHER_ACCOUNT = (
    "{tool}'s account is another one than before. Nothing was compared. "
    "See: vidensbro sync status"
)


def _in_words(label: str, error: RemoteError) -> str:
    said = error.message if isinstance(error, RemoteAnswerError) else ""
    return f"{label} cannot be read now ({error}). {said}".strip()


def _hubspot(context: Context, client: Any, dry_run: bool) -> Counts:
    return hubspot.audit(context, client, dry_run=dry_run)


def _mailchimp(context: Context, client: Any, dry_run: bool) -> Counts:
    return {MEMBER: compare_audience(context, client, dry_run=dry_run)}


COMPARES: Mapping[str, Callable[[Context, Any, bool], Counts]] = {
    "hubspot": _hubspot,
    "mailchimp": _mailchimp,
}
