"""What staff do in HubSpot's pages: one function an act, over the account's own parts.

Each takes what a form or a JSON object says and answers with the record as it is then.
A record is said by `type:id`, as in `0-1:91000000001`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.account import Account
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import Kind, kind_of
from sandbox.hubspot.task_list import TASK, complete
from sandbox.hubspot.view import written
from sandbox.store import Document

Done = dict[str, Any]
CONTACT, MEETING, NOTE = kind_of("0-1"), kind_of("0-47"), kind_of("0-46")


@dataclass(frozen=True)
class Told:
    """What the member of staff said; a field said several times has all its values."""

    fields: dict[str, list[str]]

    def text(self, name: str, default: str | None = None) -> str:
        """The field's one value; 400 when it is needed and was left empty."""
        value = next(iter(self.fields.get(name, ())), "").strip()
        if value or default is not None:
            return value or str(default)
        raise HubError(400, f"Please fill in: {name}")

    def all(self, name: str) -> list[str]:
        """Every value of the field."""
        return [value for value in self.fields.get(name, ()) if value]

    def ends(self, name: str) -> tuple[Kind, str]:
        """The record that the field names."""
        return record_named(self.text(name))


def record_named(text: str) -> tuple[Kind, str]:
    """Read `type:id`; 400 for anything else."""
    number, between, record_id = text.partition(":")
    if not between or not record_id.isdigit():
        raise HubError(400, f"A record is type:id, not {text}")
    return kind_of(number), record_id


def edit(account: Account, told: Told) -> Done:
    """Give one property another value; an empty one clears it."""
    kind, record_id = told.ends("record")
    change = {told.text("property"): told.text("value", "")}
    doc = account.records.resolve(kind, record_id)
    return written(kind, account.records.update(kind, doc, change))


def merge(account: Account, told: Told) -> Done:
    """Make two records of one type one."""
    (kind, stays), (other, goes) = told.ends("stays"), told.ends("goes")
    if kind != other:
        raise HubError(400, "Only records of one type can be merged")
    if stays == goes:
        raise HubError(400, "A record cannot be merged with itself")
    return written(kind, account.merge(kind, stays, goes))


def archive(account: Account, told: Told) -> Done:
    """Put a record in the recycle bin."""
    kind, record_id = told.ends("record")
    account.archive(kind, account.records.resolve(kind, record_id))
    return {"id": record_id}


def restore(account: Account, told: Told) -> Done:
    """Take a record out of the recycle bin."""
    kind, record_id = told.ends("record")
    return written(kind, account.restore(kind, record_id))


def forget(account: Account, told: Told) -> Done:
    """Delete a contact for good, at their own wish."""
    kind, record_id = told.ends("record")
    if kind != CONTACT:
        raise HubError(400, "Only contacts can be deleted for good")
    account.forget_person(kind, None, record_id)
    return {"id": record_id}


def associate(account: Account, told: Told) -> Done:
    """Put two records together: a mentor on a mentee's participation, say."""
    (one, first), (other, second) = told.ends("record"), told.ends("with")
    account.associations.associate(one, other, (first, second))
    return {"id": first}


def part(account: Account, told: Told) -> Done:
    """Take two records apart."""
    (one, first), (other, second) = told.ends("record"), told.ends("with")
    account.associations.separate(one, other, (first, second))
    return {"id": first}


def log_meeting(account: Account, told: Told) -> Done:
    """Log a meeting on a record, with the contacts who were there."""
    start = _start(account, told)
    end = start + timedelta(minutes=_minutes(told))
    properties = {
        "hs_timestamp": start.isoformat(),
        "hs_meeting_title": told.text("title", "Meeting"),
        "hs_meeting_body": _html(told.text("body", "")),
        "hs_meeting_start_time": start.isoformat(),
        "hs_meeting_end_time": end.isoformat(),
        "hs_meeting_outcome": told.text("outcome", "COMPLETED"),
    }
    on = [told.text("record"), *told.all("contacts")]
    return _logged(account, MEETING, properties, on)


def write_note(account: Account, told: Told) -> Done:
    """Write a note on a record."""
    properties = {
        "hs_timestamp": account.portal.now(),
        "hs_note_body": _html(told.text("text")),
    }
    return _logged(account, NOTE, properties, [told.text("record")])


def complete_task(account: Account, told: Told) -> Done:
    """Tick a task off; a reason is typed in where the task asks for it."""
    kind, record_id = told.ends("record")
    if kind != TASK:
        raise HubError(400, "Only tasks can be completed")
    return complete(account, record_id, told.text("reason", ""))


ACTS: dict[str, Callable[[Account, Told], Done]] = {
    "edit": edit,
    "merge": merge,
    "archive": archive,
    "restore": restore,
    "forget": forget,
    "associate": associate,
    "part": part,
    "meeting": log_meeting,
    "note": write_note,
    "complete_task": complete_task,
}


def _logged(
    account: Account, kind: Kind, properties: dict[str, str], on: list[str]
) -> Done:
    made: Document = account.records.create(kind, properties)
    for text in dict.fromkeys(on):
        other, record_id = record_named(text)
        account.associations.associate(kind, other, (made["id"], record_id))
    return written(kind, made)


def _start(account: Account, told: Told) -> datetime:
    """The day and hour said, in the portal's own zone."""
    said = f"{told.text('date')}T{told.text('time', '12:00')}"
    zone = account.portal.box.option("hubspot.time_zone", "Europe/Copenhagen")
    try:
        return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise HubError(400, f"{said} is no day and time") from error


def _minutes(told: Told) -> int:
    text = told.text("minutes")
    if not text.isdecimal() or not 0 < int(text) <= 24 * 60:
        raise HubError(400, f"{text} is no number of minutes")
    return int(text)


def _html(text: str) -> str:
    """Plain text as HubSpot's editor would keep it."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line)
