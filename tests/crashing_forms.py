"""A ``forms create`` that stops dead at one named boundary.

Run as a process of its own, so that the stop is as sudden as a power cut.
"""

from __future__ import annotations

import os

from connector import boundaries
from connector.cli.root import root
from tests.crashing import STOPPED


def main(boundary: str, *words: str) -> None:
    """Run the command until ``boundary``, then be gone."""

    def stop(reached: str) -> None:
        if reached == boundary:
            os._exit(STOPPED)

    boundaries.listen(stop)
    root(list(words))
