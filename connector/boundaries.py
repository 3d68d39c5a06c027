"""Named step boundaries: the points at which the power may go.

Each place where a crash would leave two stores of truth apart is named here and calls
``reached``. In service nothing listens and the call costs a comparison; the crash
tests listen, and stop the process at each of them in turn.
"""

from __future__ import annotations

from collections.abc import Callable

BOUNDARIES = (
    "inbox.before_commit",
    "inbox.after_commit",
    "process.claimed",
    "process.before_commit",
    "process.after_commit",
    "reconcile.before_commit",
    "reconcile.after_commit",
    "reconcile.watermark.before_commit",
    "hubspot.pull.before_commit",
    "hubspot.pull.after_commit",
    "hubspot.adopt.before_call",
    "hubspot.adopt.accepted",
    "hubspot.adopt.after_commit",
    "hubspot.push.read",
    "hubspot.push.sent",
    "hubspot.push.accepted",
    "hubspot.push.after_commit",
    "hubspot.links.sent",
    "hubspot.links.accepted",
    "hubspot.links.after_commit",
    "hubspot.hints.before_settle",
    "hubspot.compare.before_commit",
    "hubspot.activities.before_commit",
    "hubspot.tasks.sent",
    "hubspot.tasks.accepted",
    "hubspot.tasks.after_commit",
    "hubspot.tasks.changed",
    "mailchimp.mirror.before_commit",
    "mailchimp.mirror.after_commit",
    "mailchimp.add.sent",
    "mailchimp.add.accepted",
    "mailchimp.add.after_commit",
    "mailchimp.fields.sent",
    "mailchimp.fields.accepted",
    "mailchimp.fields.after_commit",
    "mailchimp.word.sent",
    "mailchimp.word.accepted",
    "mailchimp.word.after_commit",
    "mailchimp.campaigns.before_commit",
    "mailchimp.campaigns.after_commit",
    "mailchimp.compare.before_commit",
    "mailchimp.compare.after_commit",
    "mailchimp.hook.made",
    "mailchimp.hook.after_commit",
    "forms.asked",
    "forms.made",
    "forms.known",
    "forms.linked",
    "forms.half_written",
    "forms.written",
    "digest.begun",
    "digest.taken",
)

_listener: list[Callable[[str], None]] = []


def reached(name: str) -> None:
    """Say that the step boundary ``name`` is reached."""
    if _listener:
        _listener[0](name)


def listen(listener: Callable[[str], None] | None) -> None:
    """Set (or with None remove) the one listener, in a test's process."""
    _listener[:] = [listener] if listener else []
