"""New tasks: never two for one matter, on the record concerned, for its owner.

What is asked for is committed before the call and its answer after it. Where the answer
was lost, nobody knows whether the task was made: it is looked for by the mark in its
text, once searching has caught up, and only then made again. The same look comes before
any task is made, so a database that was restored from a backup finds the tasks that
were made after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import reach
from connector.boundaries import reached
from connector.clients.errors import RemoteAnswerError
from connector.clients.hubspot import BATCH, WriteAnswer
from connector.clients.settling import chunks
from connector.crm_tasks.crowd import chosen
from connector.crm_tasks.desk import TOOL, Desk, Then
from connector.crm_tasks.text import body_of, mark_of
from connector.db import utcnow
from connector.matters import Matter, MatterRow, rows
from connector.programme.resolve import roots
from connector.sync.cycle import ensure, find
from connector.sync.hubspot.tasks import (
    NewTask,
    Place,
    look_for,
    make_tasks,
    owner_of,
    put_on,
)
from connector.sync.state import RemoteRecord

SETTLES = timedelta(minutes=2)
"""So long after a call searching has surely caught up with it."""
LAG = timedelta(minutes=10)
LOOK_BACK = timedelta(days=30)
DUE = timedelta(days=2)
DUE_URGENT = timedelta(hours=4)
OWNER = "hubspot.task_owner"
NO_OWNER = (
    "HUBSPOT_TASK_OWNER: no user of the HubSpot account has this address, so the tasks "
    "are nobody's. Put in the address of a user, or take the setting away."
)
OWNERS_HIDDEN = (
    "HubSpot does not show us its users ({error}), so new tasks are nobody's. Give the "
    "key the scope crm.objects.owners.read."
)
REFUSED = "HubSpot did not take {count} tasks: {text}"
AT_ONCE = 500


def make(desk: Desk) -> None:
    """Make the tasks that are missing, after a look whether they stand already."""
    known = desk.rows()
    marked = _marked(desk, known)
    if marked:
        since = _since(known, marked)
        found = look_for(desk.client, since, set(marked))
        desk.keep(
            {marked[mark]: _found(desk, mark, one) for mark, one in found.items()}
        )
        left = {mark: key for mark, key in marked.items() if mark not in found}
        desk.keep({key: _not_made for key in left.values() if key not in desk.matters})
        _make_all(
            desk,
            [(m, desk.matters[k]) for m, k in left.items() if k in desk.matters],
            known,
        )
    _check_owner(desk)


def _marked(desk: Desk, known: Mapping[str, MatterRow]) -> dict[str, str]:
    """Return mark -> matter of the tasks to make, and of those asked for in vain.

    Those that were asked for a moment ago wait until searching has caught up.
    """
    now = utcnow()
    found = {
        mark_of(desk.key, desk.matters[key], known[key].tries + 1): key
        for key in chosen(known, desk.matters)
    }
    return found | {
        row.task: key
        for key, row in known.items()
        if row.task_state == "sending" and now - (row.sent_at or now) >= SETTLES
    }


def _since(known: Mapping[str, MatterRow], marked: Mapping[str, str]) -> datetime:
    """Return from when on to look: from the calls on, for new ones a month back."""
    now = utcnow()
    rows = [known[key] for key in marked.values()]
    return min(
        (row.sent_at or now) - LAG if row.task_state == "sending" else now - LOOK_BACK
        for row in rows
    )


def _found(desk: Desk, mark: str, task: str) -> Then:
    """Take a task that stands there already."""

    def then(row: MatterRow) -> None:
        if row.task_state != "sending":
            row.tries += 1
            row.told = desk.matters[row.key].fingerprint
        row.task, row.task_state, row.sent_at = task, "open", None

    return then


def _not_made(row: MatterRow) -> None:
    """Forget a task that was never made, of a matter that is gone."""
    row.task, row.task_state, row.sent_at = "", "", None


def _make_all(
    desk: Desk, wanted: Sequence[tuple[str, Matter]], known: Mapping[str, MatterRow]
) -> None:
    if not wanted:
        return
    owner = _owner(desk)
    for several in chunks(wanted, BATCH):
        part = _claimed(desk, several, known)
        if not part:
            continue
        tasks = [
            _new(desk, mark, matter, owner, asked=known[matter.key].asked)
            for mark, matter in part
        ]
        reached("hubspot.tasks.sent")
        answer = make_tasks(desk.client, tasks)
        reached("hubspot.tasks.accepted")
        desk.keep(_news(part, answer))
        reached("hubspot.tasks.after_commit")
        if answer.problems:
            first = next(iter(answer.problems.values()))
            said = first.message or first.code
            desk.problems.append(REFUSED.format(count=len(answer.problems), text=said))


def _claimed(
    desk: Desk, wanted: Sequence[tuple[str, Matter]], known: Mapping[str, MatterRow]
) -> list[tuple[str, Matter]]:
    """Say of each that its task is being sent; leave out what changed since the look.

    Another worker is at it then: PostgreSQL lets go of a worker's hold when it loses
    the connection, and the worker goes on all the same.
    """
    news = {matter.key: (mark, matter) for mark, matter in wanted}
    with desk.service.database.writing() as session:
        now = rows(session, desk.key, locked=True)
        mine = [key for key in news if key in now and _same(now[key], known[key])]
        for key in mine:
            _sending(*news[key])(now[key])
    return [news[key] for key in mine]


def _same(now: MatterRow, known: MatterRow) -> bool:
    return all(
        getattr(now, name) == getattr(known, name)
        for name in ("task", "task_state", "tries", "sent_at")
    )


def _new(desk: Desk, mark: str, matter: Matter, owner: str, *, asked: bool) -> NewTask:
    return NewTask(
        mark,
        f"Vidensbro: {matter.title}",
        body_of(matter, desk.plan.locale, mark, asked=asked),
        utcnow() + (DUE_URGENT if matter.urgent else DUE),
        owner,
        urgent=matter.urgent,
    )


def _sending(mark: str, matter: Matter) -> Then:
    def then(row: MatterRow) -> None:
        if row.task_state != "sending":
            row.tries += 1
        row.task, row.task_state, row.sent_at = mark, "sending", utcnow()
        row.told, row.placed = matter.fingerprint, ""

    return then


def _news(part: Sequence[tuple[str, Matter]], answer: WriteAnswer) -> dict[str, Then]:
    """Return what became of each; what the answer does not name is looked for later."""
    news: dict[str, Then] = {}
    for mark, matter in part:
        if mark in answer.results:
            news[matter.key] = _made(answer.results[mark].id)
        elif mark in answer.problems:
            news[matter.key] = _not_made
    return news


def _made(task: str) -> Then:
    def then(row: MatterRow) -> None:
        row.task, row.task_state, row.sent_at = task, "open", None

    return then


def place(desk: Desk) -> None:
    """Put each open task on the records that its matter is about.

    A record that comes to be known later gets it then; one that staff took it off does
    not get it again.
    """
    open_ = {
        key: row
        for key, row in desk.rows().items()
        if row.task_state == "open" and key in desk.matters
    }
    with desk.service.database.reading() as session:
        places = _places(session, desk, open_)
    missing = {key: places[key] - _placed(row) for key, row in open_.items()}
    wanted = {open_[key].task: more for key, more in missing.items() if more}
    if wanted:
        put_on(desk.client, wanted)
        desk.keep({key: _put(more) for key, more in missing.items() if more})


def _places(session: Session, desk: Desk, keys: Iterable[str]) -> dict[str, set[Place]]:
    """Return the records in HubSpot that each matter is about."""
    about = {key: _about(desk.matters[key]) for key in keys}
    root = roots(session, [one for found in about.values() for one in found])
    there: dict[str, Place] = {}
    for part in chunks(sorted(set(root.values())), AT_ONCE):
        for row in session.scalars(
            select(RemoteRecord).where(
                RemoteRecord.programme == desk.key,
                RemoteRecord.tool == TOOL,
                RemoteRecord.state == "linked",
                RemoteRecord.entity_id.in_(part),
            )
        ):
            if row.remote_id:
                there[row.entity_id] = (row.object_type, row.remote_id)
    return {
        key: {there[root[one]] for one in found if root[one] in there}
        for key, found in about.items()
    }


def _about(matter: Matter) -> list[str]:
    first = [matter.about] if matter.about is not None else []
    return [entity_id for _, entity_id in (*first, *matter.also)]


def _placed(row: MatterRow) -> set[Place]:
    pairs = (text.partition(" ") for text in row.placed.splitlines())
    return {(object_type, record_id) for object_type, _, record_id in pairs}


def _put(more: set[Place]) -> Then:
    def then(row: MatterRow) -> None:
        every = sorted(_placed(row) | more)
        row.placed = "\n".join(" ".join(place) for place in every)

    return then


def _owner(desk: Desk) -> str:
    """Return the id of the chosen owner, "" where none is chosen or nobody fits."""
    email = _chosen_owner(desk)
    if not email:
        return ""
    try:
        found = owner_of(desk.client, email)
    except RemoteAnswerError as error:
        desk.problems.append(OWNERS_HIDDEN.format(error=error))
        return ""
    with desk.service.database.writing() as session:
        row = ensure(session, desk.key, TOOL)
        row.facts = {**row.facts, OWNER: {"of": _digest(email), "id": found}}
    return found


def _check_owner(desk: Desk) -> None:
    """Say that nobody has the chosen address, for as long as that is so."""
    email = _chosen_owner(desk)
    with desk.service.database.reading() as session:
        row = find(session, desk.key, TOOL)
    known = row.facts.get(OWNER) if row is not None else None
    if email and known == {"of": _digest(email), "id": ""}:
        desk.problems.append(NO_OWNER)


def _chosen_owner(desk: Desk) -> str:
    account = reach.accounts_of(desk.service, desk.key).hubspot
    return account.task_owner if account is not None else ""


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:16]
