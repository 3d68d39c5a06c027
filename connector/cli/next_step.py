"""What is to be done next, after ``up``: read from what is known here, nobody is asked.

The order is that of docs/connect.md: prepare the tools, bind a form, say yes to the
first sync.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from connector.accounts import Accounts
from connector.service import Service
from connector.settings import is_loopback
from connector.sources.hooks import webhook_url
from connector.sync.mailchimp.hook import FACT as AUDIENCE_HOOK
from connector.sync.setup.stages import FACT as STAGES
from connector.sync.setup.typeform import FACT as FORM_HOOKS
from connector.sync.state import Connection

WRITTEN_TO = ("hubspot", "mailchimp")
TRACES = frozenset({STAGES, AUDIENCE_HOOK, FORM_HOOKS})
"""What setup, and a sync, remember of a tool."""


def next_step(service: Service, key: str) -> str:
    """Return the command to run next, and why; "" where nothing waits."""
    accounts = service.settings.accounts[key]
    rows = _connections(service, key)
    on = [tool for tool in WRITTEN_TO if getattr(accounts, tool) is not None]
    states = {tool: rows[tool].state if tool in rows else "new" for tool in on}
    facts = {tool: row.facts for tool, row in rows.items()}
    which = "" if key == service.settings.programmes[0] else f" --programme {key}"
    if {"paused", "stopped"} & set(states.values()):
        return f"vidensbro sync status{which}  (says why, and how to go on)"
    if _lacks_webhooks(service, key, facts):
        return f"vidensbro setup{which}  (shows what it would make, and asks)"
    new = "new" in states.values()
    if new and not any(TRACES & set(known) for known in facts.values()):
        # Without webhooks setup leaves no trace here; the first sync looks again.
        run = f"vidensbro sync run{which}  (shows counts)"
        return f"vidensbro setup{which}, unless that is done; then {run}"
    if _has_no_form(service, key, accounts):
        return "vidensbro forms create --help  (or bind one: forms pull --help)"
    return f"vidensbro sync run{which}  (shows counts, and asks)" if new else ""


def _connections(service: Service, key: str) -> dict[str, Connection]:
    with service.database.reading() as session:
        found = session.scalars(select(Connection).where(Connection.programme == key))
        return {row.tool: row for row in found}


def _lacks_webhooks(
    service: Service, key: str, facts: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Tell whether setup has a webhook to make that it remembers nothing of."""
    accounts = service.settings.accounts[key]
    mailchimp, typeform = accounts.mailchimp, accounts.typeform
    if mailchimp is not None and mailchimp.secrets and service.settings.secret_key:
        called = _is_called(service, key, "mailchimp", mailchimp.base_url)
        if called and AUDIENCE_HOOK not in facts.get("mailchimp", {}):
            return True
    if typeform is None or not (typeform.token and typeform.secrets):
        return False
    made = facts.get("typeform", {}).get(FORM_HOOKS, {})
    called = _is_called(service, key, "typeform", typeform.base_url)
    return called and any(form not in made for form in _bound(service, key, "typeform"))


def _is_called(service: Service, key: str, tool: str, base_url: str) -> bool:
    """Tell whether the tool could reach this service, so that setup makes webhooks."""
    url = webhook_url(service, key, tool)
    return bool(url) and (is_loopback(base_url) or not is_loopback(url))


def _has_no_form(service: Service, key: str, accounts: Accounts) -> bool:
    """Tell whether a form tool is connected, and not one form is read."""
    tools = [t for t in ("typeform", "surveymonkey") if getattr(accounts, t)]
    return bool(tools) and not any(_bound(service, key, tool) for tool in tools)


def _bound(service: Service, key: str, tool: str) -> list[str]:
    bindings = service.programme(key).bindings
    return [one.form for one in bindings if one.provider == tool]
