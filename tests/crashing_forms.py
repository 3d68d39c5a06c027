"""A ``forms create`` that stops dead at one named boundary.

``python -m tests.crashing_forms BOUNDARY WORDS...`` runs the command as a process of
its own, so that the stop is as sudden as a power cut.
"""

from __future__ import annotations

import os
import sys

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


if __name__ == "__main__":
    main(*sys.argv[1:])
