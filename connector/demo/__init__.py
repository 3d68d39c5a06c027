"""The demo: its own directory, its own invented secrets, and its first start.

It lives under ``var/demo/`` alone. What was done is kept in ``state.json``, part by
part, so that a first start that was interrupted goes on where it stopped: playing a
part again changes nothing, as every answer has a token of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select

from connector import hints
from connector.bell import bind, make_queue
from connector.db import utcnow
from connector.demo import forms as shipped
from connector.demo.env import prepare, sandbox_options, sandbox_url
from connector.inbox import Delivery
from connector.service import Service
from connector.settings import ConfigError, Settings
from connector.sources.hooks import webhook_url
from connector.sync.cycle import TOOLS, change, find, same_account
from connector.sync.setup import apply_all, plan_all
from sandbox.demo import doors
from sandbox.demo.doors import Crm, DoorError, Forms
from sandbox.demo.feed import Feed
from sandbox.demo.programme import KEY, Dates, write_programme
from sandbox.demo.script import write_script
from sandbox.demo.surveys import Surveys

__all__ = [
    "State", "catch_up", "feed", "lay_programme", "make_feed", "open_state", "prepare",
    "sandbox_options", "sandbox_url", "set_up", "status_labels",
]  # fmt: skip

CATCH_UP_S = 60.0
SET_UP = "two ways"
"""What ``set_up`` prepares; a demo that was prepared for less is prepared again."""
Tell = Callable[[str], None]
Check = Callable[[], None]


@dataclass
class State:
    """What the demo has done so far, kept in a file of its own."""

    path: Path
    first_day: date
    forms: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    set_up_for: str = ""
    surveys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> State:
        """Read the state, or begin one today."""
        if not path.exists():
            return cls(path, datetime.now(UTC).date())
        held = json.loads(path.read_text("utf-8"))
        return cls(
            path,
            date.fromisoformat(held["first_day"]),
            dict(held["forms"]),
            list(held["done"]),
            str(held["set_up_for"]),
            # Not there in a demo that was begun before there were any.
            dict(held.get("surveys", {})),
        )

    def save(self) -> None:
        """Write the state in one step: a half-written one would lose the demo."""
        told = {
            "first_day": self.first_day.isoformat(),
            "forms": self.forms,
            "done": self.done,
            "set_up_for": self.set_up_for,
            "surveys": self.surveys,
        }
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(told, indent=1), "utf-8")
        fresh.replace(self.path)

    def form_ids(self) -> dict[tuple[str, str], str]:
        """Return (mapping, language) -> form id at Typeform."""
        return _by_name(self.forms)

    def survey_ids(self) -> dict[tuple[str, str], str]:
        """Return (mapping, language) -> survey id at SurveyMonkey."""
        return _by_name(self.surveys)


def _by_name(ids: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {
        (name.split(".")[0], name.split(".")[1]): form for name, form in ids.items()
    }


def open_state(settings: Settings) -> State:
    """Return the demo's state; raise ``ConfigError`` where half of the demo is gone."""
    folder = settings.data_dir
    state = State.open(folder / "state.json")
    files = (folder / "sandbox.db", folder / "vidensbro.db")
    if state.done and not all(path.exists() for path in files):
        raise ConfigError(
            f"A part of the demo's data is gone. Begin anew with: rm -r {folder}"
        )
    return state


def lay_programme(settings: Settings, state: State) -> None:
    """Make the forms at the sandbox, once, and write the programme that reads them."""
    url = sandbox_url(settings)
    if not state.forms:
        made, surveys = (
            Forms.make(url, shipped.TYPEFORM),
            shipped.make_surveys(url),
        )
        state.forms = {".".join(name): form for name, form in made.items()}
        state.surveys = {".".join(name): form for name, form in surveys.items()}
        # Before the programme is written: it names these forms and no others.
        state.save()
    programmes = settings.data_dir / "programmes"
    folder = programmes / KEY
    if not (folder / "indicators.toml").exists():
        write_programme(folder, Dates(state.first_day), state.form_ids())
    shipped.bind_surveys(url, programmes, state.survey_ids())


