"""Which chores there are, and when each is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connector import hints, inbox, matters
from connector.backup.making import nightly_backup
from connector.chores import Chore, each, nightly, weekly
from connector.crm_tasks import tend_tasks
from connector.db import utcnow
from connector.digest.weekly import HOUR, MONDAY, send_weekly
from connector.service import Service
from connector.sources.drift import check_daily
from connector.sources.hooks import mend_webhooks
from connector.sources.reconcile import recount
from connector.sources.tools import sources
from connector.sync.hubspot import chores as hubspot
from connector.sync.mailchimp import chores as mailchimp

NIGHT = 3
"""The hour after which the nightly chores run: nobody works, and nothing is mailed."""


def _recount(service: Service, key: str) -> str:
    return " ".join(found.problem for found in recount(service, key) if found.problem)


def _forget(service: Service, key: str) -> str:
    with service.database.writing() as session:
        hints.forget_old(session, key)
        for provider in sources():
            hints.forget_unread(session, key, provider)
        matters.forget_old(session, key)
        inbox.forget_events(session, key, utcnow() - hints.KEPT)
    return ""


CHORES: Mapping[str, Chore] = {
    "webhooks": Chore(each(timedelta(hours=6)), mend_webhooks),
    "mailchimp.webhook": Chore(each(timedelta(hours=6)), mailchimp.mend_webhook),
    "mailchimp.campaigns": Chore(each(timedelta(hours=1)), mailchimp.read_campaigns),
    "mailchimp.compare": Chore(nightly(NIGHT), mailchimp.compare_nightly),
    "hubspot.tasks": Chore(each(timedelta(minutes=1)), tend_tasks),
    "hubspot.compare": Chore(nightly(NIGHT), hubspot.compare_nightly),
    "recount": Chore(nightly(NIGHT), _recount),
    "drift": Chore(each(timedelta(days=1)), check_daily),
    "digest": Chore(
        weekly(MONDAY, HOUR), send_weekly, lambda settings: settings.post is not None
    ),
    "forget": Chore(nightly(NIGHT), _forget),
    "backup": Chore(
        nightly(NIGHT), nightly_backup, lambda settings: settings.backup_dir is not None
    ),
}
