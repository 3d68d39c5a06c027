"""Tasks that a lost machine made, of matters that this one never met: they are closed.

The task of a matter that stands is found again by its mark. Of a matter that settled
before the restored machine came to it nothing is known here, so nobody would ever close
its task. Once after a restore, when every daily look has been made again, what was
changed since the backup is searched for open tasks of ours that belong to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from connector.crm_tasks.desk import TOOL, Desk
from connector.crm_tasks.text import mark_of, marks_in, settled
from connector.db import utcnow
from connector.service import Service
from connector.sync.cycle import ensure, find
from connector.sync.hubspot.tasks import (
    BODY,
    DONE,
    STATUS,
    Task,
    change_tasks,
    changed_since,
)
from connector.sync.lost import Lost

LOOKED = "hubspot.tasks.left_over"
"""The fact of a connection: up to which restore its tasks were searched."""
AFTER = timedelta(days=2)
"""So long after a restore whatever stands has been found again, a form's drift too."""
LAG = timedelta(minutes=10)
TRIES = 10
"""So many tasks at most the lost machine made for one matter since the backup."""


def is_due(service: Service, key: str) -> bool:
    """Tell whether a restore is so long ago that its tasks can be looked through."""
    return _window(service, key) is not None


def close_left_over(desk: Desk) -> None:
    """Close the tasks of ours that are open and belong to nothing, once a restore."""
    window = _window(desk.service, desk.key)
    if window is None:
        return
    begins, ends = window
    found = changed_since(desk.client, begins - LAG)
    theirs = _accounted_for(desk)
    left = {
        one.id: _closing(desk, one)
        for one in found
        if not one.closed and (marks := marks_in(one.body))
        if not ({one.id} | marks) & theirs
    }
    refused = change_tasks(desk.client, left).problems if left else {}
    if refused:  # looked for again at the next round
        return
    with desk.service.database.writing() as session:
        row = ensure(session, desk.key, TOOL)
        row.facts = {**row.facts, LOOKED: ends.isoformat()}


def _window(service: Service, key: str) -> tuple[datetime, datetime] | None:
    """Return from when to when machines were lost whose tasks nobody looked for."""
    with service.database.reading() as session:
        row = find(session, key, TOOL)
    facts: Mapping[str, object] = row.facts if row is not None else {}
    done = str(facts.get(LOOKED, ""))
    windows = [one for one in Lost.of(facts).windows if one[1].isoformat() > done]
    if not windows or utcnow() - windows[-1][1] < AFTER:
        return None
    return min(begins for begins, _ in windows), windows[-1][1]


def _accounted_for(desk: Desk) -> set[str]:
    """Return the tasks that are known here, and the marks of whatever stands."""
    known = desk.rows()
    marks = {
        mark_of(desk.key, matter, number)
        for key, matter in desk.matters.items()
        for number in range(1, (known[key].tries if key in known else 0) + TRIES + 1)
    }
    return marks | {row.task for row in known.values() if row.task}


def _closing(desk: Desk, task: Task) -> Mapping[str, str | None]:
    body = settled(task.body, desk.plan.locale, utcnow(), desk.plan.zone)
    return {STATUS: DONE, BODY: body}
