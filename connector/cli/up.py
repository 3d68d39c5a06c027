"""`vidensbro up`: everything on this machine, started and stopped together.

Without any credential that is the demo, sandbox included; with one it is the service
alone, and a tool without credentials is off. The two never meet.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import click
import requests

from connector import demo
from connector.accounts import Accounts
from connector.cli.children import ChildDied, Children, Stopped
from connector.cli.next_step import next_step
from connector.db import Database
from connector.programme.figure import local_day
from connector.programme.kpi_text import screen_lines
from connector.schema import upgrade
from connector.service import Service, lay_out
from connector.settings import ConfigError, Settings, load_settings
from connector.sync.cycle import TOOLS, find
from sandbox.demo.doors import DoorError
from sandbox.demo.programme import KEY

START_S = 30.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - asked for, not chosen here


@click.command()
def up() -> None:
    """Start the web side and the worker; without credentials the demo, too.

    Stops all of it on Ctrl-C.
    """
    settings = load_settings()
    logs = settings.data_dir / "logs"
    run = _demo if settings.demo else _service
    _refuse_taken_ports(settings)
    try:
        with Children(logs) as children:
            run(settings, children)
            children.watch()
    except Stopped:
        click.echo("\nStopped. The data stays; the next start goes on with it.")
    except (ChildDied, DoorError) as error:
        raise click.ClickException(str(error)) from error


def _refuse_taken_ports(settings: Settings) -> None:
    wanted = {"PORT": settings.port}
    if settings.demo:
        wanted["SANDBOX_PORT"] = settings.sandbox_port
    for name, port in wanted.items():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("127.0.0.1", port))
            except OSError as error:
                raise click.ClickException(
                    f"Port {port} is taken on this machine: is Vidensbro running "
                    f"already? Choose another port with {name}={port + 10} in .env."
                ) from error


def _answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return requests.get(url, timeout=2).ok
        except requests.RequestException:
            return False

    return ready


# --- the demo ------------------------------------------------------------------------
def _demo(settings: Settings, children: Children) -> None:
    demo.prepare(settings)
    settings = load_settings()
    state = demo.open_state(settings)
    if not state.done:
        click.echo("The demo is being prepared; this takes less than a minute.")
    path = str(settings.data_dir / "sandbox.db")
    port = str(settings.sandbox_port)
    children.start("sandbox", "sandbox", "--port", port, "--path", path)
    url = demo.sandbox_url(settings)
    children.wait_for(_answers(f"{url}/sandbox/hubspot"), "The sandbox", START_S)
    demo.lay_programme(settings, state)
    service = _start(settings, children)
    demo.set_up(service, state)
    demo.feed(service, state, lambda line: click.echo(f"  {line}"), children.check)
    for line in demo_screen(service):
        click.echo(line)


def demo_screen(service: Service) -> list[str]:
    """Return the demo's start screen."""
    plan, here = service.programme(KEY), service.settings.public_url
    with service.database.reading() as session:
        figures = screen_lines(
            session, plan, local_day(plan), shown_by=".venv/bin/vidensbro digest"
        )
    return [
        "Vidensbro is running. DEMO: invented people, nothing leaves this machine.",
        *figures,
        f"The CRM            {here}/sandbox/hubspot",
        f"The newsletter     {here}/sandbox/mailchimp",
        f"The figures        {here}/",
        f"The surveys        {here}/sandbox/surveymonkey",
        "Edit, merge, log a meeting or unsubscribe there, and watch it come back:",
        "                               .venv/bin/vidensbro trace THEIR-ADDRESS",
        "Send an application yourself:  make apply   (and watch it arrive)",
        "Use your own accounts:         docs/connect.md          Stop: Ctrl-C",
    ]


# --- the service with real accounts --------------------------------------------------
def _service(settings: Settings, children: Children) -> None:
    service = _start(settings, children)
    for line in service_screen(service):
        click.echo(line)


def service_screen(service: Service) -> list[str]:
    """Return what is on and off, and what to do next."""
    settings = service.settings
    lines = [f"Vidensbro is running at http://{settings.host}:{settings.port}"]
    for key in settings.programmes:
        lines.append(f"  {key}")
        states = _states(service.database, key)
        for name, label in LABELS.items():
            on = getattr(settings.accounts[key], name) is not None
            state = states.get(name, "new") if name in TOOLS else "on"
            word = WORDS.get(state, state) if on else _how_to_switch_on(name)
            lines.append(f"    {label:<12} {word}")
    if not settings.public_url:
        lines.append("PUBLIC_URL is not set: answers and changes are fetched instead.")
    steps = [next_step(service, key) for key in settings.programmes]
    lines += [f"Next:  {step}" for step in steps if step] or [
        "Nothing waits for you here. Is all well?  vidensbro doctor"
    ]
    lines.append("Connecting step by step: docs/connect.md          Stop: Ctrl-C")
    return lines


LABELS = {
    "hubspot": "HubSpot",
    "mailchimp": "Mailchimp",
    "typeform": "Typeform",
    "surveymonkey": "SurveyMonkey",
}
WORDS = {
    "on": "on",
    "active": "on",
    "new": "on, its first sync waits for your yes",
    "paused": "PAUSED: vidensbro sync status says why",
    "stopped": "STOPPED: vidensbro sync status says why",
}
SETTING = {
    "hubspot": "HUBSPOT_TOKEN",
    "mailchimp": "MAILCHIMP_API_KEY",
    "typeform": "TYPEFORM_TOKEN and TYPEFORM_SECRETS",
    "surveymonkey": "SURVEYMONKEY_TOKEN",
}


def _how_to_switch_on(name: str) -> str:
    return f"off (set {SETTING[name]} in .env)"


def _states(database: Database, key: str) -> dict[str, str]:
    with database.reading() as session:
        rows = {name: find(session, key, name) for name in TOOLS}
    return {name: row.state for name, row in rows.items() if row is not None}


def _start(settings: Settings, children: Children) -> Service:
    """Bring the database up to date, then start web and worker."""
    if not settings.demo and not any(map(_any_tool, settings.accounts.values())):
        raise ConfigError("No tool has credentials for any of PROGRAMMES.")
    service = Service.open(settings)
    upgrade(service.database)
    lay_out(service)
    children.start("web", "web")
    children.start("worker", "worker")
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    address = f"http://{host}:{settings.port}/readyz"
    children.wait_for(_answers(address), "The web side", START_S)
    return service


def _any_tool(accounts: Accounts) -> bool:
    return any(getattr(accounts, name) is not None for name in LABELS)
