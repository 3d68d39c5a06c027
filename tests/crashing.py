"""A worker that stops dead at one named boundary: ``python -m tests.crashing NAME``.

Run as a process of its own, so that the stop is as sudden as a power cut: no exception
handler, no rollback, no flush. With a body file it is the web side that stops.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from connector import boundaries
from connector.app import create_app
from connector.processing import drain
from connector.service import Service
from connector.settings import load_settings
from connector.sync.cycle import sync_programme
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
    service = Service.open(settings)
    for _ in range(2):
        drain(service)
        for key in settings.programmes:
            sync_programme(service, key)


if __name__ == "__main__":
    main(*sys.argv[1:])
