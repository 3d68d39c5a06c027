"""``quarantine``: answers of forms that no mapping knows yet."""

from __future__ import annotations

import click

from connector.cli.desk import Desk, as_json, at_desk


@click.group()
def quarantine() -> None:
    """Answers of forms that no mapping knows yet; they are kept, and count nowhere.

    \b
    Example:
      vidensbro quarantine list
    """


@quarantine.command("list")
@as_json
@at_desk
def list_(desk: Desk, as_json: bool) -> None:
    """List what is kept in quarantine, newest first, without what was answered.

    \b
    Example:
      vidensbro quarantine list
    """
    from connector.cli.show import emit, table
    from connector.deliveries import Selection, list_deliveries

    chosen = Selection(state="quarantined")
    rows = list_deliveries(desk.service, desk.key, chosen, 1000)
    if as_json:
        emit(rows)
        return
    table(
        ("id", "received", "provider", "form"),
        [(r.id, r.received_at, r.provider, r.form) for r in rows],
    )
