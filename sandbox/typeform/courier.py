"""Delivers webhooks as Typeform does: signed, at least once, in no set order.

A 404 or 410 disables the webhook at once. 408, 423, 429, 503 and no answer are
retried patiently, any other failure a few times; the waits are seconds here, not
minutes and hours.
"""

import base64
import hashlib
import hmac
from typing import Any

from sandbox.box import Box
from sandbox.sending import Make, Outgoing, Sender, Told
from sandbox.typeform import forms, hooks
from sandbox.typeform.bodies import webhook_body
from sandbox.typeform.ids import new_ulid

Doc = dict[str, Any]
_PATIENT = (408, 423, 429, 503)
_GONE = (404, 410)


def sign(body: bytes, secret: str) -> str:
    """The value of `Typeform-Signature` for exactly these bytes."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


class Courier:
    """The deliveries of one sandbox."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._sender = Sender(box, "typeform", self._again)

    def deliver(self, form_id: str, response: Doc, event_id: str) -> list[Doc]:
        """Send the response to every enabled webhook that wants its event.

        Answers one {url, status} each, status None where nobody answered or the
        delivery was lost on order.
        """
        sent = []
        for key, hook in hooks.of_form(self._box, form_id).items():
            if hook["enabled"] and hook["event_types"].get(response["event_type"]):
                make = self._make(key, response, event_id)
                status = self._sender.send(make, told=self._told(key))
                sent.append({"url": hook["url"], "status": status})
        return sent

    def waiting(self) -> int:
        """How many deliveries wait for another try."""
        return self._sender.waiting()

    def _make(self, key: str, response: Doc, event_id: str) -> Make:
        """The request for a try; none once the webhook is gone or switched off."""
        box = self._box

        def make(tries: int) -> Outgoing | None:
            hook = box.store.get(hooks.KIND, key) or {}
            form = box.store.get(forms.KIND, hook.get("form_id", ""))
            if form is None or not hook["enabled"]:
                return None
            same = tries == 0 or box.option("typeform.same_event_id", True)
            body = webhook_body(
                form, response, event_id=event_id if same else new_ulid(box.now())
            )
            return Outgoing(
                hook["url"],
                body,
                _headers(hook, body),
                timeout_s=float(box.option("typeform.timeout_s", 30)),
                verify=hook["verify_ssl"],
            )

        return make

    def _told(self, key: str) -> Told:
        def told(status: int | None) -> None:
            hooks.note_attempt(self._box, key, status)
            if status in _GONE:
                hooks.disable(self._box, key)

        return told

    def _again(self, status: int | None, tries: int) -> float | None:
        if status in _GONE:
            return None
        patient = status is None or status in _PATIENT
        name, usual = ("retries", 40) if patient else ("retries_other", 5)
        if tries > int(self._box.option(f"typeform.{name}", usual)):
            return None
        return float(self._box.option("typeform.retry_every_s", 3))


def _headers(hook: Doc, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "Typeform Webhooks"}
    if hook.get("secret"):
        headers["Typeform-Signature"] = sign(body, hook["secret"])
    return headers
