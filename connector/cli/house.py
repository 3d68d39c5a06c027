"""What ``init`` works on: the settings in ``.env``, the programmes, the database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import OperationalError

from connector import envfile, starting
from connector.credentials.asking import LABELS
from connector.credentials.trying import setting_of
from connector.settings import CREDENTIALS, ConfigError, load_settings, prefix_of
from mappings.faults import MappingError

DIRECTORY = "programmes"
SHIPPED = "lyngby"
FORM_TOOLS = ("typeform", "surveymonkey")
ZONE = ZoneInfo("Europe/Copenhagen")
TRYING = "vidensbro setup       what the tools lack: it asks, then adds it"


class House:
    """One installation, in the directory where the command runs.

    ``values`` are the settings as the service reads them: the environment wins.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values: dict[str, str] = {}
        self.ready = False
        self._read()

    def _read(self) -> None:
        self.values = {**envfile.read(self.path), **os.environ}

    def set(self, name: str) -> bool:
        """Tell whether a setting is set, itself or by a file."""
        return bool(self.values.get(name) or self.values.get(f"{name}_FILE"))

    # --- the programme ---------------------------------------------------------------
    @property
    def today(self) -> date:
        """Return the day where the programme is."""
        return datetime.now(UTC).astimezone(ZONE).date()

    @property
    def directory(self) -> Path:
        """Return where the cities' own programmes stand."""
        return Path(self.values.get("VIDENSBRO_PROGRAMMES") or DIRECTORY)

    def programmes(self) -> tuple[str, ...]:
        """Return the programmes that are served; none on a first run.

        A credential in the file without any programme named belongs to the shipped
        one.
        """
        named = self.values.get("PROGRAMMES", "").split(",")
        known = tuple(filter(None, (one.strip() for one in named)))
        if known:
            return known
        held = {name.removesuffix("_FILE") for name in envfile.read(self.path)}
        return (SHIPPED,) if held.intersection(CREDENTIALS) else ()

    def key_for(self, name: str, key: str) -> str:
        """Return the key that was chosen, or the one made from the name."""
        key = key or starting.key_of(name)
        starting.check_key(key)
        return key

    def is_there(self, key: str) -> bool:
        """Tell whether the programme has a directory already."""
        return starting.is_there(key, self.directory)

    def found(self, key: str, name: str, language: str, starts: date | None) -> Path:
        """Write the programme's directory."""
        said = starting.Beginning(key, name, language, starts, self.today)
        return starting.write_programme(said, self.directory)

    def begin(self, key: str) -> None:
        """Hold the programme against its rules, then write the first settings."""
        from mappings.loading import load_programme

        load_programme(key, self.directory)
        values = {"PROGRAMMES": key}
        if (self.directory / key).is_dir():
            values["VIDENSBRO_PROGRAMMES"] = str(self.directory)
        values["SECRET_KEY"] = secrets.token_hex(32)
        values["BACKUP_KEY"] = secrets.token_hex(32)
        self.keep(values, "This installation")
        click.echo(
            f"  Wrote {self.path}, readable by you alone. Keep a copy of it away from "
            "this machine: without its BACKUP_KEY no backup can be read."
        )

    # --- the tools -------------------------------------------------------------------
    def prefix(self, key: str) -> str:
        """Return what stands before a programme's settings."""
        return "" if key == self.programmes()[0] else prefix_of(key)

    def has(self, key: str, tool: str) -> bool:
        """Tell whether a tool has its credential."""
        return self.set(self.prefix(key) + setting_of(tool))

    def credential(self, key: str, tool: str) -> str:
        """Return a tool's credential where it is set; "" where it is not."""
        name = self.prefix(key) + setting_of(tool)
        file = self.values.get(f"{name}_FILE")
        if not file:
            return self.values.get(name, "")
        try:
            return Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            told = f"{name}_FILE: cannot be read: {type(error).__name__}"
            raise ConfigError(told) from error

    def keep(self, values: Mapping[str, str], title: str) -> list[str]:
        """Add settings to the file; what is set there, or by a file, stays.

        Return the settings that stand there with another value than this.
        """
        wanted = {
            name: value
            for name, value in values.items()
            if not self.values.get(f"{name}_FILE")
        }
        when = f"{title} (vidensbro init, {self.today})"
        envfile.add(self.path, wanted, when)
        self._read()
        held = envfile.read(self.path)
        return [name for name in wanted if held.get(name, wanted[name]) != wanted[name]]

    def secret_key(self) -> None:
        """Make the key that tools' secrets are encrypted with, where there is none."""
        if not self.set("SECRET_KEY"):
            self.keep({"SECRET_KEY": secrets.token_hex(32)}, "Encryption")

    def prepare_database(self) -> None:
        """Bring the database to this version; say what to do where it cannot be."""
        from connector import schema
        from connector.service import Service, lay_out

        try:
            service = Service.open(load_settings())
            try:
                schema.upgrade(service.database)
                lay_out(service)
            finally:
                service.database.engine.dispose()
        except (ConfigError, MappingError, OperationalError, OSError) as error:
            told = f" {error}" if isinstance(error, ConfigError | MappingError) else ""
            click.echo(
                f"  The database could not be prepared.{told} When that is mended: "
                "vidensbro db upgrade",
                err=True,
            )
        else:
            self.ready = True
            click.echo("  The database is ready.")

    def _lacks_forms(self, key: str) -> bool:
        """Tell whether a form tool is on, and no form of the programme is named."""
        from mappings.loading import load_programme

        if not any(self.has(key, tool) for tool in FORM_TOOLS):
            return False
        try:
            return not load_programme(key, self.directory).bindings
        except MappingError:
            return False  # Told already, where the database was prepared.

    # --- the end ---------------------------------------------------------------------
    def ending(self, key: str) -> list[str]:
        """Return what is on, what is off, and what to do next."""
        on = [LABELS[tool] for tool in LABELS if self.has(key, tool)]
        off = [LABELS[tool] for tool in LABELS if not self.has(key, tool)]
        lines = ["", f"On:   {', '.join(on) or 'nothing yet'}"]
        if off:
            lines.append(f"Off:  {', '.join(off)}")
        if on:
            lines += [f"Next: {TRYING}", "      make run              web and worker"]
        if self._lacks_forms(key):
            lines.append("      vidensbro forms create FORM --round r1")
        if off:
            first = "     " if on else "Next:"
            lines.append(f"{first} vidensbro init        connects the next tool")
        return [*lines, "      Step by step: docs/connect.md"]
