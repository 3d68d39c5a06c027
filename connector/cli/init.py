"""``init``: the first questions, and the settings that follow from them."""

from __future__ import annotations

import secrets
from pathlib import Path

import click


@click.command()
def init() -> None:
    """Ask for the programme, its language and its tools, and write the settings.

    \b
    Example:
      vidensbro init
    """
    from connector.cli.root import USAGE, Ending

    path = Path(".env")
    if path.exists():
        raise Ending(f"{path} is there already; nothing was overwritten.", USAGE)
    key = click.prompt("The programme's key, one word", default="lyngby")
    path.touch(mode=0o600)
    path.write_text(f"PROGRAMMES={key}\nSECRET_KEY={secrets.token_hex(32)}\n", "utf-8")
    click.echo(f"The settings stand in {path}.")
