"""The programme's mapping files: they load, and nothing in them is odd."""

from __future__ import annotations

from collections.abc import Iterator

from connector.findings import Finding, Level
from connector.service import Service
from mappings.faults import MappingError
from mappings.preview import check as odd_in

SHOWN = 3


def check_mapping(service: Service, key: str) -> Iterator[Finding]:
    """Look at the files as they are now."""
    try:
        plan = service.programme(key)
    except MappingError as error:
        yield _told("fault", "The mapping files cannot be used", error.faults, key)
        return
    odd = odd_in(plan)
    if odd:
        yield _told("warning", "Something in the mapping files is odd", odd, key)
    else:
        yield Finding("mapping", "well", "The mapping files are in order.")


def _told(
    level: Level, what: str, faults: tuple[str, ...] | list[str], key: str
) -> Finding:
    more = f" (and {len(faults) - SHOWN} more)" if len(faults) > SHOWN else ""
    said = "; ".join(faults[:SHOWN])
    remedy = f"Correct each line, then: vidensbro mapping check {key}"
    return Finding("mapping", level, f"{what}: {said}{more}.", remedy)
