"""The power goes at each of the newsletter's step boundaries; going on heals it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mailchimp_world import LATELY, LATER, World, world

from connector.boundaries import BOUNDARIES, listen

# What a sync reaches; the others are tried beside what they belong to.
ELSEWHERE = ("mailchimp.campaigns.", "mailchimp.compare.", "mailchimp.hook.")
STEPS = [
    name
    for name in BOUNDARIES
    if name.startswith("mailchimp.") and not name.startswith(ELSEWHERE)
]
PEOPLE = ("new", "known", "back", "out", "left", "moved", "elsewhere", "stays")


class PowerCut(BaseException):
    """No handler may catch it, as none would be there."""


@pytest.fixture(autouse=True)
def quiet_after() -> Iterator[None]:
    yield
    listen(None)


def prepare(w: World) -> None:
    """Leave something to do for every step."""
    known, back, out, moved = (w.person(n) for n in ("known", "back", "out", "moved"))
    w.person("left")
    w.person("stays")
    w.sync()
    w.act("unsubscribe", "back")
    w.sync()
    w.act("unsubscribe", "left")
    w.person("new")
    w.status(known, "active")
    w.says(back, given=True, at=LATER)
    w.says(out, given=False, at=LATELY)
    w.change(moved, email="elsewhere@people.example")


def cut_at(step: str) -> None:
    def listener(name: str) -> None:
        if name == step:
            listen(None)
            raise PowerCut

    listen(listener)


def state(w: World) -> list[dict[str, Any]]:
    """Both sides, without generated ids and times."""
    rows = w.rows()
    for row in rows:
        for side in ("sent", "pushed"):
            row[side] = {
                name: value.partition(":")[0] if name == "word" else value
                for name, value in row[side].items()
            }
    members = [w.client.get(f"{name}@people.example") for name in PEOPLE]
    shown = [
        {"email": m.email, "status": m.status, "fields": dict(m.merge_fields)}
        for m in members
        if m is not None
    ]
    return [*rows, *shown]


@pytest.fixture(scope="module", params=[False, True], ids=["single", "batched"])
def undisturbed(request, tmp_path_factory) -> tuple[bool, list[dict[str, Any]]]:
    with world(tmp_path_factory.mktemp("undisturbed")) as w:
        w.facts["mailchimp.batch_keeps_status"] = request.param
        prepare(w)
        w.sync()
        w.sync()
        return request.param, state(w)


@pytest.mark.parametrize("step", STEPS)
def test_going_on_after_a_cut_gives_the_same(tmp_path, undisturbed, step):
    batched, expected = undisturbed
    with world(tmp_path) as w:
        w.facts["mailchimp.batch_keeps_status"] = batched
        prepare(w)
        cut_at(step)
        with pytest.raises(PowerCut):
            w.sync()
        w.sync()
        w.sync()
        assert state(w) == expected
        w.forget_calls()
        w.sync()
        assert w.writes() == {}


@pytest.mark.parametrize(
    ("step", "calls"),
    [("mailchimp.word.sent", 1), ("mailchimp.word.accepted", 1)],
)
def test_a_cut_never_asks_a_person_twice(tmp_path, step, calls):
    with world(tmp_path) as w:
        anna = w.person("Anna")
        w.sync()
        w.act("unsubscribe", "anna")
        w.sync()
        w.says(anna, given=True, at=LATER)
        w.forget_calls()
        cut_at(step)
        with pytest.raises(PowerCut):
            w.sync()
        w.sync()
        assert w.writes() == {"PUT /members/{member}": calls}
        assert w.there("anna") == "pending"


def test_a_lost_answer_is_not_a_second_mail(tmp_path):
    with world(tmp_path) as w:
        anna = w.person("Anna")
        w.sync()
        w.act("unsubscribe", "anna")
        w.sync()
        w.says(anna, given=True, at=LATER)
        w.forget_calls()
        w.fault(kind="accept_then_reset", method="PUT")
        with pytest.raises(Exception, match="Mailchimp"):
            w.sync()
        w.sync()
        assert w.writes() == {"PUT /members/{member}": 1}
