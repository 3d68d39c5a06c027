"""The story that the crash tests tell, and a world that can be put back to a moment.

Building a world takes longer than stopping a worker in it, so one world serves every
case: sandbox and database are put back to the moment at which the work waits.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from connector.app import create_app
from connector.crm_tasks import tend_tasks
from connector.db import utcnow
from connector.service import Service
from connector.settings import load_settings
from connector.sync.setup import apply_all, plan_all
from sandbox.app import serving
from tests.moment import Moment
from tests.world import KEY, STAFF, World, environment, hook_up, world

DAY = timedelta(days=1)
START = utcnow().replace(microsecond=0) - 20 * DAY
APP_SECRET = "a-client-secret-of-the-app"
IMPOSSIBLE = "+4512345"
"""A number that the form takes and the mapping does not: the delivery is parked."""
AUDIENCE = "/mailchimp/3.0/lists/demo-audience"
PATIENCE_S = 20


@dataclass
class Town:
    """A world with a public address, whose webhooks of all tools lead to it."""

    world: World
    env: dict[str, str]
    _kept: Moment | None = None

    # --- the moment that every case begins at -----------------------------------------
    def keep(self) -> None:
        """Remember how sandbox and database stand now."""
        self._kept = Moment.of(self.world.box.box, self._live)

    def put_back(self) -> World:
        """Put sandbox and database back to how they stood; return the world."""
        assert self._kept is not None
        self.world.service.database.engine.dispose()
        self._kept.put_back(self.world.box.box, self._live)
        self.world.service = Service.open(load_settings(self.env))
        return self.world

    @property
    def _live(self) -> Path:
        return self.world.directory / "var" / "v.db"

    # --- what is done to it from outside ----------------------------------------------
    def act(self, what: str, **told: Any) -> dict[str, Any]:
        """Do as people do at the newsletter, or staff in the CRM."""
        answer = self.ask("POST", f"/sandbox/control/{what}", told)
        assert isinstance(answer, dict)
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Make one call to the sandbox as staff; return the answer's JSON."""
        url = f"{self.world.sandbox_url}{path}"
        answer = requests.request(method, url, json=body, headers=STAFF, timeout=20)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def wait_for_webhooks(self, tool: str) -> None:
        """Return when all that the tool has to tell is told."""
        until = time.monotonic() + PATIENCE_S
        while self.ask("GET", f"/sandbox/control/{tool}/waiting")["waiting"]:
            assert time.monotonic() < until, f"{tool}'s webhooks were never delivered"
            time.sleep(0.02)

    @contextmanager
    def hubspot_webhooks(self) -> Iterator[None]:
        """Let HubSpot tell of what is done meanwhile, and of nothing after it."""
        url = f"{self.env['PUBLIC_URL']}/webhooks/{KEY}/hubspot"
        self.act("hubspot/webhooks", url=url, secret=APP_SECRET)
        yield
        self.wait_for_webhooks("hubspot")
        self.act("hubspot/webhooks")


@contextmanager
def town(directory: Path) -> Iterator[Town]:
    """Set the town up, everything in step, and all the work waiting."""
    with world(directory) as here:
        port = free_port()
        env = environment(here.directory, here.sandbox_url) | {
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HUBSPOT_APP_SECRETS": APP_SECRET,
            "MAILCHIMP_WEBHOOK_SECRETS": "an-address-secret-for-tests",
            "SECRET_KEY": "a-key-for-tests-only-0123456789",
        }
        settings = load_settings(env)
        here.service = Service.open(settings)
        app = create_app(settings, ring=lambda: None)
        with serving(app, port=port) as here.web_url:
            made = Town(here, env)
            hook_up(here)
            apply_all(plan_all(here.service, KEY))
            begin(here)
            much_happens(made)
            made.keep()
            yield made


def begin(here: World) -> None:
    """Three people take part and everything is in step."""
    here.apply_as_mentee("Anna Prøve", at=START)
    here.apply_as_mentee("Eva Prøve", at=START + timedelta(hours=1))
    here.apply_as_mentor("Bo Prøve", at=START + timedelta(hours=2))
    here.apply_as_mentor("Finn Prøve", at=START + timedelta(hours=3))
    here.apply_as_mentee("Ida Prøve", at=START, answers={"phone": IMPOSSIBLE})
    here.settle(2)
    assert not tend_tasks(here.service, KEY)


