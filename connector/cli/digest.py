"""``digest``: all well, or these things."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.desk import Desk, as_json, at_desk
from connector.cli.root import PERSON
from connector.cli.show import emit, safe


@click.command()
@click.option("--send", is_flag=True, help="Send it to DIGEST_TO now.")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write its HTML to a file, to look at it.",
)  # fmt: skip
@as_json
@at_desk
def digest(desk: Desk, send: bool, page: Path | None, as_json: bool) -> None:
    """Show what the weekly e-mail would say now. Holds no personal data.

    The worker sends it every Monday morning, where SMTP_HOST and DIGEST_TO are set;
    one that is sent by hand comes beside that.

    \b
    Example:
      vidensbro digest
      vidensbro digest --send
    """
    from connector.digest.content import digest_of
    from connector.digest.html import html
    from connector.digest.plain import plain

    if send:
        _send(desk)
        return
    told = digest_of(desk.service, desk.key)
    if page is not None:
        page.write_text(html(told), "utf-8")
        click.echo(f"Written: {page}")
    elif as_json:
        emit(told)
    else:
        for line in plain(told).splitlines():
            click.echo(safe(line))


def _send(desk: Desk) -> None:
    from connector.digest.weekly import send_now

    problem = send_now(desk.service, desk.key)
    if problem:
        click.echo(problem, err=True)
        raise click.exceptions.Exit(PERSON)
    number = len(desk.service.settings.accounts[desk.key].digest_to)
    click.echo(f"Sent to {number} {'address' if number == 1 else 'addresses'}.")
