"""Newsletters that were sent become communications, with figures that grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from mailchimp_world import AUDIENCE, LATELY, LONG_AGO, NOW, PLAN, World, world
from sqlalchemy import delete, select

from connector import hints
from connector.boundaries import listen
from connector.db import utcnow
from connector.programme.claims import Claim
from connector.programme.communications import Sent, communications
from connector.programme.entities import Communication
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from connector.programme.staff import say
from connector.sync.mailchimp import campaigns
from connector.sync.state import RemoteRecord, Watermark
from webhooks.mailchimp import events

REPORTS = "GET /3.0/reports"
CAMPAIGNS = "GET /3.0/campaigns"


@pytest.fixture
def w(tmp_path) -> Iterator[World]:
    with world(tmp_path) as made:
        for name in ("Anna", "Bo", "Carla"):
            made.person(name)
        made.sync()
        made.forget_calls()
        yield made


def act(w: World, what: str, at: Any = NOW, **told: Any) -> dict[str, Any]:
    answer = requests.post(
        f"{w.url}/sandbox/control/mailchimp/{what}",
        json=told,
        headers={"X-Sandbox-At": at.isoformat()},
        timeout=10,
    )
    answer.raise_for_status()
    return dict(answer.json())


def send(w: World, subject: str, at: Any = LATELY, segment: str = "all") -> str:
    told = {"title": f"{subject} (title)", "subject": subject, "segment": segment}
    return str(act(w, "send_campaign", at, **told)["id"])


def look(w: World) -> int:
    return campaigns.refresh(w.context(), w.client)


def sent(w: World) -> list[Sent]:
    with w.database.reading() as session:
        return list(communications(session, "lyngby"))


def hint(w: World, campaign: str) -> None:
    body = (
        f"type=campaign&fired_at=2026-03-01+10%3A00%3A00&data%5Bid%5D={campaign}"
        f"&data%5Bstatus%5D=sent&data%5Blist_id%5D={AUDIENCE}"
    )
    with w.database.writing() as session:
        hints.note(session, "lyngby", "mailchimp", events(body.encode()))


def test_a_newsletter_is_a_communication_with_its_figures(w: World):
    campaign = send(w, "Nyt om mentorer", segment="Mentorer")
    for name in ("anna", "anna", "bo"):
        act(w, "click", campaign=campaign, email=f"{name}@people.example")
    act(w, "unsubscribe", campaign=campaign, email="carla@people.example")
    assert look(w) == 1
    (one,) = sent(w)
    day = LATELY.astimezone(ZoneInfo("Europe/Copenhagen")).date()
    assert (one.kind, one.title, one.sent_on) == ("newsletter", "Nyt om mentorer", day)
    assert (one.audience, one.reach, one.clicks, one.unsubscribed) == (
        "Mentorer", 3, 2, 1,
    )  # fmt: skip
    assert campaign in str(one.link)
    with w.database.reading() as session:
        row = session.scalars(
            select(RemoteRecord).where(RemoteRecord.object_type == "campaign")
        ).one()
    assert (row.tool, row.entity_kind) == ("mailchimp", "communication")
    assert (row.remote_id, row.entity_id) == (campaign, one.id)


def test_the_day_of_sending_is_the_programmes(w: World):
    send(w, "Sent om aftenen", at=LATELY.replace(hour=23, minute=30))
    look(w)
    assert sent(w)[0].sent_on == (LATELY + timedelta(days=1)).date()


def test_to_everybody_is_said_in_the_programmes_words(w: World):
    send(w, "Til alle")
    look(w)
    assert sent(w)[0].audience == "Alle på listen"


def test_figures_grow_and_nothing_is_said_twice(w: World):
    campaign = send(w, "Nyt")
    look(w)
    assert look(w) == 0
    act(w, "click", campaign=campaign, email="anna@people.example")
    assert look(w) == 1
    (one,) = sent(w)
    assert (one.clicks, one.reach) == (1, 3)
    with w.database.reading() as session:
        said = session.scalars(select(Claim.field).where(Claim.origin == "mailchimp"))
        assert sorted(said) == sorted(
            ["kind", "title", "sent_on", "reach", "clicks", "unsubscribed",
             "audience", "link", "clicks"]
        )  # fmt: skip


def test_all_figures_are_two_calls_and_old_ones_are_left(w: World):
    old = send(w, "Gammelt", at=LONG_AGO)
    look(w)
    for n in range(5):
        send(w, f"Nyt {n}")
    w.forget_calls()
    act(w, "click", campaign=old, email="anna@people.example")
    look(w)
    assert w.calls() == {REPORTS: 1, CAMPAIGNS: 1}
    found = {one.title: one for one in sent(w)}
    assert len(found) == 6
    # Sent 90 days ago: its figures are final by now.
    assert found["Gammelt"].clicks == 0


def test_an_outage_loses_no_newsletter(w: World):
    look(w)
    with w.database.writing() as session:
        mark = session.scalars(
            select(Watermark).where(Watermark.stream == "campaigns")
        ).one()
        mark.at = NOW - timedelta(days=60)
    send(w, "Sendt imens", at=LONG_AGO)
    assert look(w) == 1


def test_what_staff_wrote_stands_until_the_tool_says_something_else(w: World):
    campaign = send(w, "Nyt")
    look(w)
    (one,) = sent(w)
    with w.database.writing() as session:
        about = ("communication", one.id)
        say(session, PLAN, about, "title", "Forår", at=utcnow(), origin="command")
        resolve(session, policy_of(PLAN), [about])
    act(w, "click", campaign=campaign, email="anna@people.example")
    look(w)
    (after,) = sent(w)
    assert (after.title, after.clicks) == ("Forår", 1)


def test_a_webhook_brings_the_figures_at_once(w: World):
    campaign = send(w, "Nyt")
    w.sync()
    assert sent(w) == []
    hint(w, campaign)
    w.sync()
    assert [one.title for one in sent(w)] == ["Nyt"]
    w.forget_calls()
    w.sync()
    assert REPORTS not in w.calls()


def test_a_forged_campaign_is_none(w: World):
    hint(w, "feedfacef0")
    w.sync()
    assert sent(w) == []


def test_a_connection_bound_anew_makes_no_second_one(w: World):
    send(w, "Nyt")
    look(w)
    with w.database.writing() as session:
        session.execute(delete(RemoteRecord))
        session.execute(delete(Watermark))
    assert look(w) == 0
    assert len(sent(w)) == 1


def test_the_newest_comes_first_and_undated_ones_last(w: World):
    send(w, "Ældst", at=LATELY - timedelta(days=2))
    send(w, "Nyest")
    look(w)
    with w.database.writing() as session:
        session.add(Communication(id="x", programme="lyngby", title="Uden dag"))
        session.add(Communication(id="y", programme="elsewhere", title="Andres"))
    assert [one.title for one in sent(w)] == ["Nyest", "Ældst", "Uden dag"]


class PowerCut(BaseException):
    """No handler may catch it, as none would be there."""


@pytest.mark.parametrize("step", ["before_commit", "after_commit"])
def test_a_cut_makes_no_second_communication(w: World, step):
    def listener(name: str) -> None:
        if name == f"mailchimp.campaigns.{step}":
            raise PowerCut

    hint(w, send(w, "Nyt"))
    listen(listener)
    try:
        with pytest.raises(PowerCut):
            w.sync()
    finally:
        listen(None)
    w.sync()
    look(w)
    assert [one.title for one in sent(w)] == ["Nyt"]
