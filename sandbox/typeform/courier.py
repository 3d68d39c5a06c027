"""Delivers webhooks as Typeform does: signed, at least once, in no set order.

A 404 or 410 disables the webhook at once. 408, 423, 429, 503 and no answer are
retried patiently, any other failure a few times; the waits are seconds here, not
minutes and hours. One thread works off the retries and ends when none are left.
"""

import base64
import hashlib
import heapq
import hmac
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.box import Box
from sandbox.sending import is_lost
from sandbox.typeform import forms, hooks
from sandbox.typeform.bodies import webhook_body
from sandbox.typeform.ids import new_ulid

Doc = dict[str, Any]
_PATIENT = (408, 423, 429, 503)
_GONE = (404, 410)
_LONGEST_NAP_S = 0.2


def sign(body: bytes, secret: str) -> str:
    """The value of `Typeform-Signature` for exactly these bytes."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


@dataclass(order=True)
class _Job:
    """One delivery still to be made: which webhook, which response."""

    due: float
    hook: str = field(compare=False)
    response: Doc = field(compare=False)
    event_id: str = field(compare=False)
    tries: int = field(default=0, compare=False)


class Courier:
    """The deliveries of one sandbox."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._lock = threading.Lock()
        self._queue: list[_Job] = []
        self._working = False
        self._local = threading.local()

    def deliver(self, form_id: str, response: Doc, event_id: str) -> list[Doc]:
        """Send the response to every enabled webhook that wants its event.

        Answers one {url, status} each, status None where nobody answered.
        """
        sent = []
        for key, hook in hooks.of_form(self._box, form_id).items():
            wanted = hook["event_types"].get(response["event_type"])
            if hook["enabled"] and wanted and not is_lost(self._box, "typeform"):
                job = _Job(0.0, key, response, event_id)
                sent.append({"url": hook["url"], "status": self._attempt(job)})
        return sent

    def waiting(self) -> int:
        """How many deliveries wait for another try."""
        with self._lock:
            return len(self._queue)

    def _attempt(self, job: _Job) -> int | None:
        """One try; what follows from it is arranged here. The HTTP status."""
        hook = self._box.store.get(hooks.KIND, job.hook) or {}
        form = self._box.store.get(forms.KIND, hook.get("form_id", ""))
        if form is None or not hook["enabled"]:
            return None
        status = self._post(hook, form, job)
        hooks.note_attempt(self._box, job.hook, status)
        if status in _GONE:
            hooks.disable(self._box, job.hook)
        elif status is None or not 200 <= status < 300:
            self._again(job, status)
        return status

    def _post(self, hook: Doc, form: Doc, job: _Job) -> int | None:
        body = webhook_body(form, job.response, event_id=job.event_id)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Typeform Webhooks",
        }
        if hook.get("secret"):
            headers["Typeform-Signature"] = sign(body, hook["secret"])
        try:
            answer = self._session().post(
                hook["url"],
                data=body,
                headers=headers,
                timeout=float(self._box.option("typeform.timeout_s", 30)),
                allow_redirects=False,
                verify=hook["verify_ssl"],
            )
        except requests.RequestException:
            return None
        return answer.status_code

    def _session(self) -> requests.Session:
        """A connection kept open per thread: a demo sends hundreds in a row."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def _again(self, job: _Job, status: int | None) -> None:
        patient = status is None or status in _PATIENT
        name, usual = ("retries", 40) if patient else ("retries_other", 5)
        if job.tries >= int(self._box.option(f"typeform.{name}", usual)):
            return
        same = self._box.option("typeform.same_event_id", True)
        wait = float(self._box.option("typeform.retry_every_s", 3))
        follow_up = _Job(
            time.monotonic() + wait,
            job.hook,
            job.response,
            job.event_id if same else new_ulid(self._box.now()),
            job.tries + 1,
        )
        with self._lock:
            heapq.heappush(self._queue, follow_up)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._working = False
                    return
                wait = self._queue[0].due - time.monotonic()
                job = heapq.heappop(self._queue) if wait <= 0 else None
            if job is None:
                time.sleep(min(wait, _LONGEST_NAP_S))
            else:
                self._attempt(job)
