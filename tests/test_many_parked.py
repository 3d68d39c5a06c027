"""However many deliveries are parked, each costs no question to the database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event

from connector.matters.waiting import standing
from connector.mending import tend_mended
from tests.crash_world import IMPOSSIBLE
from tests.small_world import KEY, Small, small_world


def park(here: Small, *names: str) -> None:
    answers = {"phone": IMPOSSIBLE}
    here.store(*(here.apply_as_mentee(f"{n} Prøve", answers=answers) for n in names))
    here.drain()


def questions(here: Small) -> int:
    """Return how many statements the minute's look at what waits takes."""
    asked: list[str] = []
    engine = here.service.database.engine

    def count(_wire: object, _cursor: object, text: str, *_more: object) -> None:
        asked.append(text)

    event.listen(engine, "before_cursor_execute", count)
    tend_mended(here.service, KEY)
    found = standing(here.service, KEY)
    event.remove(engine, "before_cursor_execute", count)
    assert len(found) == len([d for d in here.deliveries() if d.state == "parked"])
    return len(asked)


def test_each_costs_no_question_to_the_database(tmp_path: Path) -> None:
    here = small_world(tmp_path)
    park(here, "Anna")
    one = questions(here)
    park(here, "Bea", "Carla", "Dora")
    assert questions(here) == one
