"""Mailchimp's webhook: registered once, demanded to be signed, looked after."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector import hints, signing
from connector.app import create_app
from connector.boundaries import listen
from connector.processing import drain
from connector.service import Service
from connector.sync.cycle import TOOLS, change, same_account
from connector.sync.mailchimp.chores import (
    compare_nightly,
    mend_webhook,
    read_campaigns,
)
from connector.sync.setup import apply_all, plan_all
from connector.sync.setup.steps import SetupPlan
from connector.sync.state import Connection
from connector.timetable import CHORES
from connector.vault import Vault
from sandbox.app import serving
from tests.sync.setup_world import KEY, SetupWorld, world

SECRET = "an-address-secret-for-tests"
OLD = "an-older-address-secret-for-tests"
SECRET_KEY = "a-key-for-tests-only-0123456789"
HOOKS = "/mailchimp/3.0/lists/demo-audience/webhooks"
SAFE = {"MAILCHIMP_WEBHOOK_SECRETS": SECRET, "SECRET_KEY": SECRET_KEY}
EVENTS = {"subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"}
ALL = dict.fromkeys(EVENTS, True)
OURS = {"user": True, "admin": True, "api": False}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[SetupWorld]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def web(box: SetupWorld) -> Iterator[str]:
    """Serve the receiver, so that the address can be checked by a GET."""
    service = box.service("mailchimp", **SAFE)
    app = create_app(service.settings, ring=lambda: None)
    with serving(app) as url:
        yield url


def connected(box: SetupWorld, web: str, **more: str) -> Service:
    return box.service("mailchimp", **{"PUBLIC_URL": web, **SAFE, **more})


def hooks(box: SetupWorld) -> list[dict[str, Any]]:
    return list(box.ask("GET", HOOKS)["webhooks"])


def by_hand(box: SetupWorld, url: str, **more: Any) -> str:
    body = {"url": url, "events": ALL, "sources": OURS, **more}
    return str(box.ask("POST", HOOKS, body)["id"])


def run(service: Service) -> SetupPlan:
    plan = plan_all(service, KEY)
    apply_all(plan)
    return plan


def of_hook(plan: SetupPlan) -> list[str]:
    return [step.what for step in plan.steps if step.part == "webhook"]


def activate(service: Service) -> None:
    tool = TOOLS["mailchimp"]
    client = tool.connect(service, KEY)
    same_account(service, KEY, "mailchimp", tool.account(client))
    client.door.close()
    change(service, KEY, "mailchimp", "active")


def kept(service: Service) -> list[str]:
    with service.database.reading() as session:
        return signing.kept_for(session, (KEY, "mailchimp"))


def signing_secret(service: Service) -> str:
    with service.database.reading() as session:
        token = session.scalars(select(signing.SigningSecret.token)).one()
    return Vault(SECRET_KEY, signing.PURPOSE).unlock(token)


# Registered


def test_it_is_registered_once_with_all_it_needs(box: SetupWorld, web: str):
    service = connected(box, web)
    plan = run(service)
    (what,) = of_hook(plan)
    assert plan.notes == []
    (hook,) = hooks(box)
    assert hook["url"] == f"{web}/webhooks/{KEY}/mailchimp/{SECRET}"
    assert (hook["events"], hook["sources"]) == (ALL, OURS)
    assert kept(service) == [hook["id"]]
    box.writes()
    again = run(service)
    assert (again.steps, again.notes, box.writes()) == ([], [], {})
    assert "Mailchimp: send ændringer på listen til" in what


def test_no_secret_stands_anywhere_it_can_be_read(
    box: SetupWorld, web: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG", logger="connector")
    service = connected(box, web)
    plan = run(service)
    secret = signing_secret(service)
    with service.database.engine.connect() as connection:
        tables = ("connection", "signing_secret")
        rows = [
            str(connection.exec_driver_sql(f"SELECT * FROM {name}").all())  # noqa: S608
            for name in tables
        ]
    shown = " ".join([*rows, *of_hook(plan), *plan.notes, caplog.text, repr(plan)])
    assert SECRET not in shown
    assert secret not in shown


def test_what_mailchimp_refuses_is_told_without_the_secret(box: SetupWorld, web: str):
    service = connected(box, web, PUBLIC_URL="http://127.0.0.1:9")
    plan = run(service)
    (note,) = plan.notes
    assert "http://127.0.0.1:9/webhooks" in note
    assert SECRET not in note
    assert hooks(box) == []


def fault(box: SetupWorld, method: str, detail: str) -> None:
    order = {"tool": "mailchimp", "kind": "status", "status": 400, "path": "webhooks"}
    body = {"title": "Invalid Resource", "detail": detail}
    box.ask(
        "POST", "/sandbox/control/faults", {**order, "method": method, "body": body}
    )


def test_a_quoted_address_is_made_harmless(box: SetupWorld, web: str):
    fault(box, "POST", f"No: {web}/webhooks/{KEY}/mailchimp/{SECRET} is no good.")
    (note,) = run(connected(box, web)).notes
    assert "is no good" in note
    assert SECRET not in note


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SECRET_KEY": ""}, ["SECRET_KEY er ikke sat"]),
        (
            {
                "MAILCHIMP_WEBHOOK_SECRETS": "",
                "PUBLIC_URL": "https://mentor.example",
            },
            ["MAILCHIMP_WEBHOOK_SECRETS er ikke sat"],
        ),
        ({"PUBLIC_URL": ""}, []),
    ],
)
def test_without_what_it_needs_none_is_made(box: SetupWorld, web: str, more, said):
    plan = run(connected(box, web, **more))
    assert of_hook(plan) == hooks(box) == []
    assert [
        note[: len(words)] for note, words in zip(plan.notes, said, strict=True)
    ] == said


# Put right


@pytest.mark.parametrize(
    ("change_there", "said"),
    [
        ({"events": {"cleaned": False}}, "melder alt"),
        ({"sources": {"api": True}}, "ikke det, vi selv skriver"),
        ({"sources": {"admin": False}}, "melder alt"),
    ],
)
def test_one_changed_there_is_made_anew(box: SetupWorld, web: str, change_there, said):
    service = connected(box, web)
    run(service)
    (hook,) = hooks(box)
    box.ask("PATCH", f"{HOOKS}/{hook['id']}", change_there)
    (what,) = of_hook(run(service))
    assert said in what
    (after,) = hooks(box)
    assert (after["events"], after["sources"]) == (ALL, OURS)
    assert kept(service) == [after["id"]] != [hook["id"]]
    assert run(service).steps == []


def test_a_new_secret_is_given_once(box: SetupWorld, web: str):
    run(connected(box, web, MAILCHIMP_WEBHOOK_SECRETS=SECRET))
    both = connected(box, web, MAILCHIMP_WEBHOOK_SECRETS=f"{OLD},{SECRET}")
    # The receiver of this test knows only the first, and answers any GET.
    (what,) = of_hook(run(both))
    assert "nye hemmelighed" in what
    (hook,) = hooks(box)
    assert hook["url"].endswith(f"/{OLD}")
    assert run(both).steps == []


def test_one_made_before_the_address_changed_is_moved(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    other = web.replace("127.0.0.1", "localhost")
    moved = connected(box, web, PUBLIC_URL=other)
    (what,) = of_hook(run(moved))
    assert "i stedet for http://127.0.0.1" in what
    assert SECRET not in what
    assert [one["url"].startswith(other) for one in hooks(box)] == [True]


def test_several_of_ours_become_one_and_others_stay(box: SetupWorld, web: str):
    by_hand(box, f"{web}/webhooks/{KEY}/mailchimp/one-made-by-hand")
    by_hand(box, f"{web}/webhooks/{KEY}/mailchimp")
    foreign = by_hand(box, f"{box.url}/sandbox/control/options")
    (what,) = of_hook(run(connected(box, web)))
    assert "i stedet for flere" in what
    left = {one["id"]: one["url"] for one in hooks(box)}
    assert foreign in left
    assert len(left) == 2
    assert f"{web}/webhooks/{KEY}/mailchimp/{SECRET}" in left.values()


def test_a_lost_signing_secret_means_a_new_webhook(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    (hook,) = hooks(box)
    with service.database.writing() as session:
        signing.forget(session, (KEY, "mailchimp"), hook["id"])
    (what,) = of_hook(run(service))
    assert "signaturnøgle" in what
    (after,) = hooks(box)
    assert kept(service) == [after["id"]] != [hook["id"]]
    assert run(service).steps == []


def test_another_secret_key_means_a_new_webhook(box: SetupWorld, web: str):
    run(connected(box, web))
    service = connected(box, web, SECRET_KEY="another-key-for-tests-0123456789")
    (what,) = of_hook(run(service))
    assert "signaturnøgle" in what
    assert run(service).steps == []


@pytest.mark.parametrize("kind", ["unsigned", "absent"])
def test_one_that_is_never_signed_is_made_once(box: SetupWorld, web: str, kind):
    box.option("mailchimp.signing", kind)
    service = connected(box, web)
    assert len(of_hook(run(service))) == 1
    assert kept(service) == []
    assert run(service).steps == []


class PowerCut(BaseException):
    """No handler may catch it, as none would be there."""


@pytest.mark.parametrize("step", ["made", "after_commit"])
def test_a_cut_while_it_is_made_ends_with_one_whose_secret_is_kept(
    box: SetupWorld, web: str, step: str
):
    def listener(name: str) -> None:
        if name == f"mailchimp.hook.{step}":
            raise PowerCut

    service = connected(box, web)
    listen(listener)
    try:
        with pytest.raises(PowerCut):
            run(service)
    finally:
        listen(None)
    run(service)
    (hook,) = hooks(box)
    assert kept(service) == [hook["id"]]
    assert run(service).steps == []


# Demanded


def test_after_setup_only_what_is_signed_is_taken_in(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    url = f"{web}/webhooks/{KEY}/mailchimp/{SECRET}"
    body = (
        b"type=unsubscribe&fired_at=2026-03-01+10%3A00%3A00&data%5Bid%5D=0123456789"
        b"&data%5Bemail%5D=anna%40people.example&data%5Blist_id%5D=demo-audience"
    )

    def post(secret: str | None) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if secret is not None:
            at = str(int(time.time()))
            signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
            headers["X-Mailchimp-Signature"] = f"t={at},v1={signed.hexdigest()}"
        return requests.post(url, data=body, headers=headers, timeout=10).status_code

    assert post(None) == 401
    assert post("not-the-secret-that-was-given") == 401
    assert post(signing_secret(service)) == 200


def test_an_unsubscribe_there_arrives_as_a_hint(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    members = "/mailchimp/3.0/lists/demo-audience/members"
    body = {"email_address": "anna@people.example", "status": "subscribed"}
    box.ask("POST", members, body)
    act = "/sandbox/control/mailchimp"
    box.ask("POST", f"{act}/unsubscribe", {"email": "anna@people.example"})
    while box.ask("GET", f"{act}/waiting")["waiting"]:
        time.sleep(0.02)
    drain(service)
    with service.database.reading() as session:
        found = hints.waiting(session, KEY, "mailchimp")
    assert [(one.topic, one.subject) for one in found] == [
        ("unsubscribe", "anna@people.example")
    ]


# Looked after


def test_one_that_vanished_or_was_changed_is_made_again(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    activate(service)
    for spoil in ("DELETE", "PATCH"):
        (hook,) = hooks(box)
        body = {"sources": {"api": True}} if spoil == "PATCH" else None
        box.ask(spoil, f"{HOOKS}/{hook['id']}", body)
        assert mend_webhook(service, KEY) == ""
        (after,) = hooks(box)
        assert after["id"] != hook["id"]
        assert after["sources"] == OURS
    box.writes()
    assert mend_webhook(service, KEY) == ""
    assert box.writes() == {}


def test_one_that_setup_never_made_is_not_made(box: SetupWorld, web: str):
    service = connected(box, web)
    activate(service)
    assert mend_webhook(service, KEY) == ""
    assert hooks(box) == []


def test_a_paused_connection_is_left_in_peace(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    activate(service)
    change(service, KEY, "mailchimp", "paused")
    (hook,) = hooks(box)
    box.ask("DELETE", f"{HOOKS}/{hook['id']}")
    chores = (mend_webhook, read_campaigns, compare_nightly)
    assert [chore(service, KEY) for chore in chores] == ["", "", ""]
    assert hooks(box) == []


def test_the_chores_do_their_work_by_the_clock(box: SetupWorld, web: str):
    service = connected(box, web)
    run(service)
    activate(service)
    mine = {name: one for name, one in CHORES.items() if "mailchimp" in name}
    assert len(mine) == 3
    assert [one.run(service, KEY) for one in mine.values()] == ["", "", ""]
    with service.database.reading() as session:
        row = session.scalars(select(Connection)).one()
    assert row.facts["compare"]["missing"] == 0


def test_what_is_refused_then_is_a_problem_that_names_nothing(
    box: SetupWorld, web: str, caplog: pytest.LogCaptureFixture
):
    service = connected(box, web)
    run(service)
    activate(service)
    (hook,) = hooks(box)
    box.ask("DELETE", f"{HOOKS}/{hook['id']}")
    fault(box, "POST", f"{hook['url']} is no good.")
    problem = mend_webhook(service, KEY)
    assert problem.startswith("Mailchimp")
    assert SECRET not in problem + caplog.text
    assert mend_webhook(service, KEY) == ""
    assert len(hooks(box)) == 1
