"""Calls to the tools for people changed by forms, counted by the sandbox."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.world import World, long_ago, world

PEOPLE = 250


def main() -> None:
    """Print the calls of a first push, of a change of everybody, and of no change."""
    with tempfile.TemporaryDirectory() as name, world(Path(name)) as here:
        _applications(here, phone="+4520123456", days=9)
        _sync(here, f"{PEOPLE} new people")
        here.settle(1)
        _applications(here, phone="+4520654321", days=5)
        _sync(here, f"{PEOPLE} known people with another phone number")
        _sync(here, "nothing changed")


def _applications(here: World, *, phone: str, days: int) -> None:
    for number in range(PEOPLE):
        here.apply_as_mentee(
            f"Anna{number} Prøve{number}", at=long_ago(days),
            answers={"phone": phone, "sending_company": f"Firma {number % 20} A/S"},
        )  # fmt: skip
    here.drain()


def _sync(here: World, what: str) -> None:
    here.forget_calls()
    here.sync()
    counts = here.calls()["counts"]
    print(f"{what}:")
    for tool in ("hubspot", "mailchimp"):
        for call, number in sorted(counts.get(tool, {}).items()):
            print(f"  {number:4d}  {tool} {call}")


if __name__ == "__main__":
    main()
