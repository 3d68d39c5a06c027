"""What runs for long: the web side and the worker; and the database they need."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connector.settings import Settings

log = logging.getLogger(__name__)


@click.command()
def web() -> None:
    """Serve webhooks and health checks (and in the demo the pages) on HOST:PORT.

    One process with WEB_THREADS threads; it ends within 25 seconds of a SIGTERM.

    \b
    Example:
      HOST=0.0.0.0 PORT=8000 vidensbro web
    """
    from connector.cli.serving import Web
    from connector.db import make_engine
    from connector.settings import load_settings

    settings = load_settings()
    make_engine(settings.database_url).dispose()  # told here, not in a lost worker
    Web(settings).run()


@click.command()
def worker() -> None:
    """Process what waits, then go on: deliveries as they come, syncs every interval.

    SIGTERM ends it after what is under way, and within 25 seconds whatever that is:
    what was cut off is done again at the next start, with the same effect.

    \b
    Example:
      vidensbro worker
    """
    from connector import logs
    from connector.cli.desk import open_service
    from connector.tasks import Worker

    service = open_service()
    settings = service.settings
    logs.configure(settings.log_level, form=settings.log_format)
    begun = time.monotonic()
    log.info("the worker starts: %s", _facts(settings))
    try:
        Worker(service).run()
    finally:
        seconds = round(time.monotonic() - begun, 1)
        log.info("the worker ends", extra={"duration_s": seconds})


def _facts(settings: Settings) -> str:
    """Say what runs, on what, for whom: names of ours, nothing that is secret."""
    from sqlalchemy.engine import make_url

    from connector.release import running_commit, running_version

    facts = {
        "version": running_version(),
        "commit": running_commit(),
        "programmes": ",".join(settings.programmes),
        "database": make_url(settings.database_url).get_backend_name(),
        "demo": "yes" if settings.demo else "no",
    }
    return " ".join(f"{name}={said}" for name, said in facts.items())


@click.group()
def db() -> None:
    """Prepare the database.

    \b
    Example:
      vidensbro db upgrade
    """


@db.command()
def upgrade() -> None:
    """Bring the database to this version, and write the programmes' rounds.

    It may be run at any time; nothing is lost and a second run changes nothing.

    \b
    Example:
      vidensbro db upgrade
    """
    from connector import schema
    from connector.service import Service, lay_out
    from connector.settings import load_settings

    service = Service.open(load_settings())
    click.get_current_context().call_on_close(service.database.engine.dispose)
    schema.upgrade(service.database)
    lay_out(service)
    click.echo(f"The database is ready for: {', '.join(service.settings.programmes)}.")
