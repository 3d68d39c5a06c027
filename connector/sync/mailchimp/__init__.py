"""The newsletter's side of the sync: who is in the audience, and in which segments.

::

    mirror  what the audience holds
    hear    what people said there themselves -> consents
    desired what our people are -> one row an address
    decide  which of them to add, update, ask, withdraw or leave alone
    push    the calls, each with its sent and pushed state
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
