"""Settings that load, and that nothing can work with: found before a tool is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from connector.clients.hubspot.paths import PATHS
from connector.db import NO_ADDRESS, SAY_ADDRESS
from connector.findings import Finding
from connector.service import Service
from connector.settings import prefix_of

OBJECTS = {
    "round": ("0-410", "courses"),
    "participation": ("0-162", "services"),
}
DEALS = "0-3"
Look = Callable[[Service, str], Iterator[Finding]]


def check_values(tool: str) -> Look:
    """Return the check of what is set for one tool, beside its credential."""

    def check(service: Service, key: str) -> Iterator[Finding]:
        settings = service.settings
        account = getattr(settings.accounts[key], tool)
        if account is None:
            return
        before = "" if key == settings.programmes[0] else prefix_of(key)
        name = f"{before}{tool.upper()}_BASE_URL"
        if name in service.settings.given and not is_address(account.base_url):
            what = f"{name} is no web address."
            remedy = f"Set {name} to one that begins with https://, or take it out"
            yield Finding(f"{tool}.settings", "fault", what, remedy)
        if tool == "hubspot":
            yield from _hubspot(account, before)

    return check


def is_address(text: str) -> bool:
    """Tell whether a text can be read as a web address."""
    try:
        url = urlsplit(text)
        good = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:  # a port or a bracket that is none
        return False
    return bool(good) and text.isprintable() and not set(text) & set(" \"'")


def _hubspot(account: Any, before: str) -> Iterator[Finding]:
    for entity, (number, label) in OBJECTS.items():
        if getattr(account, f"{entity}_object") not in {number, DEALS}:
            name = f"{before}HUBSPOT_{entity.upper()}_OBJECT"
            what = f"{name} names no object that can carry {entity}s."
            remedy = f"Set {name} to {number} ({label}) or {DEALS} (deals)"
            yield Finding("hubspot.settings", "fault", what, remedy)
    if account.version not in PATHS:
        what = "HUBSPOT_API_VERSION is none that this service speaks."
        remedy = f"Take HUBSPOT_API_VERSION out, or set it to {' or '.join(PATHS)}"
        yield Finding("hubspot.settings", "fault", what, remedy)


def unopenable() -> Finding:
    """Return the finding of a database that cannot even be named."""
    return Finding("database", "fault", NO_ADDRESS, SAY_ADDRESS)
