"""The demo in one process: web and sandbox in threads, the worker's work by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from connector import demo
from connector.app import create_app
from connector.processing import drain
from connector.schema import upgrade
from connector.service import Service, lay_out
from connector.settings import load_settings
from connector.sources.reconcile import Asked, reconcile
from connector.sync.cycle import sync_programme
from sandbox.app import create_sandbox, serving
from sandbox.demo.acts import Answer
from sandbox.demo.doors import Crm
from sandbox.demo.feed import Feed
from sandbox.demo.programme import KEY
from sandbox.store import Store

QUICK = {"hubspot.rate_limit": 100_000, "hubspot.search_rate_limit": 1000}


@dataclass
class DemoWorld:
    """The demo with some invented people in it."""

    directory: Path
    service: Service
    sandbox_url: str
    feed: Feed
    state: demo.State
    next_answer: Answer


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def demo_world(directory: Path, *, applications: int = 6) -> Iterator[DemoWorld]:
    """Set the demo up by its own code, and let the first few people apply."""
    environ = {
        "DATA_DIR": str(directory / "var"),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
        "HUBSPOT_REQUESTS_PER_10_S": "100000",
        "HUBSPOT_SEARCHES_PER_S": "1000",
        "MAILCHIMP_CALLS_PER_S": "1000",
        "TYPEFORM_CALLS_PER_S": "1000",
        "SURVEYMONKEY_CALLS_PER_MIN": "100000",
    }
    demo.prepare(load_settings(environ))
    settings = load_settings(environ)
    options = {**demo.sandbox_options(), **QUICK}
    with ExitStack() as stack:
        store = Store(str(settings.data_dir / "sandbox.db"))
        sandbox = create_sandbox(store, options=options)
        url = stack.enter_context(serving(sandbox, port=settings.sandbox_port))
        state = demo.open_state(settings)
        demo.lay_programme(settings, state)
        service = Service.open(settings)
        upgrade(service.database)
        lay_out(service)
        app = create_app(settings, ring=lambda: None)
        stack.enter_context(serving(app, port=settings.port))
        demo.set_up(service, state)
        feed = demo.make_feed(service, state)
        told = feed.script.applications
        # Somebody who wants the newsletter, so that both tools are owed something.
        later = next(a for a in told[applications:] if a.answers["consent_newsletter"])
        script = replace(feed.script, applications=told[:applications])
        feed = replace(feed, script=script)
        feed.apply()
        work(service)
        yield DemoWorld(directory, service, url, feed, state, later)
        service.database.engine.dispose()
        store.close()


def work(service: Service) -> None:
    """Do what the worker does when it is rung for."""
    drain(service)
    if any(one.new for one in reconcile(service, KEY, Asked(due_only=True))):
        drain(service)
    sync_programme(service, KEY)


@contextmanager
def another_sandbox(**options: Any) -> Iterator[str]:
    """Serve a second sandbox, in the place of the real tools."""
    named = {name.replace("__", "."): value for name, value in options.items()}
    with serving(create_sandbox(options={**QUICK, **named})) as url:
        yield url


def credentials(url: str) -> dict[str, str]:
    """Return the settings of somebody who connects accounts of their own."""
    return {
        "HUBSPOT_TOKEN": "real-token",
        "HUBSPOT_BASE_URL": f"{url}/hubspot",
        "HUBSPOT_REQUESTS_PER_10_S": "100000",
        "TYPEFORM_CALLS_PER_S": "1000",
        "MAILCHIMP_API_KEY": "real-key-us1",
        "MAILCHIMP_AUDIENCE_ID": "real-audience",
        "MAILCHIMP_BASE_URL": f"{url}/mailchimp/3.0",
        "TYPEFORM_TOKEN": "real-token",
        "TYPEFORM_SECRETS": "a-secret-for-tests-only",
        "TYPEFORM_BASE_URL": f"{url}/typeform",
    }


def people_at(url: str, audience: str) -> list[str]:
    """Return every address that the tools behind a sandbox hold."""
    auth = ("x", "key-us1")
    address = f"{url}/mailchimp/3.0/lists/{audience}/members"
    members = requests.get(address, auth=auth, timeout=20).json()["members"]
    return [*Crm(url).contacts(), *(one["email_address"] for one in members)]


def calls_to(url: str) -> Mapping[str, int]:
    """Return how many calls each tool of a sandbox has seen."""
    answer = requests.get(f"{url}/sandbox/control/calls", timeout=20).json()
    return dict(answer["total"])


def writes_to(url: str, tool: str) -> list[str]:
    """Return the calls to a tool that could have written, by name."""
    answer = requests.get(f"{url}/sandbox/control/calls", timeout=20).json()
    return [
        call
        for call in answer["counts"].get(tool, {})
        if not call.startswith("GET ") and not call.endswith(("/search", "/read"))
    ]
