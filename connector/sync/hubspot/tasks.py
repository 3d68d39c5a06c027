"""HubSpot's tasks (0-27): read, made, changed and put on records, in batches.

Properties and values are those of HubSpot's guide to tasks
(https://developers.hubspot.com/docs/api-reference/latest/crm/activities/tasks/guide):
``hs_timestamp`` is the due date and required, ``hs_task_status`` NOT_STARTED or
COMPLETED. The scopes are those of contacts. Nothing promises that a task can have a
property of ours that is unique, so one is known again by the mark in its text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.clients import HubSpot
from connector.clients.hubspot import Record, Write, WriteAnswer

TASK = "0-27"
SUBJECT, BODY, STATUS = "hs_task_subject", "hs_task_body", "hs_task_status"
MODIFIED = "hs_lastmodifieddate"
NAMES = (STATUS, BODY, MODIFIED)
TO_DO, DONE = "NOT_STARTED", "COMPLETED"
Place = tuple[str, str]
"""(object type, record id)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands there. ``removed``: staff deleted it.

    ``modified_at`` is None where HubSpot did not tell, or the task is gone for good.
    """

    id: str
    status: str
    body: str
    modified_at: datetime | None
    removed: bool = False

    @property
    def closed(self) -> bool:
        """Tell whether nobody has it to do any more."""
        return self.removed or self.status == DONE


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to make. ``mark`` stands in its text; ``owner`` "" leaves it nobody's."""

    mark: str
    subject: str
    body: str
    due: datetime
    owner: str = ""
    urgent: bool = False


def read_tasks(client: HubSpot, ids: Iterable[str]) -> dict[str, Task]:
    """Return how tasks stand, by id; what could not be read is left out.

    One that is not there is looked for in the recycle bin, where its text stands for 90
    days; one that is in neither is ``removed`` without a text.
    """
    asked = sorted(set(ids))
    answer = client.batch_read(TASK, asked, NAMES) if asked else None
    if answer is None:
        return {}
    found = {one: _task(record) for one, record in answer.by_key.items()}
    if answer.missing:
        binned = client.batch_read(TASK, answer.missing, NAMES, archived=True)
        for one in answer.missing:
            record = binned.by_key.get(one)
            if record is not None:
                found[one] = _task(record, removed=True)
            elif one in binned.missing:
                found[one] = Task(one, "", "", None, removed=True)
    return found


def look_for(
    client: HubSpot, since: datetime, known_by: Collection[str]
) -> dict[str, str]:
    """Return mark -> id of the tasks changed since then whose text has the mark.

    Searching lags behind by moments, so what is not found may have been made just now.
    """
    found: dict[str, str] = {}
    for record in client.search_modified(TASK, since, NAMES):
        text = record.properties.get(BODY) or ""
        found |= {mark: record.id for mark in known_by if mark in text}
    return found


def changed_since(client: HubSpot, since: datetime) -> list[Task]:
    """Return every task that was made or changed since then, whoever made it."""
    found = client.search_modified(TASK, since, NAMES)
    return list({one.id: _task(one) for one in found}.values())


def make_tasks(client: HubSpot, tasks: Sequence[NewTask]) -> WriteAnswer:
    """Make tasks, a hundred a call at most; the answer is by mark."""
    return client.batch_create(
        TASK, [Write(one.mark, _properties(one), one.mark) for one in tasks]
    )


def change_tasks(
    client: HubSpot, changes: Mapping[str, Mapping[str, str | None]]
) -> WriteAnswer:
    """Change properties of tasks, by id; the answer is by id. All else stays."""
    return client.batch_update(
        TASK, [Write(one, values, one) for one, values in changes.items()]
    )


def put_on(client: HubSpot, wanted: Mapping[str, Collection[Place]]) -> None:
    """Put each task on its records; one that is there already stays.

    What HubSpot refuses (a record that was just deleted) is left: the task is of use
    without it.
    """
    by_type: dict[str, list[tuple[str, str]]] = {}
    for task, places in wanted.items():
        for object_type, record_id in places:
            by_type.setdefault(object_type, []).append((task, record_id))
    for object_type, pairs in by_type.items():
        client.associate_default(TASK, object_type, pairs)


def owner_of(client: HubSpot, email: str) -> str:
    """Return the id of the owner with this address, "" where there is none."""
    wanted = email.strip().casefold()
    found = (one.id for one in client.owners() if one.email.casefold() == wanted)
    return next(found, "")


def _task(record: Record, *, removed: bool = False) -> Task:
    held = record.properties
    changed = held.get(MODIFIED)
    return Task(
        record.id,
        held.get(STATUS) or "",
        held.get(BODY) or "",
        datetime.fromisoformat(changed) if changed else None,
        removed=removed,
    )


def _properties(task: NewTask) -> dict[str, str | None]:
    values: dict[str, str | None] = {
        SUBJECT: task.subject,
        BODY: task.body,
        STATUS: TO_DO,
        "hs_task_type": "TODO",
        "hs_task_priority": "HIGH" if task.urgent else "MEDIUM",
        "hs_timestamp": task.due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return values | ({"hubspot_owner_id": task.owner} if task.owner else {})
