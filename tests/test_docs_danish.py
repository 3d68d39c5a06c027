"""The pages in Danish: what they say stands in the tools stands there by that name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs/da").glob("*.md"))
TEMPLATE = ROOT / "mappings/programmes/template"
NAMED = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
# Words of HubSpot's own, and of the figures and the digest.
OTHERS = {"Contacts", "nået", "ikke nået", "åbent", "Alt er vel"}


def labels() -> set[str]:
    """Return every Danish label of stages, fields and segments that setup makes."""

    def danish(held: Any) -> Iterator[str]:
        if isinstance(held, dict):
            if isinstance(held.get("da"), str):
                yield held["da"]
            for inner in held.values():
                yield from danish(inner)

    files = ("choices.toml", "fields.toml", "segments.toml")
    return {
        label
        for name in files
        for label in danish(tomllib.loads((TEMPLATE / name).read_text("utf-8")))
    }


def test_the_pages_and_their_names_are_found() -> None:
    assert len(PAGES) == 4
    assert {"Ansøgt", "Mentorer"} <= labels()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_calls_by_name_is_called_so(page: Path) -> None:
    named = set(NAMED.findall(page.read_text("utf-8")))
    assert named <= labels() | OTHERS


def test_each_picture_is_told_in_words() -> None:
    for page in PAGES:
        for told in re.findall(r"!\[([^\]]*)\]", page.read_text("utf-8")):
            assert told.strip(), page.name
