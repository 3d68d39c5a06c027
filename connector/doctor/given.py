"""What was set, as it was written: in ``.env`` and in the environment."""

from __future__ import annotations

import os
from pathlib import Path

from connector import envfile
from connector.settings import ConfigError

ENV = Path(".env")


def given() -> dict[str, str]:
    """Return every setting that is not empty; ``NAME_FILE`` is not followed."""
    try:
        written = envfile.read(ENV)
    except ConfigError:
        written = {}  # Its own check tells of a file that cannot be read.
    return {name: value for name, value in {**written, **os.environ}.items() if value}
