"""The demo: its own directory, its own invented secrets, and its first start.

It lives under ``var/demo/`` alone. What was done is kept in ``state.json``, part by
part, so that a first start that was interrupted goes on where it stopped: playing a
part again changes nothing, as every answer has a token of its own.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from connector.bell import bind, make_queue
from connector.db import utcnow
from connector.inbox import Delivery
from connector.service import Service
from connector.settings import DEMO_FILE, ConfigError, Settings
from connector.sync.cycle import TOOLS, change, find, same_account
from connector.sync.setup import apply_all, plan_all
from sandbox.demo.doors import Crm, DoorError, Forms
from sandbox.demo.feed import Feed
from sandbox.demo.programme import KEY, Dates, write_programme
from sandbox.demo.script import write_script

AUDIENCE = "demo-audience"
CATCH_UP_S = 60.0
FORMS = Path(__file__).parent.parent / "mappings/programmes/template/typeform"
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
        )

    def save(self) -> None:
        """Write the state in one step: a half-written one would lose the demo."""
        told = {
            "first_day": self.first_day.isoformat(),
            "forms": self.forms,
            "done": self.done,
            "set_up_for": self.set_up_for,
        }
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(told, indent=1), "utf-8")
        fresh.replace(self.path)

    def form_ids(self) -> dict[tuple[str, str], str]:
        """Return (mapping, language) -> form id."""
        return {
            (name.split(".")[0], name.split(".")[1]): form
            for name, form in self.forms.items()
        }


def prepare(settings: Settings) -> Path:
    """Write ``demo.env`` where it is missing, and its addresses for these ports."""
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DEMO_FILE
    held = _secrets_of(path) or {
        "HUBSPOT_TOKEN": f"demo-{secrets.token_hex(16)}",
        "MAILCHIMP_API_KEY": f"{secrets.token_hex(16)}-us1",
        "TYPEFORM_TOKEN": f"demo-{secrets.token_hex(16)}",
        "TYPEFORM_SECRETS": secrets.token_hex(32),
    }
    lines = [
        f"{name}='{value}'" for name, value in {**held, **_fixed(settings)}.items()
    ]
    text = "# Made by the demo; invented secrets, for the sandbox only.\n"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text + "\n".join(lines) + "\n", "utf-8")
    return path


SECRETS = (
    "HUBSPOT_TOKEN",
    "MAILCHIMP_API_KEY",
    "TYPEFORM_TOKEN",
    "TYPEFORM_SECRETS",
)


def _secrets_of(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    held = dotenv_values(path) if path.exists() else {}
    found = {name: held.get(name) or "" for name in SECRETS}
    return found if all(found.values()) else {}


def _fixed(settings: Settings) -> dict[str, str]:
    folder = settings.data_dir
    sandbox = sandbox_url(settings)
    return {
        "PROGRAMMES": KEY,
        "VIDENSBRO_PROGRAMMES": str(folder / "programmes"),
        "DATABASE_URL": f"sqlite:///{folder / 'vidensbro.db'}",
        "QUEUE_URL": "",
        "HOST": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{settings.port}",
        "HUBSPOT_BASE_URL": f"{sandbox}/hubspot",
        "MAILCHIMP_BASE_URL": f"{sandbox}/mailchimp/3.0",
        "MAILCHIMP_AUDIENCE_ID": AUDIENCE,
        "TYPEFORM_BASE_URL": f"{sandbox}/typeform",
    }


def sandbox_url(settings: Settings) -> str:
    """Return where the demo's sandbox answers."""
    return f"http://127.0.0.1:{settings.sandbox_port}"


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
    if not state.forms:
        made = Forms.make(sandbox_url(settings), FORMS)
        state.forms = {".".join(name): form for name, form in made.items()}
        # Before the programme is written: it names these forms and no others.
        state.save()
    folder = settings.data_dir / "programmes" / KEY
    if not (folder / "indicators.toml").exists():
        write_programme(folder, Dates(state.first_day), state.form_ids())


def set_up(service: Service, state: State) -> list[str]:
    """Prepare the tools and say yes to the first sync, as the commands do."""
    address = service.settings.public_url
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


def feed(service: Service, state: State, tell: Tell, check: Check) -> None:
    """Play what has not been played yet, by the doors of people and staff.

    ``check`` is called while we wait for the worker; it raises where that has died.
    """
    if set(PARTS) <= set(state.done):
        return
    url = sandbox_url(service.settings)
    forms = Forms(url, state.form_ids())
    labels = status_labels(service)
    script = write_script(state.first_day)
    for name, play in Feed(script, forms, Crm(url), url, labels).parts().items():
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


PARTS = {
    "applications": "People apply: signed webhooks, as Typeform sends them ...",
    "course": "Staff choose and match people on the CRM's board ...",
    "ending": "The course ends, and evaluations arrive ...",
}


def status_labels(service: Service) -> dict[str, str]:
    """Return status -> what the board's column is called."""
    plan = service.programme(KEY)
    choices = plan.fields["participation.status"].choices
    return {c.code: c.label.get(plan.locale, c.code) for c in choices}


def catch_up(service: Service, check: Check, limit_s: float = CATCH_UP_S) -> bool:
    """Wait until nothing waits and every tool was synced from now on; tell whether."""
    ends = time.monotonic() + limit_s
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
        last = [
            row.last_success_at if row is not None else None
            for row in (find(session, KEY, name) for name in TOOLS)
        ]
    return not waiting and all(at is not None and at >= since for at in last)


def sandbox_options(audience: str = AUDIENCE) -> Mapping[str, Any]:
    """Return how the sandbox behaves when it stands in for the demo's tools."""
    return {"mailchimp.audience_id": audience}
