"""Room on the disks that the data and the backups stand on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from connector.findings import Finding
from connector.service import Service

MIB = 1024 * 1024
FULL, SCARCE = 200 * MIB, 1024 * MIB
"""A round's answers take some ten MiB; a backup takes as much as the database."""


def check_disk(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the free space of each disk with data, backups or the database on it."""
    settings = service.settings
    places = {"DATA_DIR": settings.data_dir, "BACKUP_DIR": settings.backup_dir}
    url = make_url(settings.database_url)
    if url.drivername.startswith("sqlite") and url.database:
        places["DATABASE_URL"] = Path(url.database).parent
    looked_at = set()
    for name, place in places.items():
        if place is not None:
            there = _existing(place)
            if there.stat().st_dev not in looked_at:
                looked_at.add(there.stat().st_dev)
                yield _room(name, place, there)


def check_data(service: Service, _key: str) -> Iterator[Finding]:
    """Look whether DATA_DIR is a directory that whoever runs this can write."""
    place = service.settings.data_dir
    if is_writable(place):
        yield Finding("data", "well", "DATA_DIR can be written.")
        return
    what = f"DATA_DIR ({place}) is no directory that this user can write."
    remedy = (
        "Run this as the service's own user (sudo -u vidensbro), or give that user the "
        "directory (chown), or set DATA_DIR to another"
    )
    yield Finding("data", "fault", what, remedy)


def is_writable(place: Path) -> bool:
    """Tell whether a directory can be written, or made where there is none yet."""
    there = _existing(place)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _existing(place: Path) -> Path:
    """Return the place, or what would hold it: it is made when it is needed."""
    return next(
        one for one in (place.absolute(), *place.absolute().parents) if one.exists()
    )


def _room(name: str, place: Path, there: Path) -> Finding:
    free = shutil.disk_usage(there).free
    told = f"{free // MIB} MiB are free where {name} ({place}) is."
    remedy = (
        f"Make room (old files in BACKUP_DIR, logs), or set {name} to a larger disk. "
        "A full disk stores no answer; the form tools try again for hours."
    )
    if free < FULL:
        return Finding("disk", "fault", f"The disk is full: only {told}", remedy)
    if free < SCARCE:
        return Finding("disk", "warning", f"The disk is nearly full: {told}", remedy)
    return Finding("disk", "well", told)
