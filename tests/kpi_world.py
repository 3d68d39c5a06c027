"""An invented programme, laid straight into tables: two rounds, people, answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from connector.db import Base, Database
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import (
    Alias,
    EvaluationResponse,
    Match,
    Milestone,
    Organisation,
    Outreach,
    Participation,
    Person,
    Round,
)
from connector.schema import METADATA
from mappings.plan import Indicator, ProgrammeMap, RoundPlan, Window
from mappings.plan import Milestone as PlannedMilestone

KEY = "testby"
TODAY = date(2016, 9, 1)


def _round(
    key: str, starts: date, ends: date, follow_up: tuple[date, date]
) -> RoundPlan:
    return RoundPlan(
        key,
        {"da": f"Runde {key[1:]}", "en": f"Round {key[1:]}"},
        starts,
        ends,
        Window(starts, starts),
        {
            "closing": Window(ends, date(ends.year, ends.month + 1, 28)),
            "company": Window(ends, date(ends.year, ends.month + 1, 28)),
            "six_month_follow_up": Window(*follow_up),
        },
    )


ROUNDS = (
    _round(
        "r1",
        date(2016, 3, 1),
        date(2016, 6, 30),
        (date(2016, 12, 1), date(2017, 1, 31)),
    ),
    _round(
        "r2",
        date(2016, 11, 1),
        date(2017, 3, 31),
        (date(2017, 9, 1), date(2017, 10, 31)),
    ),
)


def _indicator(
    key: str, da: str, en: str, population: str, **more: object
) -> Indicator:
    settings: dict[str, object] = {"kind": "share", "target": (2, 3), **more}
    return Indicator(
        key=key, label={"da": da, "en": en}, population=population,
        counts_when={"da": f"{da} er styrket", "en": f"{en} was strengthened"},
        **settings,
    )  # fmt: skip


INDICATORS = (
    _indicator(
        "mentor_network", "Netværk, mentorer", "Network, mentors", "round_mentors",
        evaluation="closing",
    ),
    _indicator(
        "mentee_network", "Netværk, mentees", "Network, mentees", "round_mentees",
        evaluation="closing",
    ),
    _indicator(
        "mentee_employed_6m", "I job efter seks måneder", "Employed, six months",
        "round_mentees", target=(1, 3), evaluation="six_month_follow_up",
        field="participation.employed_6m",
    ),
    _indicator(
        "company_retention", "Fastholdelse", "Retention", "sending_organisations",
        evaluation="company",
    ),
    _indicator(
        "material_published", "Inspirationsmateriale", "Inspiration material",
        "milestone", kind="milestone", target=None, deadline=date(2017, 6, 30),
    ),
    _indicator(
        "cities_informed", "Byer orienteret", "Cities informed", "cities_and_partners",
        kind="count", target=10, deadline=date(2017, 9, 30),
    ),
    _indicator(
        "cities_interested", "Byer interesserede", "Cities interested",
        "informed_cities_and_partners", target=(4, 10), deadline=date(2017, 12, 31),
    ),
    _indicator(
        "mentors_recruited", "Mentorer", "Mentors", "programme_year_mentors",
        kind="shown", target=20,
    ),
    _indicator(
        "mentees_recruited", "Mentees", "Mentees", "programme_year_mentees",
        kind="shown", target=20,
    ),
)  # fmt: skip

PLAN = ProgrammeMap(
    key=KEY,
    name={"da": "Karrierementor", "en": "Career mentoring"},
    locale="da",
    languages=("da", "en"),
    zone="Europe/Copenhagen",
    country="DK",
    funder="",
    period=None,
    rounds=ROUNDS,
    evaluations={},
    bindings=(),
    forms={},
    questions={},
    fields={},
    indicators={indicator.key: indicator for indicator in INDICATORS},
    milestones={
        "material_published": PlannedMilestone(
            "material_published", {"da": "Materiale"}, date(2017, 6, 30)
        )
    },
    segments=(),
    segment_tag="",
    consents={},
)


def fresh_database(url: str = "sqlite://") -> Database:
    """Return an empty database with every table."""
    assert METADATA is Base.metadata
    database = Database(url)
    METADATA.create_all(database.engine)
    return database


class World:
    """Lays facts into the tables of one open session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.numbers = count(1)
        self.rounds = {item.key: self._round(item) for item in ROUNDS}

    def _round(self, item: RoundPlan) -> Round:
        return self.add(
            Round(
                programme=KEY, key=item.key, name=item.name["da"], starts=item.starts,
                ends=item.ends,
            )
        )  # fmt: skip

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row

    def person(self) -> Person:
        return self.add(Person(programme=KEY, details={}))

    def organisation(self, kind: str = "company") -> Organisation:
        return self.add(Organisation(programme=KEY, kind=kind, details={}))

    def part(
        self, role="mentee", status="active", round_key="r1", person=None, **more
    ) -> Participation:
        """Add somebody's part in a round, in the status that it has now."""
        person = person or self.person()
        return self.add(
            Participation(
                programme=KEY, person_id=person.id, role=role, status=status,
                round_id=self.rounds[round_key].id, details={}, **more,
            )
        )  # fmt: skip

    def moved(self, part: Participation, status: str, *, struck=False) -> Claim:
        """Say that staff moved a participation on the board at some time."""
        return self.add(
            Claim(
                programme=KEY, entity_kind="participation", entity_id=part.id,
                field="status", value=status, source="staff", origin="hubspot",
                asserted_at=moment(), superseded_at=moment() if struck else None,
            )
        )  # fmt: skip

    def answers(self, part=None, kind="closing", at=None, **more) -> EvaluationResponse:
        """Add a response; its indicators are the keywords that name one."""
        indicators = {
            key: more.pop(key) for key in list(more) if key in PLAN.indicators
        }
        number = next(self.numbers)
        if part is not None:
            more = {
                "participation_id": part.id, "person_id": part.person_id,
                "round_id": part.round_id, "role": part.role, **more,
            }  # fmt: skip
        return self.add(
            EvaluationResponse(
                **{
                    "programme": KEY, "kind": kind, "role": "mentee",
                    "provider": "typeform", "form": kind, "response": f"{number:04}",
                    "submitted_at": at or moment(number), "language": "da",
                    "answers": {}, "indicators": indicators, **more,
                }
            )
        )  # fmt: skip

    def delivery(self, state="processed", kind="complete") -> Delivery:
        return self.add(
            Delivery(
                programme=KEY, provider="typeform", form="f", kind=kind, body=b"{}",
                response=f"d{next(self.numbers)}", state=state,
            )
        )  # fmt: skip

    def merge(self, kind: str, entity, into) -> None:
        self.add(
            Alias(
                entity_id=entity.id, programme=KEY, kind=kind, into_id=into.id,
                source="staff",
            )
        )  # fmt: skip

    def match(self, mentor, mentee, state="active") -> Match:
        return self.add(
            Match(
                programme=KEY, round_id=mentor.round_id, mentor_id=mentor.id,
                mentee_id=mentee.id, state=state,
            )
        )  # fmt: skip

    def outreach(self, organisation, informed=None, interested=None) -> Outreach:
        return self.add(
            Outreach(
                programme=KEY, organisation_id=organisation.id, informed_on=informed,
                interested_on=interested,
            )
        )  # fmt: skip

    def milestone(self, done_on=None) -> Milestone:
        return self.add(
            Milestone(
                programme=KEY, key="material_published", title="Materiale",
                due=date(2017, 6, 30), done_on=done_on,
            )
        )  # fmt: skip


def moment(minute: int = 0) -> datetime:
    return datetime(2016, 7, 1, 10 + minute // 60, minute % 60, tzinfo=UTC)
