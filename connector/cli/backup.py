"""``backup`` and ``restore``: a machine may be lost, the programme not."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Write a backup into FILE, while everything runs.

    \b
    Example:
      vidensbro backup /media/usb/vidensbro.backup
    """
    from connector.backup import make_backup
    from connector.settings import load_settings

    click.echo(f"The backup stands in {make_backup(load_settings(), file)}.")


@click.command()
@click.argument("file", type=FILE)
def restore(file: Path) -> None:
    """Make the database from a backup, where none is yet.

    \b
    Example:
      vidensbro restore /media/usb/vidensbro.backup
    """
    from connector.backup import restore_backup
    from connector.settings import load_settings

    click.echo(f"The database is back: {restore_backup(load_settings(), file)}")
