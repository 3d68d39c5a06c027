"""The order of arrival does not matter; a merge is read through, and undone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.entities import (
    Affiliation,
    Consent,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.programme.identity import participation
from connector.programme.merging import merge, unmerge
from connector.programme.policies import policy_of
from connector.programme.resolve import merged, resolve
from connector.service import Service
from tests.small_world import Small, small_world
from tests.world import KEY

DAY = timedelta(days=1)
START = datetime.now(UTC).replace(microsecond=0) - 20 * DAY


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Small]:
    made = small_world(tmp_path)
    yield made
    made.service.database.engine.dispose()


def story(here: Small) -> list[bytes]:
    """Return what several people send: first answers, later ones, older ones."""
    return [
        here.apply_as_mentee("Anna", at=START, answers={"phone": "+4520000001"}),
        here.apply_as_mentee(
            "Anna", at=START + 3 * DAY, answers={"phone": "+4520000002"}
        ),
        here.apply_as_mentee(
            "Anna", at=START + 2 * DAY, answers={"phone": "+4520000003"}
        ),
        here.apply_as_mentor("Bo", at=START + DAY),
        here.apply_as_mentee(
            "Bo", at=START + 4 * DAY, answers={"email": "bo@havbro.example"}
        ),
        here.apply_as_mentee(
            "Carla", at=START + DAY, answers={"sending_company": "Havbro A/S"}
        ),
        here.apply_as_mentee(
            "Carla", at=START + 5 * DAY, answers={"sending_company": "Nordlys ApS"}
        ),
    ]


def state(here: Small) -> dict[str, list[Any]]:
    """Return the entities without ids and times of storing."""
    with here.service.database.reading() as session:
        people = {p.id: p.email for p in session.scalars(select(Person))}
        companies = {o.id: o.name for o in session.scalars(select(Organisation))}
        return {
            "people": sorted(
                (p.email, p.first_name, p.phone, p.provisional)
                for p in session.scalars(select(Person))
            ),
            "parts": sorted(
                (people[p.person_id], p.role, p.status,
                 companies.get(p.organisation_id or ""), str(p.applied_at))
                for p in session.scalars(select(Participation))
            ),
            "affiliations": sorted(
                (people[a.person_id], companies[a.organisation_id], a.function)
                for a in session.scalars(select(Affiliation))
            ),
            "consents": sorted(
                (people[c.person_id], c.purpose, c.given, str(c.at))
                for c in session.scalars(select(Consent))
            ),
            "companies": sorted(filter(None, companies.values())),
        }  # fmt: skip


def after(order: list[int]) -> dict[str, list[Any]]:
    with tempfile.TemporaryDirectory() as name:
        here = small_world(Path(name))
        bodies = story(here)
        for index in order:
            here.take(bodies[index])
        found = state(here)
        here.service.database.engine.dispose()
        return found


@pytest.fixture(scope="module")
def in_order() -> dict[str, list[Any]]:
    return after(list(range(7)))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations(range(7)))
def test_every_order_of_arrival_ends_in_the_same_state(
    in_order: dict[str, list[Any]], order: list[int]
) -> None:
    assert after(order) == in_order


def test_a_replay_of_everything_changes_nothing(
    here: Small, in_order: dict[str, list[Any]]
) -> None:
    here.take(*story(here))
    here.replay()
    assert state(here) == in_order
    with here.service.database.reading() as session:
        standing = session.execute(
            select(Claim.delivery_id, Claim.entity_id, Claim.field).where(
                Claim.superseded_at.is_(None)
            )
        ).all()
    assert len(standing) == len(set(standing))


def three_people(session: Session, service: Service) -> list[str]:
    """Make three people who each have a part in the same round."""
    round_id = session.scalars(select(Round.id)).first()
    assert round_id is not None
    ids = []
    for name in ("Anna", "Annie", "Ann"):
        person = Person(programme=KEY, first_name=name, details={})
        session.add(person)
        session.flush()
        participation(session, KEY, person.id, round_id, "mentee")
        ids.append(person.id)
    return ids


def test_a_chain_of_merges_joins_the_parts_and_is_undone_link_by_link(
    here: Small,
) -> None:
    plan = here.service.programme(KEY)
    with here.service.database.writing() as session:
        one, two, three = three_people(session, here.service)
        parts = {p.person_id: p.id for p in session.scalars(select(Participation))}
        merge(session, plan, "person", one, two, source="test")
        merge(session, plan, "person", two, three, source="test")
        gone = merged(session)
        assert {gone.get(p, p) for p in parts.values()} == {parts[three]}
        unmerge(session, two)
        gone = merged(session)
        assert {gone.get(p, p) for p in parts.values()} == {
            parts[two],
            parts[three],
        }
        assert gone[parts[one]] == parts[two]


def test_what_was_said_of_either_is_read_through_the_merge(here: Small) -> None:
    plan = here.service.programme(KEY)
    with here.service.database.writing() as session:
        one, two, _ = three_people(session, here.service)
        for person, phone, at in (
            (one, "+4520000009", utcnow()),
            (two, "+4520000008", utcnow() - DAY),
        ):
            session.add(
                Claim(
                    programme=KEY, entity_kind="person", entity_id=person,
                    field="phone", value=phone, source="staff", origin="test",
                    asserted_at=at,
                )
            )  # fmt: skip
        touched = merge(session, plan, "person", one, two, source="test")
        resolve(session, policy_of(plan), touched)
        survivor = session.get(Person, two)
        assert survivor is not None
        assert survivor.phone == "+4520000009"
        resolve(session, policy_of(plan), unmerge(session, one))
        assert survivor.phone == "+4520000008"
