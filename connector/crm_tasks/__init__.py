"""Each matter that waits for a person, as one task in the CRM where staff are.

A task is made once, put on the record concerned, given to the owner that the settings
name, and closed by us when its matter settles. When staff close it themselves and say
why, the matter is set aside; without a reason, while it stands, they are asked once.

Staff's own changes to a task (its owner, its day, what they write) stay: only its
status and lines of ours are written. Tasks are no activities: nothing in the programme
reads them, and no figure counts them.
"""

from __future__ import annotations

from connector import reach
from connector.clients import HubSpot, RemoteBusy, RemoteError, RemoteUnauthorised
from connector.corrections.two_contacts import settle_merged
from connector.crm_tasks.caring import care, is_looked_at
from connector.crm_tasks.crowd import chosen, with_rest
from connector.crm_tasks.desk import TOOL, Desk
from connector.crm_tasks.left_over import close_left_over, is_due
from connector.crm_tasks.making import make, place
from connector.matters import Matter, MatterRow, note, rows
from connector.matters.waiting import standing, undecided
from connector.mending import tend_mended
from connector.service import Service
from connector.singleflight import only_one
from connector.sync.cycle import TOOLS, find, same_account

NO_SCOPE = (
    "HubSpot does not let us keep tasks ({error}). What needs a person is shown by "
    "vidensbro sync status. Give the key the scopes to read and write contacts."
)


def tend_tasks(service: Service, key: str) -> str:
    """Bring the CRM's tasks in line with what waits; return what is wrong.

    While HubSpot is off, paused or busy no task is touched: they come when it goes on.
    """
    with only_one(service, f"tasks-{key}") as alone:
        return _tend(service, key) if alone else ""


def _tend(service: Service, key: str) -> str:
    tend_mended(service, key)
    settle_merged(service, key)
    found = {one.key: one for one in standing(service, key)}
    matters = _note(service, key, found)
    with service.database.reading() as session:
        known = rows(session, key)
    wanted = chosen(known, matters)
    idle = not wanted and not any(_is_under_way(row) for row in known.values())
    if idle and not is_due(service, key):
        return ""
    client = _connect(service, key)
    if client is None:
        return ""
    try:
        return _work(service, key, client, matters)
    except RemoteBusy as error:
        service.wait(key, TOOL, error.retry_after_s or 0)
        return f"HubSpot: {error}"
    except RemoteUnauthorised as error:
        return NO_SCOPE.format(error=error)
    except RemoteError as error:
        return f"HubSpot: {error}"
    finally:
        client.door.close()


def _note(service: Service, key: str, found: dict[str, Matter]) -> dict[str, Matter]:
    """Keep what stands, and what is told of many at once; return all of it."""
    locale = service.programme(key).locale
    with service.database.writing() as session:
        known = rows(session, key)
        matters = with_rest(known, found, locale)
        note(session, key, matters, undecided(session, key, known))
    return matters


def _is_under_way(row: MatterRow) -> bool:
    return row.task_state == "sending" or is_looked_at(row)


def _connect(service: Service, key: str) -> HubSpot | None:
    """Return the client, None while HubSpot is not to be written to."""
    with service.database.reading() as session:
        row = find(session, key, TOOL)
    if row is None or row.state != "active" or service.must_wait(key, TOOL):
        return None
    return reach.hubspot(service, key)


def _work(
    service: Service, key: str, client: HubSpot, matters: dict[str, Matter]
) -> str:
    if not same_account(service, key, TOOL, TOOLS[TOOL].account(client)):
        return ""
    desk = Desk(service, service.programme(key), client, matters)
    care(desk)
    make(desk)
    place(desk)
    close_left_over(desk)
    return " ".join(desk.problems)
