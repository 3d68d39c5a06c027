"""Who gets the tasks in HubSpot: somebody who can be given one."""

from __future__ import annotations

from collections.abc import Iterator

from connector import reach
from connector.findings import Finding
from connector.service import Service
from connector.settings import prefix_of

NAME = "hubspot.owner"


def check_task_owner(service: Service, key: str) -> Iterator[Finding]:
    """Look whether HUBSPOT_TASK_OWNER is a user of this account."""
    account = reach.accounts_of(service, key).hubspot
    client = reach.hubspot(service, key)
    if account is None or client is None or not account.task_owner:
        return
    try:
        users = {one.email.casefold() for one in client.owners() if one.email}
    finally:
        client.door.close()
    if account.task_owner.strip().casefold() in users:
        yield Finding(NAME, "well", "Who gets the tasks is a user of HubSpot.")
        return
    first = key == service.settings.programmes[0]
    name = f"{'' if first else prefix_of(key)}HUBSPOT_TASK_OWNER"
    what = f"{name} is no user of this HubSpot account: tasks are nobody's."
    remedy = (
        f"Set {name} to a user's e-mail address (Settings > Users & Teams), and restart"
    )
    yield Finding(NAME, "warning", what, remedy)
