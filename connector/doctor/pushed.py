"""HubSpot's webhooks: when one last came.

Which there are cannot be asked with a service key: they are the app's, as it was
uploaded (hubspot/ in the checkout).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from connector.db import utcnow
from connector.doctor.worker import moment
from connector.findings import Finding
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.schedule import is_called
from connector.sync.state import RemoteRecord

QUIET = timedelta(days=2)
"""So long after the first record, an app that sends anything has sent something."""


def check_hubspot_events(service: Service, key: str) -> Iterator[Finding]:
    """Say when HubSpot's app last called; warn where it never has."""
    if service.settings.demo or not is_called(service, key, "hubspot"):
        return
    name = "hubspot.webhook"
    with service.database.reading() as session:
        last: datetime | None = session.scalar(
            select(func.max(Delivery.last_seen_at)).where(
                Delivery.programme == key, Delivery.provider == "hubspot"
            )
        )
        first: datetime | None = session.scalar(
            select(func.min(RemoteRecord.pushed_at)).where(
                RemoteRecord.programme == key, RemoteRecord.tool == "hubspot"
            )
        )
    if last is not None:
        yield Finding(name, "well", f"HubSpot's app last called: {moment(last)}.")
    elif first is not None and utcnow() - first > QUIET:
        what = (
            "HUBSPOT_APP_SECRETS is set, and HubSpot's app has never called. Changes "
            "are fetched at every sync meanwhile."
        )
        remedy = (
            "Upload the app with this address (hs project upload in hubspot/), or take "
            "HUBSPOT_APP_SECRETS out"
        )
        yield Finding(name, "warning", what, remedy)
    else:
        yield Finding(name, "well", "HubSpot's app has not called yet.")
