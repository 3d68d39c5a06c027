"""The power goes at every named step boundary; going on ends in the same state.

Each case stops a worker (or the web side) as a process of its own, dead, at one
boundary; with and without a new answer arriving before the restart. Then the work goes
on, and entities, CRM and newsletter are held record by record against an undisturbed
run, without generated ids and times.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.boundaries import BOUNDARIES
from connector.db import utcnow
from sandbox.typeform import webhook_body
from tests.comparing import snapshot
from tests.crashing import STOPPED
from tests.world import KEY, SECRET, World, environment, hook_up, world

TOKEN = "a" * 32
DAY = timedelta(days=1)
START = utcnow().replace(microsecond=0) - 20 * DAY
WEB = [name for name in BOUNDARIES if name.startswith("inbox.")]
WORKER = [name for name in BOUNDARIES if not name.startswith("inbox.")]


def stop_worker(here: World, boundary: str) -> int:
    """Run a worker that stops at ``boundary``; return its exit code."""
    env = {**os.environ, **environment(here.directory, here.sandbox_url)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.crashing", boundary],
        env=env, check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, STOPPED), done.stderr.decode()[-2000:]
    return done.returncode


def begin(here: World) -> None:
    """Three people take part and everything is in step."""
    here.apply_as_mentee("Anna Prøve", at=START)
    here.apply_as_mentee("Eva Prøve", at=START + timedelta(hours=1))
    here.apply_as_mentor("Bo Prøve", at=START + timedelta(hours=2))
    here.settle(2)


def much_happens(here: World) -> None:
    """Bring work for every step: edits, a match, adoption, new people, a farewell."""
    part = here.record("0-162", hs_name="Anna Prøve · Mentee · Runde 1")
    here.edit(
        "0-162", part["id"], at=START + DAY, hs_pipeline_stage=here.stage("selected")
    )
    anna = here.record("contacts", email="anna@people.example")
    here.edit("contacts", anna["id"], at=START + DAY, phone="+4520111111")
    bo = here.record("contacts", email="bo@havbro.example")
    here.crm(
        "PUT",
        f"/crm/objects/2026-09/0-162/{part['id']}/associations/default/contacts/{bo['id']}",
    )
    here.crm(
        "POST", "/crm/objects/2026-09/contacts",
        {"properties": {"email": "carla@people.example", "firstname": "Carla"}},
        **{"X-Sandbox-At": (START - DAY).isoformat()},
    )  # fmt: skip
    here.apply_as_mentee("Carla Prøve", at=START + 2 * DAY)
    here.apply_as_mentee("Dan Prøve", at=START + 2 * DAY)
    here.apply_as_mentee(
        "Eva Prøve", at=START + 3 * DAY, answers={"consent_newsletter": False}
    )


def one_more_answer(here: World, **more: Any) -> None:
    """An answer that concerns records which the stopped worker was busy with."""
    here.apply_as_mentee(
        "Anna Prøve", at=START + 4 * DAY, answers={"phone": "+4520222222"}, **more
    )


def undisturbed(directory: Path, *, more: bool) -> dict[str, Any]:
    """Return what a run without any stop ends in."""
    with world(directory) as here:
        begin(here)
        much_happens(here)
        if more:
            one_more_answer(here)
        here.settle(4)
        return snapshot(here)


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Any]:
    """Return the undisturbed end, made once for each kind of run."""
    made: dict[bool, Any] = {}

    def get(more: bool) -> Any:
        if more not in made:
            made[more] = undisturbed(tmp_path_factory.mktemp("calm"), more=more)
        return made[more]

    return get


@pytest.mark.parametrize("more", [False, True], ids=["", "new-answer"])
@pytest.mark.parametrize("boundary", WORKER)
def test_a_stopped_worker_goes_on_to_the_same_state(
    tmp_path: Path, expected: Callable[[bool], Any], boundary: str, more: bool
) -> None:
    with world(tmp_path) as here:
        begin(here)
        much_happens(here)
        assert stop_worker(here, boundary) == STOPPED, "the boundary was never reached"
        if more:
            one_more_answer(here)
        expire_leases(here)
        here.settle(4)
        assert snapshot(here) == expected(more)


@pytest.mark.parametrize("boundary", WEB)
def test_a_stopped_receiver_loses_nothing(
    tmp_path: Path, expected: Callable[[bool], Any], boundary: str
) -> None:
    with world(tmp_path) as here:
        begin(here)
        much_happens(here)
        body = tmp_path / "body.json"
        body.write_bytes(signed_body(here))
        env = {**os.environ, **environment(here.directory, here.sandbox_url)}
        done = subprocess.run(
            [sys.executable, "-m", "tests.crashing", boundary, str(body),
             f"/webhooks/{KEY}/typeform", SECRET],
            env=env, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == STOPPED
        hook_up(here)
        one_more_answer(here, token=TOKEN)  # it got no 200, so it is sent again
        here.settle(4)
        assert snapshot(here) == expected(True)


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


def expire_leases(here: World) -> None:
    """Let a minute pass for the deliveries that the dead worker had taken."""
    from sqlalchemy import update

    from connector.inbox import Delivery

    with here.service.database.writing() as session:
        session.execute(update(Delivery).values(leased_until=None))


def test_every_boundary_is_tried() -> None:
    """A boundary that the code names and the list does not would never be tried."""
    source = "".join(p.read_text("utf-8") for p in Path("connector").rglob("*.py"))
    assert set(re.findall(r'reached\("([\w.]+)"\)', source)) == set(BOUNDARIES)
