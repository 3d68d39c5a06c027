"""The drain: what becomes of each delivery, and that none holds up another."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from connector import processing
from connector.bell import GATHER_S, Bell, bind, make_queue
from connector.boundaries import listen
from connector.db import utcnow
from connector.inbox import MAX_ATTEMPTS, Delivery
from connector.processing import drain
from connector.programme.claims import Claim
from connector.programme.entities import Participation, Person
from connector.singleflight import only_one
from connector.tasks import Worker
from tests.small_world import URL, Small, small_world
from webhooks import typeform

MENTEE = ("mentee_application", "da")


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


def states(here: Small) -> list[str]:
    return [delivery.state for delivery in here.deliveries()]


# --- states ----------------------------------------------------------------------
def test_an_application_is_processed_and_its_mapping_recorded(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve"))
    [delivery] = here.deliveries()
    assert delivery.state == "processed"
    assert delivery.reasons == []
    assert len(delivery.mapping_hash) >= 16
    assert {c.mapping_hash for c in here.rows(Claim)} == {delivery.mapping_hash}


def test_a_test_request_is_shown_and_never_mapped(here: Small) -> None:
    body = orjson.loads(here.apply_as_mentee("Anna Prøve"))
    body["event_id"] = body["form_response"]["token"]
    assert here.post(orjson.dumps(body)).status_code == 200
    here.drain()
    assert states(here) == ["test"]
    here.replay()
    assert states(here) == ["test"]
    assert here.rows(Person) == []


def partial_of(body: bytes) -> bytes:
    held = orjson.loads(body)
    held["event_type"] = "form_response_partial"
    return orjson.dumps(held)


@pytest.mark.parametrize("partial_first", [True, False])
def test_a_partial_neither_beats_nor_swallows_the_complete_one(
    here: Small, partial_first: bool
) -> None:
    complete = here.apply_as_mentee("Anna Prøve")
    bodies = [partial_of(complete), complete]
    for body in bodies if partial_first else reversed(bodies):
        assert here.post(body).status_code == 200
        here.drain()
    assert sorted(states(here)) == ["partial", "processed"]
    assert len(here.rows(Participation)) == 1
    here.replay()
    assert sorted(states(here)) == ["partial", "processed"]


def test_a_partial_alone_is_never_mapped(here: Small) -> None:
    here.take(partial_of(here.apply_as_mentee("Anna Prøve")))
    assert states(here) == ["partial"]
    assert here.rows(Person) == []


def test_an_unknown_form_is_quarantined_until_its_mapping_appears(
    tmp_path: Path,
) -> None:
    here = small_world(tmp_path, bound=False)
    assert here.post(here.apply_as_mentee("Anna Prøve")).status_code == 200
    here.drain()
    assert states(here) == ["quarantined"]
    assert here.drain() == 0
    here.bind(MENTEE)
    assert here.drain() == 1
    assert states(here) == ["processed"]
    assert [p.first_name for p in here.rows(Person)] == ["Anna"]


def test_a_mapping_that_cannot_be_read_makes_deliveries_wait(here: Small) -> None:
    here.take(here.apply_as_mentee("Anna Prøve"))
    file = here.directory / "programmes" / "testby" / "programme.toml"
    sound = file.read_text("utf-8")
    file.write_text(sound + "\n[rounds.r1", "utf-8")
    here.service._looked_at = float("-inf")
    here.store(here.apply_as_mentee("Bo Prøve"))
    for _ in range(MAX_ATTEMPTS + 1):
        here.drain()
    assert states(here) == ["processed", "received"]
    file.write_text(sound, "utf-8")
    here.service._maps.clear()
    here.drain()
    assert states(here) == ["processed", "processed"]


# --- poison ----------------------------------------------------------------------
@pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, KeyError])
def test_poison_is_parked_after_three_attempts_while_others_flow(
    here: Small, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    bodies = [here.apply_as_mentee(name) for name in ("Anna", "Bo", "Carl")]
    poison = typeform.identify(bodies[1]).response
    tried = []
    real = processing.apply

    def apply(form_map: Any, submission: Any) -> Any:
        if submission.response == poison:
            tried.append(submission.response)
            raise error("poison")
        return real(form_map, submission)

    monkeypatch.setattr(processing, "apply", apply)
    here.take(*bodies)
    assert states(here) == ["processed", "parked", "processed"]
    assert len(tried) == MAX_ATTEMPTS
    [reason] = here.deliveries()[1].reasons
    assert reason["code"] == "failed"
    assert set(reason["message"]) == {"da", "en"}
    assert {p.first_name for p in here.rows(Person)} == {"Anna", "Carl"}
    monkeypatch.setattr(processing, "apply", real)
    here.replay()
    assert states(here) == ["processed"] * 3


def test_what_fails_half_way_leaves_nothing_behind(
    here: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("after the claims were written")

    monkeypatch.setattr("connector.programme.ingest.resolve", fail)
    here.take(here.apply_as_mentee("Anna Prøve"))
    assert states(here) == ["parked"]
    assert here.rows(Claim) == []
    assert here.rows(Person) == []


class Gone(BaseException):
    """The process ends here: nothing catches it."""


def test_a_delivery_that_kills_the_worker_is_parked_in_the_end(here: Small) -> None:
    here.store(here.apply_as_mentee("Anna"), here.apply_as_mentee("Bo"))
    killer = here.deliveries()[0].id

    def die(name: str) -> None:
        if name == "process.before_commit" and current[0] == killer:
            raise Gone

    current = [0]
    real = processing.process

    def process(service: Any, delivery_id: int) -> None:
        current[0] = delivery_id
        delivery = next(d for d in here.deliveries() if d.id == delivery_id)
        if delivery.attempts > MAX_ATTEMPTS:
            current[0] = 0  # parking it does not kill
        real(service, delivery_id)

    listen(die)
    processing.process = process  # type: ignore[assignment]
    try:
        for _ in range(2 * MAX_ATTEMPTS + 2):
            with contextlib.suppress(Gone):
                here.drain()
            with here.service.database.writing() as session:
                past = utcnow() - timedelta(seconds=1)
                session.execute(
                    update(Delivery)
                    .where(Delivery.leased_until.is_not(None))
                    .values(leased_until=past)
                )
    finally:
        listen(None)
        processing.process = real
    assert states(here) == ["parked", "processed"]


# --- two at once -----------------------------------------------------------------
def test_two_drains_do_everything_once(here: Small) -> None:
    names = [f"Anna{n} Prøve" for n in range(60)]
    here.store(*(here.apply_as_mentee(name) for name in names))
    done: list[int] = []
    threads = [
        threading.Thread(target=lambda: done.append(drain(here.service)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 60
    assert states(here) == ["processed"] * 60
    assert len(here.rows(Person)) == 60
    assert {d.attempts for d in here.deliveries()} == {1}


def test_a_worker_that_wakes_after_its_lease_changes_nothing(here: Small) -> None:
    [delivery_id] = here.take(here.apply_as_mentee("Anna Prøve"))
    claims = len(here.rows(Claim))
    processing.process(here.service, delivery_id)
    assert len(here.rows(Claim)) == claims


def test_one_at_a_time(here: Small) -> None:
    with only_one(here.service, "sync") as first:
        assert first
        with only_one(here.service, "sync") as second:
            assert not second
        with only_one(here.service, "another") as other:
            assert other
    with only_one(here.service, "sync") as again:
        assert again


# --- the bell --------------------------------------------------------------------
def test_a_burst_rings_once_and_a_later_one_again(here: Small) -> None:
    bell = Bell(here.settings)
    for _ in range(200):
        bell.ring()
    queue = make_queue(here.settings)
    assert queue.scheduled_count() + queue.pending_count() == 1
    time.sleep(GATHER_S + 0.05)
    bell.ring()
    assert queue.scheduled_count() + queue.pending_count() == 2


def test_a_bell_that_cannot_ring_raises_nothing(tmp_path: Path) -> None:
    here = small_world(tmp_path)
    (here.directory / "var" / "queue.db").mkdir()
    Bell(here.settings).ring()


def test_the_request_succeeds_when_the_bell_does_not(tmp_path: Path) -> None:
    from connector.app import create_app
    from sandbox.typeform import sign
    from tests.small_world import SECRET

    here = small_world(tmp_path)
    (here.directory / "var" / "queue.db").mkdir()
    body = here.apply_as_mentee("Anna Prøve")
    headers = {"Typeform-Signature": sign(body, SECRET)}
    client = create_app(here.settings).test_client()
    assert client.post(URL, data=body, headers=headers).status_code == 200


class OnlyDrains(Worker):
    """A worker that is far from every tool."""

    def sync(self) -> None:
        """Sync nothing."""

    def tend(self) -> None:
        """Look at no form."""


def test_the_worker_wakes_by_the_bell(here: Small) -> None:
    worker = OnlyDrains(here.service)
    consumer = worker.tasks.queue.create_consumer(
        workers=1, periodic=False, initial_delay=0.05, max_delay=0.1,
        scheduler_interval=1,
    )  # fmt: skip
    consumer.start()
    try:
        here.store(here.apply_as_mentee("Anna Prøve"))
        Bell(here.settings).ring()
        deadline = time.monotonic() + 10
        while states(here) != ["processed"] and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        consumer.stop(graceful=True)
    assert states(here) == ["processed"]


def test_tasks_carry_no_data(here: Small) -> None:
    ran: list[str] = []
    queue = make_queue(here.settings)
    queue.immediate = True
    tasks = bind(queue, lambda: ran.append("drain"), lambda: ran.append("sync"))
    tasks.drain()
    tasks.sync()
    assert ran == ["drain", "sync"]
