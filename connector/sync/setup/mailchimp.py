"""What Mailchimp needs once: merge fields, saved segments, and a webhook.

The webhook's address holds a secret, so it is in no sentence here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from connector import reach
from connector.accounts import MailchimpAccount
from connector.clients import Mailchimp
from connector.clients.errors import RemoteAnswerError
from connector.settings import is_loopback
from connector.sources.hooks import webhook_url
from connector.sync.mailchimp import plan_setup
from connector.sync.mailchimp.hook import TOOL, Finding, Hook
from connector.sync.setup.steps import SetupPlan, Step, StepRefusedError
from mappings.plan import Text

PART = "webhook"

LACKS: Mapping[str, Text] = {
    "missing": {
        "da": "Mailchimp: send ændringer på listen til {url}/….",
        "en": "Mailchimp: send changes of the audience to {url}/….",
    },
    "several": {
        "da": "Mailchimp: lav én webhook til {url}/… i stedet for flere.",
        "en": "Mailchimp: make one webhook to {url}/… instead of several.",
    },
    "moved": {
        "da": "Mailchimp: send ændringer til {url}/… i stedet for {before}.",
        "en": "Mailchimp: send changes to {url}/… instead of {before}.",
    },
    "secret": {
        "da": "Mailchimp: giv webhooken til {url}/… dens nye hemmelighed.",
        "en": "Mailchimp: give the webhook to {url}/… its new secret.",
    },
    "events": {
        "da": "Mailchimp: lav webhooken til {url}/… om, så den melder alt, hvad "
        "personer og medarbejdere gør, men ikke det, vi selv skriver.",
        "en": "Mailchimp: make the webhook to {url}/… anew, so that it tells all that "
        "people and staff do, and nothing that we write ourselves.",
    },
    "signing": {
        "da": "Mailchimp: lav webhooken til {url}/… om; dens signaturnøgle er ikke "
        "gemt her.",
        "en": "Mailchimp: make the webhook to {url}/… anew; its signing secret is not "
        "kept here.",
    },
}
NO_SECRET: Text = {
    "da": "{setting} er ikke sat: Mailchimp får ingen webhook. Afmeldinger og nye "
    "adresser hentes ved hver synkronisering i stedet. Lav en hemmelighed med: openssl "
    "rand -hex 32",
    "en": "{setting} is not set: Mailchimp gets no webhook. Unsubscribes and new "
    "addresses are fetched at every sync instead. Make a secret with: openssl rand "
    "-hex 32",
}
NO_KEY: Text = {
    "da": "SECRET_KEY er ikke sat: Mailchimps signaturnøgle kan ikke gemmes krypteret, "
    "så der oprettes ingen webhook. Lav en med: openssl rand -hex 32",
    "en": "SECRET_KEY is not set: Mailchimp's signing secret cannot be kept encrypted, "
    "so no webhook is made. Make one with: openssl rand -hex 32",
}
LOCAL_URL: Text = {
    "da": "PUBLIC_URL fører til denne maskine selv, hvor Mailchimp ikke kan nå den. "
    "Der oprettes ingen webhook dér; ændringer hentes ved hver synkronisering.",
    "en": "PUBLIC_URL leads to this machine itself, where Mailchimp cannot reach it. "
    "No webhook is made there; changes are fetched at every sync.",
}
REFUSED: Text = {
    "da": "Mailchimp ville ikke oprette webhooken til {url}/…: {said}. Adressen skal "
    "kunne nås udefra, når setup kører.",
    "en": "Mailchimp would not make the webhook to {url}/…: {said}. The address must "
    "be reachable from outside while setup runs.",
}


def plan_mailchimp(plan: SetupPlan, client: Mailchimp) -> None:
    """Add to the plan what the audience lacks.

    Without a public address there is no webhook: changes are fetched at every sync.
    """
    plan.steps += [
        Step(TOOL, one.text, one.apply, kind=one.kind, names=(one.name,))
        for one in plan_setup(plan.mapping, client)
    ]
    account = reach.accounts_of(plan.service, plan.key).mailchimp
    url = webhook_url(plan.service, plan.key, TOOL)
    if account is None or not url or not _is_possible(plan, account, url):
        return
    hook = Hook(plan.service, plan.key, client, url, account.secrets[0])
    found = hook.look()
    if found.lack:
        what = plan.say(LACKS[found.lack], url=url, before=found.before)
        put = partial(_put, plan, hook, found)
        plan.steps.append(Step(TOOL, what, put, PART, found.lack))


def _is_possible(plan: SetupPlan, account: MailchimpAccount, url: str) -> bool:
    """Tell whether a webhook can be made; else a person is told what is missing."""
    local = is_loopback(url)
    if not account.secrets:
        if not local:
            plan.note(NO_SECRET, setting=plan.setting("MAILCHIMP_WEBHOOK_SECRETS"))
        return False
    if local and not is_loopback(account.base_url):
        plan.note(LOCAL_URL)
        return False
    if not plan.service.settings.secret_key:
        plan.note(NO_KEY)
        return False
    return True


def _put(plan: SetupPlan, hook: Hook, found: Finding) -> None:
    try:
        hook.put(found.ours)
    except RemoteAnswerError as error:
        # What Mailchimp refuses it may quote: with the address, and the secret in it.
        said = hook.without_secret(f"{error} {error.message}".strip())
        note = plan.say(REFUSED, url=hook.base, said=said)
        raise StepRefusedError(note) from None
