"""The inbox: one row a response, leases, attempts, replay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from connector import inbox
from connector.db import utcnow
from connector.inbox import MAX_ATTEMPTS, Delivery, Receipt
from tests.small_world import KEY, OTHER, Small, small_world
from webhooks.submission import DeliveryKey, SubmissionKind


@pytest.fixture
def here(tmp_path: Path) -> Small:
    return small_world(tmp_path)


def accept(
    here: Small,
    response: str,
    *,
    kind: SubmissionKind = "complete",
    revision: str = "",
    programme: str = KEY,
    body: bytes = b"{}",
) -> Receipt:
    key = DeliveryKey("f", response, kind, revision)
    with here.service.database.engine.begin() as connection:
        return inbox.accept(connection, programme, "typeform", key, body)


def claim(here: Small, limit: int, *programmes: str) -> list[int]:
    with here.service.database.writing() as session:
        return inbox.claim_next(session, limit, programmes or None)


def expire(here: Small) -> None:
    with here.service.database.writing() as session:
        past = utcnow() - timedelta(seconds=1)
        session.execute(update(Delivery).values(leased_until=past))


def test_each_part_of_the_key_makes_another_delivery(here: Small) -> None:
    receipts = [
        accept(here, "r"),
        accept(here, "s"),
        accept(here, "r", kind="partial"),
        accept(here, "r", kind="test"),
        accept(here, "r", revision="2026-01-01"),
        accept(here, "r", programme=OTHER),
    ]
    assert all(receipt.new for receipt in receipts)
    assert len({receipt.delivery_id for receipt in receipts}) == 6


def test_a_repeat_keeps_the_first_bytes_and_counts(here: Small) -> None:
    first = accept(here, "r", body=b"first")
    again = accept(here, "r", body=b"second")
    assert again == Receipt(first.delivery_id, new=False)
    [delivery] = here.deliveries()
    assert delivery.sightings == 2
    with here.service.database.reading() as session:
        kept = session.get(Delivery, first.delivery_id)
        assert kept is not None
        assert kept.body == b"first"


def test_a_lease_keeps_others_away_until_it_ends(here: Small) -> None:
    one, two, three = (accept(here, str(n)).delivery_id for n in range(3))
    assert claim(here, 2) == [one, two]
    assert claim(here, 2) == [three]
    assert claim(here, 2) == []
    expire(here)
    assert claim(here, 9) == [one]


def test_a_delivery_that_kills_the_worker_takes_no_other_with_it(here: Small) -> None:
    ids = [accept(here, str(n)).delivery_id for n in range(10)]
    killer, innocent = ids[0], set(ids[1:])
    tries: dict[int, int] = dict.fromkeys(ids, 0)
    for _ in range(30):
        claimed = claim(here, 50)
        if not claimed:
            expire(here)
            continue
        for delivery_id in claimed:
            tries[delivery_id] += 1
            if delivery_id == killer:
                break  # gone: what was claimed after it is left leased
            with here.service.database.writing() as session:
                delivery = session.get(Delivery, delivery_id)
                assert delivery is not None
                assert delivery.attempts <= MAX_ATTEMPTS
                inbox.settle(delivery, "processed")
        if all(tries[each] for each in innocent):
            break
    assert all(tries[each] == 1 for each in innocent)


def test_only_named_programmes_are_claimed(here: Small) -> None:
    accept(here, "r", programme=OTHER)
    mine = accept(here, "r").delivery_id
    assert claim(here, 5, KEY) == [mine]


def test_reopening_forgets_the_attempts_and_chooses(here: Small) -> None:
    one, two = accept(here, "r").delivery_id, accept(here, "s").delivery_id
    claim(here, 5)
    with here.service.database.writing() as session:
        for delivery_id, state in ((one, "processed"), (two, "discarded")):
            delivery = session.get(Delivery, delivery_id)
            assert delivery is not None
            inbox.settle(delivery, state)  # type: ignore[arg-type]
    with here.service.database.writing() as session:
        assert inbox.reopen(session, programme=OTHER) == 0
        assert inbox.reopen(session, ids=[two]) == 0
        assert inbox.reopen(session, provider="typeform", form="f") == 1
    states = {d.id: (d.state, d.attempts) for d in here.deliveries()}
    assert states == {one: ("received", 0), two: ("discarded", 1)}
