"""A machine is lost; restored from last night's backup, nothing is missed.

One story is played twice: once undisturbed, once with the machine lost in the middle
and restored. The programme, the CRM and the newsletter are the same at the end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.backup.making import back_up
from connector.backup.restoring import restore
from connector.connections import pause, resume, statuses
from connector.db import utcnow
from connector.matters.waiting import open_matters
from connector.programme.claims import Claim
from connector.programme.entities import EvaluationLink
from connector.restored import go_on
from connector.service import Service, lay_out
from connector.settings import load_settings
from connector.sources.reconcile import reconcile
from connector.sync.cycle import ensure
from connector.tasks import Worker
from tests.comparing import GENERATED, snapshot
from tests.test_never_a_gap import activities, log_meeting, part, people
from tests.world import APP_ID, KEY, World, environment, world

START = utcnow().replace(microsecond=0) - timedelta(days=20)
BEFORE = ("Anna", "Bea", "Carla", "Dora")
AFTER = ("Gry", "Hanne", "Ida")


def day(number: int) -> Any:
    return START + timedelta(days=number)


def token(word: str) -> str:
    return word.lower().ljust(32, "0")


def before_the_backup(here: World) -> None:
    for number, name in enumerate(BEFORE):
        here.apply_as_mentee(f"{name} Prøve", at=day(number), token=token(name))
    here.apply_as_mentor("Mads Prøve", at=day(4), token=token("mads"))
    here.settle(2)
    for name in ("Anna", "Bea", "Mads"):
        here.edit("0-162", part(here, name), hs_pipeline_stage=here.stage("active"))
    here.settle(2)


def after_the_backup(here: World) -> None:
    """What the lost machine heard, wrote to the tools, and took with it."""
    for number, name in enumerate(AFTER):  # new people, at a new company too
        here.apply_as_mentee(
            f"{name} Prøve", at=day(10 + number), token=token(name),
            answers={"sending_company": "Sydlys Teknik A/S"},
        )  # fmt: skip
    here.apply_as_mentee(  # once more, with another number
        "Bea Prøve", at=day(13), token=token("again"),
        answers={"phone": "+4520777777"},
    )  # fmt: skip
    here.settle(2)
    anna = here.record("contacts", firstname="Anna")["id"]
    here.edit("contacts", anna, phone="+4520999999")
    here.edit("0-162", part(here, "Gry"), hs_pipeline_stage=here.stage("active"))
    people(here, "unsubscribe", "carla@people.example")
    people(here, "unsubscribe", "hanne@people.example")
    contact = here.record("contacts", firstname="Mads")["id"]
    path = "/crm/objects/2026-09/0-162/{}/associations/default/0-1/{}"
    here.crm("PUT", path.format(part(here, "Anna"), contact))
    here.settle(2)
    here.answer(
        "closing_evaluation_mentee",
        {"email": "anna@people.example", "mentee_network": "mentee_network-agree"},
        at=day(15), token=token("closing"),
    )  # fmt: skip
    here.settle(2)
    log_meeting(here)


def after_the_loss(here: World) -> None:
    """What happens while nobody listens."""
    here.apply_as_mentee("Jytte Prøve", at=day(17), token=token("jytte"))
    dora = here.record("contacts", firstname="Dora")["id"]
    here.edit("contacts", dora, phone="+4520888888")
    people(here, "unsubscribe", "bea@people.example")


def the_end(here: World) -> dict[str, Any]:
    reconcile(here.service, KEY)
    here.drain()
    go_on(here.service, KEY)
    here.settle(3)
    activities(here)
    here.settle(2)
    return snapshot(here)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with world(tmp_path_factory.mktemp("undisturbed")) as here:
        before_the_backup(here)
        after_the_backup(here)
        after_the_loss(here)
        return the_end(here), staff_said(here)


@pytest.mark.parametrize("app_id", [APP_ID, ""])
def test_nothing_is_missed(tmp_path: Path, undisturbed: Any, app_id: str) -> None:
    end, what_staff_said = undisturbed
    with world(tmp_path) as old:
        before_the_backup(old)
        file = back_up(old.service, tmp_path / "kept" / "night.backup")
        after_the_backup(old)
        tokens = links(old)
        here = lost(old, tmp_path, HUBSPOT_APP_ID=app_id)
        after_the_loss(here)
        restored(here, file)
        here.forget_calls()
        here.settle(1)
        assert here.calls()["recent"] == [], "a tool was called before all was fetched"
        assert the_end(here) == end
        assert links(here) >= tokens, "a personal link that was sent means nothing now"
        assert staff_said(here) == what_staff_said
        here.forget_calls()
        here.settle(2)
        assert written(here) == []


def test_the_worker_goes_on_by_itself_once_all_was_fetched(tmp_path: Path) -> None:
    with world(tmp_path) as old:
        old.apply_as_mentee("Anna Prøve", token=token("anna"))
        old.settle(2)
        pause(old.service, KEY, "mailchimp")
        file = back_up(old.service, tmp_path / "night.backup")
        old.apply_as_mentee("Bea Prøve", token=token("bea"))
        old.settle(2)
        here = lost(old, tmp_path)
        restored(here, file)
        worker = Worker(here.service)
        here.options(typeform__token="another-one")
        worker.tend()
        worker.drain()
        worker.sync()
        assert states(here) == {"hubspot": "paused", "mailchimp": "paused"}
        assert "answers since then are being fetched" in reason(here, "hubspot")
        here.options(typeform__token="token")
        reconcile(here.service, KEY)  # the pause after a failure is over
        worker.sync()
        assert states(here)["hubspot"] == "paused", "an answer is not processed yet"
        worker.drain()
        worker.sync()
        # Whom staff had paused, they resume.
        assert states(here) == {"hubspot": "active", "mailchimp": "paused"}
        assert len(here.records("contacts")) == 2
        assert len(here.records("0-162")) == 2


def test_what_staff_had_paused_waits_too_when_they_resume_it(tmp_path: Path) -> None:
    with world(tmp_path) as old:
        pause(old.service, KEY, "hubspot")
        pause(old.service, KEY, "mailchimp")
        file = back_up(old.service, tmp_path / "night.backup")
        here = lost(old, tmp_path)
        restored(here, file)
        worker = Worker(here.service)
        assert resume(here.service, KEY, "hubspot") == "paused"
        told = open_matters(here.service, KEY)
        assert {one.ref for one in told} == {"hubspot restored", "mailchimp paused"}
        here.forget_calls()
        worker.sync()
        assert states(here) == {"hubspot": "paused", "mailchimp": "paused"}
        assert "answers since then are being fetched" in reason(here, "hubspot")
        assert here.calls()["recent"] == []
        resume(here.service, KEY, "hubspot")  # without what cannot be fetched
        worker.sync()
        assert states(here)["hubspot"] == "active"
        reconcile(here.service, KEY)
        worker.drain()
        worker.sync()
        assert states(here) == {"hubspot": "active", "mailchimp": "paused"}
        resume(here.service, KEY, "mailchimp")
        worker.sync()
        assert states(here) == {"hubspot": "active", "mailchimp": "active"}


def test_a_first_sync_waits_too(tmp_path: Path) -> None:
    with world(tmp_path, active=False) as old:
        with old.service.database.writing() as session:
            ensure(session, KEY, "hubspot")
        file = back_up(old.service, tmp_path / "night.backup")
        here = lost(old, tmp_path)
        restored(here, file)
        assert states(here)["hubspot"] == "paused"
        reconcile(here.service, KEY)
        here.drain()
        assert go_on(here.service, KEY) == ["hubspot"]
        assert states(here)["hubspot"] == "new"


def test_a_no_that_no_token_can_fetch_keeps_the_tools_waiting(tmp_path: Path) -> None:
    with world(tmp_path) as old:
        old.apply_as_mentee("Anna Prøve", at=day(1))  # a yes that is not passed on yet
        old.drain()
        file = back_up(old.service, tmp_path / "night.backup")
        no = {"consent_newsletter": False}
        old.apply_as_mentee("Anna Prøve", at=day(5), answers=no)
        here = lost(old, tmp_path, TYPEFORM_TOKEN="")
        restored(here, file)
        reconcile(here.service, KEY)
        here.drain()
        assert go_on(here.service, KEY) == []
        here.settle(2)
        assert here.members() == {}
        assert "no token in .env" in reason(here, "mailchimp")
        resume(here.service, KEY, "mailchimp")  # staff know, and say so
        assert states(here)["mailchimp"] == "active"


def states(here: World) -> dict[str, str]:
    return {one.tool: one.state for one in statuses(here.service, KEY)}


def reason(here: World, tool: str) -> str:
    return next(o.reason for o in statuses(here.service, KEY) if o.tool == tool)


def lost(here: World, tmp_path: Path, **changed: str) -> World:
    """The machine burns; another one stands there, with the same settings."""
    here.service.database.engine.dispose()
    fresh = tmp_path / "fresh"
    env = {**environment(fresh, here.sandbox_url), **changed}
    settings = load_settings(env)
    return replace(
        here, directory=fresh, settings=settings, service=Service.open(settings)
    )


def restored(here: World, file: Path) -> None:
    restore(here.settings, file)
    lay_out(here.service)


def links(here: World) -> set[str]:
    with here.service.database.reading() as session:
        return set(session.scalars(select(EvaluationLink.token)))


def staff_said(here: World) -> list[tuple[str, str, str]]:
    with here.service.database.reading() as session:
        rows = session.execute(
            select(Claim.entity_kind, Claim.field, Claim.value).where(
                Claim.source == "staff"
            )
        )
        return sorted(
            (row[0], row[1], GENERATED.sub("(id)", repr(row[2]))) for row in rows
        )


def written(here: World) -> list[str]:
    return [
        entry["call"]
        for entry in here.calls()["recent"]
        if entry["method"] not in ("GET", "HEAD")
        and not entry["path"].endswith(("batch/read", "/search"))
        and "/sandbox/" not in entry["path"]
    ]
