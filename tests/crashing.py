"""A worker that stops dead at one named boundary.

Run as a process of its own, so that the stop is as sudden as a power cut: no exception
handler, no rollback, no flush. With a body file it is the web side that stops.
"""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from connector import boundaries, chores
from connector.app import create_app
from connector.clients.limits import RollingLimit
from connector.processing import drain
from connector.service import Service
from connector.settings import load_settings
from connector.sources.reconcile import reconcile
from connector.sync.cycle import sync_programme
from connector.timetable import CHORES
from sandbox.typeform import sign

STOPPED = 137


def main(name: str, body_file: str = "", url: str = "", secret: str = "") -> None:
    """Work until the boundary ``name``, then be gone."""

    def stop(reached: str) -> None:
        if reached == name:
            os._exit(STOPPED)

    boundaries.listen(stop)
    settings = load_settings()
    if body_file:
        body = Path(body_file).read_bytes()
        client = create_app(settings, ring=lambda: None).test_client()
        client.post(url, data=body, headers={"Typeform-Signature": sign(body, secret)})
        return
    work(Service.open(settings))


def work(service: Service) -> None:
    """Do once all that a worker does in a day, each thing whether it is due or not.

    A day has room for all the calls; here nobody waits for a turn.
    """
    with patch.object(RollingLimit, "take", lambda _limit: None):
        for key in service.settings.programmes:
            reconcile(service, key)
            settle(service, key, 2)
            for name, chore in CHORES.items():
                problem = chores.run(service, key, name, chore)
                assert not problem, f"{name}: {problem}"
            settle(service, key, 1)


def settle(service: Service, key: str, times: int) -> None:
    """Drain and sync so many times."""
    for _ in range(times):
        drain(service)
        sync_programme(service, key)
