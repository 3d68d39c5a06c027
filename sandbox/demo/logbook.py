"""Meetings and notes, as staff log them on the records of the sandbox's CRM."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.demo.acts import Card, Meeting, Note
from sandbox.demo.doors import SERVICE, Crm, DoorError, call

COURSE, CONTACT = "0-410", "0-1"


class Logbook:
    """The records as they are now, to log on; what stands there is not logged again."""

    def __init__(self, sandbox_url: str, crm: Crm) -> None:
        self._url = f"{sandbox_url}/sandbox/control/hubspot"
        self._crm = crm
        self._rounds = {
            str(record["properties"]["hs_course_name"]): f"{COURSE}:{record['id']}"
            for record in crm.records(COURSE, ("hs_course_name",))
        }
        self._cards = {
            card: f"{SERVICE}:{record['id']}" for card, record in crm.cards().items()
        }

    def log(self, meetings: tuple[Meeting, ...]) -> None:
        """Log meetings with who came."""
        known = self._texts("meetings", "hs_meeting_title")
        contacts = self._crm.contacts()
        for meeting in meetings:
            if meeting.title not in known:
                self._log(meeting, contacts)

    def write(self, notes: tuple[Note, ...]) -> None:
        """Write notes."""
        known = self._texts("notes", "hs_note_body")
        for note in notes:
            if not any(note.text in text for text in known):
                told = {"record": self._record(note.on), "text": note.text}
                call("POST", f"{self._url}/note", told)

    def _log(self, meeting: Meeting, contacts: Mapping[str, str]) -> None:
        told = {
            "record": self._record(meeting.on),
            "date": meeting.at.date().isoformat(),
            "time": meeting.at.strftime("%H:%M"),
            "minutes": meeting.minutes,
            "title": meeting.title,
            "body": meeting.body,
            "outcome": meeting.outcome,
            "contacts": [f"{CONTACT}:{contacts[email]}" for email in meeting.emails],
        }
        call("POST", f"{self._url}/meeting", told)

    def _texts(self, kind: str, name: str) -> list[str]:
        found = self._crm.records(kind, (name,))
        return [str(record["properties"].get(name) or "") for record in found]

    def _record(self, on: Card | str) -> str:
        found = self._cards.get(on) if isinstance(on, Card) else self._rounds.get(on)
        if found is None:
            name = on.name if isinstance(on, Card) else on
            raise DoorError(f"the CRM has no record of {name}")
        return found
