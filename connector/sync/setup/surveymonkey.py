"""What SurveyMonkey needs once: a webhook that names each answer as it is finished.

One webhook takes one event type and needs an address of its own (documented), and it
lists the surveys it is for. Only finished answers are asked for: SurveyMonkey would
report each page of an unfinished one, and a changed answer is found by its date.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from connector import reach
from connector.accounts import SurveyMonkeyAccount
from connector.clients import SurveyMonkey
from connector.settings import is_loopback
from connector.sources.hooks import webhook_url
from connector.sync.setup import words
from connector.sync.setup.steps import SetupPlan, Step
from mappings.plan import Binding

TOOL = "surveymonkey"
EVENT = "response_completed"
NAME = "Vidensbro"


def plan_surveymonkey(plan: SetupPlan) -> None:
    """Add to the plan the webhook that is missing, elsewhere, or lacks a survey."""
    account = reach.accounts_of(plan.service, plan.key).surveymonkey
    client = reach.surveymonkey(plan.service, plan.key)
    if account is None or client is None:
        return
    try:
        surveys = _existing(plan, client)
        url = _reachable(plan, account) if surveys else ""
        if url:
            _plan_hook(plan, client, f"{url}/{EVENT}", surveys)
    finally:
        client.door.close()


def plan_surveys(plan: SetupPlan, bindings: Sequence[Binding]) -> None:
    """Add to the plan what the webhook needs to name these surveys' answers too."""
    account = reach.accounts_of(plan.service, plan.key).surveymonkey
    client = reach.surveymonkey(plan.service, plan.key)
    if account is None or client is None:
        return
    try:
        url = _reachable(plan, account)
        if url:
            _plan_hook(plan, client, f"{url}/{EVENT}", [b.form for b in bindings])
    finally:
        client.door.close()


def _reachable(plan: SetupPlan, account: SurveyMonkeyAccount) -> str:
    url = webhook_url(plan.service, plan.key, TOOL)
    label = words.LABELS[TOOL]
    if not url:
        plan.remark(words.NO_PUBLIC_URL, tool=label)
        return ""
    if is_loopback(url) and not is_loopback(account.base_url):
        plan.note(words.LOCAL_URL, tool=label)
        return ""
    if not account.secrets:
        plan.note(
            words.NO_CLIENT,
            id=plan.setting("SURVEYMONKEY_CLIENT_ID"),
            secret=plan.setting("SURVEYMONKEY_CLIENT_SECRETS"),
        )
        return ""
    return url


def _existing(plan: SetupPlan, client: SurveyMonkey) -> list[str]:
    """Return the bound surveys that are there, and note the others."""
    bound = {b.form: b for b in plan.mapping.bindings if b.provider == TOOL}
    if not bound:
        return []
    there = {str(survey["id"]) for survey in client.with_purpose("setup").surveys()}
    for one in bound.values():
        if one.form not in there:
            plan.note(
                words.NO_SURVEY,
                form=one.form,
                mapping=one.mapping,
                language=one.language or "-",
            )
    return sorted(set(bound) & there)


def _plan_hook(
    plan: SetupPlan, client: SurveyMonkey, url: str, surveys: list[str]
) -> None:
    hook = next((one for one in client.webhooks() if _is_ours(one, url)), None)
    if hook is None:
        what = plan.say(words.SURVEY_HOOK, url=url, number=len(surveys))
        make = partial(_make, plan, url, surveys)
        plan.steps.append(Step(TOOL, what, make, lack="missing"))
        return
    known = {str(one) for one in hook.get("object_ids") or ()}
    before, new = str(hook.get("subscription_url")), set(surveys) - known
    every = sorted(known | set(surveys))
    change = partial(_change, plan, str(hook["id"]), every, url)
    if before != url:
        what = plan.say(words.SURVEY_MOVED, url=url, before=before)
        plan.steps.append(Step(TOOL, what, change, lack="moved"))
    elif new:
        what = plan.say(words.SURVEY_ADDED, number=len(new))
        plan.steps.append(Step(TOOL, what, change, lack="short"))


def _is_ours(hook: dict[str, Any], url: str) -> bool:
    """Tell whether a webhook is this programme's, at this address or a former one."""
    path = urlsplit(url).path
    there = urlsplit(str(hook.get("subscription_url"))).path
    return there == path and hook.get("event_type") == EVENT


def _make(plan: SetupPlan, url: str, surveys: list[str]) -> None:
    client = _client(plan)
    try:
        client.create_webhook(EVENT, surveys, url, NAME)
    finally:
        client.door.close()


def _change(plan: SetupPlan, hook: str, surveys: list[str], url: str) -> None:
    client = _client(plan)
    try:
        client.update_webhook(hook, surveys, url)
    finally:
        client.door.close()


def _client(plan: SetupPlan) -> SurveyMonkey:
    client = reach.surveymonkey(plan.service, plan.key)
    assert client is not None  # noqa: S101 - it was planned with one
    return client
