"""Play the script by the doors, part by part; every part may be played again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.demo import newsletter
from sandbox.demo.acts import Answer, Card, Change, Script
from sandbox.demo.doors import Crm, DoorError, Forms, token_of
from sandbox.demo.logbook import Logbook
from sandbox.demo.surveys import Surveys

LINKS = tuple(
    f"vidensbro_{kind}_link" for kind in ("closing", "company", "six_month_follow_up")
)


@dataclass(frozen=True)
class Feed:
    """The script and the doors. ``labels`` are the board's columns by status."""

    script: Script
    forms: Forms
    surveys: Surveys
    crm: Crm
    sandbox_url: str
    labels: Mapping[str, str]

    def parts(self) -> dict[str, Callable[[], None]]:
        """Return the parts by name, in order; between two the service catches up."""
        return {
            "applications": self.apply,
            "course": self.begin_course,
            "ending": self.end_course,
            "records": self.keep_records,
        }

    def apply(self) -> None:
        """People apply; one answer comes twice, and somebody presses "test"."""
        for answer in self.script.applications:
            if self.surveys.has(answer):
                self.surveys.fill_in(answer)
            else:
                self.forms.fill_in(answer)
        self.forms.fill_in(self.script.repeated)
        self.forms.send_test("mentor_application", "da")

    def begin_course(self) -> None:
        """Staff choose, match and correct, and enter cities and partners."""
        self._change(self.script.course)
        contacts, ids = self.crm.contacts(), self._ids()
        self.crm.match(
            (ids[card], contacts[email]) for email, card in self.script.pairs
        )
        for correction in self.script.corrections:
            self.crm.correct(correction, contacts[correction.email])
        self.crm.add_places(self.script.places)

    def end_course(self) -> None:
        """People leave or complete, answer their evaluations, or unsubscribe."""
        self._change(self.script.ending)
        cards = self.crm.cards(*LINKS)
        for answer in self.script.evaluations:
            self.forms.fill_in(answer, self._token(answer, cards))
        newsletter.unsubscribe(self.sandbox_url, self.script.unsubscribes)

    def keep_records(self) -> None:
        """Staff share the mentees, log meetings and notes, and send a newsletter."""
        self._change(self.script.owners)
        logbook = Logbook(self.sandbox_url, self.crm)
        logbook.log(self.script.meetings)
        logbook.write(self.script.notes)
        newsletter.send(self.sandbox_url, self.script.newsletter)

    def _token(self, answer: Answer, cards: Mapping[Card, dict[str, Any]]) -> str:
        if answer.link is None:
            return ""
        card, kind = answer.link
        properties = cards[card]["properties"]
        link = properties.get(f"vidensbro_{kind}_link")
        if not link:
            raise DoorError(f"the CRM holds no {kind} link for {card.name}")
        return token_of(str(link))

    def _ids(self) -> dict[Card, str]:
        return {card: str(record["id"]) for card, record in self.crm.cards().items()}

    def _change(self, changes: tuple[Change, ...]) -> None:
        cards = self.crm.cards()
        ids = {card: str(record["id"]) for card, record in cards.items()}
        pipeline = next(iter(cards.values()))["properties"]["hs_pipeline"]
        stages = self.crm.stages(self.labels, str(pipeline))
        for change in changes:
            missing = [card.name for card in change.cards if card not in ids]
            if missing:
                raise DoorError(f"the CRM's board has no card of {missing[0]}")
            self.crm.change(change, ids, stages)
