"""The tasks that stand: what staff did with them, and closing what has settled itself.

====================================  =================================================
staff do                              what follows
====================================  =================================================
write a reason and complete a task    the matter is set aside; it asks again only when
                                      it means something else
complete one without a reason         nothing, where the matter settles with it; else
                                      it is opened again, once, and asks for the reason
complete it so again                  it is left; the matter is still told of elsewhere
delete one                            as if it were completed; what is opened again is
                                      a new one
open it again, or restore it          the matter asks again, and closes it as any other
give it to somebody, move its day,    it stays as they want it
write into it
====================================  =================================================

To set a matter aside never decides it: nobody is merged, nobody who is held back is let
go, no answer is read otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.boundaries import reached
from connector.crm_tasks.desk import Desk, Then
from connector.crm_tasks.text import asking, changed, reason_in, settled, was_asked
from connector.db import utcnow
from connector.matters import Matter, MatterRow, begin_anew
from connector.sync.hubspot.tasks import (
    BODY,
    DONE,
    STATUS,
    TO_DO,
    Task,
    change_tasks,
    read_tasks,
)

REFUSED = "HubSpot did not let us change a task: {text}"


@dataclass(frozen=True)
class _Act:
    """What is to be changed at a task, and then to be kept of its matter."""

    then: Then
    values: Mapping[str, str | None] = field(default_factory=dict)


def care(desk: Desk) -> None:
    """Read the tasks that stand open or may again, and do what has to be done.

    A task is read just before it is written to, so what staff wrote stays in it.
    """
    open_ = {row.task: row for row in desk.rows().values() if is_looked_at(row)}
    tasks = read_tasks(desk.client, open_)
    acts = {}
    for task_id, task in tasks.items():
        act = _act(desk, open_[task_id], task)
        if act is not None:
            acts[task_id] = act
    values = {one: act.values for one, act in acts.items() if act.values}
    answer = change_tasks(desk.client, values) if values else None
    refused = answer.problems if answer is not None else {}
    desk.problems += [
        REFUSED.format(text=one.message or one.code) for one in refused.values()
    ]
    if values:
        reached("hubspot.tasks.changed")
    desk.keep(
        {open_[one].key: act.then for one, act in acts.items() if one not in refused}
    )


def is_looked_at(row: MatterRow) -> bool:
    """Tell whether a matter's task is open, or staff may open it while it stands."""
    may_be_opened = row.task_state == "closed" and row.settled_at is None
    return row.task_state == "open" or (may_be_opened and bool(row.task))


def _act(desk: Desk, row: MatterRow, task: Task) -> _Act | None:
    if row.task_state == "closed":
        return None if task.closed else _Act(_open_again)
    matter = desk.matters.get(row.key)
    if row.settled_at is not None:
        return _close(desk, task)
    if matter is None:
        return None
    if task.closed:
        return _closed_by_staff(desk, row, matter, task)
    if row.told != matter.fingerprint:
        return _tell(desk, matter, task)
    return None


def _close(desk: Desk, task: Task) -> _Act:
    """Close the task of a matter that has settled itself, if nobody did already."""
    if task.closed:
        return _Act(_leave)
    plan = desk.plan
    body = settled(task.body, plan.locale, utcnow(), plan.zone)
    return _Act(_leave, {STATUS: DONE, BODY: body})


def _tell(desk: Desk, matter: Matter, task: Task) -> _Act:
    """Add what is new to a task that is open: it needs no other one."""
    plan = desk.plan
    body = changed(task.body, matter, plan.locale, utcnow(), plan.zone)

    def told(row: MatterRow) -> None:
        row.told = matter.fingerprint

    return _Act(told, {BODY: body} if body != task.body else {})


def _closed_by_staff(
    desk: Desk, row: MatterRow, matter: Matter, task: Task
) -> _Act | None:
    if row.told != matter.fingerprint:
        # They closed what it meant before; what it means now they were not told.
        return _Act(begin_anew)
    reason = reason_in(task.body)
    if reason:
        return _Act(_set_aside(reason))
    if _is_not_seen_yet(matter, task):
        return None
    if row.asked or was_asked(task.body):
        return _Act(_leave)
    if task.removed:
        return _Act(_ask_anew)
    body = asking(task.body, desk.plan.locale)
    return _Act(_asked, {STATUS: TO_DO, BODY: body})


def _is_not_seen_yet(matter: Matter, task: Task) -> bool:
    """Tell whether nobody has looked since they closed it: it may be mended."""
    seen, closed = matter.seen_at, task.modified_at
    return seen is not None and closed is not None and seen < closed


def _leave(row: MatterRow) -> None:
    row.task_state = "closed"


def _open_again(row: MatterRow) -> None:
    row.set_aside_at, row.reason, row.task_state = None, "", "open"


def _set_aside(reason: str) -> Then:
    def then(row: MatterRow) -> None:
        row.set_aside_at, row.reason, row.task_state = utcnow(), reason, "closed"

    return then


def _asked(row: MatterRow) -> None:
    row.asked = True


def _ask_anew(row: MatterRow) -> None:
    begin_anew(row)
    row.asked = True
