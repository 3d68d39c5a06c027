"""One cycle of one programme: each connected tool in turn, none holding up another.

A connection is ``new`` until somebody has said yes to its first sync, ``paused`` when
the tool refuses the credential, ``stopped`` when the account is another one than the
state here belongs to. Only an ``active`` one is written to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import logs, reach
from connector.clients import RemoteBusy, RemoteRefused, RemoteUnauthorised
from connector.db import utcnow
from connector.service import Service, check_apart
from connector.sync import hubspot, mailchimp
from connector.sync.context import Context, Outcome
from connector.sync.hubspot.preview import preview as hubspot_preview
from connector.sync.hubspot.side import Side
from connector.sync.state import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tool:
    """One hosted tool that is written to: how to reach it, and its three acts."""

    label: str
    connect: Callable[[Service, str], Any]
    account: Callable[[Any], str]
    sync: Callable[[Context, Any], None]
    preview: Callable[[Context, Any], Any]


def _hubspot_side(context: Context, client: Any) -> Side:
    account = reach.accounts_of(context.service, context.key).hubspot
    assert account is not None  # noqa: S101 - there is a client, so there is an account
    return hubspot.make_side(context, client, account)


def _discard(_outcome: Outcome) -> None:
    """The outcome is the context's own."""


TOOLS: Mapping[str, Tool] = {
    "hubspot": Tool(
        "HubSpot",
        reach.hubspot,
        lambda client: str(client.portal()[0]),
        lambda context, client: hubspot.sync(_hubspot_side(context, client)),
        lambda context, client: hubspot_preview(_hubspot_side(context, client)),
    ),
    "mailchimp": Tool(
        "Mailchimp",
        reach.mailchimp,
        lambda client: str(client.audience_info()["id"]),
        lambda context, client: _discard(mailchimp.sync(context, client)),
        mailchimp.preview,
    ),
}


def sync_programme(service: Service, key: str) -> dict[str, Outcome]:
    """Sync every active tool of a programme; return what each did."""
    with service.database.reading() as session:
        check_apart(session, key, service.settings)
    done = {}
    for name, tool in TOOLS.items():
        with logs.about(programme=key, tool=name):
            begun = time.monotonic()
            outcome = sync_tool(service, key, name, tool)
            if outcome is not None:
                done[name] = outcome
                _log(outcome, time.monotonic() - begun)
    return done


def _log(outcome: Outcome, seconds: float) -> None:
    """Say what a sync did; one that found nothing to do only where all is told."""
    did = ", ".join(f"{word} {number}" for word, number in outcome.counts.items())
    changed = set(outcome.counts) - {"read", "held"}
    level = logging.INFO if changed else logging.DEBUG
    facts = {"duration_s": round(seconds, 2)}
    log.log(level, "synced: %s", did or "nothing to do", extra=facts)


def sync_tool(service: Service, key: str, name: str, tool: Tool) -> Outcome | None:
    """Sync one tool; None where it is off, new, paused or stopped."""
    with service.database.reading() as session:
        known = find(session, key, name)
    if known is None or known.state != "active" or service.must_wait(key, name):
        return None
    client = tool.connect(service, key)
    if client is None:
        return None
    context = Context(service, service.programme(key), dict(known.facts))
    try:
        if not same_account(service, key, name, tool.account(client)):
            return None
        tool.sync(context, client)
        _succeeded(service, key, name, _news(known.facts, context.facts))
    except RemoteUnauthorised as error:
        change(
            service, key, name, "paused", PAUSED.format(tool=tool.label, error=error)
        )
    except RemoteBusy as error:
        context.outcome.problems.append(f"{tool.label}: {error}")
        log.warning("%s is busy: %s", tool.label, error)
        service.wait(key, name, error.retry_after_s or 0)
    except RemoteRefused as error:
        context.outcome.problems.append(f"{tool.label}: {error}")
        log.error("%s refused a whole call: %s", tool.label, error)
    except Exception as error:
        context.outcome.problems.append(f"{tool.label}: {type(error).__name__}")
        log.exception("the sync with %s failed", tool.label)
    finally:
        client.door.close()
    return context.outcome


PAUSED = (
    "{tool} no longer accepts the key ({error}). Nothing is lost; changes wait here. "
    "Put a valid key in .env, then: vidensbro connection resume"
)
STOPPED = (
    "The account is another one than before ({now} instead of {before}). Syncing has "
    "stopped, nothing was written. If this is meant: vidensbro connection rebind"
)

SHARED = (
    "The account {now} belongs to the programme {holder} already; two programmes would "
    "overwrite each other there. Nothing was written. Give this one its own account."
)


def find(session: Session, key: str, tool: str) -> Connection | None:
    """Return what is known of a programme's connection to a tool."""
    return session.scalar(
        select(Connection).where(Connection.programme == key, Connection.tool == tool)
    )


def ensure(session: Session, key: str, tool: str) -> Connection:
    """Return a connection's row, made where missing (in state new)."""
    row = find(session, key, tool)
    if row is None:
        row = Connection(
            programme=key, tool=tool, state="new", account="", reason="", facts={}
        )
        session.add(row)
        session.flush()
    return row


def same_account(service: Service, key: str, tool: str, now: str) -> bool:
    """Tell whether the account is the one that our state belongs to; else stop."""
    with service.database.writing() as session:
        row = ensure(session, key, tool)
        holder = session.scalar(
            select(Connection.programme).where(
                Connection.tool == tool,
                Connection.account == now,
                Connection.programme != key,
            )
        )
        if holder is not None:
            row.state, row.changed_at = "stopped", utcnow()
            row.reason = SHARED.format(now=now, holder=holder)
            return False
        if not row.account:
            row.account = now
        if row.account == now:
            return True
        row.state, row.changed_at = "stopped", utcnow()
        row.reason = STOPPED.format(now=now, before=row.account)
    log.error("%s: %s", tool, "the account changed; syncing has stopped")
    return False


def change(service: Service, key: str, tool: str, state: str, reason: str = "") -> None:
    """Put a connection into another state, with the sentence that staff read."""
    with service.database.writing() as session:
        row = ensure(session, key, tool)
        row.state, row.reason, row.changed_at = state, reason, utcnow()


def _news(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was learnt: what others wrote down meanwhile stays as it is."""
    return {
        name: fact
        for name, fact in after.items()
        if name not in before or before[name] != fact
    }


def _succeeded(
    service: Service, key: str, tool: str, learnt: Mapping[str, Any]
) -> None:
    with service.database.writing() as session:
        row = ensure(session, key, tool)
        row.last_success_at = utcnow()
        row.facts = {**row.facts, **learnt}