def much_happens(town: Town) -> None:
    """Bring work for every step, at all four tools."""
    people_answer(town.world)
    with town.hubspot_webhooks():
        staff_edit(town.world)
        staff_meet(town)
        staff_tick_off(town)
    the_newsletter_lives(town)


def people_answer(here: World) -> None:
    """New people, a farewell to the newsletter, and an answer that no webhook tells."""
    here.apply_as_mentee("Carla Prøve", at=START + 2 * DAY)
    here.apply_as_mentee("Dan Prøve", at=START + 2 * DAY, answers={"phone": IMPOSSIBLE})
    here.apply_as_mentee(
        "Eva Prøve", at=START + 3 * DAY, answers={"consent_newsletter": False}
    )
    here.options(typeform__webhooks_off=True)
    here.apply_as_mentee("Gry Prøve", at=START + 3 * DAY)
    here.options(typeform__webhooks_off=False)


def staff_edit(here: World) -> None:
    """Edits, a match, and a contact to adopt."""
    part = participation(here, "Anna")
    here.edit("0-162", part, at=START + DAY, hs_pipeline_stage=here.stage("selected"))
    anna = here.record("contacts", email="anna@people.example")
    here.edit("contacts", anna["id"], at=START + DAY, phone="+4520111111")
    bo = here.record("contacts", email="bo@havbro.example")
    here.crm(
        "PUT",
        f"/crm/objects/2026-09/0-162/{part}/associations/default/contacts/{bo['id']}",
    )
    here.crm(
        "POST", "/crm/objects/2026-09/contacts",
        {"properties": {"email": "carla@people.example", "firstname": "Carla"}},
        **{"X-Sandbox-At": (START - DAY).isoformat()},
    )  # fmt: skip


def staff_meet(town: Town) -> None:
    """A session is logged, long after which nothing else asks for the meetings."""
    town.act(
        "hubspot/meeting", record=f"0-162:{participation(town.world, 'Anna')}",
        date=f"{START + 4 * DAY:%Y-%m-%d}", time="10:00", minutes="45",
        title="Møde om CV", outcome="COMPLETED",
    )  # fmt: skip


def staff_tick_off(town: Town) -> None:
    """The one task is closed without a reason, while its matter stands."""
    (task,) = town.world.records("0-27")
    town.act("hubspot/complete_task", record=f"0-27:{task['id']}")


def the_newsletter_lives(town: Town) -> None:
    """One is sent, somebody leaves, a field is spoilt, the webhook is taken away."""
    sent = town.act(
        "mailchimp/send_campaign", title="Nyt", subject="Nyt", segment="all"
    )
    town.act("mailchimp/click", campaign=sent["id"], email="anna@people.example")
    town.act("mailchimp/unsubscribe", campaign=sent["id"], email="finn@havbro.example")
    town.wait_for_webhooks("mailchimp")
    hooks = f"{AUDIENCE}/webhooks"
    for one in newsletter(town, hooks)["webhooks"]:
        newsletter(town, f"{hooks}/{one['id']}", "DELETE")
    bo = town.world.members()["bo@havbro.example"]["id"]
    spoilt = {"merge_fields": {"VIDENSBRO": ";r1.mentor.spoilt;"}}
    newsletter(town, f"{AUDIENCE}/members/{bo}", "PATCH", spoilt)


def newsletter(town: Town, path: str, method: str = "GET", body: Any = None) -> Any:
    """Make one call to the newsletter's API."""
    answer = requests.request(
        method, f"{town.world.sandbox_url}{path}", json=body,
        auth=("x", "key-us1"), timeout=20,
    )  # fmt: skip
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def one_more_answer(here: World, **more: Any) -> None:
    """An answer that concerns records which the stopped worker was busy with."""
    here.apply_as_mentee(
        "Anna Prøve", at=START + 4 * DAY, answers={"phone": "+4520222222"}, **more
    )


def participation(here: World, name: str) -> str:
    """Return the record of a mentee's participation."""
    found = here.record("0-162", hs_name=f"{name} Prøve · Mentee · Runde 1")
    return str(found["id"])


def free_port() -> int:
    """Return a port of this machine's that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
