"""``backup`` and ``restore``: a machine may be lost, the programme not."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
def backup(file: Path | None) -> None:
    """Write a backup into FILE, or under a dated name into BACKUP_DIR.

    Everything may go on running. It holds the whole database and the cities' mapping
    files; encrypted where BACKUP_KEY is set. The settings are not in it: keep .env,
    SECRET_KEY and BACKUP_KEY above all, in another place.

    \b
    Example:
      vidensbro backup
      vidensbro backup /media/usb/vidensbro.backup
    """
    from connector.backup.making import back_up
    from connector.cli.desk import open_service

    service = open_service()
    click.echo(f"The backup stands in {back_up(service, file)}.")
    if service.settings.backup_key:
        click.echo(
            "It opens with BACKUP_KEY only: keep that, and SECRET_KEY, elsewhere."
        )
    else:
        click.echo(
            "It is not encrypted (BACKUP_KEY is not set): keep it as you keep .env."
        )
    click.echo("SECRET_KEY and the other settings are not in it.")


@click.command()
@click.argument("file", type=FILE)
def restore(file: Path) -> None:
    """Make the database and the mapping files from a backup, where none stand yet.

    All of it is checked before anything is written. Afterwards nothing is written to a
    tool before the answers since the backup were fetched; the worker does that by
    itself.

    \b
    Example:
      vidensbro restore /media/usb/vidensbro.backup
    """
    from connector.backup.restoring import restore as put_back
    from connector.service import Service, lay_out
    from connector.settings import load_settings

    settings = load_settings()
    done = put_back(settings, file)
    click.echo(
        f"Restored as of {done.made_at:%Y-%m-%d %H:%M} UTC: {done.rows} rows, "
        f"{done.mapping_files} mapping files."
    )
    service = Service.open(settings)
    click.get_current_context().call_on_close(service.database.engine.dispose)
    lay_out(service)  # what fails from here on is mended by: vidensbro db upgrade
    if done.unset:
        click.echo(f"Set then and not now: {', '.join(done.unset)}")
    click.echo(
        "Nothing is written to a tool before the answers since then were fetched.\n"
        "Next:  start the web side and the worker (it fetches them by itself), or by "
        "hand:\n       vidensbro reconcile, then vidensbro sync run"
    )
