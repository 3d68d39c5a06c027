"""The credentials of each tool: whose account it is, what is missing, how to mend it.

One module a tool. Each looks with the given account and writes nothing there. What is
found is told in sentences for whoever has the tool open in another window: which click
and which scope by its name. No sentence holds a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.accounts import Accounts
from connector.clients import RemoteError
from connector.credentials import asking, hubspot, mailchimp, surveymonkey, typeform
from connector.findings import Finding

__all__ = ["TOOLS", "accepted", "check", "reached"]

Look = Callable[[Any, str], list[Finding]]

TOOLS: Mapping[str, Look] = {
    "hubspot": hubspot.look,
    "mailchimp": mailchimp.look,
    "typeform": typeform.look,
    "surveymonkey": surveymonkey.look,
}


def check(tool: str, accounts: Accounts, limits: str) -> list[Finding]:
    """Return what the tool says of its credential; nothing where the tool is off.

    ``limits`` is where the limits of calls are kept (``Connecting.store``: a path or a
    PostgreSQL URL); "" counts them in this process alone. A tool that cannot be reached
    is a finding (``hubspot.reach``). SurveyMonkey's look costs one or two of the day's
    calls.
    """
    account = getattr(accounts, tool)
    if account is None:
        return []
    try:
        return TOOLS[tool](account, limits)
    except RemoteError as error:
        return [asking.unreachable(tool, account.base_url, error)]


def accepted(tool: str, found: Sequence[Finding]) -> bool:
    """Tell whether the tool took the credential, whatever it lacks besides."""
    about = asking.about(tool)
    return any(one.check == about and one.level != "fault" for one in found)


def reached(tool: str, found: Sequence[Finding]) -> bool:
    """Tell whether the tool answered at all."""
    return all(one.check != asking.reach(tool) for one in found)