def set_up(service: Service, state: State) -> list[str]:
    """Prepare the tools and say yes to the first sync, as the commands do."""
    _ring_for_the_crm(service)
    address = f"{service.settings.public_url} {SET_UP}"
    if state.set_up_for == address:
        return []
    plan = plan_all(service, KEY)
    done = apply_all(plan)
    for name, tool in TOOLS.items():
        account = tool.account(tool.connect(service, KEY))
        if same_account(service, KEY, name, account):
            change(service, KEY, name, "active")
    state.set_up_for = address
    state.save()
    return done


def _ring_for_the_crm(service: Service) -> None:
    """Switch the CRM's webhooks on, at every start: its sandbox forgets them.

    At HubSpot an uploaded app does that; there is no call for it.
    """
    settings = service.settings
    secret = settings.secrets(KEY, "hubspot")[0]
    address = webhook_url(service, KEY, "hubspot")
    doors.send_webhooks(sandbox_url(settings), address, secret)


def feed(service: Service, state: State, tell: Tell, check: Check) -> None:
    """Play what has not been played yet, by the doors of people and staff.

    ``check`` is called while we wait for the worker; it raises where that has died.
    """
    if set(PARTS) <= set(state.done):
        return
    for name, play in make_feed(service, state).parts().items():
        if name in state.done:
            continue
        tell(PARTS[name])
        play()
        if not catch_up(service, check):
            raise DoorError(
                f"The worker has not caught up within {CATCH_UP_S:.0f} s. Start again "
                f"to go on; its log is {service.settings.data_dir}/logs/worker.log"
            )
        state.done.append(name)
        state.save()


def make_feed(service: Service, state: State) -> Feed:
    """Return the story and the doors by which it is played."""
    url = sandbox_url(service.settings)
    return Feed(
        script=write_script(state.first_day),
        forms=Forms(url, state.form_ids()),
        surveys=Surveys(url, state.survey_ids(), shipped.wording(service)),
        crm=Crm(url),
        sandbox_url=url,
        labels=status_labels(service),
    )


PARTS = {
    "applications": "People apply: signed webhooks of Typeform and SurveyMonkey ...",
    "course": "Staff choose and match people on the CRM's board ...",
    "ending": "The course ends, and evaluations arrive ...",
    "records": "Staff log meetings and notes, and send a newsletter ...",
}


def status_labels(service: Service) -> dict[str, str]:
    """Return status -> what the board's column is called."""
    plan = service.programme(KEY)
    choices = plan.fields["participation.status"].choices
    return {c.code: c.label.get(plan.locale, c.code) for c in choices}


def catch_up(service: Service, check: Check, limit_s: float = CATCH_UP_S) -> bool:
    """Wait until nothing waits and every tool was synced from now on; tell whether."""
    ends = time.monotonic() + limit_s
    url = sandbox_url(service.settings)
    while doors.under_way(url):
        check()
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    sync = bind(make_queue(service.settings)).sync
    # A sync under way may have begun before the last act: the next one has not.
    for _ in range(2):
        since = utcnow()
        sync()
        while not _caught_up(service, since):
            check()
            if time.monotonic() > ends:
                return False
            time.sleep(0.1)
    return True


def _caught_up(service: Service, since: datetime) -> bool:
    with service.database.reading() as session:
        waiting = session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.programme == KEY, Delivery.state == "received")
        )
        # What a webhook has only named is fetched first.
        named = hints.count_waiting(session, KEY, "surveymonkey")
        last = [
            row.last_success_at if row is not None else None
            for row in (find(session, KEY, name) for name in TOOLS)
        ]
    return not (waiting or named) and all(at is not None and at >= since for at in last)
