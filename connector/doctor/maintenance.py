"""The maintenance file: while it is there, every webhook is answered 503."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connector.db import utcnow
from connector.doctor.worker import moment
from connector.findings import Finding
from connector.readiness import MAINTENANCE
from connector.service import Service

FORGOTTEN = timedelta(hours=1)
"""Typeform tries again for ten hours, HubSpot for a day."""


def check_maintenance(service: Service, _key: str) -> Iterator[Finding]:
    """Look whether somebody forgot to take it away."""
    path = service.settings.data_dir / MAINTENANCE
    if not path.exists():
        yield Finding("maintenance", "well", "Webhooks are taken in.")
        return
    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    what = (
        f"Maintenance since {moment(since)}: every webhook is answered 503. The tools "
        "send again, for some hours."
    )
    remedy = f"When the work is done: rm {path}"
    if utcnow() - since > FORGOTTEN:
        yield Finding("maintenance", "fault", what, remedy)
    else:
        yield Finding("maintenance", "warning", what, remedy)
