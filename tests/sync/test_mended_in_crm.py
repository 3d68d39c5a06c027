"""An answer that could not be read is mended by writing it on the record in the CRM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.deliveries import Selection, replay, show
from connector.doctor.staff import check_desk
from connector.inbox import Delivery
from connector.matters.waiting import open_matters
from tests.crash_world import IMPOSSIBLE
from tests.sync.hubspot_world import START, contact, person, rows, staff_claims
from tests.sync.tasks_world import Office, office
from tests.world import KEY, World

RIGHT = "+4520998877"
BAD_LINK = "https://linkedin/eva"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give the office, which is built once."""
    with office(tmp_path_factory.mktemp("mended")) as made:
        yield made


@pytest.fixture
def here(built: Office) -> Office:
    """Give the office as it was when nothing was wrong."""
    built.put_back()
    return built


def _park(here: Office, **answers: str) -> int:
    here.world.apply_as_mentee(
        "Eva Prøve", at=START, answers={"phone": IMPOSSIBLE, **answers}
    )
    here.world.settle(2)
    here.tend()
    [row] = [one for one in rows(here.world, Delivery) if one.state == "parked"]
    return int(row.id)


def _write(world: World, **values: str) -> None:
    eva = contact(world, "eva@people.example")
    world.edit("contacts", eva["id"], None, **values)
    world.settle(2)


def _state(world: World, number: int) -> str:
    [row] = [one for one in rows(world, Delivery) if one.id == number]
    return str(row.state)


def test_written_on_the_contact_it_is_settled_and_the_task_closes(
    here: Office,
) -> None:
    number = _park(here)
    task = here.task()
    assert "så lukker opgaven sig selv" in task.text
    _write(here.world, phone=RIGHT)
    assert here.tend() == ""
    [closed] = here.tasks()
    assert (closed.id, closed.done) == (task.id, True)
    assert "Sagen løste sig den" in closed.text
    _assert_settled(here.world, number)
    replay(here.world.service, KEY, Selection(ids=(number,)))
    here.world.settle(2)
    assert here.tend() == ""
    _assert_settled(here.world, number)
    assert [one.id for one in here.tasks()] == [task.id]


def _assert_settled(world: World, number: int) -> None:
    service = world.service
    told = show(service, KEY, number)
    assert told.summary.state == "processed"
    assert [one["field"] for one in told.reasons] == ["phone"]
    assert open_matters(service, KEY) == []
    assert "deliveries.parked" not in {one.check for one in check_desk(service, KEY)}
    assert person(world, "Eva").phone == RIGHT
    assert [one.value for one in staff_claims(world, "phone")] == [RIGHT]


def test_cleared_again_it_waits_again(here: Office) -> None:
    number = _park(here)
    _write(here.world, phone=RIGHT)
    here.tend()
    assert _state(here.world, number) == "processed"
    _write(here.world, phone="")
    here.tend()
    assert _state(here.world, number) == "parked"
    assert here.task().title.endswith(f"Besvarelse {number} skal ses efter")


def test_of_two_answers_one_is_mended_and_the_other_waits(here: Office) -> None:
    number = _park(here, linkedin=BAD_LINK)
    task = here.task()
    assert "“Telefon” på kontakten og “LinkedIn” på kontakten" in task.text
    _write(here.world, phone=RIGHT)
    here.tend()
    now = here.task()
    assert now.id == task.id
    assert _state(here.world, number) == "parked"
    _, _, news = now.text.partition("Noget er nyt")
    assert "“LinkedIn” på kontakten" in news
    assert "“Telefon”" not in news
    _write(here.world, vidensbro_linkedin="https://www.linkedin.com/in/eva")
    here.tend()
    assert _state(here.world, number) == "processed"
    assert all(one.done for one in here.tasks())
