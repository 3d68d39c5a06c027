"""Preparing the tools of a programme: first a plan, then its steps.

A second run plans nothing, except what was refused before and may be allowed by now.
Nothing is deleted but a webhook of our own that must be made anew, and what staff named
or added stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import update

from connector import reach
from connector.clients import RemoteBusy, RemoteError, RemoteUnauthorised
from connector.clients.errors import RemoteAnswerError
from connector.service import Service, check_apart
from connector.sync.cycle import TOOLS, find
from connector.sync.setup import words
from connector.sync.setup.hubspot import plan_hubspot
from connector.sync.setup.mailchimp import plan_mailchimp
from connector.sync.setup.steps import SetupPlan, Step, StepRefusedError
from connector.sync.setup.surveymonkey import plan_surveymonkey
from connector.sync.setup.typeform import plan_typeform
from connector.sync.state import NewsletterMember, RemoteRecord

__all__ = ["SetupPlan", "Step", "apply_all", "plan_all"]


def plan_all(
    service: Service, key: str, tools: Collection[str] | None = None
) -> SetupPlan:
    """Return what is missing at every connected tool, or at these; nothing is changed.

    A tool that cannot be read gets a note and holds up no other. Raise ``ConfigError``
    where demo data and a real account would meet.
    """
    with service.database.reading() as session:
        check_apart(session, key, service.settings)
    plan = SetupPlan(service, key)
    for tool, planned in _PLANNERS.items():
        if tools is not None and tool not in tools:
            continue
        try:
            planned(plan)
        except RemoteError as error:
            said = _said(error).rstrip(".")
            plan.note(words.UNREADABLE, tool=words.LABELS[tool], said=said)
    return plan


def apply_all(plan: SetupPlan, told: Callable[[Step], None] | None = None) -> list[str]:
    """Do the steps in order; return what was done, and add notes on what was not.

    ``told`` hears of each step before it is begun. One refused step holds up the
    others only where it shows that they cannot work either.
    """
    done: list[str] = []
    blocked: set[tuple[str, str]] = set()
    try:
        for step in plan.steps:
            if {(step.tool, ""), (step.tool, step.part)} & blocked:
                continue
            if told is not None:
                told(step)
            stop = _apply(plan, step, done)
            if stop is not None:
                blocked.add((step.tool, stop))
    finally:
        if done:
            _try_again(plan)
    return done


def _apply(plan: SetupPlan, step: Step, done: list[str]) -> str | None:
    """Do one step; return the part to leave alone from now on ("" for the tool)."""
    try:
        step.apply()
    except StepRefusedError as refusal:
        plan.notes.append(refusal.note)
        return step.part if refusal.blocks and step.part else None
    except RemoteBusy as error:
        plan.note(words.BUSY, tool=words.LABELS[step.tool], said=str(error))
        return ""
    except RemoteAnswerError as error:
        plan.note(words.REFUSED, what=step.what, said=_said(error))
        if isinstance(error, RemoteUnauthorised):
            return step.part if error.status == 403 else ""
        return None
    done.append(step.what)
    return None


def _try_again(plan: SetupPlan) -> None:
    """Let what a tool refused be sent again: the reason may be gone by now."""
    with plan.service.database.writing() as session:
        for table in (RemoteRecord, NewsletterMember):
            session.execute(
                update(table)
                .where(table.programme == plan.key, table.problem_hash != "")
                .values(problem_hash="")
            )


def _said(error: RemoteError) -> str:
    message = getattr(error, "message", "")
    return f"{error} {message}".strip()


def _hubspot(plan: SetupPlan) -> None:
    account = reach.accounts_of(plan.service, plan.key).hubspot
    client = _connected(plan, "hubspot")
    if account is not None and client is not None:
        plan_hubspot(plan, client, account)


def _mailchimp(plan: SetupPlan) -> None:
    client = _connected(plan, "mailchimp")
    if client is not None:
        plan_mailchimp(plan, client)


def _connected(plan: SetupPlan, name: str) -> Any:
    """Return a tool's client; None where it is off or the account is another one."""
    tool = TOOLS[name]
    client = tool.connect(plan.service, plan.key)
    if client is None:
        return None
    now = tool.account(client)
    with plan.service.database.reading() as session:
        row = find(session, plan.key, name)
        before = row.account if row is not None else ""
    if before and before != now:
        plan.note(words.OTHER_ACCOUNT, tool=tool.label, now=now, before=before)
        return None
    return client


_PLANNERS: Mapping[str, Callable[[SetupPlan], None]] = {
    "hubspot": _hubspot,
    "mailchimp": _mailchimp,
    "typeform": plan_typeform,
    "surveymonkey": plan_surveymonkey,
}
