"""The newsletter's side of the sync: who is in the audience, and in which segments.

::

    hinted  what webhooks say has changed, looked at first
    mirror  what the audience holds
    hear    what people said there themselves -> consents
    moved   an address changed there -> the person's newest word
    desired what our people are -> one row an address
    decide  which of them to add, update, ask, withdraw or leave alone
    push    the calls, each with its sent and pushed state

Beside each sync: ``campaigns`` (the figures of what was sent), ``compare`` (everybody,
by night) and ``hook`` (the webhook); ``chores`` says what of it runs by the clock.
"""

from connector.sync.mailchimp.probe import ProbeRefusedError, probe
from connector.sync.mailchimp.run import Preview, preview, sync
from connector.sync.mailchimp.setup import Step, plan_setup

__all__ = [
    "Preview",
    "ProbeRefusedError",
    "Step",
    "plan_setup",
    "preview",
    "probe",
    "sync",
]
