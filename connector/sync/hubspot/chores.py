"""What is done at HubSpot by the clock: the nightly compare."""

from __future__ import annotations

from connector import reach
from connector.clients import HubSpot, RemoteBusy, RemoteError
from connector.service import Service
from connector.singleflight import PATIENCE_S, only_one
from connector.sync.context import Context
from connector.sync.cycle import TOOLS, find, same_account
from connector.sync.hubspot import audit
from connector.sync.hubspot.side import TOOL


def compare_nightly(service: Service, key: str) -> str:
    """Hold the whole account against what should stand there; return what is wrong.

    Not beside a sync: a value that is just being written would look like an edit.
    """
    with only_one(service, "sync", patience_s=PATIENCE_S) as alone:
        if not alone:
            return "A sync was under way; HubSpot is compared a little later."
        with service.database.reading() as session:
            known = find(session, key, TOOL)
        active = known is not None and known.state == "active"
        client = reach.hubspot(service, key) if active else None
        if client is None or known is None or service.must_wait(key, TOOL):
            return ""
        try:
            context = Context(service, service.programme(key), dict(known.facts))
            return _compare(context, client)
        except RemoteError as error:
            if isinstance(error, RemoteBusy):
                service.wait(key, TOOL, error.retry_after_s or 0)
            return f"HubSpot: {error}"
        finally:
            client.door.close()


def _compare(context: Context, client: HubSpot) -> str:
    account = TOOLS[TOOL].account(client)
    if same_account(context.service, context.key, TOOL, account):
        audit(context, client)
    return " ".join(context.outcome.problems)
