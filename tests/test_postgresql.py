"""The same service on PostgreSQL: receipt, ingest, two machines, one whole world."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from connector.inbox import Delivery
from connector.processing import drain, in_turn
from connector.programme.entities import Person
from connector.service import Service
from connector.singleflight import only_one
from tests.postgres import a_database
from tests.small_world import KEY, Small, small_world
from tests.world import world


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return a_database(request)


@pytest.fixture
def here(tmp_path: Path, url: str) -> Small:
    return small_world(tmp_path, database_url=url)


def test_receipt_and_ingest(here: Small) -> None:
    body = here.apply_as_mentee("Anna Prøve")
    assert [here.post(body).status_code for _ in range(3)] == [200, 200, 200]
    assert here.post(body, "not-the-secret-at-all").status_code == 401
    assert here.drain() == 1
    [delivery] = here.deliveries()
    assert (delivery.sightings, delivery.state) == (3, "processed")
    assert delivery.received_at.utcoffset() is not None
    here.replay()
    assert [p.first_name for p in here.rows(Person)] == ["Anna"]


def test_a_null_character_is_no_obstacle(here: Small) -> None:
    body = here.apply_as_mentee("Anna Prøve").replace(b'"Anna"', b'"An\\u0000na"')
    assert here.post(body).status_code == 200
    here.drain()
    assert [d.state for d in here.deliveries()] == ["processed"]


def test_two_machines_make_one_person_of_one_address(here: Small) -> None:
    same = {"email": "anna@people.example"}
    here.store(*(here.apply_as_mentee("Anna Prøve", answers=same) for _ in range(160)))
    done: list[int] = []

    def work() -> None:
        done.append(drain(Service.open(here.settings)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 160
    assert {d.state for d in here.deliveries()} == {"processed"}
    assert len(here.rows(Person)) == 1


def test_whoever_awaits_their_turn_holds_no_delivery(here: Small) -> None:
    here.store(here.apply_as_mentee("Anna Prøve"))
    awaited = text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    drains = threading.Thread(target=drain, args=(Service.open(here.settings),))
    with here.service.database.writing() as session:
        in_turn(session, KEY)  # as a discard or a correction does
        drains.start()
        while session.scalar(awaited) is None:
            assert drains.is_alive()
        row = select(Delivery.state).with_for_update(nowait=True)
        assert session.scalars(row).all() == ["received"]
    drains.join()
    assert [d.state for d in here.deliveries()] == ["processed"]


def test_one_at_a_time(here: Small) -> None:
    with only_one(here.service, "sync") as first, only_one(here.service, "sync") as two:
        assert (first, two) == (True, False)
    with only_one(here.service, "sync") as again:
        assert again


def test_the_main_job(tmp_path: Path, url: str) -> None:
    with world(tmp_path, database_url=url) as made:
        made.apply_as_mentee("Anna Prøve")
        made.drain()
        made.sync()
        contact = made.record("contacts", email="anna@people.example")
        assert contact["properties"]["firstname"] == "Anna"
        assert made.members()["anna@people.example"]["status"] == "subscribed"
        part = made.record("0-162", vidensbro_role="mentee")
        made.edit("0-162", part["id"], hs_pipeline_stage=made.stage("selected"))
        made.edit("contacts", contact["id"], phone="+4520777777")
        made.settle()
        [person] = _people(made.service)
        assert person.phone == "+4520777777"


def _people(service: Service) -> list[Person]:
    from sqlalchemy import select

    with service.database.reading() as session:
        return list(session.scalars(select(Person)))
