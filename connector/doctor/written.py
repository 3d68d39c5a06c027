"""How the settings are written: a line that cannot be read, a quote left behind, a name
that nothing reads. Values are in no sentence.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import parse_stream

from connector import envfile
from connector.credentials.asking import listed
from connector.doctor.given import ENV, given
from connector.findings import Finding
from connector.service import Service
from connector.settings import ConfigError

NAME = "settings.written"
EXAMPLE = Path(__file__).parents[2] / ".env.example"
KNOWN = re.compile(r"^# ([A-Z][A-Z0-9_]+)=", re.MULTILINE)
ALIKE = 0.85
"""How like a setting's a name must be to be a slip; others are somebody else's."""
TRIMMED = ("PROGRAMMES", "_SECRETS", "DIGEST_TO", "_TASK_OWNER")
"""Of these, spaces at the ends are taken away where they are read."""


def check_written(service: Service, _key: str) -> Iterator[Finding]:
    """Look at how the settings are written, in ``.env`` and in the environment."""
    yield from [*in_the_file(), *_crooked(service.settings.given)] or [
        Finding(NAME, "well", "The settings are written as they should be.")
    ]


def in_the_file() -> list[Finding]:
    """Return what is wrong with the lines of ``.env``; it need not load."""
    try:
        names = envfile.read(ENV)
        text = ENV.read_text("utf-8") if ENV.exists() else ""
    except ConfigError as error:
        remedy = "Let the service's user read it (chown), and keep it in UTF-8"
        return [Finding(NAME, "fault", str(error), remedy)]
    return [*_unread(text), *_mistyped(names)]


def _unread(text: str) -> Iterator[Finding]:
    """Yield the lines that are none, or that run on: a quote that does not close."""
    lines = [
        str(one.original.line)
        for one in parse_stream(io.StringIO(text))
        if one.error or "\n" in (one.value or "")
    ]
    if lines:
        what = f"These lines of .env cannot be read as they are meant: {listed(lines)}."
        remedy = (
            "Write NAME=value, one a line; a quotation mark that opens must close on "
            "the same line"
        )
        yield Finding(NAME, "fault", what, remedy)


def _mistyped(names: Iterable[str]) -> Iterator[Finding]:
    """Yield the names that are nearly a setting's; where the list of all is there."""
    known = KNOWN.findall(EXAMPLE.read_text("utf-8")) if EXAMPLE.exists() else []
    for name in sorted(names):
        bare = name.removesuffix("_FILE")
        if any(bare == one or bare.endswith(f"_{one}") for one in known):
            continue
        for meant in get_close_matches(bare, known, 1, ALIKE):
            what = f"{name} in .env is no setting, and nothing reads it."
            remedy = f"Is {meant} meant? Correct the name"
            yield Finding(NAME, "warning", what, remedy)


def _crooked(names: Iterable[str]) -> Iterator[Finding]:
    values = given()
    found = [name for name in sorted(names) if _is_crooked(name, values.get(name, ""))]
    if found:
        what = (
            f"A space or a quotation mark stands at the beginning or the end of "
            f"{listed(found)}."
        )
        remedy = f"Take it out of {listed(found)}, unless it belongs there"
        yield Finding(NAME, "warning", what, remedy)


def _is_crooked(name: str, value: str) -> bool:
    ends = {value[:1], value[-1:]}
    spaced = value != value.strip() and not name.endswith(TRIMMED)
    return spaced or bool(ends & set("\"'“”‘’"))
