"""The database: is it there, of this version, and can it be written?"""

from __future__ import annotations

from collections.abc import Iterator

from connector.findings import Finding
from connector.schema import is_current
from connector.service import Service


def check_database(service: Service, _key: str) -> Iterator[Finding]:
    """Look at the schema."""
    if is_current(service.database):
        yield Finding("database", "well", "The database has this version's tables.")
        return
    yield Finding(
        "database",
        "fault",
        "The database is not of this version.",
        "Run: vidensbro db upgrade",
    )
