"""Brings events to an app's webhook URL: in batches, signed, tried again.

Sources: HubSpot's guides on webhooks and request validation, and headers of real
deliveries. A JSON array of up to 100 events in no order; no answer in five seconds and
every status other than 2xx is tried again, up to ten times, with a higher
`attemptNumber`. Signatures v1 and v3 stand side by side. HubSpot spreads its tries
over 24 hours, the sandbox over seconds.
"""

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import unquote

import orjson

from sandbox.box import Box
from sandbox.hubspot.events import Event, events_of
from sandbox.hubspot.portal import APP, Change
from sandbox.sending import Make, Outgoing, Sender

LARGEST = 100
RETRIES = 10
wall_clock = time.time
_AGENT = "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks"
_SENDER, _OPEN = "hubspot.sender", "hubspot.batch"
_COUNTS = {"delivered": 0, "failed": 0, "last": "none yet"}
# The characters that the guide has decoded before signing; see `webhook_signs`.
_DECODED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def sign_v1(secret: str, body: bytes) -> str:
    """`X-HubSpot-Signature` with version v1: the app's secret, then the body."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def sign_v3(secret: str, url: str, body: bytes, timestamp: str) -> str:
    """`X-HubSpot-Signature-v3` of a POST to this URL at this time (ms, as text)."""
    signed = b"POST" + url.encode() + body + timestamp.encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass
class _Batch:
    """Events that go together; it takes no more once it is `due`."""

    number: int
    due: float
    events: list[Event] = field(default_factory=list)

    def is_open(self) -> bool:
        return len(self.events) < LARGEST and time.monotonic() < self.due


class Courier:
    """One account's way out. Options: see the package."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def hear(self, changes: list[Change]) -> None:
        """Gather what these changes are to the app; sent a moment later."""
        hooks = self.hooks()
        if not hooks:
            return
        with self._box.store.lock:
            events = [
                event
                for change in changes
                for event in events_of(self._box, hooks, change)
            ]
            while events:
                batch = self._open_batch()
                room = LARGEST - len(batch.events)
                batch.events += events[:room]
                events = events[room:]

    def hooks(self) -> dict[str, Any]:
        """What option `hubspot.webhooks` says, put together; nothing without a URL."""
        said: dict[str, Any] = self._box.option("hubspot.webhooks", None) or {}
        unsaid = {"secret": "", "app_id": APP, "subscriptions": "all"}
        return {**unsaid, **said} if said.get("url") else {}

    def waiting(self) -> int:
        """How many batches are still to be sent, tries again included."""
        return self._sender().waiting()

    def counts(self) -> dict[str, Any]:
        """How many tries were answered with 2xx and how many not, and the last."""
        return {**_COUNTS, **self._box.scratch.get("hubspot.sent", {})}

    def _open_batch(self) -> _Batch:
        batch = self._box.scratch.get(_OPEN)
        if not isinstance(batch, _Batch) or not batch.is_open():
            wait = float(self._box.option("hubspot.webhook_gather_s", 0.1))
            number = self._box.store.next_number(_OPEN)
            batch = _Batch(number, time.monotonic() + wait)
            self._box.scratch[_OPEN] = batch
            twice = bool(self._box.option("hubspot.webhooks_twice", False))
            for _ in range(2 if twice else 1):
                self._sender().later(self._make(batch), wait, self._note)
        return batch

    def _sender(self) -> Sender:
        with self._box.store.lock:
            sender = self._box.scratch.get(_SENDER)
            if not isinstance(sender, Sender):
                sender = Sender(self._box, "hubspot", self._again)
                self._box.scratch[_SENDER] = sender
            return sender

    def _again(self, _status: int | None, tries: int) -> float | None:
        if tries > int(self._box.option("hubspot.webhook_retries", RETRIES)):
            return None
        return float(self._box.option("hubspot.webhook_retry_s", 0.2))

    def _make(self, batch: _Batch) -> Make:
        def make(tries: int) -> Outgoing | None:
            hooks = self.hooks()
            if not hooks:
                return None
            # Whoever still adds to a batch that just became due holds the lock.
            with self._box.store.lock:
                body = self._body(batch, tries)
            patience = float(self._box.option("hubspot.webhook_timeout_s", 5))
            headers = self._headers(hooks, body)
            return Outgoing(hooks["url"], body, headers, timeout_s=patience)

        return make

    def _body(self, batch: _Batch, tries: int) -> bytes:
        events = [one | {"attemptNumber": tries} for one in batch.events]
        seed = self._box.option("hubspot.webhook_shuffle", None)
        if seed is not None and seed is not False:
            # The same order for the same seed; nothing secret hangs on it.
            Random(f"{seed}.{batch.number}.{tries}").shuffle(events)  # noqa: S311
        return orjson.dumps(events)

    def _headers(self, hooks: dict[str, Any], body: bytes) -> dict[str, str]:
        # The receiver's clock judges it, so a moved sandbox clock stays out.
        stamp = str(int(wall_clock() * 1000))
        url = str(hooks.get("signed_url") or hooks["url"])
        if self._box.option("hubspot.webhook_signs", "raw") == "decoded":
            url = _DECODED.sub(lambda one: unquote(one.group()), url)
        return {
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            "X-HubSpot-Timeout-Millis": "10000",
            "X-HubSpot-Request-Timestamp": stamp,
            "X-HubSpot-Signature": sign_v1(hooks["secret"], body),
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature-v3": sign_v3(hooks["secret"], url, body, stamp),
        }

    def _note(self, status: int | None) -> None:
        """Keep what became of a try for the page."""
        good = status is not None and 200 <= status < 300
        with self._box.store.lock:
            counts = self.counts()
            counts["delivered" if good else "failed"] += 1
            counts["last"] = str(status or "no answer")
            self._box.scratch["hubspot.sent"] = counts
