"""Answers whose webhook never came: found by polling, taken in once, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from connector.clients import Typeform
from connector.db import utcnow
from connector.inbox import Delivery
from connector.sources.hooks import mend_webhooks
from connector.sources.reconcile import Asked, Found, reconcile, recount
from connector.sources.state import FormWatch
from tests.world import KEY, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, active=False) as made:
        yield made


def deliveries(here: World) -> list[Delivery]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def watch(here: World, form: str) -> FormWatch:
    with here.service.database.reading() as session:
        return session.scalars(
            select(FormWatch).where(FormWatch.form == here.forms[form, "da"])
        ).one()


def new(found: list[Found]) -> int:
    return sum(one.new for one in found)


def fault(here: World, **order: object) -> None:
    url = f"{here.sandbox_url}/sandbox/control/faults"
    requests.post(url, json=order, timeout=20).raise_for_status()


def test_an_answer_without_a_webhook_is_found_and_processed(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve")
    assert deliveries(here) == []
    found = reconcile(here.service, KEY)
    assert new(found) == 1
    assert [one.via for one in deliveries(here)] == ["reconcile"]
    here.drain()
    assert [one.state for one in deliveries(here)] == ["processed"]


def test_seen_by_webhook_and_by_polling_is_one(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    here.apply_as_mentor("Bo Prøve")
    assert new(reconcile(here.service, KEY, Asked(whole=True))) == 0
    assert [one.sightings for one in deliveries(here)] == [1, 1]


def test_polled_first_and_delivered_late_is_one(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    told = here.apply_as_mentee("Anna Prøve")
    reconcile(here.service, KEY)
    here.options(typeform__webhooks_off=False)
    here.apply_as_mentee("Anna Prøve", token=told["token"])  # sent once more
    assert [one.sightings for one in deliveries(here)] == [2]


def test_a_first_look_takes_the_whole_history(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve", at=utcnow() - timedelta(days=300))
    assert new(reconcile(here.service, KEY)) == 1


def test_a_later_look_begins_before_the_watermark(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve", at=utcnow() - timedelta(hours=1))
    reconcile(here.service, KEY)
    here.apply_as_mentee("Late Prøve", at=utcnow() - timedelta(hours=40))
    here.apply_as_mentee("Older Prøve", at=utcnow() - timedelta(hours=60))
    assert new(reconcile(here.service, KEY)) == 1
    assert new(recount(here.service, KEY)) == 1  # the count tells of the older one


def test_the_watermark_waits_until_all_is_stored(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve")
    asked = Asked(form=here.forms["mentee_application", "da"])

    class PowerGone(BaseException):
        """Nobody catches it."""

    def power_goes(*_: object) -> None:
        raise PowerGone

    monkeypatch.setattr("connector.sources.reconcile._finish", power_goes)
    with pytest.raises(PowerGone):
        reconcile(here.service, KEY, asked)
    monkeypatch.undo()
    assert len(deliveries(here)) == 1
    assert new(reconcile(here.service, KEY)) == 0
    assert watch(here, "mentee_application").at is not None


def test_a_dry_run_counts_and_stores_nothing(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve")
    assert new(reconcile(here.service, KEY, Asked(dry_run=True))) == 1
    assert deliveries(here) == []
    assert new(reconcile(here.service, KEY)) == 1


def test_since_asks_for_what_came_after(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve", at=utcnow() - timedelta(days=10))
    here.apply_as_mentee("Bo Prøve", at=utcnow() - timedelta(days=2))
    asked = Asked(since=utcnow() - timedelta(days=5))
    assert new(reconcile(here.service, KEY, asked)) == 1


def test_one_form_that_cannot_be_read_holds_up_no_other(here: World) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve")
    broken = here.forms["mentor_application", "da"]
    fault(
        here, tool="typeform", kind="status", status=403, times=1,
        path=f"/forms/{broken}/responses", body={"code": "FORBIDDEN"},
    )  # fmt: skip
    found = reconcile(here.service, KEY)
    assert new(found) == 1
    assert [one.form for one in found if one.problem] == [broken]
    assert "403" in watch(here, "mentor_application").problem
    assert not any(one.problem for one in reconcile(here.service, KEY))
    assert watch(here, "mentor_application").problem == ""


def test_what_is_not_due_is_left_alone(here: World) -> None:
    reconcile(here.service, KEY)
    here.forget_calls()
    assert reconcile(here.service, KEY, Asked(due_only=True)) == []
    assert "typeform" not in here.calls()


def test_a_disabled_webhook_is_switched_on_and_the_gap_filled(here: World) -> None:
    form = here.forms["mentee_application", "da"]
    reconcile(here.service, KEY)
    url = f"{here.sandbox_url}/typeform/forms/{form}/webhooks/vidensbro"
    token = {"Authorization": "Bearer token"}
    hook = requests.get(url, headers=token, timeout=20).json()
    requests.put(
        url, headers=token, timeout=20, json={**hook, "enabled": False, "secret": "x"}
    ).raise_for_status()
    here.apply_as_mentee("Anna Prøve")
    assert deliveries(here) == []
    with_address(here)
    assert mend_webhooks(here.service, KEY) == ""
    assert requests.get(url, headers=token, timeout=20).json()["enabled"]
    assert [one.via for one in deliveries(here)] == ["reconcile"]
    here.apply_as_mentee("Bo Prøve")  # signed with the secret of the settings again
    assert [one.via for one in deliveries(here)] == ["reconcile", "webhook"]


def with_address(here: World) -> None:
    here.service.settings = replace(here.settings, public_url=here.web_url)


def test_an_error_nobody_foresaw_in_one_form_ends_no_other_look(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Anna Prøve")
    broken = here.forms["closing_evaluation_mentee", "da"]
    fetch = Typeform.responses

    def sometimes(client: Typeform, form: str, *more: object) -> object:
        if form == broken:
            raise KeyError("nobody thought of this")
        return fetch(client, form, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Typeform, "responses", sometimes)
    found = reconcile(here.service, KEY)
    assert new(found) == 1
    assert [one.form for one in found if one.problem] == [broken]
    assert "KeyError" in watch(here, "closing_evaluation_mentee").problem


def test_an_account_that_lists_nothing_any_more_is_told(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    reconcile(here.service, KEY)
    here.options(typeform__wrong_region=True)
    recount(here.service, KEY)
    assert "1 are stored here" in watch(here, "mentee_application").problem
