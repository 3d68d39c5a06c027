"""The clock was a year ahead for a while, then it was put right: work goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from connector import chores
from connector.db import utcnow
from connector.inbox import Delivery, claim_next
from connector.sources.schedule import is_due
from connector.sources.state import new_watch
from connector.timetable import CHORES
from tests.small_world import KEY, Small, small_world
from tests.test_inbox import accept

AHEAD = timedelta(days=365)
SLIGHTLY = timedelta(minutes=2)


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


def due(here: Small) -> set[str]:
    return {
        name
        for name, one in CHORES.items()
        if chores.is_due(here.service, KEY, name, one)
    }


def test_every_chore_is_due_that_ran_while_it_was_ahead(here: Small) -> None:
    for name in CHORES:
        chores.note(here.service, KEY, name, utcnow() + AHEAD)
    assert due(here) == set(CHORES)
    for name in CHORES:
        chores.note(here.service, KEY, name, utcnow() + SLIGHTLY)
    assert due(here) == set()


@pytest.mark.parametrize(("ahead", "looked_at"), [(AHEAD, {"f"}), (SLIGHTLY, set())])
def test_a_form_is_looked_at_again(
    here: Small, ahead: timedelta, looked_at: set[str]
) -> None:
    with here.service.database.writing() as session:
        new_watch(session, KEY, "typeform", "f").looked_at = utcnow() + ahead
    assert is_due(here.service, KEY, "typeform", ["f"]) == looked_at


@pytest.mark.parametrize(("ahead", "claimed"), [(AHEAD, 1), (SLIGHTLY, 0)])
def test_a_delivery_waits_for_no_lease_of_next_year(
    here: Small, ahead: timedelta, claimed: int
) -> None:
    accept(here, "r")
    with here.service.database.writing() as session:
        session.execute(update(Delivery).values(leased_until=utcnow() + ahead))
        assert len(claim_next(session)) == claimed
