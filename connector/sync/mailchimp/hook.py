"""The audience's webhook: how it should be, and making it so.

One that is not as it should be is deleted and made anew, never patched: Mailchimp shows
the signing secret once, when a webhook is made, and does not say whether a change keeps
it. Only a webhook of ours is ever deleted: its address leads to us, or we made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from connector import signing
from connector.boundaries import reached
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_news import EVENTS
from connector.service import Service
from connector.sync.cycle import ensure, find
from connector.vault import VaultClosed

TOOL = "mailchimp"
FACT = "mailchimp.webhook"
"""What setup made: the webhook's id, and whether Mailchimp signs what it sends."""
SOURCES = ("user", "admin")
"""Not ``api``: our own writes must not come back to us."""

Lack = Literal["", "missing", "several", "moved", "secret", "events", "signing"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the webhooks of ours that are there.

    ``before`` is where a moved one leads: the host alone, for a path holds a secret.
    """

    lack: Lack
    ours: tuple[str, ...] = ()
    before: str = ""


@dataclass
class Hook:
    """One audience's webhook; ``base`` is its address without the secret."""

    service: Service
    key: str
    client: Mailchimp
    base: str
    secret: str = field(repr=False)

    @property
    def url(self) -> str:
        """Return the address that Mailchimp is to call. It is a secret."""
        return f"{self.base}/{quote(self.secret, safe='')}"

    def look(self) -> Finding:
        """Return what is to be done."""
        kept, unsigned, made = self._remembered()
        hooks = self.client.webhooks()
        ours = [o for o in hooks if self._leads_here(o) or str(o["id"]) in made]
        ids = tuple(str(one["id"]) for one in ours)
        if len(ours) != 1:
            return Finding("several" if ours else "missing", ids)
        hook = ours[0]
        if not self._leads_here(hook):
            parts = urlsplit(str(hook.get("url")))
            return Finding("moved", ids, f"{parts.scheme}://{parts.hostname}")
        return Finding(self._lack(hook, kept, unsigned), ids)

    def put(self, ours: Sequence[str]) -> None:
        """Make the webhook, in place of ``ours``; keep its signing secret encrypted.

        Stopped before the secret is kept, the next look finds it lacking.
        """
        for one in ours:
            self.client.delete_webhook(one)
        answer = self.client.create_webhook(self.url, EVENTS, SOURCES)
        reached("mailchimp.hook.made")
        made, secret = str(answer["id"]), str(answer.get("signing_secret") or "")
        key = self.service.settings.secret_key
        with self.service.database.writing() as session:
            for one in signing.kept_for(session, self._owner):
                signing.forget(session, self._owner, one)
            if secret:
                signing.keep(session, key, self._owner, made, secret)
            row = ensure(session, self.key, TOOL)
            row.facts = {**row.facts, FACT: {"id": made, "signed": bool(secret)}}
        reached("mailchimp.hook.after_commit")

    def without_secret(self, text: str) -> str:
        """Return a text of the tool's as it may be shown."""
        for part in (self.secret, quote(self.secret, safe="")):
            text = text.replace(part, "…")
        return text

    @property
    def _owner(self) -> tuple[str, str]:
        return self.key, TOOL

    def _leads_here(self, hook: Mapping[str, Any]) -> bool:
        return f"{hook.get('url')}/".startswith(f"{self.base}/")

    def _lack(
        self, hook: Mapping[str, Any], kept: set[str], unsigned: set[str]
    ) -> Lack:
        if hook.get("url") != self.url:
            return "secret"
        if not _hears_all(hook):
            return "events"
        signs, one = hook.get("signing_enabled"), str(hook["id"])
        if one in kept:
            # Ours demands a signature from then on.
            return "signing" if signs is False else ""
        return "" if signs is False or one in unsigned else "signing"

    def _remembered(self) -> tuple[set[str], set[str], set[str]]:
        """Return whose secret is kept and opens, who had none, and all made by us."""
        with self.service.database.reading() as session:
            kept = set(signing.kept_for(session, self._owner))
            row = find(session, self.key, TOOL)
            fact = dict((row.facts if row else {}).get(FACT) or {})
        before = {str(fact["id"])} if fact else set()
        unsigned = set() if fact.get("signed") else before
        return (kept if self._opens() else set()), unsigned, kept | before

    def _opens(self) -> bool:
        settings = self.service.settings
        secrets = signing.SigningSecrets(self.service.database, settings.secret_key)
        try:
            secrets.of(*self._owner)
        except VaultClosed:
            return False
        return True


def was_made(service: Service, key: str) -> bool:
    """Tell whether setup has made the webhook once."""
    with service.database.reading() as session:
        row = find(session, key, TOOL)
        return row is not None and FACT in row.facts


def _hears_all(hook: Mapping[str, Any]) -> bool:
    events, sources = hook.get("events") or {}, hook.get("sources") or {}
    heard = all(events.get(name) for name in EVENTS)
    return (
        heard and all(sources.get(name) for name in SOURCES) and not sources.get("api")
    )
