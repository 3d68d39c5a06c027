"""What Typeform needs once: a webhook on every form that the programme reads.

A webhook's secret cannot be read back. So a digest of the one last put is kept with
the connection, and a rotated secret is noticed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from connector import reach
from connector.accounts import TypeformAccount
from connector.clients import Typeform
from connector.settings import is_loopback
from connector.sources.hooks import TAG, look_again, webhook_url
from connector.sync.cycle import ensure, find
from connector.sync.setup import words
from connector.sync.setup.steps import SetupPlan, Step
from mappings.plan import Binding, Text

TOOL = "typeform"
FACT = "typeform.webhooks"
LACKS: Mapping[str, Text] = {
    "missing": words.HOOK,
    "moved": words.HOOK_MOVED,
    "off": words.HOOK_OFF,
    "secret": words.HOOK_SECRET,
}


def plan_typeform(plan: SetupPlan) -> None:
    """Add to the plan the webhooks that are missing, elsewhere, off or outdated.

    Without a public address there are none: the answers are fetched instead.
    """
    account = reach.accounts_of(plan.service, plan.key).typeform
    if account is None:
        return
    url = _reachable(plan, account)
    if not account.secrets and url:
        plan.note(words.NO_SECRET, setting=plan.setting("TYPEFORM_SECRETS"))
    if not account.token:
        if url:
            setting = plan.setting("TYPEFORM_TOKEN")
            plan.note(words.NO_TOKEN, setting=setting, url=url)
        return
    client = reach.typeform(plan.service, plan.key)
    assert client is not None  # noqa: S101 - there is a token, so there is a client
    bindings = _existing(plan, client)
    if url and account.secrets:
        hooks = _Hooks(plan, client, url, account.secrets[0])
        for binding in bindings:
            hooks.add(binding)


def plan_forms(plan: SetupPlan, bindings: Sequence[Binding]) -> None:
    """Add to the plan the webhooks of these forms, which are known to be there."""
    account = reach.accounts_of(plan.service, plan.key).typeform
    client = reach.typeform(plan.service, plan.key)
    if account is None or client is None:
        return
    url = _reachable(plan, account)
    if url and account.secrets:
        hooks = _Hooks(plan, client, url, account.secrets[0])
        for binding in bindings:
            hooks.add(binding)
    elif url:
        plan.note(words.NO_SECRET, setting=plan.setting("TYPEFORM_SECRETS"))


def _reachable(plan: SetupPlan, account: TypeformAccount) -> str:
    url = webhook_url(plan.service, plan.key, TOOL)
    if not url:
        plan.remark(words.NO_PUBLIC_URL, tool=words.LABELS[TOOL])
    elif is_loopback(url) and not is_loopback(account.base_url):
        plan.note(words.LOCAL_URL, tool=words.LABELS[TOOL])
        return ""
    return url


def _existing(plan: SetupPlan, client: Typeform) -> list[Binding]:
    """Return the bindings whose form is there, and note the others."""
    bound = [one for one in plan.mapping.bindings if one.provider == TOOL]
    there = {str(form["id"]) for form in client.forms()} if bound else set()
    for one in bound:
        if one.form not in there:
            plan.note(
                words.NO_FORM,
                form=one.form,
                mapping=one.mapping,
                language=one.language or "-",
            )
    return [one for one in bound if one.form in there]


@dataclass
class _Hooks:
    plan: SetupPlan
    client: Typeform
    url: str
    secret: str

    def add(self, binding: Binding) -> None:
        """Plan the webhook of one form, unless it is as it should be."""
        lack, before = self._lack(binding.form)
        if lack:
            form = f"{binding.mapping} ({binding.form})"
            what = self.plan.say(LACKS[lack], form=form, url=self.url, before=before)
            put = partial(self.put, binding.form)
            self.plan.steps.append(Step(TOOL, what, put, lack=lack, names=(form,)))

    def _lack(self, form: str) -> tuple[str, str]:
        """Return what is wrong with a form's webhook, and where it leads now."""
        hook = self.client.webhook(form, TAG)
        if hook is None:
            return "missing", ""
        before = str(hook.get("url") or "")
        if before != self.url:
            return "moved", before
        if not hook.get("enabled") or not _hears_answers(hook):
            return "off", before
        if self._put_before().get(form) != self._digest(form):
            return "secret", before
        return "", before

    def put(self, form: str) -> None:
        """Create or replace the webhook, and remember with which secret.

        What was answered while it was missing or off is looked for at once.
        """
        self.client.put_webhook(form, TAG, self.url, self.secret)
        look_again(self.plan.service, self.plan.key, form)
        with self.plan.service.database.writing() as session:
            row = ensure(session, self.plan.key, TOOL)
            known = dict(row.facts.get(FACT) or {})
            row.facts = {**row.facts, FACT: {**known, form: self._digest(form)}}

    def _put_before(self) -> Mapping[str, str]:
        with self.plan.service.database.reading() as session:
            row = find(session, self.plan.key, TOOL)
            return dict(row.facts.get(FACT) or {}) if row is not None else {}

    def _digest(self, form: str) -> str:
        told = hmac.new(self.secret.encode(), f"webhook of {form}".encode(), "sha256")
        return told.hexdigest()[:16]


def _hears_answers(hook: Mapping[str, Any]) -> bool:
    kinds = hook.get("event_types")
    return not isinstance(kinds, dict) or bool(kinds.get("form_response"))
