"""A programme with a database and a newsletter tool of its own, for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import requests
from sqlalchemy import select

from connector.clients.door import Door, Patience
from connector.clients.mailchimp import Mailchimp
from connector.clients.mailchimp_shapes import explain
from connector.db import Database, new_id, utcnow
from connector.programme.entities import (
    Address,
    Consent,
    Participation,
    Person,
    Round,
)
from connector.schema import METADATA
from connector.service import Service
from connector.settings import load_settings
from connector.sync.context import Context
from connector.sync.mailchimp import plan_setup, sync
from connector.sync.state import NewsletterMember
from mappings.plan import FieldRule, ProgrammeMap, Segment
from sandbox.app import create_sandbox, serving

NOW = utcnow()
DAY = timedelta(days=1)
LONG_AGO = NOW - timedelta(days=90)
LATELY = NOW - timedelta(days=10)
LATER = NOW + timedelta(days=10)
AUDIENCE = "demo-audience"


def rule(name: str, tag: str | None) -> FieldRule:
    label = {"da": name, "en": name}
    return FieldRule("person", name, label, {}, "newest", mailchimp=tag)


PLAN = ProgrammeMap(
    key="lyngby",
    name={"da": "Program", "en": "Programme"},
    locale="da",
    languages=("da", "en"),
    zone="Europe/Copenhagen",
    country="DK",
    funder="",
    period=None,
    rounds=(),
    evaluations={},
    bindings=(),
    forms={},
    questions={},
    fields={
        "person.first_name": rule("first_name", "FNAME"),
        "person.last_name": rule("last_name", "LNAME"),
        "person.phone": rule("phone", None),
        "person.roles": rule("roles", "VIDENSBRO"),
    },
    indicators={},
    milestones={},
    segments=(
        Segment("mentors", {"da": "Mentorer"}, "all", (".mentor.",)),
        Segment("danish", {"da": "Dansk"}, "all", (), language="da"),
        Segment("new", {"da": "Nye"}, "any", (".applied;", ".active;")),
    ),
    segment_tag="VIDENSBRO",
    consents={},
)


@dataclass
class World:
    """The programme and its tool, and short words for what happens in them."""

    url: str
    database: Database
    service: Service
    facts: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        patience = Patience(attempts=1, sleep=lambda _s: None)
        door = Door(
            f"{self.url}/mailchimp/3.0",
            "Mailchimp",
            ("vidensbro", "key"),
            {},
            explain=explain,
            patience=patience,
        )
        self.client = Mailchimp(door, AUDIENCE)

    def context(self) -> Context:
        return Context(self.service, PLAN, self.facts)

    def sync(self) -> dict[str, int]:
        outcome = sync(self.context(), self.client)
        assert not outcome.problems
        return dict(outcome.counts)

    def set_up(self) -> None:
        for step in plan_setup(PLAN, self.client):
            step.apply()
        self.forget_calls()

    # The programme's side

    def person(
        self, name: str, said: bool | None = True, at: datetime = LONG_AGO, **more: Any
    ) -> str:
        email = more.pop("email", f"{name.lower()}@people.example")
        status = more.pop("status", "applied")
        with self.database.writing() as session:
            round_id = session.scalar(select(Round.id))
            if round_id is None:
                round_id = new_id()
                session.add(
                    Round(
                        id=round_id,
                        programme="lyngby",
                        key="r1",
                        name="1",
                        starts=date(2016, 3, 1),
                        ends=date(2016, 6, 30),
                    )
                )
            person = Person(
                id=new_id(),
                programme="lyngby",
                email=email,
                first_name=name,
                language="da",
                details={},
                **more,
            )
            session.add(person)
            session.flush()
            session.add(
                Address(programme="lyngby", email=email.lower(), person_id=person.id)
            )
            session.add(
                Participation(
                    programme="lyngby",
                    person_id=person.id,
                    round_id=round_id,
                    role="mentor",
                    status=status,
                    details={},
                )
            )
        if said is not None:
            self.says(person.id, said, at)
        return person.id

    def says(
        self, person: str, given: bool, at: datetime, source: str = "form"
    ) -> None:
        with self.database.writing() as session:
            session.add(
                Consent(
                    programme="lyngby",
                    person_id=person,
                    purpose="newsletter",
                    given=given,
                    at=at,
                    source=source,
                    reference=new_id(),
                )
            )

    def change(self, person: str, **values: Any) -> None:
        with self.database.writing() as session:
            row = session.get(Person, person)
            assert row is not None
            for name, value in values.items():
                setattr(row, name, value)
            if email := values.get("email"):
                session.add(Address(programme="lyngby", email=email, person_id=person))

    def also_known(self, person: str, email: str) -> None:
        with self.database.writing() as session:
            session.add(Address(programme="lyngby", email=email, person_id=person))

    def status(self, person: str, status: str) -> None:
        with self.database.writing() as session:
            part = session.scalar(
                select(Participation).where(Participation.person_id == person)
            )
            assert part is not None
            part.status = status

    def heard_there(self, person: str) -> list[bool]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Consent.given)
                    .where(Consent.person_id == person, Consent.source == "newsletter")
                    .order_by(Consent.at)
                )
            )

    def row(self, name: str) -> NewsletterMember:
        with self.database.reading() as session:
            found = session.scalar(
                select(NewsletterMember).where(
                    NewsletterMember.email == f"{name.lower()}@people.example"
                )
            )
            assert found is not None
            return found

    def rows(self) -> list[dict[str, Any]]:
        """All rows without generated ids and times."""
        names = (
            "email", "status", "fields", "language", "sent", "pushed", "problem",
        )  # fmt: skip
        with self.database.reading() as session:
            rows = session.scalars(
                select(NewsletterMember).order_by(NewsletterMember.email)
            )
            return [
                {name: getattr(row, name) for name in names}
                | {"word": row.word_sent.partition(":")[0]}
                for row in rows
            ]

    # The tool's side

    def act(self, what: str, name: str, at: datetime = NOW) -> None:
        answer = requests.post(
            f"{self.url}/sandbox/control/mailchimp/{what}",
            json={"email": f"{name.lower()}@people.example"},
            headers={"X-Sandbox-At": at.isoformat()},
            timeout=10,
        )
        answer.raise_for_status()

    def member(self, name: str, status: str, **fields: str) -> None:
        """Put a member there, as somebody else than the service would."""
        email = f"{name.lower()}@people.example"
        answer = requests.put(
            f"{self.url}/mailchimp/3.0/lists/{AUDIENCE}/members/{email}",
            json={
                "email_address": email,
                "status": status,
                "status_if_new": status,
                "merge_fields": fields,
            },
            auth=("x", "other"),
            timeout=10,
        )
        answer.raise_for_status()

    def there(self, name: str) -> str | None:
        found = self.client.get(f"{name.lower()}@people.example")
        return found.status if found else None

    def tokens(self, name: str) -> str:
        found = self.client.get(f"{name.lower()}@people.example")
        assert found is not None
        return str(found.merge_fields["VIDENSBRO"])

    def option(self, name: str, value: Any) -> None:
        requests.put(
            f"{self.url}/sandbox/control/options", json={name: value}, timeout=10
        ).raise_for_status()

    def fault(self, **order: Any) -> None:
        requests.post(
            f"{self.url}/sandbox/control/faults",
            json={"tool": "mailchimp", **order},
            timeout=10,
        ).raise_for_status()

    def forget_calls(self) -> None:
        requests.delete(f"{self.url}/sandbox/control/calls", timeout=10)

    def calls(self) -> dict[str, int]:
        """Calls since the last look, by method and what of the audience was meant."""
        report = requests.get(f"{self.url}/sandbox/control/calls", timeout=10).json()
        self.forget_calls()
        prefix = "/3.0/lists/{list_id}"
        counts = report["counts"].get("mailchimp", {})
        return {name.replace(prefix, "").strip(): n for name, n in counts.items()}

    def writes(self) -> dict[str, int]:
        return {name: n for name, n in self.calls().items() if "GET" not in name}


@contextmanager
def world(tmp_path: Any) -> Iterator[World]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    METADATA.create_all(database.engine)
    service = Service(load_settings({"DATA_DIR": str(tmp_path)}), database)
    with serving(create_sandbox()) as url:
        made = World(url, database, service)
        made.set_up()
        yield made
        made.client.door.close()
    database.engine.dispose()
