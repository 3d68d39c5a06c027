"""Room on the disks that the data and the backups stand on."""

from __future__ import annotations

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
    """Look at the free space where data, backups and an SQLite database stand."""
    settings = service.settings
    places = {"DATA_DIR": settings.data_dir, "BACKUP_DIR": settings.backup_dir}
    url = make_url(settings.database_url)
    if url.drivername.startswith("sqlite") and url.database:
        places["DATABASE_URL"] = Path(url.database).parent
    told = set()
    for name, place in places.items():
        if place is not None and place.absolute() not in told:
            told.add(place.absolute())
            yield _room(name, place)


def _room(name: str, place: Path) -> Finding:
    there = next(one for one in (place.absolute(), *place.absolute().parents)
                 if one.exists())  # fmt: skip
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
