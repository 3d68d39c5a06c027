"""Brings the events to the webhooks: signed, at least once, later than the act.

Over ten seconds is no answer, any failure is tried again at growing intervals, a 410
disables the webhook for good. A retry carries the same bytes under a new signature.
"""

import hashlib
import hmac

from sandbox.box import Box
from sandbox.mailchimp import hooks, notices
from sandbox.mailchimp.audience import Audience, Doc, stamp
from sandbox.mailchimp.notices import Notice
from sandbox.sending import Make, Outgoing, Sender, Told

_KEY = "mailchimp.sender"
_GONE = 410
# Doubled each time, these waits add up to 63 times the first.
_RETRIES = 6


def sign(body: bytes, secret: str, at_s: int) -> str:
    """The value of `X-Mailchimp-Signature` for exactly these bytes at this time."""
    signed = f"{at_s}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


def tell(audience: Audience, before: Doc | None, after: Doc | None) -> None:
    """Send what this write of a member means to every webhook that wants it."""
    for notice in notices.of_change(audience, before, after):
        send(audience, notice)


def send(audience: Audience, notice: Notice) -> None:
    """Send one event, behind the request that made it."""
    box = audience.box
    wanted = [
        key
        for key, hook in box.store.all(audience.hooks).items()
        if hooks.wants(hook, notice.type, audience.actor)
    ]
    if not wanted:
        return
    body = notice.body(stamp(box))
    for key in wanted:
        sender_of(box).later(_make(audience, key, body), told=_told(audience, key))


def sender_of(box: Box) -> Sender:
    """The one sender of this sandbox's Mailchimp."""
    with box.store.lock:
        sender = box.scratch.get(_KEY)
        if not isinstance(sender, Sender):
            sender = box.scratch[_KEY] = Sender(box, "mailchimp", _again(box))
    return sender


def _again(box: Box) -> hooks.Wait:
    def wait(status: int | None, tries: int) -> float | None:
        if status == _GONE or tries > int(box.option("mailchimp.retries", _RETRIES)):
            return None
        first = float(box.option("mailchimp.webhook_retry_s", 1))
        return float(first * 2 ** (tries - 1))

    return wait


def _make(audience: Audience, key: str, body: bytes) -> Make:
    box = audience.box

    def make(_tries: int) -> Outgoing | None:
        hook = box.store.get(audience.hooks, key)
        if hook is None or not hook["enabled"]:
            return None
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": hooks.AGENT,
        }
        if hook.get("signing_secret"):
            # The receiver's clock judges it, so a moved sandbox clock stays out.
            now = int(hooks.wall_clock())
            headers["X-Mailchimp-Signature"] = sign(body, hook["signing_secret"], now)
        return Outgoing(hook["url"], body, headers, timeout_s=hooks.patience(box))

    return make


def _told(audience: Audience, key: str) -> Told:
    def told(status: int | None) -> None:
        hooks.note_attempt(audience, key, status)
        if status == _GONE:
            hooks.disable(audience, key)

    return told
