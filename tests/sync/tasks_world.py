"""What the tests of tasks share: an office whose things go wrong, and its tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from connector.chores import ChoreRun
from connector.crm_tasks import tend_tasks
from connector.db import utcnow
from connector.inbox import Delivery
from connector.matters import MatterRow
from connector.sources.state import FormWatch
from connector.sync.cycle import change
from connector.sync.state import RemoteRecord
from sandbox.hubspot.task_list import lines_of
from tests.crash_world import IMPOSSIBLE, Town
from tests.sync.hubspot_world import START, person, rows
from tests.world import KEY, World, environment, world

OWNER = "liv.prove@programme.example"
PERSONAL = ("@", "+45", "Anna", "Carla", "Bo ", "Prøve", "Nordlys", "Havbro", "12345")
"""Of these nothing may stand in a task: people, companies, addresses, answers."""


@dataclass(frozen=True)
class Seen:
    """A task as staff see it."""

    id: str
    title: str
    text: str
    values: Mapping[str, str]
    records: frozenset[str]

    @property
    def done(self) -> bool:
        return self.values["hs_task_status"] == "COMPLETED"


class Office(Town):
    """A world that can be put back, and what happens to its tasks."""

    def tend(self) -> str:
        return tend_tasks(self.world.service, KEY)

    def tasks(self) -> list[Seen]:
        return [_seen(self, one) for one in self.world.records("0-27")]

    def task(self, begins: str = "") -> Seen:
        """Return the one task that is to be done (and whose title begins so)."""
        found = [
            one
            for one in self.tasks()
            if not one.done and one.title.startswith(f"Vidensbro: {begins}")
        ]
        assert len(found) == 1, [one.title for one in self.tasks()]
        return found[0]

    def close(self, task: Seen, reason: str = "") -> None:
        self.act("hubspot/complete_task", record=f"0-27:{task.id}", reason=reason)

    def edit(self, task: Seen, name: str, value: str) -> None:
        self.act("hubspot/edit", record=f"0-27:{task.id}", property=name, value=value)

    def minutes_pass(self) -> None:
        """Let searching catch up with what was asked for."""
        with self.world.service.database.writing() as session:
            session.execute(
                update(MatterRow)
                .where(MatterRow.sent_at.is_not(None))
                .values(sent_at=utcnow() - timedelta(minutes=3))
            )


@contextmanager
def office(directory: Path, locale: str = "da") -> Iterator[Office]:
    """Set an office up in which nothing is wrong yet."""
    with world(directory, locale=locale) as made:
        env = environment(made.directory, made.sandbox_url)
        made.apply_as_mentee("Anna Prøve", at=START)
        made.apply_as_mentor("Bo Prøve", at=START)
        made.settle(2)
        built = Office(made, env | {"HUBSPOT_TASK_OWNER": OWNER}, directory / "k.db")
        built.keep()
        yield built


def park(here: World, name: str = "Eva Prøve") -> int:
    """Have an answer come that cannot be read; return the delivery's number."""
    here.apply_as_mentee(name, answers={"phone": IMPOSSIBLE})
    here.settle(2)
    return max(row.id for row in rows(here, Delivery) if row.state == "parked")


def quarantine(here: World, number: int = 1) -> None:
    """Have an answer come of a form that nothing reads."""
    with here.service.database.writing() as session:
        session.add(
            Delivery(
                programme=KEY, provider="typeform", form="unread", body=b"{}",
                response=f"response-{number}", kind="complete", state="quarantined",
            )
        )  # fmt: skip


def drift(here: World, *questions: str) -> None:
    """Let the daily look find that these questions are gone from a form."""
    told = [
        {
            "kind": "question_gone", "severity": "breaks", "question": one,
            "text": {"da": f"Spørgsmålet {one} er væk.", "en": f"{one} is gone."},
            "suggestion": "",
        }
        for one in questions
    ]  # fmt: skip
    form = here.forms["closing_evaluation_mentee", "da"]
    with here.service.database.writing() as session:
        known = session.query(FormWatch).filter_by(form=form).first()
        watch = known or FormWatch(
            programme=KEY, provider="typeform", form=form, design={}
        )
        watch.findings, watch.compared_at = told, utcnow()
        session.add(watch)


def all_goes_wrong(here: World) -> None:
    """Bring one matter of each kind."""
    park(here)
    quarantine(here)
    here.apply_as_mentee("Carla Prøve", answers={"email": "anna@people.example"})
    here.settle(2)
    drift(here, "mentee_network")
    change(here.service, KEY, "mailchimp", "paused", "Mailchimp no longer accepts it.")
    with here.service.database.writing() as session:
        session.execute(
            update(RemoteRecord)
            .where(RemoteRecord.entity_id == person(here, "Anna").id)
            .values(problem='"anna@people.example" was not valid: +4520123456')
        )
        session.add(
            ChoreRun(
                programme=KEY, chore="webhooks", problem="It did not work.",
                started_at=utcnow(), failing_since=utcnow() - timedelta(days=2),
            )
        )  # fmt: skip


def _seen(here: Office, record: dict[str, Any]) -> Seen:
    held = record["properties"]
    on = set()
    for kind in ("contacts", "companies", "0-162"):
        path = f"/crm/objects/2026-09/0-27/{record['id']}/associations/{kind}"
        for one in here.world.crm("GET", path)["results"]:
            on.add(f"{kind}:{one['toObjectId']}")
    return Seen(
        record["id"],
        held["hs_task_subject"],
        "\n".join(lines_of(held["hs_task_body"])),
        held,
        frozenset(on),
    )
