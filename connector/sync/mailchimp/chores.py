"""What is done at Mailchimp by the clock: figures, the nightly compare, the webhook."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from connector import reach
from connector.clients import RemoteBusy, RemoteError
from connector.clients.mailchimp import Mailchimp
from connector.service import Service
from connector.singleflight import PATIENCE_S, only_one
from connector.sources.hooks import webhook_url
from connector.sync.context import Context
from connector.sync.cycle import TOOLS, find, same_account
from connector.sync.mailchimp import campaigns
from connector.sync.mailchimp.compare import compare
from connector.sync.mailchimp.hook import TOOL, Hook, was_made

log = logging.getLogger(__name__)
MENDED = ("missing", "several", "events", "signing")
"""What is put right without asking; another address or secret is for setup."""


def read_campaigns(service: Service, key: str) -> str:
    """Read the figures of the newsletters; return what is wrong."""
    try:
        with _connected(service, key) as found:
            if found is not None:
                campaigns.refresh(*found)
    except RemoteError as error:
        return _problem(service, key, error)
    return ""


def compare_nightly(service: Service, key: str) -> str:
    """Hold the whole audience against what should stand there; return what is wrong.

    Not beside a sync: both would write the same members.
    """
    with only_one(service, "sync", patience_s=PATIENCE_S) as alone:
        if not alone:
            return "A sync was under way; the audience is compared a little later."
        try:
            with _connected(service, key) as found:
                if found is not None:
                    compare(*found)
                    return " ".join(found[0].outcome.problems)
        except RemoteError as error:
            return _problem(service, key, error)
    return ""


def mend_webhook(service: Service, key: str) -> str:
    """Make the webhook anew that setup had made, where it is gone or was changed."""
    account = reach.accounts_of(service, key).mailchimp
    url = webhook_url(service, key, TOOL)
    able = account is not None and account.secrets and service.settings.secret_key
    if account is None or not url or not able or not was_made(service, key):
        return ""
    try:
        with _connected(service, key) as found:
            if found is not None:
                _mend(Hook(service, key, found[1], url, account.secrets[0]))
    except RemoteError as error:
        return _problem(service, key, error)
    return ""


def _mend(hook: Hook) -> None:
    found = hook.look()
    if found.lack in MENDED:
        hook.put(found.ours)
        log.warning("mailchimp's webhook was wrong (%s) and is made anew", found.lack)


@contextmanager
def _connected(
    service: Service, key: str
) -> Iterator[tuple[Context, Mailchimp] | None]:
    """Give the client of an active connection, None where there is none."""
    with service.database.reading() as session:
        known = find(session, key, TOOL)
    active = known is not None and known.state == "active"
    client = reach.mailchimp(service, key) if active else None
    if client is None or known is None:
        yield None
        return
    try:
        context = Context(service, service.programme(key), dict(known.facts))
        yield (context, client) if _may(service, key, client) else None
    finally:
        client.door.close()


def _may(service: Service, key: str, client: Mailchimp) -> bool:
    """Tell whether the tool is not to be left in peace and is the account we know."""
    if service.must_wait(key, TOOL):
        return False
    return same_account(service, key, TOOL, TOOLS[TOOL].account(client))


def _problem(service: Service, key: str, error: RemoteError) -> str:
    """Say what went wrong: a status and a code, never what Mailchimp quoted."""
    if isinstance(error, RemoteBusy):
        service.wait(key, TOOL, error.retry_after_s or 0)
    return f"Mailchimp: {error}"
