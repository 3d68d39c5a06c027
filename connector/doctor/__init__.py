"""What is wrong with an installation, and how to mend it: one check after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from connector.doctor.database import check_database
from connector.findings import Finding
from connector.service import Service

Check = Callable[[Service, str], Iterable[Finding]]

CHECKS: Mapping[str, Check] = {"database": check_database}


def examine(service: Service, key: str) -> list[Finding]:
    """Look at everything about one programme; a check that breaks is a finding."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found += check(service, key)
        except Exception as error:  # noqa: BLE001 - the next check is still made
            what = f"This could not be looked at: {type(error).__name__}."
            found.append(Finding(name, "fault", what, "Look into the log."))
    return found
