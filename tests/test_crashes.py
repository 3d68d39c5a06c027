"""The power goes at every named step boundary; going on ends in the same state.

Each case stops a worker (or the web side) as a process of its own, dead, at one
boundary; with and without a new answer arriving before the restart. Then the work goes
on, and entities, CRM and newsletter are held record by record against an undisturbed
run, without generated ids and times.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update

from connector import hints, signing
from connector.boundaries import BOUNDARIES
from connector.db import utcnow
from connector.inbox import Delivery
from connector.matters import MatterRow
from connector.programme.entities import Communication, MeetingSession
from sandbox.typeform import webhook_body
from tests import crashing
from tests.apart import run_apart
from tests.comparing import snapshot
from tests.crash_world import AUDIENCE, DAY, Town, newsletter, one_more_answer, town
from tests.crashing import STOPPED, work
from tests.world import KEY, SECRET, World, hook_up

TOKEN = "a" * 32
WEB = [name for name in BOUNDARIES if name.startswith("inbox.")]
# Forms are made by a command: tests/cli/test_making_crashes.py stops that one. The
# e-mail is for tests/cli/test_cli_digest.py, which has a mail server.
ELSEWHERE = ("inbox.", "forms.", "digest.")
WORKER = [n for n in BOUNDARIES if not n.startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give the town, which is built once."""
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture(scope="module")
def expected(kept: Town) -> Callable[[bool], Any]:
    """Return the undisturbed end, made once for each kind of run."""
    made: dict[bool, Any] = {}

    def get(more: bool) -> Any:
        if more not in made:
            here = kept.put_back()
            if more:
                one_more_answer(here)
            go_on(here)
            made[more] = snapshot(here)
        return made[more]

    return get


def stop_at(kept: Town, boundary: str, *args: object) -> int:
    """Run a process that stops at ``boundary``; return its exit code."""
    code = run_apart(crashing.main, kept.env, boundary, *args)
    assert code in (0, STOPPED)
    return code


def go_on(here: World) -> None:
    """Let a day's work be done, and what it leaves for the next cycle."""
    expire_leases(here)
    work(here.service)
    here.settle(2)


def expire_leases(here: World) -> None:
    """Let minutes pass for the deliveries that the dead worker had taken, and for the
    tasks that it had asked for."""
    with here.service.database.writing() as session:
        session.execute(update(Delivery).values(leased_until=None))
        session.execute(
            update(MatterRow)
            .where(MatterRow.task_state == "sending")
            .values(sent_at=utcnow() - DAY)
        )


# Each boundary is tried once, every other one with a new answer that comes meanwhile;
# with EVERY_CRASH=1 each is tried both ways.
CASES = [
    pytest.param(boundary, more, id=f"{boundary}-{'new-answer' if more else ''}")
    for number, boundary in enumerate(WORKER)
    for more in (False, True)
    if more is bool(number % 2) or os.environ.get("EVERY_CRASH")
]


@pytest.mark.parametrize(("boundary", "more"), CASES)
def test_a_stopped_worker_goes_on_to_the_same_state(
    kept: Town, expected: Callable[[bool], Any], boundary: str, more: bool
) -> None:
    wanted = expected(more)
    here = kept.put_back()
    assert stop_at(kept, boundary) == STOPPED, "the boundary was never reached"
    if more:
        one_more_answer(here)
    go_on(here)
    assert snapshot(here) == wanted
    assert unheard(here) == 0
    assert signs(kept)


@pytest.mark.parametrize("boundary", WEB)
def test_a_stopped_receiver_loses_nothing(
    tmp_path: Path, kept: Town, expected: Callable[[bool], Any], boundary: str
) -> None:
    wanted = expected(True)
    here = kept.put_back()
    body = tmp_path / "body.json"
    body.write_bytes(signed_body(here))
    url = f"/webhooks/{KEY}/typeform"
    assert stop_at(kept, boundary, body, url, SECRET) == STOPPED
    hook_up(here)
    one_more_answer(here, token=TOKEN)  # it got no 200, so it is sent again
    go_on(here)
    assert snapshot(here) == wanted


def test_the_story_reaches_what_it_is_told_for(
    kept: Town, expected: Callable[[bool], Any]
) -> None:
    """Every boundary is reached by work that waits there, not by an empty round."""
    wanted = expected(False)
    here = kept.put_back()
    assert {one for one in here.members() if "gry" in one} == set()
    assert newsletter(kept, f"{AUDIENCE}/webhooks")["webhooks"] == []
    go_on(here)
    assert snapshot(here) == wanted
    members = here.members()
    assert members["gry@people.example"]["status"] == "subscribed"
    assert members["finn@havbro.example"]["status"] == "unsubscribed"
    assert members["bo@havbro.example"]["merge_fields"]["VIDENSBRO"] == (
        ";r1.mentor.applied;"
    )
    assert members["eva@people.example"]["status"] == "unsubscribed"
    with here.service.database.reading() as session:
        assert session.query(MeetingSession).one().minutes == 45
        letter = session.query(Communication).one()
    assert (letter.clicks, letter.unsubscribed) == (1, 1)
    assert unheard(here) == 0
    assert signs(kept)


def unheard(here: World) -> int:
    """Return how many hints nobody has looked into."""
    with here.service.database.reading() as session:
        return sum(
            hints.count_waiting(session, KEY, tool) for tool in ("hubspot", "mailchimp")
        )


def signs(kept: Town) -> bool:
    """Tell whether the one webhook of the newsletter is one whose secret we hold."""
    (hook,) = newsletter(kept, f"{AUDIENCE}/webhooks")["webhooks"]
    with kept.world.service.database.reading() as session:
        return list(signing.kept_for(session, (KEY, "mailchimp"))) == [str(hook["id"])]


def signed_body(here: World) -> bytes:
    """Have the one more answer given while no webhook leads here; return its body."""
    form = here.forms["mentee_application", "da"]
    requests.delete(
        f"{here.sandbox_url}/typeform/forms/{form}/webhooks/vidensbro",
        headers={"Authorization": "Bearer token"},
        timeout=20,
    ).raise_for_status()
    one_more_answer(here, token=TOKEN)
    store = here.box.box.store
    stored = store.all(f"typeform.response.{form}").values()
    response = next(r for r in stored if r["token"] == TOKEN)
    return webhook_body(store.get("typeform.form", form), response, event_id="E1")


def test_every_boundary_is_tried() -> None:
    """A boundary that the code names and the list does not would never be tried."""
    source = "".join(p.read_text("utf-8") for p in Path("connector").rglob("*.py"))
    assert set(re.findall(r'reached\("([\w.]+)"\)', source)) == set(BOUNDARIES)
